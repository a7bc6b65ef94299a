"""Who works here: seen and changed by the admin; and an own account with password and sessions at the desk."""

import re
from dataclasses import replace

import pytest

from portal.actions.staff import add_staff, change_role, end_staff
from portal.commands.seed import SEED_PASSWORD
from portal.domain.event import Actor
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.web import guard
from portal.web.known_names import known_names
from tests.browser import Browser
from tests.pages.conftest import AN, LAN, RUI, XIAOMINGS, Cast

pytestmark = pytest.mark.anyio
OPERATOR = Actor("system", "operator")


async def of(email: str) -> str:
    return str((await tables.StaffRow.get(email=email)).ref)


async def admin(cast: Cast) -> Browser:
    """兰 is made the administrator."""
    await change_role(cast.moment(), await lender_by_slug("jq"), LAN, "admin", OPERATOR)
    return await cast.reviewer(LAN)


async def test_an_admin_sees_who_works_here_and_how_far_each_has_come(cast: Cast) -> None:
    await add_staff(replace(cast.moment(), at=guard.now()), await lender_by_slug("jq"), "new@jq.example", "agent")
    lan = await admin(cast)
    await lan.open("/desk/account")
    await lan.open(next(href for href in lan.links() if href == "/desk/staff"))
    assert "new@jq.example Agent not activated yet" in lan.text and f"{RUI} Agent active" in lan.text
    assert f"{LAN} Administrator active this is you" in lan.text and AN not in lan.text
    assert "Whoever lost password or phone" in lan.text and "staff reset" in lan.text


async def test_an_admin_lets_a_colleague_in_by_a_link_that_is_shown_once(cast: Cast) -> None:
    lan = await admin(cast)
    await lan.open("/desk/staff")
    for typed, words in (("wen", "such as name@lender.example"), (RUI, "already has a staff account"), (AN, "already")):
        await lan.send("/staff", email=typed, role="agent")
        assert lan.status == 422 and words in lan.text and lan.filled("/staff")["email"] == typed
    await lan.send("/staff", email="Wen@jq.example", role="approver")
    link = re.search(r"http\S+(/desk/activate/[\w-]+)", lan.html)
    assert link and "A link for wen@jq.example" in lan.text and "wen@jq.example Approver not activated yet" in lan.text
    assert link[1] not in (await lan.open("/desk/staff")).html
    wen = cast.browser()
    await wen.open(link[1])
    await wen.send(link[1], password="a lamp beside the window")
    assert wen.path == "/desk"
    added = await tables.EventRow.filter(type="staff.added").order_by("-id").first()
    assert added is not None and (await of(LAN)).encode() in added.body, "the log names who let them in"


async def test_a_link_that_was_not_used_is_made_anew_and_an_account_that_somebody_has_is_not(cast: Cast) -> None:
    lan = await admin(cast)
    await add_staff(replace(cast.moment(), at=guard.now()), await lender_by_slug("jq"), "new@jq.example", "agent")
    await lan.open("/desk/staff")
    await lan.send(f"/{await of('new@jq.example')}/link")
    assert "A link for new@jq.example" in lan.text
    await lan.open("/desk/staff")
    assert not [form for form in lan.forms if form.action.endswith(f"/{await of(RUI)}/link")]
    await lan.post(f"/desk/staff/{await of(RUI)}/link", lan.filled("/sign-out"))
    assert lan.status == 422 and "has activated the account already" in lan.text and "/desk/activate/" not in lan.html
    assert (await tables.StaffRow.get(email=RUI)).password_hash


async def test_a_colleague_is_signed_out_everywhere_and_comes_in_again_as_always(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await admin(cast)
    await lan.open("/desk/staff")
    await lan.send(f"/{await of(RUI)}/sign-out")
    assert lan.path == "/desk/staff?done=sessions" and "is signed out everywhere" in lan.text
    assert (await rui.open("/desk")).path.startswith("/desk/sign-in")
    await rui.send("/desk/sign-in", email=RUI, password=SEED_PASSWORD)
    assert rui.path == "/desk"
    assert await tables.AccessRow.filter(what="sessions-ended", actor_ref=await of(LAN)).exists()


async def test_a_colleague_is_ended_after_a_second_look_and_is_out_at_once(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await admin(cast)
    await lan.open("/desk/staff")
    page = f"/desk/staff/{await of(RUI)}/end"
    await lan.open(page)
    assert "signed out at once" in lan.text and not (await tables.StaffRow.get(email=RUI)).ended_at
    await lan.send("/end")
    assert lan.path == "/desk/staff?done=end" and f"{RUI} Agent ended" in lan.text
    assert (await rui.open("/desk")).path.startswith("/desk/sign-in")
    await rui.send("/desk/sign-in", email=RUI, password=SEED_PASSWORD)
    assert rui.status == 422, "and does not come in again"
    assert (await lan.open(page)).status == 404
    assert (await cast.told())[-1] == "staff.ended"
    await lan.open("/desk/staff")
    await lan.send("/staff", email=RUI, role="agent")
    assert lan.status == 422 and "worked here before" in lan.text, "nobody here comes by a link in that name"


async def test_what_somebody_proposed_waits_no_more_once_they_are_ended(cast: Cast) -> None:
    rui = await cast.reviewer()
    loan = (await cast.loan(XIAOMINGS)).removeprefix("/loans/")
    await rui.open(f"/desk/loans/{loan}/number")
    await rui.send("/number", phone="13900000077", checked="callback", why="本人来电", move="propose")
    assert await tables.ApprovalRow.filter(outcome="").count() == 1
    await end_staff(cast.moment(), await lender_by_slug("jq"), RUI, OPERATOR)
    assert await tables.ApprovalRow.filter(outcome="").count() == 0
    assert (await tables.ApprovalRow.all().first()).outcome == "withdrawn"  # type: ignore[union-attr]
    assert "contact.number_rejected" in await cast.told()


async def test_another_role_holds_from_the_next_page_on(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await admin(cast)
    page = f"/desk/staff/{await of(RUI)}/role"
    await lan.open(page)
    await lan.send("/role", role="king")
    assert lan.status == 422 and "Please choose one of the answers." in lan.text
    await lan.send("/role", role="admin")
    assert f"{RUI} Administrator active" in lan.text
    assert (await rui.open("/desk/staff")).status == 200
    await lan.open(page)
    await lan.send("/role", role="agent")
    assert (await rui.open("/desk/staff")).status == 404


async def test_nobody_ends_or_lowers_themselves_and_an_agent_finds_nothing(cast: Cast) -> None:
    lan, rui = await admin(cast), await cast.reviewer()
    for act, typed in (("end", {}), ("role", {"role": "agent"})):
        await lan.open(f"/desk/staff/{await of(LAN)}/{act}")
        await lan.send(f"/{act}", **typed)
        assert lan.status == 422 and "another administrator" in lan.text
        assert (await rui.open(f"/desk/staff/{await of(LAN)}/{act}")).status == 404
        assert (await lan.open(f"/desk/staff/{await of(AN)}/{act}")).status == 404, "of another lender"
        await rui.open("/desk")
        await rui.post(f"/desk/staff/{await of(LAN)}/{act}", {**rui.filled("/sign-out"), **typed})
        assert rui.status == 404
    assert (await tables.StaffRow.get(email=LAN)).role == "admin"


async def test_another_password_asks_for_the_present_one_and_ends_other_sessions(cast: Cast) -> None:
    rui, elsewhere = await cast.reviewer(), await cast.reviewer()
    await rui.open("/desk")
    await rui.open(next(href for href in rui.links() if href == "/desk/account"))
    await rui.open("/desk/account/password")
    await rui.send("/password", present="not this", password="a lamp beside the window")
    assert rui.status == 422 and "not your present password" in rui.text
    await rui.send("/password", present=SEED_PASSWORD, password="jiaquan2026")
    assert rui.status == 422 and "easily guessed" in rui.text
    await rui.send("/password", present=SEED_PASSWORD, password="a lamp beside the window")
    assert rui.path == "/desk/account?done=password" and "Your other sessions have ended." in rui.text
    assert (await elsewhere.open("/desk")).path.startswith("/desk/sign-in")
    await elsewhere.send("/desk/sign-in", email=RUI, password="a lamp beside the window")
    assert elsewhere.path == "/desk"


async def test_guesses_at_the_present_password_are_limited(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open("/desk/account/password")
    for _ in range(5):
        await rui.send("/password", present="guess", password="a lamp beside the window")
    await rui.send("/password", present=SEED_PASSWORD, password="a lamp beside the window")
    assert rui.status == 429 and "too many tries" in rui.text


async def test_a_session_elsewhere_is_seen_and_ended_and_nobody_elses_is(cast: Cast) -> None:
    rui, elsewhere, lan = await cast.reviewer(), await cast.reviewer(), await cast.reviewer(LAN)
    await rui.open("/desk/account")
    assert rui.text.count("By password") == 2 and "this one" in rui.text
    await rui.send(next(f.action for f in rui.forms if "/account/sessions/" in f.action))
    assert rui.path == "/desk/account?done=session"
    assert (await elsewhere.open("/desk")).path.startswith("/desk/sign-in")
    await lan.open("/desk/account")
    hers = await tables.SessionRow.filter(staff__email=LAN, ended_at__isnull=True).first()
    assert hers is not None
    await rui.post(f"/desk/account/sessions/{hers.token_hash[:16]}", rui.filled("/sign-out"))
    assert rui.status == 404 and (await lan.open("/desk")).path == "/desk"


NAMED = ["佳泉消费金融2026", "RepaymentPortal-2026", "repayment portal!!", "my还款平台123"]
GUESSED = ["jiaquan2026", "JiaQuan@2026", "jiaquan2026!", "jiaquan888", "huankuan2026"]


@pytest.mark.parametrize("typed", NAMED + GUESSED)
async def test_names_that_everybody_here_knows_are_no_passwords_of_staff_or_borrowers(cast: Cast, typed: str) -> None:
    says = "everybody here would try first" if typed in NAMED else "easily guessed"
    rui = await cast.reviewer()
    await rui.open("/desk/account/password")
    await rui.send("/password", present=SEED_PASSWORD, password=typed)
    assert rui.status == 422 and says in rui.text
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, typed)
    assert bo.status == 422 and says in bo.text


async def test_the_sites_own_name_is_none_either_and_a_long_sentence_may_have_a_short_name_in_it(cast: Cast) -> None:
    names = known_names([("佳泉消费金融", "jq")], "pay.jiaquanfinance.example:8443")
    assert names.found_whole("JiaQuan Finance 7!") == "jiaquanfinance"
    assert names.found_whole("pay day, jq, three rivers at dusk") == ""
    assert not names.found_parts("walking home in the rain")
    assert not known_names([("L", "l"), ("z", "aa")], "pay.example").found_parts("a small aardvark pays nothing")
    assert known_names([], "127.0.0.1:8000").found_whole("127.0.0.1") == ""
    assert not re.search("[^a-z]", "".join(known_names([("海棠", "ht")], "").found_parts("haitang")))
