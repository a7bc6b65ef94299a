"""The lender begins: one of its staff offers a plan, a pause or a settlement on a loan where nothing is open.

Like a counter it is never worse than what the policy takes at once, and above the waiver limit it takes two.
"""

from dataclasses import replace

from portal.actions import approvals
from portal.actions.act import Act, change
from portal.actions.proposals.moves import add_offer, make_move, new_proposal, quoted_facts
from portal.actions.proposals.outcomes import keep_decision
from portal.actions.proposals.waivers import (
    APPROVERS,
    lay_before_second,
    proposed_facts,
    turn_down,
    with_note,
)
from portal.domain.event import NewEvent
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.negotiation import Move, Party, ProposalOpen, State
from portal.domain.restructuring.never_worse import check_never_worse
from portal.domain.restructuring.plan_codec import plan_fingerprint
from portal.domain.restructuring.quote import Quote
from portal.reads.approvals import WAIVER, WaitingApproval
from portal.reads.cases import Case
from portal.reads.decisions import takes_two
from portal.reads.offering import open_for, person_of


class NobodyToOffer(Refusal):
    says = N_(
        "Nobody who owes this loan has come in by a link yet, or they took their consent back, so nobody would see an "
        "offer. Send the link first."
    )


@change
async def send_offer(act: Act, case: Case, quote: Quote) -> str:
    """An offer to whoever owes the loan, valid as long as a quote is; answers the proposal's ref.

    Raises NobodyToOffer, ProposalOpen, WorseThanPolicy, NeedsSecond.
    """
    check_never_worse(quote)
    second = await takes_two(case, 0, quote.plan.waived.total, act.actor.ref, act.today)
    if second is not None:
        raise second
    return await _write_offer(act, case, quote)


@change
async def propose_offer(act: Act, case: Case, quote: Quote, why: str) -> None:
    """One of the staff wants to offer what lets more go than one may: somebody else has to approve just that.

    Raises NobodyToOffer, ProposalOpen, WorseThanPolicy, AlreadyProposed.
    """
    check_never_worse(quote)
    await _check_open(case)
    facts, until = proposed_facts(quote), (await act.policy()).stands_until(act.today)
    told = await lay_before_second(act, case, case.ref, quote, why, facts=facts, until=until)
    await act.log.tell(case, NewEvent("waiver.proposed", act.actor, told))


@change
async def approve_offer(act: Act, case: Case, found: WaitingApproval, quote: Quote) -> str:
    """A second of the staff agrees: what was proposed is offered just so; answers the proposal's ref.

    `quote` is what the approver's page showed, at the figures of the day it was proposed on. Raises what
    `approvals.approve` does, and what `send_offer` does.
    """
    check_never_worse(quote)
    digest, what = plan_fingerprint([(quote.offer, quote.plan)]), approvals.Waits(WAIVER, case.ref, found.ref)
    row = await approvals.approve(act.log, what, act.actor, act.author.role, digest, APPROVERS)
    act, until = await with_note(act, case, row), (await act.policy()).stands_until(act.today)
    return await _write_offer(act, case, replace(quote, valid_until=until))


@change
async def reject_offer(act: Act, case: Case, found: WaitingApproval) -> None:
    """Whoever proposed it takes it back, or an approver does not agree. Raises NothingWaits, NotYourRole."""
    await act.log.tell(case, NewEvent(await turn_down(act, case.ref, found), act.actor))


async def _check_open(case: Case) -> int:
    """The id of the person it is for. Raises NobodyToOffer, ProposalOpen."""
    if not await open_for(case.id):
        raise ProposalOpen("proposal")
    person_id = await person_of(case.id)
    if person_id is None:
        raise NobodyToOffer("offer")
    return person_id


async def _write_offer(act: Act, case: Case, quote: Quote) -> str:
    person_id = await _check_open(case)
    await approvals.lapse(act.log, WAIVER, case.ref, act.actor)
    row = await new_proposal(case, person_id, quote, act.acting.moment, case.seq, state=State.DRAFT.value)
    row.expires_on = quote.valid_until
    note = await act.keep_note(person_id, case.id)
    await add_offer(act, row, Party.LENDER, quote, note)
    await keep_decision(act.log, row, case, (Party.LENDER, "offer"), act.actor, quote.policy, quote)
    facts = {
        **quoted_facts(quote),
        "allocation": list(case.loan.terms.allocation.due),
        "note": note,
        "expires_on": quote.valid_until.isoformat(),
    }
    await make_move(act.log, row, case, (Party.LENDER, Move.OFFER), act.actor, facts)
    return row.ref
