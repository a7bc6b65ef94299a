"""When keeping is over: nothing is left to pay, and that for longer than the lender said."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.loan import Amounts, Charge, Installment, Payment, Statement
from portal.domain.retention import due_for_erasure, ended_on
from tests.domain.people import ON, XIAOMING

LAST = date(2026, 12, 15)
PAID_UP = replace(
    XIAOMING,
    payments=tuple(Payment(f"P-{no}", date(2026, no, 15), 110019 if no == 12 else 110016) for no in range(1, 13)),
    statement=None,
)
WRITTEN_OFF = replace(XIAOMING, written_off_on=date(2026, 8, 1))


def test_a_loan_that_is_owed_has_not_ended() -> None:
    assert ended_on(XIAOMING, ON) is None
    assert ended_on(replace(PAID_UP, payments=PAID_UP.payments[:11]), date(2040, 1, 1)) is None


def test_a_loan_paid_up_ended_with_its_last_payment() -> None:
    assert ended_on(PAID_UP, date(2027, 1, 1)) == LAST


def test_a_loan_of_nothing_ended_with_its_last_row() -> None:
    rows = (Installment(1, date(2026, 1, 15), 0, 0), Installment(2, date(2026, 2, 15), 0, 0))
    assert ended_on(replace(XIAOMING, principal=0, schedule=rows, payments=()), ON) == date(2026, 2, 15)


def test_a_charge_after_the_last_payment_opens_it_again() -> None:
    late = Charge("C-1", date(2027, 2, 1), date(2027, 2, 1), "fees", 1500)
    assert ended_on(replace(PAID_UP, charges=(late,)), date(2027, 3, 1)) is None
    settled = Payment("P-13", date(2027, 2, 20), 1500)
    paid = replace(PAID_UP, charges=(late,), payments=(*PAID_UP.payments, settled))
    assert ended_on(paid, date(2027, 3, 1)) == date(2027, 2, 20)


@pytest.mark.parametrize(
    ("stated", "ended"),
    [
        (None, None),
        (Statement(date(2026, 7, 31), Amounts()), None),
        (Statement(date(2026, 8, 1), Amounts()), date(2026, 8, 1)),
        (Statement(date(2026, 9, 1), Amounts(principal=1)), None),
        (Statement(date(2026, 9, 1), Amounts()), date(2026, 9, 1)),
    ],
)
def test_a_loan_written_off_has_ended_when_the_lender_says_nothing_is_asked_for(
    stated: Statement | None, ended: date | None
) -> None:
    assert ended_on(replace(WRITTEN_OFF, statement=stated), date(2030, 1, 1)) == ended


# 1,096 days after 15 December 2026 is 15 December 2029: 365 + 366 (2028) + 365.
@pytest.mark.parametrize(("today", "due"), [(date(2029, 12, 15), False), (date(2029, 12, 16), True)])
def test_the_last_day_of_keeping_still_keeps(today: date, due: bool) -> None:
    assert due_for_erasure([PAID_UP], 1096, today) is due


def test_one_loan_that_runs_keeps_everything_and_no_loan_is_no_reason() -> None:
    far = date(2040, 1, 1)
    assert not due_for_erasure([PAID_UP, XIAOMING], 1096, far)
    assert not due_for_erasure([], 1096, far)
