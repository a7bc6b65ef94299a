"""The penalty of one installment from its due date on, as what is left of it is paid; worked by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract.loan import PenaltyKind, PenaltyRate, PenaltyTerms, RateForm
from portal.domain.ledger.accrual import accrual_of
from portal.domain.ledger.allocation import Component, Due
from tests.domain.people import XIAOMING

DUE, TENTH_DAY, TWENTIETH_DAY = date(2026, 3, 1), date(2026, 3, 11), date(2026, 3, 21)
HALF_A_THOUSANDTH = PenaltyTerms(
    PenaltyKind.DAILY_SIMPLE, rate=PenaltyRate(RateForm.DAILY, Fraction(5, 10000)), grace_days=0
)
LOAN = replace(XIAOMING, terms=replace(XIAOMING.terms, penalty=HALF_A_THOUSANDTH))


def test_penalty_goes_on_on_what_a_payment_leaves_until_nothing_is_left() -> None:
    """1,000.00 for ten days is 5.00, 500.00 for ten more 2.50; 1.00 of it was paid."""
    principal = Component("principal", DUE, 100000, no=3)
    accrual = accrual_of(Due(3, DUE, [principal], {"principal": principal}))
    accrual.accrue(TENTH_DAY, LOAN)
    assert (accrual.penalty.amount, accrual.goes_on) == (500, True)

    principal.pay(50000, TENTH_DAY)
    accrual.penalty.pay(100, TENTH_DAY)
    accrual.note(TENTH_DAY, 100)
    accrual.accrue(TWENTIETH_DAY, LOAN)
    assert [(line.base, line.days, line.charged) for line in accrual.lines] == [(100000, 10, 500), (50000, 10, 250)]
    assert accrual.penalty.left == 650

    principal.pay(50000, TWENTIETH_DAY)
    accrual.note(TWENTIETH_DAY, 0)
    assert not accrual.goes_on
