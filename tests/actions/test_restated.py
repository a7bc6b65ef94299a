"""小明's plan runs, and what it was drawn up over is told otherwise: core and desk are told both figures."""

import json
from dataclasses import replace
from datetime import date

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.actions.proposals import accept, advance_plans, agree, book, submit
from portal.domain.conduct.event_schema import events_schema
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.loan import Installment, Loan, Payment
from portal.domain.contract.portfolio import LoanRecord, PaymentRecord
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import Party, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import quote_offer
from portal.reads.desk import loan_events
from portal.reads.policy import policy
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from tests.actions.story import BORROWER, FACTS, LAN, NOW, SIX, VAULT, Story, paper
from tests.actions.test_live import CORE, on, pays, running, signed, state
from tests.domain.people import XIAOMING
from tests.schema import problems

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

DAY = date(2026, 6, 20)
EARLY = Payment("P-0", date(2026, 6, 10), 50000)
OTHER_ROW = replace(
    XIAOMING,
    schedule=tuple(Installment(3, row.due_on, 100000, 0) if row.no == 3 else row for row in XIAOMING.schedule),
)


async def tells(story: Story, loan: Loan, day: date = DAY) -> None:
    await import_portfolio(on(day), story.lender, [LoanRecord(1, loan, FACTS)], [], VAULT)


async def told() -> list[tuple[str, list[str], str, str]]:
    """The plan of each, what was told, what it had taken in and what was owed on its day."""
    found = []
    for row in await tables.EventRow.filter(type="plan.differs").order_by("feed"):
        body = json.loads(bytes(row.body))
        assert problems(events_schema(), body) == []
        data = body["data"]
        figures = data["taken_in"]["total"], data["owed"]["total"]
        found.append((str(row.proposal_ref), data["changed"], *figures))
    return found


async def test_a_snapshot_with_another_schedule_is_told_once_after_the_change_with_both_figures() -> None:
    story, ref = await running(SIX)
    await tells(story, OTHER_ROW)
    await tells(story, OTHER_ROW)
    assert await told() == [(ref, ["schedule"], "3413.12", "3316.04")]
    assert (await story.events())[-2:] == ["loan.changed", "plan.differs"]


async def test_a_snapshot_that_says_nothing_else_of_the_plans_day_tells_nothing() -> None:
    story, _ = await running(SIX)
    await tells(story, replace(XIAOMING, product="Cash loan", statement=None))
    assert (await story.events())[-1] == "loan.changed"
    await pays(story, DAY, 50000)
    assert await told() == []


async def test_what_is_put_right_again_is_told_too() -> None:
    story, ref = await running(SIX)
    await tells(story, OTHER_ROW)
    await tells(story, XIAOMING)
    assert (await told())[-1] == (ref, ["schedule"], "3413.12", "3413.12")


@pytest.mark.parametrize("by_file", [True, False])
async def test_a_payment_older_than_the_plan_is_told_by_either_way(by_file: bool) -> None:
    story, ref = await running(SIX)
    if by_file:
        await tells(story, replace(XIAOMING, payments=(*XIAOMING.payments, EARLY)))
    else:
        await record_payments(on(DAY), story.lender, [PaymentRecord(1, XIAOMING.loan_no, EARLY, None)], VAULT)
    assert await told() == [(ref, ["payments"], "3413.12", "2912.36")]


@pytest.mark.parametrize("payment_first", [True, False])
async def test_in_whatever_order_both_are_told_figures_and_ledger_end_the_same(payment_first: bool) -> None:
    """500.00 of 10 June pay 56.55 of penalty and 443.45 of the other row 3; four days on 556.55 are 1.45.

    556.55 + 1.45 + 1,100.16 + 37.53 + 1,100.16 + 19.04 = 2,814.89. Installment 6 with 3.22 of penalty is overdue.
    """
    story, ref = await running(SIX)
    steps = [True, False] if payment_first else [False, True]
    for is_payment in steps:
        if is_payment:
            await record_payments(on(DAY), story.lender, [PaymentRecord(1, XIAOMING.loan_no, EARLY, None)], VAULT)
        else:
            await tells(story, OTHER_ROW)
    assert [figures for *_, figures in await told()] == [("2912.36" if payment_first else "3316.04"), "2814.89"]
    now = position((await story.case()).loan, DAY)
    plan = now.progress_of(ref)
    assert plan is not None and (plan.received, now.overdue.total) == (341312 - 281489, 110016 + 322)


async def test_the_desk_reads_it_in_the_loans_history_with_who_told_it() -> None:
    story, _ = await running(SIX)
    await tells(story, OTHER_ROW)
    (line,) = [each for each in await loan_events((await story.case()).id) if each.type == "plan.differs"]
    assert (line.actor_kind, line.minor("taken_in"), line.minor("owed")) == ("lender", 341312, 331604)


async def test_an_old_payment_under_a_plan_that_another_took_the_place_of_is_told_of_the_one_that_did() -> None:
    story, ref = await running(SIX)
    second = await signed(story, replace(SIX, installments=5, kind=OfferKind.VARIATION))
    await book(Acting(Author(CORE, VAULT), FormToken(second.case.seq), NOW), second, "K-2", "")
    await record_payments(on(DAY), story.lender, [PaymentRecord(1, XIAOMING.loan_no, EARLY, None)], VAULT)
    assert await told() == [(second.ref, ["payments"], "3413.12", "2912.36")]
    assert (await state(story, ref), await state(story, second.ref)) == (State.SUPERSEDED, State.ACTIVE)


async def signs(story: Story, offer: Offer, day: date) -> ProposalCase:
    """Proposed, accepted, signed and booked on a later day."""
    now = await story.case()
    quote = quote_offer(position(now.loan, day), offer, await policy(story.lender.id, "CNY"))
    ref = await submit(Acting(Author(BORROWER, VAULT), FormToken(now.seq), on(day)), now, story.person_id, quote)
    proposal = await story.proposal(ref)
    if proposal.state is State.SUBMITTED:
        await accept(Acting(Author(LAN, VAULT), FormToken(proposal.case.seq), on(day)), proposal, Party.LENDER)
        proposal = await story.proposal(ref)
    await agree(
        Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), on(day)), proposal, signed=paper(proposal)
    )
    proposal = await story.proposal(ref)
    await book(Acting(Author(CORE, VAULT), FormToken(proposal.case.seq), on(day)), proposal, "K-2", "")
    return proposal


async def test_a_plan_that_had_not_broken_after_all_gives_way_to_the_one_signed_since_and_the_desk_has_a_line() -> None:
    """Row 1 of 1 July is missing until the 15th: broken on the 21st; three days on 2,886.78 are 5.63 by the 24th.

    Then 568.85 of 1 July are told: 3,413.12 - 568.85 = 2,844.27 was owed, 574.48 less than the second plan took in.
    """
    story, ref = await running(SIX)
    contract = [Payment(f"C-{no}", date(2026, no, 15), 110016, installment=no) for no in (6, 7)]
    records = [PaymentRecord(1, XIAOMING.loan_no, each, None) for each in contract]
    await record_payments(on(date(2026, 7, 15)), story.lender, records, VAULT)
    for day in (2, 21):
        await advance_plans(story.lender, on(date(2026, 7, day)))
    assert await state(story, ref) is State.BROKEN
    second = await signs(story, replace(SIX, first_due=date(2026, 8, 1)), date(2026, 7, 24))
    late = PaymentRecord(1, XIAOMING.loan_no, Payment("P-71", date(2026, 7, 1), 56885), None)
    await record_payments(on(date(2026, 7, 25)), story.lender, [late], VAULT)
    assert await told() == [(second.ref, ["payments"], "3418.75", "2844.27")]
    now = position((await story.case()).loan, date(2026, 7, 25))
    assert [plan.status for plan in now.plans] == [PlanStatus.SUPERSEDED, PlanStatus.ACTIVE]
    assert now.plans[1].received == 57448 and await state(story, second.ref) is State.ACTIVE


async def test_of_a_plan_that_turned_over_with_an_upgrade_nothing_is_told_until_its_operator_does() -> None:
    story, ref = await running(SIX)
    await tables.ProposalRow.filter(ref=ref).update(state="completed", turned_over=True)
    await tells(story, OTHER_ROW)
    assert await told() == []
