"""The desk's lists at their edges: what stands in them no more, whose it is not, and what is counted exactly."""

import re
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest

from portal.actions.access import note_access
from portal.actions.staff import LastAdmin, LinkOver, activate, add_staff, end_staff, reset_staff
from portal.commands.seed import SEED_PASSWORD
from portal.demo import JQ
from portal.domain.conduct.access_log import EXPORTED
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from portal.vault import new_ref
from portal.web import guard
from tests.browser import Browser
from tests.pages.conftest import AN, GUO_TAOS, LAN, RUI, WU_LEIS, XIAOMINGS, ZHOU_MINS, Cast
from tests.pages.test_desk import crowd
from tests.pages.test_desk_lists import order, row, row_of, waits_for_second
from tests.pages.test_list_sheets import sheet
from tests.pages.test_openings import opened
from tests.pages.test_staff import OPERATOR, of

pytestmark = pytest.mark.anyio


async def changed(loan_no: str, cast: Cast, **columns: object) -> None:
    await tables.ProposalRow.filter(id=(await row(cast, loan_no)).id).update(**columns)


async def goes_on(cast: Cast, bo: Browser, loan_no: str) -> str:
    """What comes next at the desk after this one, which nobody else has; empty for nothing."""
    await settle_writes()
    await tables.StaffRow.all().update(open_proposal=None)
    await bo.open(f"/desk{await cast.proposal(loan_no)}")
    found = re.search(r"Next in the list: (\S+)", bo.text)
    return found[1] if found else ""


async def test_what_another_lender_has_is_in_no_count_and_on_no_notice_of_this_one(cast: Cast) -> None:
    an = await tables.StaffRow.get(email=AN)
    await tables.LoanRow.filter(lender_id=an.lender_id).update(books_differ_on=date(2026, 6, 12))  # type: ignore[attr-defined]
    await note_access(("staff", an.ref), "personal.refused", guard.now(), lender_id=an.lender_id)  # type: ignore[attr-defined]
    await tables.StaffRow.all().update(role="admin")
    rui, theirs = await cast.reviewer(), await cast.reviewer(AN)
    assert "The books differ 0" in rui.text and "was refused" not in rui.text
    assert "The books differ 0" not in theirs.text and f"was refused {AN}" in theirs.text


async def test_a_count_says_that_there_are_more_only_when_there_are(cast: Cast) -> None:
    """Two are to be answered: two is all of them where two are counted, and more than one where one is."""
    for most, told in ((2, "To be answered: 2 "), (1, "To be answered: 1+ ")):
        with patch("portal.web.desk.queue.MOST_COUNTED", most):
            assert told in (await cast.reviewer()).text


async def test_a_narrowed_list_of_several_pages_promises_no_number_of_answers(cast: Cast) -> None:
    """Of 62, of which 61 were only sent in, a page holds 50: how many all of those are nobody has counted."""
    await crowd(cast, 60)
    rui = await cast.reviewer()
    assert "Answer all 62 of this list at once" in rui.text
    await rui.open("/desk?state=submitted")
    assert "Answer all of this list at once" in rui.text
    assert "Answer all 1 of this list" in (await rui.open("/desk?state=under_review")).text


async def test_a_waiver_that_ran_out_or_was_answered_waits_for_nobody(cast: Cast) -> None:
    await waits_for_second(cast, ZHOU_MINS)
    await waits_for_second(cast, WU_LEIS, date(2026, 6, 18))
    await tables.ProposalRow.all().update(assignee="")
    lan = await (await cast.reviewer(LAN)).open("/desk/second")
    at_zhous = next(href for href in lan.links() if href.startswith("/desk/proposals/"))
    assert f"Next in the list: {WU_LEIS}" in (await lan.open(at_zhous)).text
    waiting = tables.ApprovalRow.filter(subject=(await row(cast, WU_LEIS)).ref)
    await waiting.update(outcome="approved", open_key=None)
    assert "Next in the list" not in (await lan.open(at_zhous)).text
    await tables.ApprovalRow.filter(outcome="").update(until=date(2026, 6, 13))
    assert "waits for a second person" not in row_of(await lan.open("/desk"), ZHOU_MINS)


async def test_what_an_approver_proposed_is_not_the_next_for_them(cast: Cast) -> None:
    await waits_for_second(cast, ZHOU_MINS)
    await tables.ProposalRow.all().update(assignee="")
    lan = await cast.reviewer(LAN)
    assert await goes_on(cast, lan, WU_LEIS) == ZHOU_MINS
    await tables.ApprovalRow.all().update(proposed_by=await of(LAN))
    assert await goes_on(cast, lan, WU_LEIS) == "", "it takes another to approve it"


async def test_a_page_that_was_opened_eleven_minutes_ago_is_open_no_more(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    await settle_writes()
    for minutes, is_open in ((9, True), (11, False)):
        await tables.StaffRow.filter(email=LAN).update(opened_at=guard.now() - timedelta(minutes=minutes))
        assert (f"open at {LAN}" in row_of(await rui.open("/desk"), ZHOU_MINS)) is is_open, minutes


async def test_a_row_names_the_borrower_and_not_whoever_owes_it_with_them(cast: Cast) -> None:
    wu = await tables.PartyRow.get(loan__loan_no=WU_LEIS)
    loan = await tables.LoanRow.get(loan_no=ZHOU_MINS)
    await tables.PartyRow.create(loan_id=loan.id, borrower_id=wu.borrower_id, role="co-borrower")  # type: ignore[attr-defined]
    rui = await cast.reviewer()
    assert "周＊" in row_of(rui, ZHOU_MINS) and order(rui).count(ZHOU_MINS) == 1


async def test_a_row_shows_what_was_offered_last(cast: Cast) -> None:
    """周敏 asks for 12 x 210.37; the lender's own plan is six, of 2,524.44 in all 420.74 each."""
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}/counter")
    await rui.send("/counter", installments="6", show="1")
    await rui.send("/counter")
    assert "6 × ¥420.74" in row_of(await rui.open("/desk?queue=borrower"), ZHOU_MINS)


async def test_a_clock_that_ends_today_and_a_state_told_yesterday_say_so(cast: Cast) -> None:
    await changed(ZHOU_MINS, cast, decide_by=date(2026, 6, 14), looked_on=date(2026, 6, 13))
    await changed(WU_LEIS, cast, looked_on=date(2026, 6, 14))
    rui = await cast.reviewer()
    assert "today Sent as told on 13 June 2026" in row_of(rui, ZHOU_MINS)
    assert "as told on" not in row_of(rui, WU_LEIS)


async def test_a_payment_told_of_is_marked_until_it_is_found(cast: Cast) -> None:
    person_id = (await row(cast, ZHOU_MINS)).person_id  # type: ignore[attr-defined]
    loan = await tables.LoanRow.get(loan_no=ZHOU_MINS)
    day = date(2026, 6, 12)
    claim = {"paid_on": day, "amount_minor": 100, "look_by": day, "reported_at": cast.moment().at}
    kept = await tables.PaymentClaimRow.create(
        ref=new_ref(), loan_id=loan.id, person_id=person_id, state="asked", **claim
    )
    rui = await cast.reviewer()
    for state, marked in (("asked", True), ("awaiting", True), ("not_found", True), ("confirmed", False)):
        await tables.PaymentClaimRow.filter(id=kept.id).update(state=state)
        assert ("says that it is paid" in row_of(await rui.open("/desk"), ZHOU_MINS)) is marked, state


async def test_of_two_plans_that_ended_the_other_is_next(cast: Cast) -> None:
    for loan_no in (ZHOU_MINS, WU_LEIS):
        await changed(loan_no, cast, state="broken", assignee="")
        await tables.ProposalLineRow.filter(proposal_id=(await row(cast, loan_no)).id).update(open_loan=None)
    rui = await (await cast.reviewer()).open("/desk?queue=ended")
    first, other = order(rui)
    await rui.open(next(href for href in rui.links() if "/desk/proposals/" in href))
    assert first in rui.text and f"Next in the list: {other}" in rui.text


async def test_what_is_found_says_whether_a_proposal_is_open_on_it(cast: Cast) -> None:
    rui = await cast.reviewer()
    for loan_no, is_open in ((ZHOU_MINS, True), (XIAOMINGS, False)):
        await rui.open(f"/desk/loans?q={loan_no}")
        assert loan_no in rui.text and ("a proposal is open" in rui.text) is is_open, loan_no


async def test_whoever_takes_any_list_as_a_sheet_is_noted_with_which(cast: Cast) -> None:
    rui = await cast.reviewer()
    for listed in ("queue", "second", "problems", "payments"):
        await sheet(rui, f"/desk/{listed}.csv")
    await settle_writes()
    noted = await tables.AccessRow.filter(what=EXPORTED, actor_ref=await of(RUI)).values_list("detail", flat=True)
    assert sorted(noted) == ["answer", "payments", "problems", "second"]


async def test_the_sheet_of_openings_tells_what_for_from_what_was_refused(cast: Cast) -> None:
    await opened(cast, 1)
    lender = (await tables.LenderRow.get(slug="jq")).id
    await note_access(("staff", await of(RUI)), "personal.refused", datetime.now(UTC), lender_id=lender)
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    rows = await sheet(await cast.reviewer(LAN), "/desk/openings.csv?what=names")
    assert [(each["what"], each["reason"]) for each in rows] == [("refused", ""), ("names", "speak")]


async def test_nothing_is_handed_to_whoever_has_not_come_in_yet(cast: Cast) -> None:
    await add_staff(cast.moment(), await lender_by_slug(JQ), "new@jq.example", "agent")
    rui = await (await cast.reviewer()).open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    await rui.send("/assign", assignee="new@jq.example")
    assert rui.status == 422 and f"These do: {LAN}, {RUI}." in rui.text
    assert (await row(cast, ZHOU_MINS)).assignee == ""


@pytest.mark.parametrize("gone", [end_staff, reset_staff])
async def test_who_is_ended_or_begins_anew_holds_nothing_any_more(cast: Cast, gone: object) -> None:
    """Neither what is open nor a plan that runs; and what waited for a second person in their name has ended."""
    await waits_for_second(cast, ZHOU_MINS)
    for loan_no in (ZHOU_MINS, GUO_TAOS):
        await changed(loan_no, cast, assignee=await of(RUI))
    by = (OPERATOR,) if gone is end_staff else ()
    await gone(cast.moment(), await lender_by_slug(JQ), RUI, *by)  # type: ignore[operator]
    assert [(await row(cast, each)).assignee for each in (ZHOU_MINS, GUO_TAOS)] == ["", ""]
    assert (await tables.ApprovalRow.get()).outcome == "withdrawn"


async def test_an_admin_elsewhere_or_one_who_never_came_in_is_no_other_admin(cast: Cast) -> None:
    await tables.StaffRow.filter(email__in=[LAN, AN]).update(role="admin")
    await add_staff(cast.moment(), await lender_by_slug(JQ), "new@jq.example", "admin")
    with pytest.raises(LastAdmin):
        await end_staff(cast.moment(), await lender_by_slug(JQ), LAN, OPERATOR)
    assert (await tables.StaffRow.get(email=LAN)).ended_at is None


async def test_a_list_is_narrowed_where_it_is_and_by_what_its_own_lender_sells(cast: Cast) -> None:
    await changed(ZHOU_MINS, cast, product="0 of jq")
    rui, an = await cast.reviewer(), await cast.reviewer(AN)
    assert "0 of jq" in rui.html and "0 of jq" not in an.html
    await rui.open("/desk?queue=mine")
    assert len(order(rui)) > 1 and 'name="queue" value="mine"' in rui.html
    assert order(await rui.open("/desk?queue=mine&state=under_review")) == [WU_LEIS]


async def test_what_is_ones_own_can_be_left_to_anybody(cast: Cast) -> None:
    rui = await (await cast.reviewer()).open(f"/desk{await cast.proposal(WU_LEIS)}")
    form = re.search(r'name="assignee" value="([^"]*)">\s*<button[^>]*>\s*Assign it to nobody', rui.html)
    assert form and form[1] == ""
    await rui.send("/assign", assignee=form[1])
    assert "Assigned to nobody." in rui.text and (await row(cast, WU_LEIS)).assignee == ""


async def test_what_was_done_to_a_proposal_of_another_lender_is_not_told_here(cast: Cast) -> None:
    wu = await row(cast, WU_LEIS)
    address = f"/desk{await cast.proposal(ZHOU_MINS)}?done=accept&of={wu.ref}"
    rui = await (await cast.reviewer()).open(address)
    assert "You accepted" in rui.text and WU_LEIS in rui.text
    await changed(WU_LEIS, cast, lender_id=(await tables.LenderRow.get(slug="yh")).id)
    await rui.open(address)
    assert "You accepted" not in rui.text and WU_LEIS not in rui.text


async def test_earlier_openings_are_of_the_kind_that_was_asked_for(cast: Cast) -> None:
    loan, ruis = await tables.LoanRow.get(loan_no=ZHOU_MINS), await of(RUI)
    for _ in range(51):
        about = {"subject": f"loan:{loan.ref}", "lender_id": loan.lender_id}  # type: ignore[attr-defined]
        await note_access(("staff", ruis), "loan.looked", guard.now(), **about)
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    lan = await (await cast.reviewer(LAN)).open(f"/desk/openings?what=pages&who={ruis}")
    await lan.open(next(href for href in lan.links() if "before=" in href))
    assert lan.text.count(ZHOU_MINS) == 1
    await lan.open(next(href for href in lan.links() if href.startswith("/desk/openings?what=")))
    assert lan.text.count(ZHOU_MINS) == 50


async def test_the_sheet_has_whose_it_is_who_proposed_and_what_is_beside_it_apart(cast: Cast) -> None:
    await waits_for_second(cast, ZHOU_MINS)
    await changed(ZHOU_MINS, cast, assignee=await of(LAN))
    of_loan, day = (await tables.LoanRow.get(loan_no=ZHOU_MINS)).id, date(2026, 6, 12)
    claim = {"paid_on": day, "amount_minor": 100, "look_by": day, "reported_at": cast.moment().at, "state": "asked"}
    person_id = (await row(cast, ZHOU_MINS)).person_id  # type: ignore[attr-defined]
    await tables.PaymentClaimRow.create(ref=new_ref(), loan_id=of_loan, person_id=person_id, **claim)
    (told,) = (each for each in await sheet(await cast.reviewer(), "/desk/queue.csv") if each["loan_no"] == ZHOU_MINS)
    assert (told["assignee"], told["waits_for_second"]) == (LAN, RUI)
    assert (told["complaint"], told["claim_of_payment"]) == ("", "yes")


async def test_a_link_that_ran_out_on_the_open_page_lets_nobody_in(cast: Cast) -> None:
    moment = cast.moment()
    token = await add_staff(moment, await lender_by_slug(JQ), "new@jq.example", "agent")
    with pytest.raises(LinkOver):
        await activate(token, "hash", moment.at + timedelta(days=8))
    assert (await tables.StaffRow.get(email="new@jq.example")).password_hash is None


async def test_an_own_account_is_not_signed_out_here_and_its_new_password_is_noted(cast: Cast) -> None:
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    lan = await (await cast.reviewer(LAN)).open("/desk/account/password")
    await lan.send("/password", present=SEED_PASSWORD, password="a lamp beside the window")
    assert await tables.AccessRow.filter(what="password-changed", actor_ref=await of(LAN)).count() == 1
    await lan.post(f"/desk/staff/{await of(LAN)}/sign-out", lan.filled("/sign-out"))
    assert lan.status == 422 and "another administrator" in lan.text
