"""How appendix J cuts time up; the examples without a citation are its rules taken one by one."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from portal.domain.contract.calendar import Every, due_date
from portal.domain.contract.unit_period import PeriodPoint, UnitPeriod, moments, months_and_days, unit_period

START = date(1978, 1, 10)


def dates(first: date, every: str, count: int) -> list[date]:
    return [due_date(first, Every.parse(every), index) for index in range(count)]


@pytest.mark.parametrize(
    ("every", "unit", "a_year"),
    [
        ("1d", UnitPeriod(1, "d"), Fraction(365)),
        ("1w", UnitPeriod(7, "d"), Fraction(52)),
        ("2w", UnitPeriod(14, "d"), Fraction(26)),
        ("15d", UnitPeriod(15, "d"), Fraction(365, 15)),
        ("1m", UnitPeriod(1, "m"), Fraction(12)),
        ("3m", UnitPeriod(3, "m"), Fraction(4)),
        ("12m", UnitPeriod(12, "m"), Fraction(1)),
        ("18m", UnitPeriod(12, "m"), Fraction(1)),
        ("380d", UnitPeriod(12, "m"), Fraction(1)),
    ],
)
def test_the_commonest_interval_is_the_unit_period_but_never_above_a_year(
    every: str, unit: UnitPeriod, a_year: Fraction
) -> None:
    found = unit_period([START], dates(date(1978, 3, 1), every, 5))
    assert (found, found.per_year) == (unit, a_year)


def test_the_1st_and_the_16th_are_semimonths() -> None:
    days = sorted([*dates(date(1978, 3, 1), "1m", 3), *dates(date(1978, 3, 16), "1m", 3)])
    assert unit_period([date(1978, 2, 23)], days) == UnitPeriod(1, "s")
    assert unit_period([date(1978, 2, 23)], [date(1978, 3, 1), date(1978, 3, 16), date(1978, 4, 1)]) == (1, "s")
    assert UnitPeriod(1, "s").per_year == 24


def test_july_to_september_are_months_and_not_twice_31_days() -> None:
    assert unit_period([date(2026, 7, 1)], [date(2026, 8, 1), date(2026, 9, 1)]) == UnitPeriod(1, "m")


def test_month_ends_are_months() -> None:
    days = [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert unit_period([date(2026, 1, 31)], days) == UnitPeriod(1, "m")


def test_of_two_intervals_as_common_the_smaller_is_taken() -> None:
    days = [date(1978, 2, 10), date(1978, 3, 10), date(1978, 6, 10), date(1978, 9, 10)]
    assert unit_period([START], days) == UnitPeriod(1, "m")
    weeks_and_months = [date(1978, 1, 17), date(1978, 1, 24), date(1978, 2, 24), date(1978, 3, 24)]
    assert unit_period([START], weeks_and_months) == UnitPeriod(7, "d")


def test_thirty_days_that_are_a_month_each_are_months() -> None:
    assert unit_period([date(2026, 3, 31)], [date(2026, 4, 30), date(2026, 5, 30)]) == UnitPeriod(1, "m")


def test_without_a_common_interval_the_average_is_rounded_to_a_standard_one() -> None:
    # 31 and 61 days: 46 on average, nearest to seven weeks (49) before six (42) or a month (30).
    assert unit_period([START], [START + timedelta(31), START + timedelta(92)]) == UnitPeriod(49, "d")


@pytest.mark.parametrize(
    ("intervals", "unit"),
    [
        ((1, 2), UnitPeriod(1, "d")),
        ((5, 9), UnitPeriod(7, "d")),
        ((10, 20), UnitPeriod(1, "s")),
        ((25, 35), UnitPeriod(1, "m")),
        ((300, 420), UnitPeriod(12, "m")),
        ((390, 410), UnitPeriod(12, "m")),
    ],
)
def test_an_average_is_rounded_to_days_weeks_semimonths_or_months_and_at_most_a_year(
    intervals: tuple[int, int], unit: UnitPeriod
) -> None:
    """The averages are 1.5, 7, 15, 30, 360 and 400 days."""
    first = START + timedelta(intervals[0])
    assert unit_period([START], [first, first + timedelta(intervals[1])]) == unit


@pytest.mark.parametrize(
    ("end", "unit"),
    [
        (date(1978, 9, 15), UnitPeriod(248, "d")),
        (date(1978, 7, 10), UnitPeriod(6, "m")),
        (date(1979, 1, 10), UnitPeriod(12, "m")),
        (date(1979, 1, 25), UnitPeriod(12, "m")),
        (date(1979, 7, 10), UnitPeriod(12, "m")),
    ],
)
def test_one_advance_and_one_payment_have_their_term_up_to_a_year(end: date, unit: UnitPeriod) -> None:
    assert unit_period([START], [end]) == unit


def test_a_long_first_month_is_one_whole_and_nineteen_thirtieths() -> None:
    placed = moments(date(1978, 2, 10), dates(date(1978, 4, 1), "1m", 3), UnitPeriod(1, "m"))
    assert placed == [PeriodPoint(whole, Fraction(19, 30)) for whole in (1, 2, 3)]


def test_a_long_first_week_is_counted_in_sevenths() -> None:
    placed = moments(date(1978, 3, 20), dates(date(1978, 4, 21), "1w", 2), UnitPeriod(7, "d"))
    assert placed == [PeriodPoint(4, Fraction(4, 7)), PeriodPoint(5, Fraction(4, 7))]


def test_a_short_first_semimonth_is_counted_in_fifteenths() -> None:
    placed = moments(date(1978, 2, 23), [date(1978, 3, 1), date(1978, 3, 16)], UnitPeriod(1, "s"))
    assert placed == [PeriodPoint(0, Fraction(6, 15)), PeriodPoint(1, Fraction(6, 15))]


def test_a_short_first_two_months_is_thirty_days_and_what_is_left() -> None:
    assert moments(START, [date(1978, 3, 1)], UnitPeriod(2, "m")) == [PeriodPoint(0, Fraction(52, 60))]


def test_the_last_day_of_each_month_keeps_the_fraction_of_the_first() -> None:
    """11 days to 31 January; measured afresh from 20 January, 28 February would be a month and 8 days."""
    ends = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert moments(date(2026, 1, 20), ends, UnitPeriod(1, "m")) == [
        PeriodPoint(whole, Fraction(11, 30)) for whole in (0, 1, 2)
    ]
    two_months = moments(date(2025, 12, 20), [date(2025, 12, 31), date(2026, 2, 28)], UnitPeriod(2, "m"))
    assert two_months == [PeriodPoint(0, Fraction(11, 60)), PeriodPoint(1, Fraction(11, 60))]


def test_the_15th_and_the_last_of_a_month_are_semimonths_one_after_the_other() -> None:
    """8 days to 31 January, and 13 to 15 days a semimonth from there on; a month left out is two of them."""
    start, semimonth, eighths = date(2026, 1, 23), UnitPeriod(1, "s"), Fraction(8, 15)
    days = [date(2026, 1, 31), date(2026, 2, 15), date(2026, 2, 28), date(2026, 3, 15)]
    assert moments(start, days, semimonth) == [PeriodPoint(whole, eighths) for whole in (0, 1, 2, 3)]
    assert moments(start, [days[0], days[2]], semimonth) == [PeriodPoint(0, eighths), PeriodPoint(2, eighths)]
    # 17 days are no semimonth: 26 days in all are one and 11/15.
    odd = moments(date(2026, 1, 1), [date(2026, 1, 10), date(2026, 1, 27)], semimonth)
    assert odd == [PeriodPoint(0, Fraction(9, 15)), PeriodPoint(1, Fraction(11, 15))]


def test_a_fortnight_is_two_weeks() -> None:
    placed = moments(START, [START + timedelta(7), START + timedelta(21)], UnitPeriod(7, "d"))
    assert placed == [PeriodPoint(1, Fraction(0)), PeriodPoint(3, Fraction(0))]


def test_years_leave_twelfths_if_they_can_and_days_over_365_if_not() -> None:
    year = UnitPeriod(12, "m")
    assert moments(date(1978, 1, 17), [date(1979, 7, 17)], year) == [PeriodPoint(1, Fraction(6, 12))]
    assert moments(date(2023, 10, 26), [date(2023, 11, 30)], year) == [PeriodPoint(0, Fraction(35, 365))]
    assert moments(date(2023, 10, 26), [date(2025, 11, 30)], year) == [PeriodPoint(2, Fraction(35, 365))]


def test_months_are_counted_back_from_the_later_date() -> None:
    assert months_and_days(date(1978, 2, 10), date(1978, 4, 1)) == (1, 19)
    assert months_and_days(date(2025, 11, 10), date(2026, 2, 1)) == (2, 21)
    assert months_and_days(date(2026, 1, 31), date(2026, 2, 28)) == (1, 0)
