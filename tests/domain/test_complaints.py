"""What is told is answered by a day, what is disputed stands still, and nobody says "paused" before the lender did."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.domain.conduct.complaints import (
    HOURS,
    CollectionStatus,
    ComplaintKind,
    Hold,
    NoMoreTime,
    answer_by,
    asks_for_hold,
    collection_status,
    comes_first,
    confirmed_by,
    disputed,
    disputed_on,
    over,
)
from portal.domain.contract.calendar import WorkingDays
from portal.domain.contract.loan import Suspension
from portal.domain.restructuring.policy import Policy
from tests.domain.people import XIAOMING

MONDAY = date(2026, 6, 1)
ASKED, LATER = datetime(2026, 6, 14, 16, 40, tzinfo=UTC), datetime(2026, 6, 15, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(("extensions", "day"), [(0, date(2026, 6, 16)), (1, date(2026, 7, 1)), (2, date(2026, 7, 31))])
def test_an_answer_comes_in_fifteen_days_or_thirty_or_thirty_more(extensions: int, day: date) -> None:
    assert answer_by(Policy(), ComplaintKind.CALLS, MONDAY, extensions) == day


def test_nobody_waits_longer_than_that() -> None:
    with pytest.raises(NoMoreTime) as refused:
        answer_by(Policy(), ComplaintKind.CALLS, MONDAY, 3)
    assert refused.value.facts["until"] == date(2026, 7, 31)


def test_a_lender_may_be_faster_by_its_policy() -> None:
    assert answer_by(Policy(complaint_days=5), ComplaintKind.AMOUNT, MONDAY) == date(2026, 6, 6)


@pytest.mark.parametrize(
    ("told", "day"), [(date(2026, 6, 12), date(2026, 6, 15)), (date(2026, 6, 18), date(2026, 6, 22))]
)
def test_a_threat_is_answered_on_the_next_working_day(told: date, day: date) -> None:
    """12 June is a Friday, and the 19th a holiday before a weekend."""
    policy = Policy(working_days=WorkingDays(holidays=frozenset({date(2026, 6, 19)})))
    assert answer_by(policy, ComplaintKind.THREAT, told) == day
    assert confirmed_by(told, policy.working_days) == day


def test_more_time_for_a_threat_is_what_all_else_begins_with_and_ends_sooner() -> None:
    assert [answer_by(Policy(), ComplaintKind.THREAT, MONDAY, n) for n in (1, 2)] == [
        date(2026, 6, 16),
        date(2026, 7, 1),
    ]
    with pytest.raises(NoMoreTime) as refused:
        answer_by(Policy(), ComplaintKind.THREAT, MONDAY, 3)
    assert refused.value.facts["until"] == date(2026, 7, 1)


def test_a_threat_is_answered_before_what_waits_longer() -> None:
    waiting = [(ComplaintKind.CALLS, MONDAY), (ComplaintKind.THREAT, date(2026, 6, 16)), (ComplaintKind.AMOUNT, MONDAY)]
    assert sorted(waiting, key=lambda each: comes_first(*each))[0][0] is ComplaintKind.THREAT


def test_only_what_is_disputed_stands_still() -> None:
    assert disputed(ComplaintKind.AMOUNT, "interest") == ("interest",)
    assert disputed(ComplaintKind.CALLS) == disputed(ComplaintKind.OTHER) == ()


def test_nothing_grows_on_a_loan_that_is_said_to_be_somebody_elses() -> None:
    assert disputed(ComplaintKind.NOT_MINE) == ("costs", "fees", "penalty", "interest", "principal")


def test_what_is_disputed_on_a_day_comes_in_the_order_of_components_and_ends_with_its_answer() -> None:
    told = date(2026, 6, 1)
    disputes = (
        Suspension("principal", told, None, "dispute"),
        Suspension("penalty", told, None, "dispute"),
        Suspension("fees", told, date(2026, 6, 10), "dispute"),
    )
    loan = replace(XIAOMING, suspensions=disputes)
    assert disputed_on(loan, told) == ("penalty", "principal")
    assert disputed_on(loan, date(2026, 5, 31)) == ()
    assert disputed_on(XIAOMING, told) == ()


def test_collection_is_asked_to_stop_for_everything_but_other_matters() -> None:
    assert [wrong for wrong in ComplaintKind if not asks_for_hold(wrong)] == [ComplaintKind.OTHER]


def test_collection_is_paused_only_once_the_lender_said_so() -> None:
    waiting, said = Hold("a", "proposal", ASKED), Hold("b", "amount_wrong", ASKED, LATER)
    assert collection_status(()) == (CollectionStatus.NOT_HELD, None)
    assert collection_status((waiting,)) == (CollectionStatus.ASKED, ASKED)
    assert collection_status((waiting, said)) == (CollectionStatus.PAUSED, LATER)


def test_a_hold_is_over_after_its_last_day_and_not_on_it() -> None:
    assert not over(date(2026, 6, 28), date(2026, 6, 28))
    assert over(date(2026, 6, 28), date(2026, 6, 29))
    assert not over(None, date(2036, 1, 1))


def test_no_hours_from_ten_at_night_to_eight_in_the_morning_can_be_chosen() -> None:
    assert all(8 <= begin < end <= 22 for begin, end in HOURS)
