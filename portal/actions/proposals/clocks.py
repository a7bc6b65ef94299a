"""The clocks of a proposal, run by the worker: nothing is declined by one, and what it ends it tells both sides."""

from collections.abc import Awaitable, Callable
from functools import partial

from tortoise.expressions import Q

from portal.actions.act import change_of_lender
from portal.actions.attempts import Attempt, at_once
from portal.actions.journal import Journal
from portal.actions.proposals.live import refuse_booking
from portal.actions.proposals.moves import late_ref, look_at, make_move, to_look_at
from portal.actions.suspensions import suspend_accrual
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER, Move, Party, State
from portal.reads.cases import LenderFacts
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.tables import models as tables

_PROPOSAL_CLOCK = Actor("clock", "proposal")
_Clock = Callable[[Journal, tables.ProposalRow, ProposalCase], Awaitable[bool]]


async def run_clocks(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """Everything of a lender whose time has run out by now, a transaction each; answers how many moved."""
    over = Q(expires_on__lt=moment.today) | Q(decide_by__lt=moment.today)
    rows = tables.ProposalRow.filter(
        over, to_look_at(moment), lender_id=lender.id, state__in=[each.value for each in CLOCKS]
    )
    refs = [str(ref) for ref in await rows.order_by("id").values_list("ref", flat=True)]
    return sum([await attempt(f"proposal {ref}", partial(_run, moment, lender, ref)) for ref in refs])


@change_of_lender
async def _run(log: Journal, lender: LenderFacts, ref: str) -> bool:
    row = await look_at(log, ref)
    clock = CLOCKS.get(State(row.state))
    return clock is not None and await clock(log, row, await desk_proposal(ref, lender.id))


async def _expire(log: Journal, row: tables.ProposalRow, proposal: ProposalCase) -> bool:
    """What was to be taken until a day was not."""
    if row.expires_on is None or row.expires_on >= log.moment.today:
        return False
    until, row.expires_on, row.decide_by = row.expires_on, None, None
    await make_move(log, row, proposal.case, (Party.CLOCK, Move.EXPIRE), _PROPOSAL_CLOCK, {"until": until.isoformat()})
    return True


async def _unasked(log: Journal, row: tables.ProposalRow, proposal: ProposalCase) -> bool:
    """A question nobody answered holds nothing up: the lender decides with what it has."""
    if row.expires_on is None or row.expires_on >= log.moment.today:
        return False
    row.expires_on = None
    row.decide_by = proposal.policy.decide_by(log.moment.today)
    facts: dict[str, object] = {"why": "no_answer", "decide_by": row.decide_by.isoformat()}
    await make_move(log, row, proposal.case, (Party.CLOCK, Move.TAKE_UP), _PROPOSAL_CLOCK, facts)
    return True


async def _unbooked(log: Journal, row: tables.ProposalRow, proposal: ProposalCase) -> bool:
    """The lender's core has said nothing: a person looks at it again."""
    if row.decide_by is None or row.decide_by >= log.moment.today:
        return False
    await refuse_booking(log, row, proposal, (Party.CLOCK, _PROPOSAL_CLOCK), "timed_out")
    return True


async def _unanswered(log: Journal, row: tables.ProposalRow, proposal: ProposalCase) -> bool:
    """Past the lender's own date penalty stands still until it answers, where its policy says so."""
    late = row.decide_by is not None and row.decide_by < log.moment.today
    if not late or row.decide_by is None or not proposal.policy.penalty_stops_when_late:
        return False
    ref = late_ref(row.ref, row.decide_by)
    if await tables.SuspensionRow.exists(ref=ref, starts=True):
        return False
    components = ["penalty"]
    await suspend_accrual(log, proposal.case.id, ref, components, row.decide_by, "unanswered")
    facts = {"decide_by": row.decide_by.isoformat(), "components": components}
    await log.tell(proposal.case, NewEvent("proposal.unanswered", _PROPOSAL_CLOCK, facts, row.ref, row.version))
    return True


CLOCKS: dict[State, _Clock] = {
    State.OFFERED: _expire,
    State.COUNTERED: _expire,
    State.ACCEPTED: _expire,
    State.INFO_REQUESTED: _unasked,
    State.AGREED: _unbooked,
    **dict.fromkeys(STATES_TO_ANSWER, _unanswered),
}
