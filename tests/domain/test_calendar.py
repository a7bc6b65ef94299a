"""Days as contracts count them, and due dates that stay on their day."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.contract.calendar import (
    BeyondCalendar,
    DayCount,
    Every,
    NotADate,
    NotAPeriod,
    WorkingDays,
    add_months,
    days,
    due_date,
    due_dates,
    parse_date,
    whole_months,
)
from tests.domain.years import year_fraction

MONTHLY = Every(1, "m")
DATES = st.dates(date(1990, 1, 1), date(2090, 12, 31))


def test_the_due_day_is_not_counted_and_the_day_of_asking_is() -> None:
    assert days(date(2026, 3, 15), date(2026, 6, 14), DayCount.ACTUAL_360) == 91
    assert days(date(2026, 3, 15), date(2026, 3, 15), DayCount.ACTUAL_365) == 0
    assert days(date(2026, 3, 15), date(2026, 3, 16), DayCount.ACTUAL_ACTUAL) == 1


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        (date(2026, 1, 15), date(2026, 2, 15), 30),
        (date(2026, 1, 30), date(2026, 1, 31), 0),
        (date(2026, 1, 31), date(2026, 3, 31), 60),
        (date(2026, 1, 29), date(2026, 1, 31), 2),
        (date(2026, 2, 28), date(2026, 3, 31), 33),
        (date(2026, 1, 31), date(2026, 2, 28), 28),
        (date(2024, 2, 29), date(2024, 3, 1), 2),
        (date(2025, 12, 31), date(2026, 12, 31), 360),
    ],
)
def test_thirty_360_follows_the_nasd_rule(start: date, end: date, counted: int) -> None:
    assert days(start, end, DayCount.THIRTY_360) == counted
    assert year_fraction(start, end, DayCount.THIRTY_360) == Fraction(counted, 360)


def test_an_interval_over_new_year_counts_each_year_by_its_own_length() -> None:
    # 13 to 31 December 2023 are 19 days of a common year, 1 to 12 January 2024 are 12 days of a leap year.
    got = year_fraction(date(2023, 12, 12), date(2024, 1, 12), DayCount.ACTUAL_ACTUAL)
    assert got == Fraction(19, 365) + Fraction(12, 366)


def test_whole_years_in_between_are_ones() -> None:
    assert year_fraction(date(2022, 12, 31), date(2026, 12, 31), DayCount.ACTUAL_ACTUAL) == 4


def test_a_weekly_loan_has_52_weeks_of_seven_days() -> None:
    assert year_fraction(date(2026, 1, 1), date(2026, 1, 8), DayCount.ACTUAL_364) == Fraction(1, 52)
    assert year_fraction(date(2026, 1, 1), date(2026, 1, 31), DayCount.ACTUAL_360) == Fraction(1, 12)
    assert year_fraction(date(2024, 1, 1), date(2025, 1, 1), DayCount.ACTUAL_365) == Fraction(366, 365)


@given(DATES, DATES, st.sampled_from(DayCount))
def test_time_backwards_is_time_forwards_with_a_minus_where_days_are_real(a: date, b: date, count: DayCount) -> None:
    if count is not DayCount.THIRTY_360:
        assert year_fraction(a, b, count) == -year_fraction(b, a, count)


@given(DATES, DATES, DATES)
def test_a_year_split_at_any_day_is_still_the_same_year(a: date, b: date, c: date) -> None:
    a, b, c = sorted((a, b, c))
    whole = year_fraction(a, c, DayCount.ACTUAL_ACTUAL)
    assert whole == year_fraction(a, b, DayCount.ACTUAL_ACTUAL) + year_fraction(b, c, DayCount.ACTUAL_ACTUAL)


def test_due_dates_come_back_to_the_31st_after_a_short_month() -> None:
    got = [due_date(date(2026, 1, 31), MONTHLY, index) for index in range(4)]
    assert got == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_due_dates_count_backwards_too() -> None:
    assert due_date(date(2026, 1, 15), MONTHLY, -1) == date(2025, 12, 15)
    assert due_date(date(2024, 3, 31), MONTHLY, -1) == date(2024, 2, 29)
    assert due_date(date(2026, 1, 15), Every(2, "w"), -1) == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("first_due", "every", "number", "last"),
    [
        (date(2026, 1, 31), MONTHLY, 14, date(2027, 2, 28)),
        (date(2026, 1, 31), Every(3, "m"), 4, date(2026, 10, 31)),
        (date(1969, 12, 31), MONTHLY, 3, date(1970, 2, 28)),  # before the months that are listed
        (date(1970, 1, 1), MONTHLY, 1572, date(2100, 12, 1)),  # all of them
        (date(2100, 12, 15), MONTHLY, 2, date(2101, 1, 15)),  # and beyond
        (date(2026, 2, 20), Every(2, "w"), 3, date(2026, 3, 20)),
    ],
)
def test_many_due_dates_are_each_of_them(first_due: date, every: Every, number: int, last: date) -> None:
    got = due_dates(first_due, every, number)
    assert got[-1] == last
    assert list(got) == [due_date(first_due, every, index) for index in range(number)]


def test_a_month_is_whole_from_a_day_to_the_same_or_to_the_last_there_is() -> None:
    assert whole_months(date(2026, 1, 15), date(2026, 4, 15)) == 3
    assert whole_months(date(2026, 1, 30), date(2026, 2, 28)) == 1
    assert whole_months(date(2026, 2, 28), date(2026, 3, 31)) == 1
    assert whole_months(date(2026, 3, 28), date(2026, 4, 30)) is None
    assert whole_months(date(2026, 1, 15), date(2026, 2, 14)) is None
    assert whole_months(date(2026, 2, 15), date(2026, 1, 15)) is None


def test_weeks_and_days_are_real_days() -> None:
    assert due_date(date(2026, 2, 20), Every(1, "w"), 2) == date(2026, 3, 6)
    assert due_date(date(2026, 2, 20), Every(15, "d"), 1) == date(2026, 3, 7)


def test_months_end_on_their_last_day_at_the_latest() -> None:
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)


@pytest.mark.parametrize("every", [MONTHLY, Every(1, "w"), Every(1, "d")])
def test_the_calendar_ends(every: Every) -> None:
    with pytest.raises(BeyondCalendar):
        due_date(date(9999, 12, 31), every, 1)
    with pytest.raises(BeyondCalendar):
        due_date(date(1, 1, 1), every, -1)


@pytest.mark.parametrize("text", ["1m", "3m", "12m", "1w", "2w", "15d", "999d"])
def test_a_period_reads_as_it_is_written(text: str) -> None:
    assert str(Every.parse(text)) == text


@pytest.mark.parametrize("given", ["", "m", "0m", "-1m", "1y", "1 m", "1M", "01m", "1000d", "1.5m", "１m", 1, None])
def test_nothing_else_is_a_period(given: object) -> None:
    with pytest.raises(NotAPeriod) as refused:
        Every.parse(given)
    assert refused.value.field == "every"


def test_a_period_of_nothing_cannot_be_made() -> None:
    with pytest.raises(NotAPeriod) as refused:
        Every(0, "m")
    assert refused.value.field == "every"


def test_three_working_days_from_a_friday_are_wednesday() -> None:
    friday = date(2026, 6, 12)
    assert WorkingDays().after(friday, 3) == date(2026, 6, 17)
    assert WorkingDays(frozenset({date(2026, 6, 16)})).after(friday, 3) == date(2026, 6, 18)
    assert WorkingDays().after(friday, 0) == friday
    assert WorkingDays().after(date(2026, 6, 11), 1) == friday


@pytest.mark.parametrize(
    "given", ["20260614", "2026-6-14", "2026-02-30", "2026-06-14T00:00", "2026-W24-7", "", None, 20260614]
)
def test_a_date_has_one_spelling(given: object) -> None:
    with pytest.raises(NotADate) as refused:
        parse_date(given, "first_due")
    assert refused.value.field == "first_due"
    assert parse_date("2026-06-14") == date(2026, 6, 14)


def test_a_refused_date_or_period_says_what_would_be_right() -> None:
    with pytest.raises(NotADate, match=r"written like 2026-06-14; '14\.06\.2026' is not a date") as refused:
        parse_date("14.06.2026")
    assert refused.value.field == ""
    with pytest.raises(NotADate) as refused:
        parse_date("x" * 50)
    assert refused.value.facts["given"] == "'" + 39 * "x"
    with pytest.raises(NotAPeriod, match="from 1 to 999 and m, w or d, such as 1m, 2w or 15d; '1y' is not"):
        Every.parse("1y")
    with pytest.raises(NotAPeriod, match="from 1 to 999 and m, w or d, such as 1m, 2w or 15d; '1000d' is not"):
        Every(1000, "d")
    with pytest.raises(NotAPeriod) as period:
        Every.parse("x" * 50, "each")
    assert (period.value.field, period.value.facts["given"]) == ("each", "'" + 39 * "x")


@pytest.mark.parametrize("unit", ["m", "w"])
def test_dates_beyond_the_calendar_name_its_first_and_last_day(unit: str) -> None:
    with pytest.raises(BeyondCalendar, match="between 0001-01-01 and 9999-12-31; these would go beyond"):
        due_date(date(9999, 12, 31), Every(1, unit), 1)


def test_the_calendar_reaches_to_its_last_month_and_back_to_its_first() -> None:
    assert add_months(date(9999, 11, 30), 1) == date(9999, 12, 30)
    assert add_months(date(1, 2, 28), -1) == date(1, 1, 28)
