"""Rates that regulators and libraries have published; where there is no rate, the answer says so."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from portal.domain.contract.apr import (
    Flow,
    FlowMissing,
    NoRate,
    PaymentTooEarly,
    SeveralRates,
    eu_effective,
    irr_of_plan,
    irr_per_period,
    us_actuarial,
)
from portal.domain.contract.calendar import Every, due_date
from portal.domain.money import Rounding, rounded


def flows(first: date, every: str, count: int, amount: int) -> list[Flow]:
    return [(due_date(first, Every.parse(every), index), amount) for index in range(count)]


def hundredths(rate: Fraction) -> int:
    """Hundredths of a percent."""
    return rounded(rate * 10_000, Rounding.HALF_UP)


SEMIMONTHLY = sorted(flows(date(1978, 3, 1), "1m", 12, 21917) + flows(date(1978, 3, 16), "1m", 12, 21917))
REGULATION_Z = {
    "c1i monthly": ((date(1978, 1, 10), 500000), flows(date(1978, 2, 10), "1m", 24, 23000), 969),
    "c1ii long first month": ((date(1978, 2, 10), 600000), flows(date(1978, 4, 1), "1m", 36, 20000), 1182),
    "c1iii semimonthly": ((date(1978, 2, 23), 500000), SEMIMONTHLY, 1034),
    "c1iv quarterly": ((date(1978, 5, 23), 1000000), flows(date(1978, 10, 1), "3m", 40, 38500), 897),
    "c1v weekly": ((date(1978, 3, 20), 50000), flows(date(1978, 4, 21), "1w", 30, 1760), 1496),
    "c2i odd first payment": (
        (date(1978, 1, 10), 500000),
        [(date(1978, 2, 10), 25000), *flows(date(1978, 3, 10), "1m", 23, 23000)],
        1008,
    ),
    "c2ii every four weeks": (
        (date(1978, 3, 18), 40000),
        [(date(1978, 4, 20), 3950), *flows(date(1978, 5, 18), "4w", 11, 3831)],
        2850,
    ),
    "c3i odd last payment": (
        (date(1978, 1, 10), 500000),
        [*flows(date(1978, 2, 10), "1m", 23, 23000), (date(1980, 1, 10), 28000)],
        1050,
    ),
    "c3ii every two weeks": (
        (date(1978, 4, 3), 20000),
        [*flows(date(1978, 4, 11), "2w", 19, 950), (date(1979, 1, 2), 3000)],
        1222,
    ),
    "c4ii every two months": (
        (date(1978, 1, 10), 800000),
        [(date(1978, 3, 1), 44936), *flows(date(1978, 5, 1), "2m", 18, 46500), (date(1981, 5, 1), 20000)],
        730,
    ),
    "c5i one payment, in days": ((date(1978, 1, 3), 100000), [(date(1978, 9, 15), 108000)], 1145),
    "c5ii one payment, six months": ((date(1978, 7, 15), 100000), [(date(1979, 1, 15), 104400)], 880),
    "c5iii one payment, a year and a half": ((date(1978, 1, 17), 100000), [(date(1979, 7, 17), 113519)], 876),
    "c5iv one payment, two years": ((date(1978, 1, 3), 100000), [(date(1980, 1, 3), 124000)], 1136),
}


@pytest.mark.parametrize("example", REGULATION_Z)
def test_the_examples_of_regulation_z_appendix_j(example: str) -> None:
    advance, payments, expected = REGULATION_Z[example]
    assert hundredths(us_actuarial([advance], payments)) == expected


def test_xiaomings_schedule_costs_the_18_percent_it_says() -> None:
    payments = [*flows(date(2026, 1, 15), "1m", 11, 110016), (date(2026, 12, 15), 110019)]
    assert hundredths(us_actuarial([(date(2025, 12, 15), 1_200_000)], payments)) == 1800


def test_money_paid_out_in_three_parts_has_one_rate() -> None:
    # 1 % a month on 1000 for three months, two and one: 1030.301 + 1020.10 + 1010.00
    advances = flows(date(2026, 1, 15), "1m", 3, 100_000)
    assert hundredths(us_actuarial(advances, [(date(2026, 4, 15), 306_040)])) == 1200


def test_a_fee_kept_back_on_the_first_day_makes_the_loan_dearer() -> None:
    with_fee = us_actuarial([(date(2026, 1, 15), 100_000)], [(date(2026, 1, 15), 10_000), (date(2027, 1, 15), 99_000)])
    assert hundredths(with_fee) == 1000


def test_the_commissions_mortgage_with_two_percent_cost_is_6_434412_percent() -> None:
    rate = eu_effective([(date(2015, 1, 1), 19_600_000)], flows(date(2015, 2, 1), "1m", 240, 143_286), "months")
    assert abs(rate * 100 - Fraction("6.434412")) <= Fraction("0.000002")


def test_the_directive_of_1996_counts_546_days_over_365() -> None:
    rate = eu_effective([(date(1994, 1, 1), 100_000)], [(date(1995, 7, 1), 120_000)], "days")
    assert hundredths(rate) == 1296


def test_months_and_days_are_both_counted_when_a_term_has_both() -> None:
    # one month and 15 days: 1.2^(1 / (1/12 + 15/365)) - 1, by an independent calculator: 332.868 %
    rate = eu_effective([(date(2026, 1, 1), 100_000)], [(date(2026, 2, 16), 120_000)], "months")
    assert hundredths(rate) == 33287


def test_ten_percent_overnight_is_1_1_to_the_power_of_365_to_twenty_places() -> None:
    rate = eu_effective([(date(2026, 1, 1), 10_000)], [(date(2026, 1, 2), 11_000)], "days")
    assert abs(rate - (Fraction(11, 10) ** 365 - 1)) <= Fraction(1, 10**20)


def irr(*cashflows: int) -> Fraction:
    days = [date(2020, 1, 1) + timedelta(number) for number in range(len(cashflows))]
    out = [(day, -amount) for day, amount in zip(days, cashflows, strict=True) if amount < 0]
    back = [(day, amount) for day, amount in zip(days, cashflows, strict=True) if amount >= 0]
    return irr_per_period(out, back)


@pytest.mark.parametrize(
    ("cashflows", "expected"),
    [
        ((-150000, 15000, 25000, 35000, 45000, 60000), "0.0524"),
        ((-100, 0, 0, 74), "-0.0955"),
        ((-100, 39, 59, 55, 20), "0.28095"),
        ((-100, 100, 0, -7), "-0.0833"),
        ((-100, 100, 0, 7), "0.06206"),
        ((-500, 1050, 100, -800, 100), "-0.8702"),
    ],
)
def test_the_internal_rates_of_numpys_own_tests(cashflows: tuple[int, ...], expected: str) -> None:
    assert abs(irr(*cashflows) - Fraction(expected)) <= Fraction("0.00005")


def test_a_rate_of_nine_digits_is_right_to_twenty_places() -> None:
    """(1 + i)^2 = 2 x 10^17, so a last place of i is worth 2 x 447,213,595 of its own in the square."""
    rate = irr(-1, 0, 2 * 10**17)
    assert abs((1 + rate) ** 2 - 2 * 10**17) <= Fraction(447_213_595, 10**20)
    assert us_actuarial([(date(2026, 1, 1), 1)], [(date(2028, 1, 1), 2 * 10**17)]) == rate


def test_a_tripled_loan_after_a_day_has_a_rate_nobody_would_print() -> None:
    assert us_actuarial([(date(2026, 1, 1), 100)], [(date(2026, 1, 2), 300)]) == 730


def test_paying_back_less_is_a_negative_rate() -> None:
    assert us_actuarial([(date(2026, 1, 1), 200)], [(date(2026, 2, 1), 100)]) == -6


def test_paying_back_the_same_is_no_rate_at_all() -> None:
    assert us_actuarial([(date(2026, 1, 1), 200)], [(date(2026, 2, 1), 100), (date(2026, 3, 1), 100)]) == 0


def test_a_payment_before_any_money_was_lent_is_refused() -> None:
    with pytest.raises(PaymentTooEarly, match="2026-01-02; a payment on 2026-01-01") as refused:
        us_actuarial([(date(2026, 1, 2), 100)], [(date(2026, 1, 1), 300)])
    assert refused.value.field == "payments"


def test_one_sided_flows_are_refused() -> None:
    with pytest.raises(FlowMissing):
        eu_effective([(date(2026, 1, 2), 100)], [(date(2026, 2, 2), 0)], "months")
    with pytest.raises(NoRate):
        irr(-100, -5)
    with pytest.raises(NoRate) as refused:
        us_actuarial([(date(2026, 1, 2), 100)], [(date(2026, 1, 2), 300)])
    assert refused.value.field == "payments"


def test_where_two_rates_fit_none_is_stated() -> None:
    # 1000 out, 2300 back after a year, 1320 out after two: 10 % and 20 % both fit.
    advances = [(date(2026, 1, 1), 100_000), (date(2028, 1, 1), 132_000)]
    with pytest.raises(SeveralRates) as refused:
        eu_effective(advances, [(date(2027, 1, 1), 230_000)], "months")
    assert refused.value.field == "payments"
    with pytest.raises(SeveralRates):
        irr(-100_000, 230_000, -132_000)


def test_of_several_rates_per_period_the_one_counts_that_has_the_sign_of_all_that_flows() -> None:
    """50 less comes back than went out: of -87.02 %, 8.86 % and 70.96 % it is the loss."""
    assert abs(irr(-500, 1050, 100, -800, 100) + Fraction("0.870201")) < Fraction(1, 10**6)


def test_days_beyond_whole_months_are_parts_of_the_year_back_from_the_last_of_them() -> None:
    """16 February 2024 to 1 March 2026: 24 months back is 1 March 2024, 14 days of a year of 366 before it."""
    rate = eu_effective([(date(2024, 2, 16), 100_000)], [(date(2026, 3, 1), 120_000)], "months")
    years = 2 + 14 / 366
    assert abs(float(rate) - (1.2 ** (1 / years) - 1)) < 1e-9
    the_year_before = eu_effective([(date(2023, 2, 15), 100_000)], [(date(2025, 3, 1), 120_000)], "months")
    assert abs(float(the_year_before) - (1.2 ** (1 / (2 + 14 / 365)) - 1)) < 1e-9


def test_where_payments_are_yearly_whole_years_are_counted_back_and_then_days() -> None:
    """From 1 July 2025 to 1 January 2026 are 184 days of 365, not six months."""
    payments = [(date(2026, 1, 1), 60_000), (date(2027, 1, 1), 60_000)]
    rate = float(eu_effective([(date(2025, 7, 1), 100_000)], payments, "months"))
    worth = 60_000 / (1 + rate) ** (184 / 365) + 60_000 / (1 + rate) ** (1 + 184 / 365)
    assert abs(worth - 100_000) < 1e-4


def test_a_plan_without_interest_costs_nothing_and_one_with_interest_its_rate() -> None:
    free = flows(date(2026, 7, 14), "1m", 6, 50_000)
    assert irr_of_plan(date(2026, 6, 14), 300_000, free) == 0
    assert irr_of_plan(date(2026, 6, 14), 310_000, free) == 0
    assert irr_of_plan(date(2026, 6, 14), 300_000, [(date(2026, 7, 14), 303_000)]) == Fraction(12, 100)


def test_the_rate_of_a_plan_has_four_decimals_rounded_half_up_and_the_smallest_balance_has_one() -> None:
    """3,000.00 for a month: 30.02 of interest are 12 x 1.000666... % = 12.008 % a year, so 12.01 %."""
    assert irr_of_plan(date(2026, 6, 14), 300_000, [(date(2026, 7, 14), 303_002)]) == Fraction(1201, 10_000)
    assert irr_of_plan(date(2026, 6, 14), 1, [(date(2026, 7, 14), 2)]) == 12
    assert irr_of_plan(date(2026, 6, 14), 0, [(date(2026, 7, 14), 5)]) == 0
