"""The lender begins: an offer to 小明, who sent nothing. He takes it, changes it, turns it down, or lets it run out."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.proposals import (
    WAIVER,
    accept,
    agree,
    approve_offer,
    book,
    decline,
    propose_offer,
    revise,
    run_clocks,
    send_offer,
    step,
)
from portal.actions.proposals.offering import NobodyToOffer
from portal.actions.staff import add_staff, end_staff
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.event import Actor, BusinessTime
from portal.domain.restructuring.negotiation import (
    DecidedByYou,
    Move,
    NeedsSecond,
    Party,
    ProposalOpen,
    State,
    TimeRanOut,
)
from portal.domain.restructuring.offer_refusals import WorseThanPolicy
from portal.reads.approvals import waiting_approval
from portal.reads.decisions import is_promised, let_go_by
from portal.reads.fact_check import FactCounts, fact_gaps
from portal.reads.loan_notes import loan_notes
from portal.reads.proposals import ProposalCase
from portal.reads.staff_notes import staff_notes
from portal.tables import models as tables
from tests.actions.story import BORROWER, LAN, NOW, ON, RUI, SIX, TWELVE, VAULT, Story, begin, begin_outside, paper

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

FOUR_EYES = '[plan]\nmax_months = 6\n[four_eyes]\nwaiver_above = "50.00"\n[signing]\nreading_seconds = 0\n'
AGENT, APPROVER = Author(RUI, VAULT, role="agent"), Author(LAN, VAULT, role="approver")


async def offers(story: Story, by: Author = AGENT, note: str = "", **terms: object) -> ProposalCase:
    """Twelve payments over what is overdue: longer than the six months that the policy takes at once."""
    case = await story.case()
    acting = Acting(replace(by, note=note), FormToken(case.seq), NOW)
    return await story.proposal(await send_offer(acting, case, await story.quote(replace(TWELVE, **terms))))


def his(proposal: ProposalCase) -> Acting:
    return Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW)


async def test_an_offer_of_the_lender_is_told_whole_and_stands_for_three_working_days() -> None:
    story = await begin()
    proposal = await offers(story, note="我们可以分十二期。")
    # 14 June 2026 is a Sunday: the third working day after it is Wednesday the 17th.
    assert (proposal.state, proposal.version, proposal.expires_on) == (State.OFFERED, 1, date(2026, 6, 17))
    assert (await story.case()).proposal is not None and proposal.on_the_table.party is Party.LENDER
    event = await tables.EventRow.filter(type="proposal.offered").get()
    assert b'"kind":"staff"' in event.body and "我们".encode() not in event.body
    assert (await tables.DecisionRow.get()).verdict == "offer"
    assert [gap async for gap in fact_gaps(FactCounts())] == []


async def test_he_takes_it_signs_it_and_it_runs_with_collection_asked_to_stop() -> None:
    story = await begin()
    proposal = await offers(story)
    assert not await tables.HoldRow.exists(), "whoever is offered something has asked for nothing"
    await accept(his(proposal), proposal, Party.BORROWER)
    proposal = await story.proposal(proposal.ref)
    assert proposal.state is State.ACCEPTED and await tables.HoldRow.filter(about=proposal.ref).exists()
    await agree(his(proposal), proposal, signed=paper(proposal))
    proposal = await story.proposal(proposal.ref)
    with pytest.raises(DecidedByYou):
        await book(Acting(AGENT, FormToken(proposal.case.seq), NOW), proposal, "K-1", "")
    await book(Acting(APPROVER, FormToken(proposal.case.seq), NOW), proposal, "K-1", "")
    assert (await story.proposal(proposal.ref)).state is State.ACTIVE
    assert [gap async for gap in fact_gaps(FactCounts())] == []


async def test_he_changes_it_and_inside_the_policy_his_own_is_taken_at_once() -> None:
    story = await begin()
    proposal = await offers(story)
    await revise(his(proposal), proposal, await story.quote(SIX))
    proposal = await story.proposal(proposal.ref)
    assert (proposal.state, proposal.version) == (State.ACCEPTED, 2)


async def test_he_turns_it_down_and_what_was_promised_before_still_holds() -> None:
    """It was promised when his own plan was declined; not to want the lender's next offer changes nothing."""
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    nearest = await story.quote(SIX)
    await decline(Acting(AGENT, FormToken(proposal.case.seq), NOW), proposal, "too_long", nearest=nearest)
    proposal = await offers(story)
    await step(his(proposal), proposal, Party.BORROWER, Move.DECLINE)
    proposal = await story.proposal(proposal.ref)
    assert proposal.state is State.DECLINED and (await story.case()).proposal is None
    assert (await story.events())[-1] == "proposal.turned_down"
    assert await is_promised(proposal.case, SIX, ON)


async def test_nobody_answers_in_time_and_its_clock_ends_it() -> None:
    story = await begin()
    proposal = await offers(story)
    on_last = BusinessTime(datetime(2026, 6, 17, 9, tzinfo=UTC), date(2026, 6, 17))
    assert await run_clocks(story.lender, on_last) == 0
    late = BusinessTime(datetime(2026, 6, 18, 9, tzinfo=UTC), date(2026, 6, 18))
    with pytest.raises(TimeRanOut):
        await accept(replace(his(proposal), moment=late), proposal, Party.BORROWER)
    assert await run_clocks(story.lender, late) == 1
    assert (await story.proposal(proposal.ref)).state is State.EXPIRED
    (sent,) = (await loan_notes(proposal.case.id, story.person_id)).sent
    assert sent.by_lender and sent.answer == "proposal.expired"


async def test_one_thing_is_open_on_a_loan_whoever_began_it() -> None:
    story = await begin()
    await offers(story)
    with pytest.raises(ProposalOpen):
        await story.propose(TWELVE)
    with pytest.raises(ProposalOpen):
        await offers(story)


async def test_who_never_came_in_is_offered_nothing() -> None:
    story = await begin_outside()
    person = await tables.PersonRow.create(ref="somebody", key=VAULT.new_key())
    story = replace(story, person_id=person.id)
    await tables.BorrowerRow.filter(external_id="B-1").update(person_id=person.id)
    case, quote = await story.case(), await story.quote(TWELVE)
    await tables.BorrowerRow.filter(external_id="B-1").update(person_id=None)
    with pytest.raises(NobodyToOffer):
        await send_offer(Acting(AGENT, FormToken(case.seq), NOW), case, quote)
    await tables.BorrowerRow.filter(external_id="B-1").update(person_id=person.id, withdrawn_at=NOW.at)
    with pytest.raises(NobodyToOffer):
        await send_offer(Acting(AGENT, FormToken(case.seq), NOW), case, quote)
    assert not await tables.ProposalRow.exists()


async def test_what_the_policy_gives_more_of_at_once_is_not_offered_less_of() -> None:
    """Half of the penalty goes at once by this policy: six payments with all of it are worse."""
    story = await begin()
    await set_policy(NOW, story.lender, '[plan]\nmax_months = 6\n[waiver]\npenalty = "0.5"\n', OPERATOR)
    with pytest.raises(WorseThanPolicy):
        await offers(story, installments=6)
    assert not await tables.ProposalRow.exists()


async def test_above_the_limit_it_takes_two_and_goes_out_with_the_words_of_the_first() -> None:
    """60.00 of the penalty is more than the 50.00 that one lets go alone; it counts for who proposed nothing more."""
    story = await begin()
    await set_policy(NOW, story.lender, FOUR_EYES, OPERATOR)
    await add_staff(NOW, story.lender, "rui@jq.example", "agent")
    await tables.StaffRow.filter(email="rui@jq.example").update(ref=RUI.ref)
    sixty = {"waiver": Amounts(penalty=6000)}
    with pytest.raises(NeedsSecond):
        await offers(story, **sixty)
    case, quote = await story.case(), await story.quote(replace(TWELVE, **sixty))
    told = replace(AGENT, note="住院期间先这样。")
    await propose_offer(Acting(told, FormToken(case.seq), NOW), case, quote, "有住院证明")
    assert not await tables.ProposalRow.exists() and (await story.events())[-1] == "waiver.proposed"
    (note,) = await staff_notes(case.id, VAULT)
    assert (note.author, note.text) == ("rui@jq.example", "有住院证明")
    case, found = await story.case(), await waiting_approval(WAIVER, case.ref, ON)
    assert found is not None and note.about == found.ref
    ref = await approve_offer(Acting(APPROVER, FormToken(case.seq), NOW), case, found, quote)
    proposal = await story.proposal(ref)
    assert proposal.state is State.OFFERED and proposal.on_the_table.plan.waived.total == 6000
    text = await tables.TextRow.get(author="staff").prefetch_related("person")
    assert VAULT.unseal(bytes(text.person.key), bytes(text.sealed)) == "住院期间先这样。"
    assert await let_go_by(LAN.ref, ON, "CNY", 0) == 6000 and await let_go_by(RUI.ref, ON, "CNY", 0) == 0


async def test_who_sends_a_plan_while_an_offer_waits_for_a_second_has_gone_first() -> None:
    story = await begin()
    await set_policy(NOW, story.lender, FOUR_EYES, OPERATOR)
    case, quote = await story.case(), await story.quote(replace(TWELVE, waiver=Amounts(penalty=6000)))
    await propose_offer(Acting(AGENT, FormToken(case.seq), NOW), case, quote, "有住院证明")
    await story.propose(TWELVE)
    assert (await tables.ApprovalRow.get()).outcome == "withdrawn"
    assert await waiting_approval(WAIVER, case.ref, ON) is None


async def test_what_somebody_wanted_to_offer_waits_no_more_once_they_are_ended() -> None:
    story = await begin()
    await set_policy(NOW, story.lender, FOUR_EYES, OPERATOR)
    await add_staff(NOW, story.lender, "rui@jq.example", "agent")
    await tables.StaffRow.filter(email="rui@jq.example").update(ref=RUI.ref)
    case, quote = await story.case(), await story.quote(replace(TWELVE, waiver=Amounts(penalty=6000)))
    await propose_offer(Acting(AGENT, FormToken(case.seq), NOW), case, quote, "有住院证明")
    await end_staff(NOW, story.lender, "rui@jq.example", Actor("system", "operator"))
    assert (await story.events())[-1] == "waiver.withdrawn"
    assert await waiting_approval(WAIVER, case.ref, ON) is None


async def test_a_pause_is_offered_too() -> None:
    story = await begin()
    proposal = await offers(story, kind=OfferKind.PAUSE, installments=1, first_due=date(2026, 8, 10))
    assert (proposal.kind, proposal.state) == (OfferKind.PAUSE, State.OFFERED)
    await accept(his(proposal), proposal, Party.BORROWER)
    assert (await story.proposal(proposal.ref)).state is State.ACCEPTED
