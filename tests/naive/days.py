"""Days and years, counted one day after the other."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

ONE = timedelta(days=1)
FIXED_YEARS = {"30/360": 360, "actual/360": 360, "actual/365": 365, "actual/364": 364}


def each_day(start: date, end: date) -> Iterator[date]:
    """The days after `start` up to and including `end`."""
    day = start
    while day < end:
        day += ONE
        yield day


def count(start: date, end: date, day_count: str) -> int:
    """Days after `start` up to `end`; for 30/360 on a calendar that has thirty days in every month (US form)."""
    if day_count != "30/360":
        return len(list(each_day(start, end)))
    year, month, day = start.year, start.month, min(start.day, 30)
    goal = 30 if end.day == 31 and day == 30 else end.day
    counted = 0
    while (year, month) != (end.year, end.month):
        counted += 1
        day += 1
        if day > 30:
            year, month, day = (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)
    return counted + goal - day


def years(start: date, end: date, day_count: str) -> Fraction:
    """Under actual/actual each day is a share of its own year, 366 of them in a leap year."""
    if day_count != "actual/actual":
        return Fraction(count(start, end, day_count), FIXED_YEARS[day_count])
    return sum((Fraction(1, days_in_year(day)) for day in each_day(start, end)), Fraction(0))


def days_in_year(day: date) -> int:
    return (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days


def months_on(day: date, months: int) -> date:
    """The same day of the month so many months on (or back), or the last day where that month is too short."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    for _ in range(-months):
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    last = date(year, month, 28)
    while (last + ONE).month == month:
        last += ONE
    return last.replace(day=min(day.day, last.day))


def due_dates(first_due: date, count: int, every: str) -> list[date]:
    """`every` is written like 1m, 2w or 15d."""
    step, unit = int(every[:-1]), every[-1]
    found = [first_due]
    while len(found) < count:
        if unit == "m":
            found.append(months_on(first_due, step * len(found)))
        else:
            found.append(found[-1] + step * (7 * ONE if unit == "w" else ONE))
    return found
