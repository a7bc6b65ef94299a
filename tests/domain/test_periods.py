"""Regular periods are whole ones; a broken first period is counted day by day."""

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.calendar import SPLIT_YEAR, DayCount, Every, due_date, year_parts
from portal.domain.contract.periods import each_period, periods

MONTHLY = Every(1, "m")


def test_a_month_is_thirty_days_under_30_360_even_from_the_31st_to_the_28th() -> None:
    got = periods(date(2025, 12, 31), date(2026, 1, 31), MONTHLY, DayCount.THIRTY_360, 4)
    assert got.due_on == (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30))
    assert got.days == got.parts == (30, 30, 30, 30)


@pytest.mark.parametrize("disbursed", [date(2026, 1, 31), date(2026, 1, 28)])
def test_the_first_month_is_whole_from_either_end_of_a_short_february(disbursed: date) -> None:
    assert periods(disbursed, date(2026, 2, 28), MONTHLY, DayCount.THIRTY_360, 2).days == (30, 30)


def test_from_the_last_of_february_to_the_31st_of_march_is_a_whole_month() -> None:
    """By its dates it would be 33 days: 30 x 1 + 31 - 28."""
    assert periods(date(2026, 2, 28), date(2026, 3, 31), MONTHLY, DayCount.THIRTY_360, 2).days == (30, 30)


def test_a_long_first_period_is_counted_from_its_dates() -> None:
    assert periods(date(2026, 1, 10), date(2026, 3, 1), MONTHLY, DayCount.THIRTY_360, 3).days == (51, 30, 30)
    assert periods(date(2026, 1, 10), date(2026, 3, 1), MONTHLY, DayCount.ACTUAL_365, 3).days == (50, 31, 30)


def test_a_quarter_is_ninety_days_under_30_360() -> None:
    assert periods(date(2026, 1, 31), date(2026, 4, 30), Every(3, "m"), DayCount.THIRTY_360, 2).days == (90, 90)


def test_weeks_have_no_months_in_them() -> None:
    assert periods(date(2026, 2, 20), date(2026, 3, 6), Every(2, "w"), DayCount.THIRTY_360, 1).days == (16,)
    assert periods(date(2026, 2, 20), date(2026, 3, 6), Every(2, "w"), DayCount.ACTUAL_364, 1).days == (14,)


def test_over_new_year_the_parts_are_those_of_either_year() -> None:
    got = periods(date(2023, 12, 12), date(2024, 1, 12), MONTHLY, DayCount.ACTUAL_ACTUAL, 1)
    assert (got.days, got.parts) == ((31,), (19 * 366 + 12 * 365,))
    assert year_parts(DayCount.ACTUAL_ACTUAL) == SPLIT_YEAR == 133590


def test_periods_follow_each_other_without_a_gap() -> None:
    first, second = islice(each_period(date(2026, 1, 15), date(2026, 2, 15), MONTHLY, DayCount.ACTUAL_360), 2)
    assert (first.due_on, first.days) == (date(2026, 2, 15), 31)
    assert (second.due_on, second.days) == (date(2026, 3, 15), 28)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.dates(date(1960, 1, 1), date(2110, 12, 31)),
    st.sampled_from([None, 1, 14, 28, 29, 30, 31, 62, 92]),
    st.sampled_from(["1m", "3m", "1w", "15d"]).map(Every.parse),
    st.sampled_from(list(DayCount)),
    st.integers(1, 24),
)
def test_many_periods_are_each_of_them(
    first_due: date, since: int | None, every: Every, day_count: DayCount, number: int
) -> None:
    disbursed = None if since is None else first_due - timedelta(days=since)
    each = list(islice(each_period(disbursed, first_due, every, day_count), number))
    assert list(zip(*periods(disbursed, first_due, every, day_count, number), strict=True)) == each


@pytest.mark.parametrize(("every", "day_count"), [(MONTHLY, DayCount.THIRTY_360), (Every(1, "w"), DayCount.ACTUAL_364)])
def test_without_a_day_of_payout_the_first_period_is_a_whole_step(every: Every, day_count: DayCount) -> None:
    before = due_date(date(2026, 3, 31), every, -1)
    got = periods(None, date(2026, 3, 31), every, day_count, 3)
    assert got == periods(before, date(2026, 3, 31), every, day_count, 3)
    assert len(set(got.days)) == 1
