"""The next payment moves, of a loan in order or within a plan that runs: signed, in the books, and told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.proposals import advance_plans, agree, book, pause_plan, submit
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import PauseScope, PauseTerms
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import PausedAlready
from portal.domain.restructuring.quote import quote_offer
from portal.reads.fact_check import FactCounts, fact_gaps
from portal.reads.policy import policy
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from tests.actions.story import BORROWER, NOW, ON, RUI, VAULT, Story, begin, paper
from tests.actions.test_live import CORE, facts, on, owed, pays, running, state

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

TO = date(2026, 6, 28)
MOVE = Offer(
    Every(1, "m"), TO, installments=1, kind=OfferKind.PAUSE, pause=PauseTerms(PauseScope.NEXT), reason="income"
)


AGREES = '[statement]\ntolerance = "5000.00"\n'


async def in_order() -> Story:
    """What was overdue is paid, which the lender's statement of that day does not know."""
    story = await begin()
    await set_policy(NOW, story.lender, AGREES, OPERATOR)
    await pays(story, ON, 341312)
    return story


async def signs(story: Story, offer: Offer) -> ProposalCase:
    proposal = await story.proposal(await story.propose(offer))
    assert proposal.state is State.ACCEPTED
    await agree(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, signed=paper(proposal))
    return await story.proposal(proposal.ref)


async def booked(proposal: ProposalCase, core_id: str = "K-2", reason: str = "") -> State:
    acting = Acting(Author(CORE, VAULT), FormToken(proposal.case.seq), NOW)
    return await book(acting, proposal, core_id, reason)


async def next_due(story: Story, day: date) -> tuple[str, date]:
    due = position((await story.case()).loan, day).next_dues[0]
    return due.key, due.due_on


async def test_a_loan_in_order_has_its_next_date_moved_and_nothing_asks_that_collection_stop() -> None:
    story = await in_order()
    proposal = await signs(story, MOVE)
    assert await next_due(story, ON) == ("contract:6", TO), "signed, though not in the books yet"
    assert await booked(proposal) is State.PAUSED
    events = await story.events()
    assert "contact.hold_requested" not in events and events[-2:] == ["plan.activated", "plan.paused"]
    told = await facts("plan.paused")
    assert (told["scope"], told["within"], told["until"]) == ("next", False, "2026-06-28")
    assert told["moved"] == [{"due": "contract:6", "due_on": "2026-06-15", "to": "2026-06-28", "amount": "1100.16"}]
    assert await owed(story, TO) == await owed(story, ON)
    await advance_plans(story.lender, on(date(2026, 6, 29)))
    assert await state(story, proposal.ref) is State.COMPLETED
    assert (await owed(story, date(2026, 6, 29))).total == 110016 + 64


async def test_beyond_the_policy_a_person_answers_and_a_hold_is_asked_for_until_then() -> None:
    story = await in_order()
    await set_policy(NOW, story.lender, f"{AGREES}[clocks]\npause_days = 7\n", OPERATOR)
    assert await state(story, await story.propose(MOVE)) is State.SUBMITTED
    assert (await story.events())[-2:] == ["proposal.submitted", "contact.hold_requested"]


async def plan_of(story: Story) -> str:
    (agreement,) = (await story.case()).loan.agreements
    return agreement.ref


async def test_within_a_plan_it_is_a_pause_of_that_plan_whose_chain_goes_on() -> None:
    story, ref = await running()
    plan = await plan_of(story)
    varied = await signs(story, replace(MOVE, within=plan))
    assert await next_due(story, ON) == ("contract:6", TO)
    assert await plan_of(story) == plan, "one agreement, before and after"
    with pytest.raises(PausedAlready):
        acting = Acting(Author(RUI, VAULT), FormToken(varied.case.seq), NOW)
        await pause_plan(acting, await story.proposal(ref), TO + timedelta(days=9))
    assert await booked(varied) is State.SUPERSEDED
    assert await booked(await story.proposal(varied.ref)) is State.SUPERSEDED, "said twice it happens once"
    assert await state(story, ref) is State.PAUSED and await plan_of(story) == plan
    assert (await story.events())[-2:] == ["plan.varied", "plan.paused"]
    assert (await facts("plan.varied"))["varies"] == plan
    told = await facts("plan.paused")
    assert (told["within"], told["agreement"]) == (True, varied.agreement)
    assert await next_due(story, ON) == ("contract:6", TO)
    await pays(story, TO, 110016)
    await pays(story, date(2026, 7, 1), 55947)
    await advance_plans(story.lender, on(date(2026, 7, 2)))
    assert await state(story, ref) is State.ACTIVE
    assert (await story.events())[-2:] == ["plan.installment_paid", "plan.resumed"]
    assert [gap async for gap in fact_gaps(FactCounts())] == []
    found = position((await story.case()).loan, date(2026, 7, 2)).progress_of(ref)
    assert found is not None and (found.kept, found.agreement.ref) == (1, plan)


async def test_where_the_core_refuses_it_the_plan_is_as_it_was() -> None:
    story, ref = await running()
    varied = await signs(story, replace(MOVE, within=await plan_of(story)))
    assert await booked(varied, "", "not possible") is State.UNDER_REVIEW
    assert await next_due(story, ON) == ("contract:6", date(2026, 6, 15))
    assert await state(story, ref) is State.ACTIVE
    assert not await tables.PlanPauseRow.exists()


@pytest.mark.parametrize(("core_id", "then"), [("K-2", State.PAUSED), ("", State.BROKEN)])
async def test_signed_after_the_plan_broke_it_runs_again_unless_the_core_refuses(core_id: str, then: State) -> None:
    """Row 1 was due on 1 July; 15 July is the last day for it, and 20 July the third working day after that."""
    story, ref = await running()
    plan, asked = await plan_of(story), on(date(2026, 7, 17))
    await advance_plans(story.lender, asked)
    case = await story.case()
    until = Offer(Every(1, "m"), date(2026, 8, 10), installments=1, kind=OfferKind.PAUSE, within=plan, reason="income")
    quote = quote_offer(position(case.loan, asked.today), until, await policy(story.lender.id, "CNY"))
    acting = Acting(Author(BORROWER, VAULT), FormToken(case.seq), asked)
    proposal = await story.proposal(await submit(acting, case, story.person_id, quote))
    assert proposal.state is State.ACCEPTED
    signs_on = on(date(2026, 7, 21))
    await advance_plans(story.lender, signs_on)
    assert await state(story, ref) is State.BROKEN

    acting = Acting(Author(BORROWER, VAULT), FormToken((await story.case()).seq), signs_on)
    await agree(acting, await story.proposal(proposal.ref), signed=paper(proposal))
    assert await state(story, ref) is State.ACTIVE, "from the 18th on no day of the time to catch up passed"
    assert (await story.events())[-2:] == ["plan.reinstated", "contact.hold_requested"]

    acting = Acting(Author(CORE, VAULT), FormToken((await story.case()).seq), signs_on)
    await book(acting, await story.proposal(proposal.ref), core_id, "" if core_id else "not possible")
    assert await state(story, ref) is then
