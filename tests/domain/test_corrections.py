"""What the lender told otherwise: the new version stands in the old one's place, and what it leaves short has days."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.contract.loan import Correction, Loan, Payment
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import position
from tests.domain.agreed import CASE, agreed, contract_money, lived, plan_money

TOLD = date(2027, 1, 20)
KEPT = lived([*plan_money(), *contract_money(named=True)], agreed(CASE))
JULY = plan_money()[0]


def corrected(loan: Loan, before: Payment, now: Payment | None, told_on: date = TOLD) -> Loan:
    payments = [now if each == before else each for each in loan.payments]
    correction = Correction(told_on, before.id, before, now)
    return replace(loan, payments=tuple(each for each in payments if each), corrections=(*loan.corrections, correction))


def stands(loan: Loan, day: date) -> tuple[PlanStatus, date | None, date | None, int]:
    (plan,) = position(loan, day).plans
    return plan.status, plan.cure_by, plan.breaks_on, plan.left


@pytest.mark.parametrize(("now", "left"), [(replace(JULY, amount=50000), 6885), (None, 56885)], ids=["less", "gone"])
def test_a_plan_that_was_kept_has_fourteen_days_from_the_day_on_which_less_was_told(
    now: Payment | None, left: int
) -> None:
    """568.85 of July, told as 500.00 or as nothing on 20 January: the last row is short since the 14th of December."""
    assert stands(KEPT, TOLD)[0] is PlanStatus.COMPLETED
    loan = corrected(KEPT, JULY, now)
    assert stands(loan, TOLD) == (PlanStatus.STRAINED, date(2027, 2, 3), date(2027, 2, 9), left)
    assert stands(loan, date(2027, 2, 8))[0] is PlanStatus.STRAINED
    assert stands(loan, date(2027, 2, 9))[0] is PlanStatus.BROKEN
    rest = Payment("P-99", date(2027, 2, 3), left)
    caught_up = replace(loan, payments=(*loan.payments, rest))
    assert stands(caught_up, date(2027, 2, 9))[0] is PlanStatus.COMPLETED


def test_told_so_from_the_first_it_breaks_on_its_own_day() -> None:
    loan = replace(corrected(KEPT, JULY, replace(JULY, amount=50000)), corrections=())
    assert stands(loan, TOLD)[0] is PlanStatus.BROKEN


def test_what_was_short_before_the_correction_has_no_days_from_it() -> None:
    """August never came: the plan is broken since September, whatever is told of July in January."""
    without = replace(KEPT, payments=tuple(each for each in KEPT.payments if each != plan_money()[1]))
    unpaid = replace(without, payments=tuple(each for each in without.payments if not each.id.startswith("C-")))
    before = position(unpaid, TOLD).plans[0]
    after = position(corrected(unpaid, JULY, replace(JULY, amount=56884)), TOLD).plans[0]
    assert before.status is after.status is PlanStatus.BROKEN


def test_of_two_corrections_each_is_known_from_its_own_day() -> None:
    """Taken out on the 20th and put back on the 25th: it was kept all the time, and nothing is missing."""
    loan = corrected(KEPT, JULY, None)
    again = Correction(date(2027, 1, 25), JULY.id, None, JULY)
    back = replace(loan, payments=KEPT.payments, corrections=(*loan.corrections, again))
    assert stands(back, date(2027, 1, 25))[0] is PlanStatus.COMPLETED
