"""What the clock tells of a plan: the moves from what was told last to where the ledger has it today."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.contract.pause import Pause
from portal.domain.ledger.plan_account import ONE_DAY, PlanStatus
from portal.domain.ledger.position import position
from portal.domain.ledger.progress import PlanProgress
from portal.domain.restructuring.negotiation import FOLLOWED, Move, State, plan_moves, state_now
from tests.domain.agreed import CASE, agreed, lived

PAUSED = replace(agreed(CASE), pauses=(Pause(date(2026, 7, 1), date(2026, 7, 10)),))
"""Signed on 14 June, paused from 1 to 10 July: its first row is due on 23 July."""


def found(status: PlanStatus) -> PlanProgress:
    return replace(at(date(2026, 6, 20)), status=status)


def at(day: date) -> PlanProgress:
    (plan,) = position(lived([], PAUSED), day).plans
    return plan


def test_a_proposal_that_is_no_plan_is_as_it_was_told() -> None:
    for told in State:
        assert state_now(told, None) is told
        assert (state_now(told, found(PlanStatus.BROKEN)) is State.BROKEN) is (told in FOLLOWED)


JULY_1, JULY_10 = date(2026, 7, 1), date(2026, 7, 10)


@pytest.mark.parametrize("day", [JULY_1 - ONE_DAY, JULY_1, JULY_10, JULY_10 + ONE_DAY])
def test_a_plan_is_paused_on_the_days_of_its_pause(day: date) -> None:
    now, state = at(day), State.PAUSED if JULY_1 <= day <= JULY_10 else State.ACTIVE
    assert state_now(State.ACTIVE, now) is state
    assert plan_moves(State.ACTIVE, now) == ()


def test_a_plan_that_ended_in_its_pause_is_not_paused() -> None:
    ended = replace(at(date(2026, 7, 5)), status=PlanStatus.COMPLETED)
    assert state_now(State.PAUSED, ended) is State.COMPLETED


@pytest.mark.parametrize(
    ("told", "status", "told_now"),
    [
        (State.ACTIVE, PlanStatus.ACTIVE, ()),
        (State.ACTIVE, PlanStatus.STRAINED, (Move.STRAIN,)),
        (State.ACTIVE, PlanStatus.BROKEN, (Move.BREAK,)),
        (State.ACTIVE, PlanStatus.COMPLETED, (Move.COMPLETE,)),
        (State.ACTIVE, PlanStatus.SUPERSEDED, ()),
        (State.STRAINED, PlanStatus.ACTIVE, (Move.CURE,)),
        (State.STRAINED, PlanStatus.BROKEN, (Move.BREAK,)),
        (State.BROKEN, PlanStatus.ACTIVE, (Move.REINSTATE,)),
        (State.BROKEN, PlanStatus.STRAINED, (Move.REINSTATE, Move.STRAIN)),
        (State.BROKEN, PlanStatus.COMPLETED, (Move.REINSTATE, Move.COMPLETE)),
        (State.COMPLETED, PlanStatus.ACTIVE, (Move.REOPEN,)),
        (State.COMPLETED, PlanStatus.STRAINED, (Move.REOPEN, Move.STRAIN)),
        (State.COMPLETED, PlanStatus.BROKEN, (Move.REOPEN, Move.BREAK)),
        (State.PAUSED, PlanStatus.ACTIVE, (Move.RESUME,)),
        (State.PAUSED, PlanStatus.BROKEN, (Move.RESUME, Move.BREAK)),
    ],
)
def test_what_ended_runs_again_before_anything_else_is_told(
    told: State, status: PlanStatus, told_now: tuple[Move, ...]
) -> None:
    assert plan_moves(told, found(status)) == told_now
