"""The life of a proposal as one table: who may move it from where to where, and the event on that edge.

Buttons, refusals and history all read this table; nothing else decides what is allowed.
"""

from dataclasses import dataclass
from enum import StrEnum

from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.progress import PlanProgress
from portal.domain.refusal import N_, Refusal


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    INFO_REQUESTED = "info_requested"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    AGREED = "agreed"
    ACTIVE = "active"
    STRAINED = "strained"
    PAUSED = "paused"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    BROKEN = "broken"
    SUPERSEDED = "superseded"
    COMPLETED = "completed"
    ENDED = "ended"
    OFFERED = "offered"


class Party(StrEnum):
    """Who moves: `POLICY` is the lender's published policy, `CORE` the lender's own system, `CLOCK` the calendar."""

    BORROWER = "borrower"
    LENDER = "lender"
    POLICY = "policy"
    CORE = "core"
    CLOCK = "clock"


class Move(StrEnum):
    SUBMIT = "submit"
    OFFER = "offer"
    TAKE_UP = "take_up"
    ASK = "ask"
    ANSWER = "answer"
    ACCEPT = "accept"
    COUNTER = "counter"
    DECLINE = "decline"
    REVISE = "revise"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    SIGN = "sign"
    BOOK = "book"
    JOIN = "join"
    REFUSE_BOOKING = "refuse_booking"
    STRAIN = "strain"
    CURE = "cure"
    BREAK = "break"
    PAUSE = "pause"
    RESUME = "resume"
    SUPERSEDE = "supersede"
    COMPLETE = "complete"
    END = "end"
    REINSTATE = "reinstate"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Edge:
    to: State
    event: str


_B, _L, _P, _CORE, _CLOCK = Party.BORROWER, Party.LENDER, Party.POLICY, Party.CORE, Party.CLOCK

TRANSITIONS: dict[tuple[State, Party, Move], Edge] = {
    (State.DRAFT, _B, Move.SUBMIT): Edge(State.SUBMITTED, "proposal.submitted"),
    (State.DRAFT, _L, Move.OFFER): Edge(State.OFFERED, "proposal.offered"),
    (State.OFFERED, _B, Move.ACCEPT): Edge(State.ACCEPTED, "proposal.accepted"),
    (State.OFFERED, _B, Move.REVISE): Edge(State.SUBMITTED, "proposal.submitted"),
    (State.OFFERED, _B, Move.DECLINE): Edge(State.DECLINED, "proposal.turned_down"),
    (State.OFFERED, _CLOCK, Move.EXPIRE): Edge(State.EXPIRED, "proposal.expired"),
    (State.SUBMITTED, _P, Move.ACCEPT): Edge(State.ACCEPTED, "proposal.accepted"),
    (State.SUBMITTED, _L, Move.TAKE_UP): Edge(State.UNDER_REVIEW, "proposal.under_review"),
    (State.UNDER_REVIEW, _L, Move.ASK): Edge(State.INFO_REQUESTED, "proposal.info_requested"),
    (State.INFO_REQUESTED, _B, Move.ANSWER): Edge(State.UNDER_REVIEW, "proposal.info_provided"),
    (State.INFO_REQUESTED, _CLOCK, Move.TAKE_UP): Edge(State.UNDER_REVIEW, "proposal.under_review"),
    (State.UNDER_REVIEW, _L, Move.ACCEPT): Edge(State.ACCEPTED, "proposal.accepted"),
    (State.UNDER_REVIEW, _L, Move.COUNTER): Edge(State.COUNTERED, "proposal.countered"),
    (State.UNDER_REVIEW, _L, Move.DECLINE): Edge(State.DECLINED, "proposal.declined"),
    (State.COUNTERED, _B, Move.ACCEPT): Edge(State.ACCEPTED, "proposal.accepted"),
    (State.COUNTERED, _B, Move.REVISE): Edge(State.SUBMITTED, "proposal.submitted"),
    (State.ACCEPTED, _B, Move.SIGN): Edge(State.AGREED, "agreement.signed"),
    (State.AGREED, _CORE, Move.BOOK): Edge(State.ACTIVE, "plan.activated"),
    (State.AGREED, _CORE, Move.JOIN): Edge(State.SUPERSEDED, "plan.varied"),
    (State.AGREED, _CORE, Move.REFUSE_BOOKING): Edge(State.UNDER_REVIEW, "agreement.booking_failed"),
    (State.AGREED, _CLOCK, Move.REFUSE_BOOKING): Edge(State.UNDER_REVIEW, "agreement.booking_failed"),
    (State.ACTIVE, _CLOCK, Move.STRAIN): Edge(State.STRAINED, "plan.strained"),
    (State.STRAINED, _CLOCK, Move.CURE): Edge(State.ACTIVE, "plan.cured"),
    (State.STRAINED, _CLOCK, Move.BREAK): Edge(State.BROKEN, "plan.broken"),
    (State.ACTIVE, _CLOCK, Move.BREAK): Edge(State.BROKEN, "plan.broken"),
    (State.ACTIVE, _L, Move.PAUSE): Edge(State.PAUSED, "plan.paused"),
    (State.PAUSED, _CLOCK, Move.RESUME): Edge(State.ACTIVE, "plan.resumed"),
    (State.STRAINED, _L, Move.PAUSE): Edge(State.PAUSED, "plan.paused"),
    (State.ACTIVE, _CORE, Move.PAUSE): Edge(State.PAUSED, "plan.paused"),
    (State.STRAINED, _CORE, Move.PAUSE): Edge(State.PAUSED, "plan.paused"),
    (State.ACTIVE, _CLOCK, Move.COMPLETE): Edge(State.COMPLETED, "plan.completed"),
    (State.STRAINED, _CLOCK, Move.COMPLETE): Edge(State.COMPLETED, "plan.completed"),
    (State.ACTIVE, _CLOCK, Move.END): Edge(State.ENDED, "plan.ended"),
    (State.STRAINED, _CLOCK, Move.END): Edge(State.ENDED, "plan.ended"),
    (State.BROKEN, _CLOCK, Move.REINSTATE): Edge(State.ACTIVE, "plan.reinstated"),
    (State.COMPLETED, _CLOCK, Move.REOPEN): Edge(State.ACTIVE, "plan.reopened"),
    (State.ENDED, _CLOCK, Move.REINSTATE): Edge(State.ACTIVE, "plan.reinstated"),
}
for _state in (State.SUBMITTED, State.UNDER_REVIEW, State.INFO_REQUESTED, State.COUNTERED, State.ACCEPTED):
    TRANSITIONS[_state, _B, Move.WITHDRAW] = Edge(State.WITHDRAWN, "proposal.withdrawn")
for _state in (State.COUNTERED, State.ACCEPTED):
    TRANSITIONS[_state, _CLOCK, Move.EXPIRE] = Edge(State.EXPIRED, "proposal.expired")

for _state in (State.ACTIVE, State.STRAINED, State.PAUSED):
    TRANSITIONS[_state, _CORE, Move.SUPERSEDE] = Edge(State.SUPERSEDED, "plan.superseded")

STATES_TO_ANSWER = frozenset({State.SUBMITTED, State.UNDER_REVIEW})
STATES_WITH_BORROWER = frozenset({State.OFFERED, State.COUNTERED, State.INFO_REQUESTED, State.ACCEPTED})
"""The borrower's turn to take it, answer or sign."""
OPEN_STATES = STATES_TO_ANSWER | STATES_WITH_BORROWER | {State.AGREED}
LIVE = frozenset({State.ACTIVE, State.STRAINED, State.PAUSED})
FOLLOWED = LIVE | {State.BROKEN, State.COMPLETED, State.ENDED}
"""What becomes of these follows from the ledger and the day, in both directions."""
BOUND = FOLLOWED | {State.ACCEPTED, State.AGREED, State.SUPERSEDED}
"""Accepted once: the policy it was accepted under binds both sides, whatever came after."""
SIGNED_STATES = BOUND - {State.ACCEPTED}
LAPSED = frozenset({State.DECLINED, State.WITHDRAWN, State.EXPIRED})
"""Came to nothing."""


class MoveNotPossible(Refusal):
    says = N_("This cannot be done now: the proposal has moved on. Please look at how it is and decide again.")


class TimeRanOut(MoveNotPossible):
    says = N_("This stood until {until}, and the time has run out. You can take the plan back and make another one.")


class NeedsSecond(Refusal):
    says = N_(
        "This takes two people. It waives {waived}; with it {on_loan} is waived on this loan in all, and {this_month} "
        "by you this month. Up to {most} one person decides alone; more is proposed by one and approved by another."
    )


class DecidedByYou(MoveNotPossible):
    """Who decides does not book."""

    says = N_(
        "You decided on this plan, so you cannot also say whether it is in the books. A colleague or your own system "
        "can."
    )


class SomebodyWasFirst(Refusal):
    """The page was drawn from an older state of the loan; answered with 409 and the page as it is now."""

    says = N_("Something changed since you opened this page. Nothing was sent. Here is how it is now.")


class ProposalOpen(Refusal):
    says = N_("There is already an open proposal for this loan. You can change or withdraw it.")


def transition(state: State, party: Party, move: Move) -> Edge:
    """The edge that `move` takes, or the refusal `MoveNotPossible`."""
    edge = TRANSITIONS.get((state, party, move))
    if edge is None:
        raise MoveNotPossible(state=state.value, move=move.value)
    return edge


_STATES = {
    PlanStatus.ACTIVE: State.ACTIVE,
    PlanStatus.STRAINED: State.STRAINED,
    PlanStatus.BROKEN: State.BROKEN,
    PlanStatus.COMPLETED: State.COMPLETED,
    PlanStatus.SUPERSEDED: State.SUPERSEDED,
    PlanStatus.ENDED: State.ENDED,
}
_STEPS = {
    State.STRAINED: Move.STRAIN,
    State.ACTIVE: Move.CURE,
    State.BROKEN: Move.BREAK,
    State.COMPLETED: Move.COMPLETE,
    State.ENDED: Move.END,
}
_BACK = {State.BROKEN: Move.REINSTATE, State.COMPLETED: Move.REOPEN, State.ENDED: Move.REINSTATE}


def state_now(told: State, found: PlanProgress | None) -> State:
    """Where a plan is by the ledger of today, whatever was told last; a proposal that is none is as it was told."""
    if told not in FOLLOWED or found is None:
        return told
    return State.PAUSED if found.lives and found.paused_until else _STATES.get(found.status, told)


def plan_moves(told: State, found: PlanProgress) -> tuple[Move, ...]:
    """The moves from what was told of a plan to where it is, by way of running again if it had ended.

    That it is paused is told by whoever pauses it.
    """
    to = state_now(told, found)
    if to in (told, State.SUPERSEDED):
        return ()
    if to is State.PAUSED:
        return (_BACK[told],) if told in _BACK else ()
    back = (_BACK[told],) if told in _BACK else (Move.RESUME,) if told is State.PAUSED else ()
    return back if back and to is State.ACTIVE else (*back, _STEPS[to])


def can_revise(state: State) -> bool:
    """Whether the borrower may answer what the lender offers with another offer."""
    return (state, Party.BORROWER, Move.REVISE) in TRANSITIONS


def moves(state: State, party: Party) -> tuple[Move, ...]:
    """What `party` may do now, in the order of the table."""
    return tuple(move for at, who, move in TRANSITIONS if at is state and who is party)
