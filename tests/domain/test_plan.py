"""A plan pays what is owed, to the fen, and the last installment takes the rest."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.calendar import Every
from portal.domain.loan import Amounts
from portal.domain.plan import (
    AmountTooSmall,
    CountOrAmount,
    Covers,
    DownPaymentTooHigh,
    FirstDueTooEarly,
    FirstDueTooLate,
    InstallmentsOutOfRange,
    NothingToPlan,
    Offer,
    PlanTooLong,
    PrincipalNotWaived,
    WaiverTooHigh,
)
from portal.domain.policy import Policy
from portal.domain.quote import Quote, quote
from portal.domain.refusal import Refusal
from tests.domain.people import ON, XIAOMING

SIX = Offer(Every(1, "m"), date(2026, 7, 1), installments=6)


def drawn(offer: Offer) -> Quote:
    return quote(XIAOMING, offer, Policy(), ON)


def test_six_months_for_3413_12_are_five_times_568_85_and_a_last_568_87() -> None:
    plan = drawn(SIX).plan
    assert [row.total for row in plan.rows] == [56885, 56885, 56885, 56885, 56885, 56887]
    assert plan.total == 341312
    assert plan.last_due_on == date(2026, 12, 1)
    assert plan.apr == 0


def test_penalty_and_interest_are_paid_before_principal() -> None:
    first = drawn(SIX).plan.rows[0].components
    assert first == Amounts(penalty=11264, interest=41370, principal=4251)


def test_the_components_of_all_installments_are_what_is_owed() -> None:
    plan = drawn(SIX).plan
    paid = sum((row.components for row in plan.rows), Amounts())
    assert paid == Amounts(penalty=11264, interest=41370, principal=288678)


def test_paying_800_each_time_takes_five_payments_the_last_of_213_12() -> None:
    plan = drawn(replace(SIX, installments=None, amount=80000)).plan
    assert [row.total for row in plan.rows] == [80000, 80000, 80000, 80000, 21312]


def test_a_down_payment_of_413_12_leaves_six_times_500() -> None:
    plan = drawn(replace(SIX, down_payment=41312)).plan
    assert plan.rows[0].no == 0
    assert plan.rows[0].due_on == date(2026, 6, 17)
    assert [row.total for row in plan.installments] == [50000] * 6


def test_waiving_half_the_penalty_makes_the_plan_56_32_cheaper() -> None:
    plan = drawn(replace(SIX, waiver=Amounts(penalty=5632))).plan
    assert plan.total == 335680
    assert plan.waived.total == 5632


def test_every_two_weeks_from_a_friday_stays_on_fridays() -> None:
    plan = drawn(Offer(Every(2, "w"), date(2026, 6, 26), installments=3)).plan
    assert [row.due_on for row in plan.rows] == [date(2026, 6, 26), date(2026, 7, 10), date(2026, 7, 24)]


def test_the_whole_loan_at_interest_pays_the_interest_of_each_period_first() -> None:
    offer = replace(SIX, covers=Covers.ALL, installments=12, interest_rate=Fraction(18, 100))
    plan = drawn(offer).plan
    assert plan.taken_in == Amounts(penalty=11264, interest=41370, principal=1014588)
    assert plan.rows[0].days == 17
    assert plan.rows[0].plan_interest == 8624  # 10,145.88 x 18 % x 17/360 = 86.24
    assert plan.total == plan.balance + sum(row.plan_interest for row in plan.rows)
    assert plan.rows[-1].balance == 0
    assert max(row.total for row in plan.rows) == plan.rows[0].total


@pytest.mark.parametrize(
    ("offer", "refusal", "field"),
    [
        (replace(SIX, installments=None), CountOrAmount, "installments"),
        (replace(SIX, amount=100), CountOrAmount, "installments"),
        (replace(SIX, installments=0), InstallmentsOutOfRange, "installments"),
        (replace(SIX, installments=10000), InstallmentsOutOfRange, "installments"),
        (replace(SIX, installments=61), PlanTooLong, "installments"),
        (replace(SIX, first_due=ON), FirstDueTooEarly, "first_due"),
        (replace(SIX, first_due=date(2027, 6, 15)), FirstDueTooLate, "first_due"),
        (replace(SIX, down_payment=341313), DownPaymentTooHigh, "down_payment"),
        (replace(SIX, waiver=Amounts(penalty=11265)), WaiverTooHigh, "waiver_penalty"),
        (replace(SIX, waiver=Amounts(principal=1)), PrincipalNotWaived, "waiver_principal"),
        (replace(SIX, installments=None, amount=0), AmountTooSmall, "amount"),
        (replace(SIX, installments=None, amount=1000), InstallmentsOutOfRange, "amount"),
    ],
)
def test_an_offer_beyond_the_bounds_is_refused_at_its_field(offer: Offer, refusal: type[Refusal], field: str) -> None:
    with pytest.raises(refusal) as refused:
        drawn(offer)
    assert refused.value.field == field


def test_payments_below_the_interest_never_end_and_are_refused() -> None:
    offer = replace(SIX, covers=Covers.ALL, installments=None, amount=10000, interest_rate=Fraction(18, 100))
    with pytest.raises(AmountTooSmall):
        drawn(offer)


def test_somebody_who_owes_nothing_has_nothing_to_plan() -> None:
    with pytest.raises(NothingToPlan):
        quote(XIAOMING, replace(SIX, first_due=date(2026, 3, 1)), Policy(), date(2026, 2, 20))
