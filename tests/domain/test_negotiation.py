"""One table says who may move a proposal from where to where."""

import pytest

from portal.domain.restructuring.negotiation import (
    OPEN_STATES,
    TRANSITIONS,
    Move,
    MoveNotPossible,
    Party,
    State,
    can_revise,
    moves,
    transition,
)


def test_a_proposal_inside_the_policy_is_accepted_without_a_person() -> None:
    assert transition(State.SUBMITTED, Party.POLICY, Move.ACCEPT).to is State.ACCEPTED


def test_no_machine_declines() -> None:
    assert {(at, who) for at, who, move in TRANSITIONS if move is Move.DECLINE} == {
        (State.UNDER_REVIEW, Party.LENDER),
        (State.OFFERED, Party.BORROWER),
    }


def test_what_the_lender_offers_first_only_the_borrower_or_the_calendar_moves() -> None:
    assert transition(State.DRAFT, Party.LENDER, Move.OFFER).event == "proposal.offered"
    assert set(moves(State.OFFERED, Party.BORROWER)) == {Move.ACCEPT, Move.REVISE, Move.DECLINE}
    assert moves(State.OFFERED, Party.CLOCK) == (Move.EXPIRE,) and moves(State.OFFERED, Party.LENDER) == ()
    assert [state for state in State if can_revise(state)] == [State.COUNTERED, State.OFFERED]


def test_the_borrower_can_take_a_proposal_back_until_it_is_agreed_and_not_after() -> None:
    can = {state for state in State if Move.WITHDRAW in moves(state, Party.BORROWER)}
    assert can == {State.SUBMITTED, State.UNDER_REVIEW, State.INFO_REQUESTED, State.COUNTERED, State.ACCEPTED}


def test_only_the_lenders_core_makes_an_agreed_plan_active() -> None:
    assert [key for key, edge in TRANSITIONS.items() if edge.to is State.ACTIVE and key[0] is State.AGREED] == [
        (State.AGREED, Party.CORE, Move.BOOK)
    ]


def test_a_refused_booking_goes_back_to_review() -> None:
    edge = transition(State.AGREED, Party.CORE, Move.REFUSE_BOOKING)
    assert (edge.to, edge.event) == (State.UNDER_REVIEW, "agreement.booking_failed")


def test_the_lender_cannot_accept_its_own_counter() -> None:
    with pytest.raises(MoveNotPossible) as refused:
        transition(State.COUNTERED, Party.LENDER, Move.ACCEPT)
    assert refused.value.facts == {"state": "countered", "move": "accept"}


CLOCKS = (Move.BREAK, Move.COMPLETE, Move.STRAIN, Move.CURE, Move.END, Move.REINSTATE, Move.REOPEN)


def test_kept_or_broken_is_never_set_by_hand() -> None:
    by = {who for _, who, move in TRANSITIONS if move in CLOCKS}
    assert by == {Party.CLOCK}


def test_every_open_state_can_end() -> None:
    ends = {state for state, _, _ in TRANSITIONS}
    assert ends >= OPEN_STATES


def test_what_ended_stays_ended_but_for_a_plan_that_later_facts_show_was_kept_or_is_open_again() -> None:
    ended = {State.DECLINED, State.WITHDRAWN, State.EXPIRED, State.SUPERSEDED}
    assert not ended & {state for state, _, _ in TRANSITIONS}
    back = {
        (state, who, move) for state, who, move in TRANSITIONS if state in (State.BROKEN, State.COMPLETED, State.ENDED)
    }
    assert back == {
        (State.BROKEN, Party.CLOCK, Move.REINSTATE),
        (State.COMPLETED, Party.CLOCK, Move.REOPEN),
        (State.ENDED, Party.CLOCK, Move.REINSTATE),
    }
