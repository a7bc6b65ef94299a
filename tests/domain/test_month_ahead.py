"""The next three dues, the sum of 30 days, and what is owed at their end if nothing is paid."""

from datetime import date

import pytest

from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger.month_ahead import MonthAhead, month_ahead
from portal.domain.ledger.position import position
from portal.domain.ledger.upcoming import NextDue
from tests.domain.agreed import CASE, agreed, lived
from tests.domain.people import ON
from tests.domain.test_pause import at

PLAN = agreed(CASE)
UNTIL = date(2026, 7, 14)
IN_PLAN = lived([], PLAN)


def sums(found: MonthAhead) -> tuple[int, int, int, int]:
    return found.falling_due, found.owed, found.penalty, found.returning


def test_in_30_days_he_owes_4_588_27_and_74_99_of_it_is_new_penalty() -> None:
    """3,413.12 today, 1,100.16 on 15 June, 30 more days of penalty on each of the three and 29 on no. 6."""
    found = month_ahead(position(CASE, ON))
    assert found.until == UNTIL
    assert sums(found) == (110016, 458827, 7499, 0)
    assert found.next_dues == (
        NextDue("contract:6", date(2026, 6, 15), 110016, 6),
        NextDue("contract:7", date(2026, 7, 15), 110016, 7),
        NextDue("contract:8", date(2026, 8, 15), 110016, 8),
    )


@pytest.mark.parametrize(
    ("loan", "on", "expected"),
    [
        # Signed: 1,100.16 and 568.85 fall due, no. 6 bears 29 days of penalty: 991.27 x 23.4 % x 29 / 360 = 18.69.
        (IN_PLAN, ON, (166901, 168770, 1869, 0)),
        # Nothing paid: the plan breaks on 1 August, and beyond the 568.85 of 14 July 2,844.27 comes back.
        # 30 days on no. 6, 27 on no. 7, 10 on what came back: 19.33 + 17.66 + 18.76.
        (IN_PLAN, date(2026, 7, 12), (166901, 568659, 5575, 284427)),
    ],
)
def test_with_a_plan_that_would_end_what_it_had_taken_in_is_owed_too(
    loan: Loan, on: date, expected: tuple[int, int, int, int]
) -> None:
    assert sums(month_ahead(position(loan, on))) == expected


def test_what_is_paused_stands_on_the_day_on_which_it_is_asked_for_again() -> None:
    found = month_ahead(at(date(2026, 7, 1)))
    assert [(due.key, due.due_on.day, due.amount) for due in found.next_dues] == [
        ("pause:B-1", 15, 341312),
        ("contract:6", 15, 110016),
        ("contract:7", 15, 110016),
    ]
    # By 31 July: 17 days on the three, 16 on no. 6, all from 15 July on.
    assert sums(found) == (110016, 341312 + 110016 + 4222, 4222, 341312)
    assert sums(month_ahead(at(ON)))[:2] == (0, 0)


def test_what_is_paid_ahead_is_taken_off() -> None:
    """1,100.16 of 2,000.00 pays June, 899.84 of July: 200.32 is left to pay then."""
    found = month_ahead(position(lived([Payment("P-3", ON, 341312 + 200000)]), ON))
    assert found.next_dues[0] == NextDue("contract:7", date(2026, 7, 15), 20032, 7)
    assert sums(found) == (0, 0, 0, 0)


def test_all_that_falls_due_in_the_30_days_is_listed_and_at_least_three() -> None:
    found = month_ahead(position(IN_PLAN, date(2026, 7, 16)))
    assert [due.key for due in found.listed] == ["plan:A-1:2", "contract:8", "plan:A-1:3"]
    assert found.listed[0].due_on <= found.until < found.listed[2].due_on
