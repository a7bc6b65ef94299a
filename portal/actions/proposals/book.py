"""The lender's books take an agreement in, or cannot: then it goes back to a person."""

from portal.actions.journal import journal
from portal.actions.proposals.moves import Guard, locked, make_move
from portal.domain.calendar import add_working_days
from portal.domain.event import Actor, Moment
from portal.domain.negotiation import LIVE, Move, Party, State
from portal.reads.proposals import ProposalCase
from portal.tables import models as t
from portal.tables.transaction import retried


@retried
async def book(held: ProposalCase, core_id: str, reason: str, actor: Actor, guard: Guard, moment: Moment) -> State:
    """Booked under `core_id`, or refused for `reason`; answers the state. Booked twice is booked once.

    Raises SomebodyWasFirst, MoveNotPossible.
    """
    async with journal(held.case.lender.id, moment, guard.key) as log:
        row = await locked(log, held, guard)
        if core_id and State(row.state) in LIVE and await _booked_as(row, core_id):
            return State(row.state)
        move = Move.BOOK if core_id else Move.REFUSE_BOOKING
        if move is Move.REFUSE_BOOKING:
            row.decide_by = add_working_days(moment.today, held.policy.decision_working_days)
        agreed = {"agreement": held.agreement, "core_id": core_id} if core_id else {"reason": reason}
        await make_move(log, row, held.case, (Party.CORE, move), actor, agreed, guard.seen)
        return State(row.state)


async def _booked_as(row: t.Proposal, core_id: str) -> bool:
    last = await t.Event.filter(proposal_ref=row.ref, type="plan.activated").order_by("-id").first()
    return last is not None and f'"core_id":"{core_id}"' in bytes(last.body).decode()
