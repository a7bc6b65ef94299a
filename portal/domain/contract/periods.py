"""The periods of a schedule: due dates, the days the day count gives them, and their exact part of a year."""

from collections.abc import Iterator
from datetime import date
from itertools import count, repeat
from typing import NamedTuple

from portal.domain.contract.calendar import DayCount, Every, days, due_date, due_dates, parts, whole_months


class Period(NamedTuple):
    """`parts` over `year_parts(day_count)` is the period's length in years, exactly."""

    due_on: date
    days: int
    parts: int


class Periods(NamedTuple):
    """The same, column by column."""

    due_on: tuple[date, ...]
    days: tuple[int, ...]
    parts: tuple[int, ...]


def periods(disbursed: date | None, first_due: date, every: Every, day_count: DayCount, number: int) -> Periods:
    """The first `number` periods of `each_period`."""
    due_on, fixed = due_dates(first_due, every, number), _fixed(every, day_count)
    if fixed and _is_whole(disbursed, first_due, every):
        counted = (fixed,) * number
        return Periods(due_on, counted, counted)
    starts = (disbursed or due_date(first_due, every, -1), *due_on)
    if fixed:
        counted = (days(starts[0], first_due, day_count), *repeat(fixed, number - 1))
    else:
        counted = tuple(map(days, starts, due_on, repeat(day_count)))
    return Periods(due_on, counted, tuple(map(_parts, starts, due_on, repeat(day_count), counted)))


def each_period(disbursed: date | None, first_due: date, every: Every, day_count: DayCount) -> Iterator[Period]:
    """Period after period, without end; the first one begins when the money is paid out, or (None) one step before.

    Under 30/360 a regular period of whole months counts 30 days a month, also between clamped month ends;
    only a first period that is not a whole step is counted from its dates.
    """
    fixed, regular = _fixed(every, day_count), _is_whole(disbursed, first_due, every)
    start = disbursed or due_date(first_due, every, -1)
    for index in count():
        due_on = due_date(first_due, every, index)
        counted = fixed if fixed and regular else days(start, due_on, day_count)
        yield Period(due_on, counted, _parts(start, due_on, day_count, counted))
        start, regular = due_on, True


def _fixed(every: Every, day_count: DayCount) -> int:
    """Days of every regular period, where they are always as many; else 0."""
    return 30 * every.count if every.unit == "m" and day_count is DayCount.THIRTY_360 else 0


def _is_whole(disbursed: date | None, first_due: date, every: Every) -> bool:
    """For steps of months."""
    return disbursed is None or whole_months(disbursed, first_due) == every.count


def _parts(start: date, end: date, day_count: DayCount, counted: int) -> int:
    return parts(start, end, day_count) if day_count is DayCount.ACTUAL_ACTUAL else counted
