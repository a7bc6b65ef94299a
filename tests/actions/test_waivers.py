"""What is waived adds up, on the loan and by one of the staff: above the policy's limit it takes two."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.approvals import AlreadyProposed, ApprovalChanged, NothingWaits, NotYourRole, OwnProposal
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.proposals import (
    WAIVER,
    accept,
    agree,
    approve_waiver,
    book,
    counter,
    decline,
    propose_waiver,
    reject_waiver,
    revise,
    step,
)
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.event import Actor, BusinessTime
from portal.domain.money import Money
from portal.domain.restructuring.negotiation import DecidedByYou, Move, NeedsSecond, Party, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import Quote
from portal.reads.approvals import waiting_approval
from portal.reads.decisions import takes_two
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from tests.actions.story import BORROWER, LAN, NOW, RUI, TWELVE, VAULT, Story, begin, paper

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

POLICY = '[plan]\nmax_months = 6\n[four_eyes]\nwaiver_above = "200.00"\n'
CORE, AN = Actor("lender", "core"), Actor("staff", "an")
AGENT, APPROVER = Author(RUI, VAULT, role="agent"), Author(LAN, VAULT, role="approver")
OTHER = Author(AN, VAULT, role="agent")
JULY = BusinessTime(datetime(2026, 7, 1, 4, tzinfo=UTC), date(2026, 7, 1))


def waiving(yuan: int, kind: OfferKind = OfferKind.PLAN) -> Offer:
    """Eight payments and some of the interest, of which 413.70 are owed."""
    return replace(TWELVE, installments=8, waiver=Amounts(interest=yuan * 100), kind=kind)


async def at_jq() -> Story:
    story = await begin()
    await set_policy(NOW, story.lender, POLICY, OPERATOR)
    return story


def now_of(proposal: ProposalCase) -> FormToken:
    return FormToken(proposal.case.seq)


async def countered(story: Story, ref: str, yuan: int, by: Author, moment: BusinessTime = NOW) -> ProposalCase:
    proposal = await story.proposal(ref)
    await counter(Acting(by, now_of(proposal), moment), proposal, await story.quote(waiving(yuan)))
    return await story.proposal(ref)


async def booked(story: Story, proposal: ProposalCase) -> None:
    """小明 accepts and signs, and the lender's core takes it in."""
    await accept(Acting(Author(BORROWER, VAULT), now_of(proposal), NOW), proposal, Party.BORROWER)
    proposal = await story.proposal(proposal.ref)
    await agree(Acting(Author(BORROWER, VAULT), now_of(proposal), NOW), proposal, signed=paper(proposal))
    proposal = await story.proposal(proposal.ref)
    await book(Acting(Author(CORE, VAULT), now_of(proposal), NOW), proposal, "K-1", "")


async def proposed(story: Story, yuan: int, by: Author = AGENT) -> tuple[ProposalCase, Quote]:
    """小明 asks for twelve payments; one of the staff wants to answer with eight and a waiver that takes two."""
    proposal = await story.proposal(await story.propose(TWELVE))
    quote = await story.quote(waiving(yuan))
    with pytest.raises(NeedsSecond):
        await counter(Acting(by, now_of(proposal), NOW), proposal, quote)
    await propose_waiver(Acting(by, now_of(proposal), NOW), proposal, quote, "病了三个月")
    return await story.proposal(proposal.ref), quote


@pytest.mark.parametrize(("yuan", "alone"), [(200, True), (201, False)])
async def test_up_to_the_limit_one_decides_alone(yuan: int, alone: bool) -> None:
    story = await at_jq()
    ref = await story.propose(TWELVE)
    if alone:
        assert (await countered(story, ref, yuan, AGENT)).state is State.COUNTERED
    else:
        with pytest.raises(NeedsSecond):
            await countered(story, ref, yuan, AGENT)


async def test_a_waiver_is_not_split_over_two_plans_of_a_loan() -> None:
    """190 countered, agreed and booked; 190 more on the same loan are 380, whoever gives them."""
    story = await at_jq()
    await booked(story, await countered(story, await story.propose(TWELVE), 190, AGENT))
    ref = await story.propose(replace(TWELVE, kind=OfferKind.VARIATION))
    for by in (AGENT, OTHER):
        with pytest.raises(NeedsSecond) as refused:
            await countered(story, ref, 190, by)
        assert refused.value.facts["on_loan"] == Money(38000, "CNY")
        assert refused.value.facts["most"] == Money(20000, "CNY")
    assert (await countered(story, ref, 10, OTHER)).state is State.COUNTERED, "190 and 10 are 200, for a colleague"


async def test_one_of_the_staff_does_not_split_a_month_over_loans() -> None:
    """190 by 睿 in June on one loan; on another, 11 more by 睿 take two, 10 do not, and a colleague has a month too."""
    story = await at_jq()
    await countered(story, await story.propose(TWELVE), 190, AGENT)
    case = (await story.proposal((await tables.ProposalRow.get(state="countered")).ref)).case
    elsewhere = replace(case, id=-1)
    refused = await takes_two(elsewhere, -1, 1100, RUI.ref, NOW.today)
    assert refused is not None and refused.facts["this_month"] == Money(20100, "CNY")
    assert refused.facts["on_loan"] == Money(1100, "CNY")
    assert await takes_two(elsewhere, -1, 1000, RUI.ref, NOW.today) is None
    assert await takes_two(elsewhere, -1, 20000, AN.ref, NOW.today) is None
    assert await takes_two(elsewhere, -1, 20000, RUI.ref, JULY.today) is None, "a new month begins"
    euros = replace(elsewhere, loan=replace(case.loan, currency="EUR"))
    refused = await takes_two(euros, -1, 1, RUI.ref, NOW.today)
    assert refused is not None and refused.facts["this_month"] == Money(1, "EUR"), "200.00 are no amount of euros"


async def test_the_answer_that_is_made_again_counts_once() -> None:
    """小明 changes what 睿 countered with; 睿 counters again: 190, not 380."""
    story = await at_jq()
    proposal = await countered(story, await story.propose(TWELVE), 190, AGENT)
    await revise(Acting(Author(BORROWER, VAULT), now_of(proposal), NOW), proposal, await story.quote(TWELVE))
    assert (await countered(story, proposal.ref, 190, AGENT)).state is State.COUNTERED


async def test_what_came_to_nothing_waived_nothing() -> None:
    story = await at_jq()
    proposal = await countered(story, await story.propose(TWELVE), 190, AGENT)
    await step(Acting(Author(BORROWER, VAULT), now_of(proposal), NOW), proposal, Party.BORROWER, Move.WITHDRAW)
    assert (await countered(story, await story.propose(TWELVE), 190, AGENT)).state is State.COUNTERED


async def test_without_a_waiver_nobody_else_is_needed_however_much_was_waived_before() -> None:
    story = await at_jq()
    proposal, quote = await proposed(story, 250)
    found = await waiting_approval(WAIVER, proposal.ref, NOW.today)
    assert found is not None
    await approve_waiver(Acting(APPROVER, now_of(proposal), NOW), proposal, found, quote)
    await booked(story, await story.proposal(proposal.ref))
    ref = await story.propose(replace(TWELVE, kind=OfferKind.VARIATION))
    assert (await countered(story, ref, 0, AGENT)).state is State.COUNTERED


async def test_what_one_proposed_another_approves_just_so() -> None:
    story = await at_jq()
    proposal, quote = await proposed(story, 250)
    found = await waiting_approval(WAIVER, proposal.ref, NOW.today)
    assert found is not None and (found.proposed_by, found.until) == ("rui", date(2026, 6, 17))
    with pytest.raises(OwnProposal):
        await approve_waiver(Acting(replace(AGENT, role="approver"), now_of(proposal), NOW), proposal, found, quote)
    with pytest.raises(NotYourRole):
        await approve_waiver(Acting(OTHER, now_of(proposal), NOW), proposal, found, quote)
    await approve_waiver(Acting(APPROVER, now_of(proposal), NOW), proposal, found, quote)
    proposal = await story.proposal(proposal.ref)
    assert proposal.state is State.COUNTERED and proposal.on_the_table.plan == quote.plan
    row = await tables.ApprovalRow.get(ref=found.ref)
    assert (row.outcome, row.proposed_by, row.closed_by, row.open_key) == ("approved", "rui", "lan", None)
    assert (await tables.DecisionRow.get()).actor_ref == "lan"
    with pytest.raises(NothingWaits):
        await approve_waiver(Acting(Author(AN, VAULT, role="admin"), now_of(proposal), NOW), proposal, found, quote)


async def test_another_plan_than_the_one_that_was_shown_is_not_approved() -> None:
    story = await at_jq()
    proposal, _ = await proposed(story, 250)
    found = await waiting_approval(WAIVER, proposal.ref, NOW.today)
    assert found is not None
    with pytest.raises(ApprovalChanged):
        await approve_waiver(Acting(APPROVER, now_of(proposal), NOW), proposal, found, await story.quote(waiving(260)))
    assert (await story.proposal(proposal.ref)).state is State.UNDER_REVIEW


async def test_while_one_waits_it_is_not_proposed_again_and_it_ends_by_itself() -> None:
    story = await at_jq()
    proposal, quote = await proposed(story, 250)
    with pytest.raises(AlreadyProposed):
        await propose_waiver(Acting(OTHER, now_of(proposal), NOW), proposal, quote, "病了三个月")
    late = BusinessTime(datetime(2026, 6, 18, 4, tzinfo=UTC), date(2026, 6, 18))
    found = await waiting_approval(WAIVER, proposal.ref, NOW.today)
    assert found is not None and await waiting_approval(WAIVER, proposal.ref, late.today) is None
    with pytest.raises(NothingWaits):
        await approve_waiver(Acting(APPROVER, now_of(proposal), late), proposal, found, quote)
    await propose_waiver(Acting(OTHER, now_of(proposal), late), proposal, quote, "病了三个月")
    assert [row.outcome for row in await tables.ApprovalRow.all().order_by("id")] == ["expired", ""]


async def test_who_proposed_takes_it_back_and_an_approver_does_not_agree() -> None:
    story = await at_jq()
    proposal, quote = await proposed(story, 250)
    found = await waiting_approval(WAIVER, proposal.ref, NOW.today)
    assert found is not None
    with pytest.raises(NotYourRole):
        await reject_waiver(Acting(OTHER, now_of(proposal), NOW), proposal, found)
    await reject_waiver(Acting(AGENT, now_of(proposal), NOW), proposal, found)
    proposal = await story.proposal(proposal.ref)
    await propose_waiver(Acting(AGENT, now_of(proposal), NOW), proposal, quote, "病了三个月")
    proposal, again = await story.proposal(proposal.ref), await waiting_approval(WAIVER, proposal.ref, NOW.today)
    assert again is not None
    await reject_waiver(Acting(APPROVER, now_of(proposal), NOW), proposal, again)
    assert (await story.events())[-4:] == ["waiver.proposed", "waiver.withdrawn", "waiver.proposed", "waiver.rejected"]
    assert await tables.DecisionRow.all().count() == 0


async def test_an_answer_of_another_kind_overtakes_what_waits() -> None:
    story = await at_jq()
    proposal, _ = await proposed(story, 250)
    await decline(Acting(OTHER, now_of(proposal), NOW), proposal, "too_long")
    assert (await tables.ApprovalRow.get()).outcome == "withdrawn"
    assert await waiting_approval(WAIVER, proposal.ref, NOW.today) is None


async def test_the_borrowers_own_waiver_is_accepted_by_two() -> None:
    story = await at_jq()
    proposal = await story.proposal(await story.propose(waiving(250)))
    with pytest.raises(NeedsSecond):
        await accept(Acting(AGENT, now_of(proposal), NOW), proposal, Party.LENDER)
    await propose_waiver(Acting(AGENT, now_of(proposal), NOW), proposal, None, "病了三个月")
    proposal, found = await story.proposal(proposal.ref), await waiting_approval(WAIVER, proposal.ref, NOW.today)
    assert found is not None
    await approve_waiver(Acting(APPROVER, now_of(proposal), NOW), proposal, found, None)
    assert (await story.proposal(proposal.ref)).state is State.ACCEPTED


@pytest.mark.parametrize("number", ["K-1", ""])
async def test_who_decides_does_not_book(number: str) -> None:
    story = await at_jq()
    proposal = await countered(story, await story.propose(TWELVE), 190, AGENT)
    await accept(Acting(Author(BORROWER, VAULT), now_of(proposal), NOW), proposal, Party.BORROWER)
    proposal = await story.proposal(proposal.ref)
    await agree(Acting(Author(BORROWER, VAULT), now_of(proposal), NOW), proposal, signed=paper(proposal))
    proposal = await story.proposal(proposal.ref)
    with pytest.raises(DecidedByYou):
        await book(Acting(Author(RUI, VAULT), now_of(proposal), NOW), proposal, number, "desk")
    expected = State.ACTIVE if number else State.UNDER_REVIEW
    assert await book(Acting(Author(AN, VAULT), now_of(proposal), NOW), proposal, number, "desk") is expected


async def test_what_the_policy_took_at_once_anybody_of_the_staff_books() -> None:
    """睿 had countered before, and then 小明 sent what is taken at once: nobody of the staff decided on that."""
    story = await at_jq()
    proposal = await countered(story, await story.propose(TWELVE), 190, AGENT)
    within = replace(TWELVE, installments=5)
    await revise(Acting(Author(BORROWER, VAULT), now_of(proposal), NOW), proposal, await story.quote(within))
    proposal = await story.proposal(proposal.ref)
    await agree(Acting(Author(BORROWER, VAULT), now_of(proposal), NOW), proposal, signed=paper(proposal))
    proposal = await story.proposal(proposal.ref)
    assert await book(Acting(Author(RUI, VAULT), now_of(proposal), NOW), proposal, "K-1", "") is State.ACTIVE
