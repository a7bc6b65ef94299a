"""The lender's books take an agreement in, or cannot: then it goes back to a person."""

from portal.actions.authors import FormToken
from portal.actions.journal import journal
from portal.actions.proposals.live import begin_plan
from portal.actions.proposals.moves import locked, make_move
from portal.actions.proposals.outcomes import keep_booking
from portal.domain.event import Actor, BusinessTime
from portal.domain.restructuring.negotiation import LIVE, DecidedByYou, Move, Party, State
from portal.reads.decisions import decided_by
from portal.reads.facts import known_facts
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from portal.tables.transaction import retried


@retried
async def book(
    proposal: ProposalCase, core_id: str, reason: str, actor: Actor, guard: FormToken, moment: BusinessTime
) -> State:
    """Booked under `core_id`, or refused for `reason`; answers the state. What is said twice happens once.

    Raises SomebodyWasFirst, MoveNotPossible, and DecidedByYou where one of the staff decided on it.
    """
    async with journal(proposal.case.lender.id, moment, guard.key) as log:
        row = await locked(log, proposal, guard)
        if actor.kind == "staff" and actor.ref == await decided_by(row.id):
            raise DecidedByYou(state=row.state, move=Move.BOOK.value)
        if await _said_before(row, proposal, core_id, reason):
            return State(row.state)
        if core_id:
            await begin_plan(log, row, proposal, core_id, actor, guard.expected_version)
        else:
            row.decide_by = proposal.policy.decide_by(moment.today)
            who = (Party.CORE, Move.REFUSE_BOOKING)
            await make_move(log, row, proposal.case, who, actor, {"reason": reason}, guard.expected_version)
            await keep_booking(log, proposal.agreement, reason=reason)
        return State(row.state)


async def _said_before(row: tables.ProposalRow, proposal: ProposalCase, core_id: str, reason: str) -> bool:
    """Whether the core said just this, and it still stands: the plan runs, or nobody has decided anew."""
    stands = State(row.state) in LIVE if core_id else row.state == State.UNDER_REVIEW
    last = (await known_facts("booking", proposal.case)).get((proposal.agreement,))
    return stands and last is not None and (last["core_id"], last["reason"]) == (core_id, reason)
