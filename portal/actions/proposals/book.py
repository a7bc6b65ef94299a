"""The lender's books take an agreement in, or cannot: then it goes back to a person."""

from portal.actions.act import Act, change
from portal.actions.proposals.live import begin_plan
from portal.actions.proposals.moves import make_move, own_row
from portal.actions.proposals.outcomes import keep_booking
from portal.actions.proposals.posted import refused_facts
from portal.domain.restructuring.negotiation import LIVE, DecidedByYou, Move, Party, State
from portal.reads.decisions import decided_by
from portal.reads.facts import known_facts
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables


@change
async def book(act: Act, proposal: ProposalCase, core_id: str, reason: str) -> str:
    """Booked under `core_id`, or refused for `reason`; answers the state. What is said twice happens once.

    Raises MoveNotPossible, and DecidedByYou where one of the staff decided on it.
    """
    row = await own_row(proposal)
    if act.actor.kind == "staff" and act.actor.ref == await decided_by(row.id):
        raise DecidedByYou(state=row.state, move=Move.BOOK.value)
    if await _said_before(row, proposal, core_id, reason):
        return State(row.state)
    if core_id:
        await begin_plan(act.log, row, proposal, core_id, act.actor)
    else:
        row.decide_by = proposal.policy.decide_by(act.today)
        who = (Party.CORE, Move.REFUSE_BOOKING)
        facts = {"reason": reason, **refused_facts(proposal.case, proposal.agreement, act.today)}
        await make_move(act.log, row, proposal.case, who, act.actor, facts)
        await keep_booking(act.log, proposal.agreement, reason=reason)
    return State(row.state)


async def _said_before(row: tables.ProposalRow, proposal: ProposalCase, core_id: str, reason: str) -> bool:
    """Whether the core said just this, and it still stands: the plan runs, or nobody has decided anew."""
    stands = State(row.state) in LIVE if core_id else row.state == State.UNDER_REVIEW
    last = (await known_facts("booking", proposal.case)).get((proposal.agreement,))
    return stands and last is not None and (last["core_id"] or last["reason"]) == (core_id or reason)
