"""The lender's books take an agreement in, or cannot: then it goes back to a person. What they said stands for ever."""

from portal.actions.act import Act, change
from portal.actions.proposals.live import begin_plan, refuse_booking
from portal.actions.proposals.moves import own_row
from portal.domain.contract.agreement import OfferKind
from portal.domain.refusal import N_
from portal.domain.restructuring.negotiation import DecidedByYou, Move, MoveNotPossible, Party, State
from portal.reads.decisions import decided_by
from portal.reads.facts import FactColumns, known_facts
from portal.reads.proposals import ProposalCase


class BookedOtherwise(MoveNotPossible):
    says = N_("The lender's books have answered this agreement already, otherwise than now.")


@change
async def book(act: Act, proposal: ProposalCase, core_id: str, reason: str, agreement: str | None = None) -> str:
    """Booked under `core_id`, or refused for `reason`; answers the state that this led to, for ever the same.

    `agreement` is one of the proposal's, the newest where none is named. What is said twice happens once, whatever has
    come since. Raises BookedOtherwise, MoveNotPossible, and DecidedByYou where one of the staff decided on it.
    """
    row = await own_row(proposal)
    if act.actor.kind == "staff" and act.actor.ref == await decided_by(row.id):
        raise DecidedByYou(state=row.state, move=Move.BOOK.value)
    ref = agreement or proposal.agreement
    said = (await known_facts("booking", proposal.case)).get((ref,))
    if said is not None:
        return _said_before(proposal, said, core_id, reason)
    if ref != proposal.agreement:
        raise MoveNotPossible(state=row.state, move=Move.BOOK.value)
    if core_id:
        await begin_plan(act.log, row, proposal, core_id, act.actor)
    else:
        await refuse_booking(act.log, row, proposal, (Party.CORE, act.actor), reason)
    return State(row.state)


def _said_before(proposal: ProposalCase, said: FactColumns, core_id: str, reason: str) -> State:
    """The state that the first answer led to. Raises BookedOtherwise."""
    if (said["core_id"], said["reason"]) != (core_id, "" if core_id else reason):
        raise BookedOtherwise("agreement")
    if not core_id:
        return State.UNDER_REVIEW
    if proposal.on_the_table.offer.within:
        return State.SUPERSEDED
    return State.PAUSED if proposal.on_the_table.offer.kind is OfferKind.PAUSE else State.ACTIVE
