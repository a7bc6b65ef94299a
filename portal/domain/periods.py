"""The periods of a schedule: due dates, the days the day count gives them, and their exact part of a year."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from portal.domain.calendar import YEAR_DAYS, DayCount, Every, add_months, days, due_date, year_fraction

SPLIT_YEAR = 365 * 366
"""Parts of a year that hold both a day of 365 and a day of 366: actual/actual in integers."""


class Period(NamedTuple):
    """`parts` over `year_parts(day_count)` is the period's length in years, exactly."""

    due_on: date
    days: int
    parts: int


def year_parts(day_count: DayCount) -> int:
    return YEAR_DAYS.get(day_count, SPLIT_YEAR)


class Periods(NamedTuple):
    """The same, column by column."""

    due_on: tuple[date, ...]
    days: tuple[int, ...]
    parts: tuple[int, ...]


@lru_cache(maxsize=512)
def periods(disbursed: date, first_due: date, every: Every, day_count: DayCount, count: int) -> Periods:
    """The first `count` periods. Remembered, because a preview asks for the calendar of a moment ago."""
    columns = zip(*islice(each_period(disbursed, first_due, every, day_count), count), strict=True)
    return Periods(*columns)


def each_period(disbursed: date, first_due: date, every: Every, day_count: DayCount) -> Iterator[Period]:
    """Period after period, without end.

    Under 30/360 a regular period of whole months counts 30 days a month, also between clamped month ends;
    only a first period that is not a whole step is counted from its dates.
    """
    fixed = 30 * every.count if every.unit == "m" and day_count is DayCount.THIRTY_360 else None
    start, regular = disbursed, _is_whole_step(disbursed, first_due, every)
    index = 0
    while True:
        due_on = due_date(first_due, every, index)
        counted = fixed if fixed and regular else days(start, due_on, day_count)
        yield Period(due_on, counted, _parts(start, due_on, day_count, counted))
        start, index, regular = due_on, index + 1, True


def _is_whole_step(disbursed: date, first_due: date, every: Every) -> bool:
    if every.unit == "m" and add_months(disbursed, every.count) == first_due:
        return True
    return disbursed == due_date(first_due, every, -1)


def _parts(start: date, end: date, day_count: DayCount, counted: int) -> int:
    if day_count is DayCount.ACTUAL_ACTUAL:
        return int(year_fraction(start, end, day_count) * SPLIT_YEAR)
    return counted
