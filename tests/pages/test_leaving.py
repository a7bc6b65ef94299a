"""Whoever agreed can take it back, and whoever came in can leave for good; the lender is told."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from portal.actions.erasure import erase_due
from portal.demo import JQ
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.vault import new_ref
from tests.pages.conftest import CHEN_FANGS, LI_JINGS, LIU_YANGS, XIAOMINGS, Cast

pytestmark = pytest.mark.anyio


async def test_consent_taken_back_ends_what_is_shown_and_tells_the_lender(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    await bo.open("/account/data")
    await bo.open("/account/consent/jq")
    await bo.send("/consent/jq")
    assert bo.path == "/account/data"
    assert (await cast.told())[-1] == "consent.withdrawn"
    assert "3,413" not in (await bo.open("/loans")).text
    assert (await bo.open(loan)).status == 404


async def test_who_took_it_back_is_asked_again_at_the_next_link(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open("/account/consent/jq")
    await bo.send("/consent/jq")
    link = await cast.link(XIAOMINGS)
    await bo.open(link)
    await bo.send(link, digits="123X")
    assert "Before you go in" in bo.text
    await bo.send("/consent", notice="1", sensitive="1")
    assert bo.path == "/loans" and "3,413.12" in bo.text
    assert "consent.given" in (await cast.told())[-2:]


async def test_consent_for_a_lender_that_is_not_ones_own_is_nowhere(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    assert (await bo.open("/account/consent/yh")).status == 404


async def test_one_lender_can_go_and_the_other_stay(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    row = await tables.LoanRow.get(loan_no=LI_JINGS)
    party = await tables.PartyRow.get(loan_id=row.id, role="borrower")
    xiaoming = (
        await tables.PartyRow.get(loan__loan_no=XIAOMINGS, role="borrower").prefetch_related("borrower")
    ).borrower
    await tables.BorrowerRow.filter(id=party.borrower_id).update(person_id=xiaoming.person_id)  # type: ignore[attr-defined]
    both = " ".join(str(row.id) for row in await tables.LenderRow.all())
    await tables.SessionRow.all().update(lenders=both)
    await bo.open("/account/consent/jq")
    await bo.send("/consent/jq")
    await bo.open("/loans")
    assert "3,413" not in bo.text and await cast.loan(LI_JINGS) in bo.links()


async def test_the_account_is_closed_and_the_way_in_with_it(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, "three quiet rivers at dusk")
    await bo.open("/account/close")
    await bo.send("/close")
    assert bo.status == 200 and "Your way in has ended" in bo.text and "佳泉" not in bo.text
    assert (await bo.open("/loans")).path.startswith("/sign-in")
    await bo.send("/sign-in", phone="13800000001", password="three quiet rivers at dusk")
    assert bo.status == 422 and "do not fit together" in bo.text
    assert (await cast.told())[-1] == "consent.withdrawn"


async def test_the_page_that_closes_it_says_first_what_stays_because_something_is_owed(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.proves(await bo.open("/account/close"))
    assert "佳泉消费金融: stays, for a loan there is not paid off." in bo.text and "at the earliest" not in bo.text


# Told of by the lender as 14 June 2026 began: thirty days later is 14 July.
async def test_whoever_owes_nothing_reads_the_day_on_which_nobody_can_read_them_any_more(cast: Cast) -> None:
    row, begun = await tables.LoanRow.get(loan_no=CHEN_FANGS), datetime(2026, 6, 14, tzinfo=ZoneInfo("Asia/Shanghai"))
    borrower = (await tables.PartyRow.get(loan_id=row.id).prefetch_related("borrower")).borrower
    await tables.ContractRow.filter(loan_id=row.id).update(recorded_at=begun)
    await tables.BorrowerRow.filter(id=borrower.id).update(recorded_at=begun)
    bo = await cast.comes(CHEN_FANGS)
    await cast.proves(await bo.open("/account/close"))
    said = "佳泉消费金融: nothing is owed and nothing is open. It is erased on 14 July 2026 at the earliest."
    assert said in bo.text
    await bo.send("/close")
    jq = await lender_by_slug(JQ)
    for day, gone in ((12, False), (13, False), (14, True)):
        at = datetime(2026, 7, day, 0, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
        await erase_due(jq, BusinessTime(at.astimezone(UTC), at.date()))
        await borrower.refresh_from_db()
        assert (borrower.erased_at is not None) is gone, day


async def test_the_page_names_what_is_open(cast: Cast) -> None:
    bo = await cast.comes(CHEN_FANGS)
    row = await tables.LoanRow.get(loan_no=CHEN_FANGS)
    await tables.HoldRow.create(ref=new_ref(), loan_id=row.id, reason="asked", requested_at=cast.moment().at)
    await cast.proves(await bo.open("/account/close"))
    assert "佳泉消费金融: stays while this is open: a pause of collection." in bo.text
    assert "every other lender" not in bo.text


async def test_a_lender_to_which_nothing_was_proven_is_neither_named_nor_left(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    xiaoming = (await tables.PartyRow.get(loan__loan_no=XIAOMINGS).prefetch_related("borrower")).borrower
    other = await tables.PartyRow.get(loan__loan_no=LI_JINGS)
    await tables.BorrowerRow.filter(id=other.borrower_id).update(person_id=xiaoming.person_id)  # type: ignore[attr-defined]
    await cast.proves(await bo.open("/account/close"))
    assert "for the lenders named here only" in bo.text and "银河" not in bo.text
    await bo.send("/close")
    rows = await tables.BorrowerRow.filter(person_id=xiaoming.person_id)  # type: ignore[attr-defined]
    assert {(row.lender_id == xiaoming.lender_id, row.closed_at is not None) for row in rows} == {  # type: ignore
        (True, True),
        (False, False),
    }


async def test_a_lender_proven_to_after_the_page_was_read_is_not_left_unseen(cast: Cast) -> None:
    """On another tab of the phone she says who she is to the second lender; the page of before is still open."""
    bo = await cast.enter(await cast.comes(LIU_YANGS), "YH-88-2305")
    await cast.proves(await bo.open("/account/close"))
    lenders = {row.slug: str(row.id) for row in await tables.LenderRow.all()}
    await tables.SessionRow.all().update(proven_lenders=lenders["jq"])
    read = (await bo.open("/account/close")).filled("/close")
    assert "佳泉" in bo.text and "银河" not in bo.text
    await tables.SessionRow.all().update(proven_lenders=" ".join(lenders.values()))
    for sent in (read, {**read, "lenders": ""}):
        await bo.post("/account/close", sent)
        assert bo.status == 409 and "Nothing was closed. Please read it again" in bo.text and "银河" in bo.text
        assert not await tables.BorrowerRow.exists(closed_at__isnull=False)
    await bo.send("/close")
    assert "Your way in has ended" in bo.text and await tables.BorrowerRow.filter(closed_at__isnull=False).count() == 2


async def test_whoever_closed_it_comes_back_by_a_new_link(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.proves(await bo.open("/account/close"))
    await bo.send("/close")
    again = await cast.walks_in(XIAOMINGS)
    assert again.path == "/loans" and "3,413.12" in again.text
    assert not await tables.BorrowerRow.exists(closed_at__isnull=False)


async def test_the_copy_of_ones_data_leads_to_where_a_mistake_is_told(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open("/account/data")
    assert f"{await cast.loan(XIAOMINGS)}/problem" in bo.links()
