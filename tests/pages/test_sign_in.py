"""Coming back by phone and password, staying in, and leaving for good."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from portal.actions.staff import add_staff
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import HU_XUES, LIU_YANGS, RUI, XIAOMINGS, ZHENG_LIS, Cast

pytestmark = pytest.mark.anyio

PHONE, PASSWORD = "13800000001", "a river in June"


async def with_password(cast: Cast) -> Browser:
    """小明, who chose a password after the first visit."""
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, PASSWORD)
    assert bo.path == "/account?done=password"
    return bo


async def signs_in(cast: Cast, phone: str = PHONE, password: str = PASSWORD, onward: str = "") -> Browser:
    bo = cast.browser()
    await bo.open(f"/sign-in?next={onward}" if onward else "/sign-in")
    return await bo.send("/sign-in", phone=phone, password=password)


@pytest.mark.parametrize(
    "phone", ["13800000001", "138 0000 0001", "+86 138-0000-0001", "８６１３８０００００００１", "0086 13800000001"]
)
async def test_phone_and_password_let_in_however_the_phone_is_written(cast: Cast, phone: str) -> None:
    await with_password(cast)
    bo = await signs_in(cast, phone)
    assert (bo.status, bo.path) == (200, "/loans") and "3,413.12" in bo.text


async def test_the_answer_does_not_tell_whether_there_is_an_account(cast: Cast) -> None:
    await with_password(cast)
    wrong = await signs_in(cast, password="not this one")
    nobody = await signs_in(cast, "13999999999")
    no_password = await signs_in(cast, "13800000006")
    answers = {(bo.status, bo.text) for bo in (wrong, nobody, no_password)}
    assert len(answers) == 1 and wrong.status == 422
    assert "do not fit together" in wrong.text
    assert wrong.filled("/sign-in")["phone"] == PHONE


async def test_whoever_has_no_password_comes_in_with_none(cast: Cast) -> None:
    """Not with the one whose check only takes the time that a real one would."""
    for password in ("nobody signs in with this", "", "None"):
        assert (await signs_in(cast, "13800000006", password)).status == 422


async def test_after_five_wrong_tries_it_asks_to_wait(cast: Cast) -> None:
    await with_password(cast)
    for _ in range(5):
        assert (await signs_in(cast, password="not this one")).status == 422
    bo = await signs_in(cast)
    assert bo.status == 429 and "Please wait 15 minutes" in bo.text
    assert bo.filled("/sign-in")["phone"] == PHONE
    since = await tables.ThrottleRow.filter(tries__gte=5).first()
    assert since is not None
    await tables.ThrottleRow.all().update(since=datetime(2026, 1, 1, tzinfo=UTC))
    assert (await signs_in(cast)).path == "/loans"


async def test_one_address_cannot_try_many_phones(cast: Cast) -> None:
    for number in range(20):
        assert (await signs_in(cast, f"139{number:08}")).status == 422
    assert (await signs_in(cast, "13977777777")).status == 429


async def test_people_who_know_their_password_do_not_use_up_their_neighbours_tries(cast: Cast) -> None:
    await with_password(cast)
    for _ in range(25):
        assert (await signs_in(cast)).path == "/loans"


async def test_signing_out_ends_the_session_on_the_server(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    old = bo.client.cookies["portal"]
    await bo.send("/sign-out")
    assert bo.path == "/help/away" and "portal" not in bo.client.cookies
    assert "佳泉" not in bo.html and bo.title == "Notes"
    again = Browser(cast.app)
    again.client.cookies.set("portal", old)
    assert (await again.open("/loans")).path.startswith("/sign-in")


async def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(cast: Cast) -> None:
    tablet, phone = await cast.comes(XIAOMINGS), await with_password(cast)
    assert (await tablet.open("/loans")).path.startswith("/sign-in")
    assert (await phone.open("/loans")).path == "/loans"


async def test_changing_a_password_asks_who_it_is_by_the_present_one_or_a_code(cast: Cast) -> None:
    await with_password(cast)
    bo = await cast.comes(XIAOMINGS)
    await bo.open("/account/password")
    await bo.send("/prove", by="password", password="something else")
    assert bo.status == 422 and "not your password" in bo.text
    assert (await bo.open("/account/password")).path.startswith("/account/prove")
    await bo.send("/prove", by="password", password=PASSWORD)
    await bo.send("/account/password", password="another river")
    assert bo.path == "/account?done=password"
    assert (await signs_in(cast, password="another river")).path == "/loans"
    assert (await signs_in(cast)).status == 422


@pytest.mark.parametrize(
    ("typed", "words"), [("short", "8 to 128 characters"), ("x" * 129, "8 to 128"), ("5201314A", "easily guessed")]
)
async def test_a_password_that_cannot_be_says_why(cast: Cast, typed: str, words: str) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, typed)
    assert bo.status == 422 and words in bo.text and f'value="{typed}"' not in bo.html


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/",
        "//evil.example/loans",
        "/\\evil.example",
        "/\t/evil.example",
        "///evil.example",
        "//[",
        "http://[::1",
        "javascript:alert(1)",
        "/loans\r\nset-cookie: a=b",
    ],
)
async def test_signing_in_leads_to_no_other_site(cast: Cast, onward: str) -> None:
    await with_password(cast)
    bo = await cast.browser().open("/sign-in")
    fields = {**bo.filled("/sign-in"), "phone": PHONE, "password": PASSWORD, "next": onward}
    answer = await bo.client.post("/sign-in", data=fields, headers={"origin": bo.base})
    assert (answer.status_code, answer.headers["location"]) == (303, "/loans")
    assert (await bo.client.get("/sign-in", params={"next": onward})).status_code == 200


async def test_whoever_opens_a_page_signed_out_comes_back_to_it(cast: Cast) -> None:
    await with_password(cast)
    loan = await cast.loan(XIAOMINGS)
    bo = await cast.browser().open(f"{loan}/penalties")
    assert bo.path.startswith("/sign-in?next=")
    await bo.send("/sign-in", phone=PHONE, password="oh no")
    await bo.send("/sign-in", phone=PHONE, password=PASSWORD)
    assert (bo.status, bo.path) == (200, f"{loan}/penalties")


async def test_a_session_that_ended_while_typing_a_plan_gives_everything_back(cast: Cast) -> None:
    bo = await with_password(cast)
    plan = f"{await cast.loan(XIAOMINGS)}/plan"
    await bo.open(f"{plan}?how=count&installments=9&first_due=2026-07-03&every=2w")
    await tables.SessionRow.filter(kind="borrower").update(ended_at=datetime.now(UTC))
    await bo.send("/plan", note="我病了 <b>", reason="illness")
    assert bo.status == 401 and "Please sign in again" in bo.text
    assert "我病了 <b>" in bo.text and "Illness or injury" in bo.text
    onward = next(href for href in bo.links() if href.startswith("/sign-in?"))
    assert "illness" not in onward and "%E6%88%91" not in onward, "nothing personal goes into an address"
    await bo.open(onward)
    await bo.send("/sign-in", phone=PHONE, password=PASSWORD)
    assert bo.path.startswith(plan)
    shown = bo.filled("/plan")
    assert (shown["installments"], shown["first_due"], shown["every"]) == ("9", "2026-07-03", "2w")
    assert await cast.events(XIAOMINGS) == ["loan.added"]


async def test_a_session_that_ended_before_a_move_leads_back_to_the_proposal(cast: Cast) -> None:
    bo = await cast.comes(ZHENG_LIS)
    proposal = await cast.proposal(ZHENG_LIS)
    await bo.open(proposal)
    await tables.SessionRow.filter(kind="borrower").update(ended_at=datetime.now(UTC))
    await bo.send("/answer", note="每月十号")
    assert bo.status == 401 and "每月十号" in bo.text
    assert any(unquote(href).endswith("next=" + proposal) for href in bo.links())


async def test_staff_whose_session_ended_keep_what_they_typed_and_come_back(cast: Cast) -> None:
    bo = await cast.reviewer()
    proposal = f"/desk{await cast.proposal('JQ-2026-0007')}"
    await bo.open(proposal)
    await tables.SessionRow.filter(kind="staff").update(ended_at=datetime.now(UTC))
    await bo.send("/decline", reason="too_long", note="十二期以内可以再谈")
    assert bo.status == 401 and "十二期以内可以再谈" in bo.text
    await bo.open(next(href for href in bo.links() if href.startswith("/desk/sign-in")))
    await bo.send("/desk/sign-in", email=RUI, password="desk-in-june")
    assert (bo.status, bo.path) == (200, proposal)
    assert "proposal.declined" not in await cast.events("JQ-2026-0007")


async def test_the_live_preview_of_a_session_that_ended_leaves_the_page_alone(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    plan = f"{await cast.loan(XIAOMINGS)}/plan"
    await tables.SessionRow.filter(kind="borrower").update(ended_at=datetime.now(UTC))
    await bo.open(plan, hx_request="true")
    assert (bo.status, bo.html) == (401, "")


async def test_a_form_from_before_signing_in_again_gives_back_what_was_typed(cast: Cast) -> None:
    bo = await with_password(cast)
    plan = f"{await cast.loan(XIAOMINGS)}/plan"
    old_tab = (await bo.open(f"{plan}?how=count&installments=9")).filled("/plan")
    await bo.send("/sign-out")
    await bo.open("/sign-in")
    await bo.send("/sign-in", phone=PHONE, password=PASSWORD)
    await bo.post(plan, {**old_tab, "note": "我病了"})
    assert bo.status == 403 and "Nothing was sent" in bo.text and "我病了" in bo.text
    assert any(href.startswith(plan) and "installments=9" in href for href in bo.links())
    assert await cast.events(XIAOMINGS) == ["loan.added"]


async def test_home_leads_whoever_is_signed_in_to_their_loans(cast: Cast) -> None:
    bo = await cast.comes(LIU_YANGS)
    assert (await bo.open("/")).path == "/loans"
    assert (await cast.browser().open("/")).path == "/"


async def test_a_staff_session_opens_no_borrowers_page_and_the_other_way_round(cast: Cast) -> None:
    rui, xue = await cast.reviewer(), await cast.comes(HU_XUES)
    rui.client.cookies.set("portal", rui.client.cookies["desk"])
    xue.client.cookies.set("desk", xue.client.cookies["portal"])
    assert (await rui.open("/loans")).path.startswith("/sign-in")
    assert (await xue.open("/desk")).path.startswith("/desk/sign-in")


async def test_the_desk_throttles_guesses_and_tells_nothing(cast: Cast) -> None:
    bo = await cast.browser().open("/desk/sign-in")
    texts = set()
    for email in (RUI, "nobody@jq.example", "\0", RUI, RUI, RUI, RUI):
        await bo.send("/desk/sign-in", email=email, password="wrong")
        texts.add((bo.status, bo.text))
    assert len(texts) == 1 and bo.status == 422
    await bo.send("/desk/sign-in", email=RUI, password="desk-in-june")
    assert bo.status == 429 and bo.filled("/desk/sign-in")["email"] == RUI


async def test_an_activation_link_works_once(cast: Cast) -> None:
    token = await add_staff(cast.moment(), await lender_by_slug("jq"), "new@jq.example", "agent")
    await tables.StaffRow.filter(email="new@jq.example").update(activation_expires_at=datetime(2030, 1, 1, tzinfo=UTC))
    link = f"/desk/activate/{token}"
    bo = cast.browser()
    assert (await bo.client.head(link)).status_code == 200
    await bo.open(f"{link}，七天内有效")
    assert bo.path == link
    await bo.send(link, password="short")
    assert bo.status == 422 and "8 to 128" in bo.text
    await bo.send(link, password="long enough")
    assert (bo.status, bo.path) == (200, "/desk")
    again = await cast.browser().open(link)
    assert again.status == 410 and "used already" in again.text


@pytest.mark.parametrize("letters", [73, 128])
async def test_a_long_sentence_is_a_password_and_lets_in_again(cast: Cast, letters: int) -> None:
    bo = await cast.comes(XIAOMINGS)
    sentence = ("walking home in the rain, then tea by the window and a book about rivers; " * 2)[:letters]
    await cast.chooses(bo, sentence)
    assert (bo.status, bo.path) == (200, "/account?done=password")
    assert (await signs_in(cast, password=sentence)).path == "/loans"
    assert (await signs_in(cast, password=sentence[:-1] + "!")).status == 422


@pytest.mark.parametrize("password", [PHONE, f"+86{PHONE}", "a" * 100, "1234567890" * 9])
async def test_ones_own_number_and_endless_patterns_are_no_passwords(cast: Cast, password: str) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, password)
    assert bo.status == 422 and "easily guessed" in bo.text
