"""Days between dates, due dates and working days. A period excludes its first day and includes its last."""

import re
from calendar import isleap, monthrange
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from portal.domain.refusal import N_, Refusal


class DayCount(StrEnum):
    """How a contract turns dates into parts of a year; `ACTUAL_364` serves weekly loans (52 weeks a year)."""

    THIRTY_360 = "30/360"
    ACTUAL_360 = "actual/360"
    ACTUAL_365 = "actual/365"
    ACTUAL_364 = "actual/364"
    ACTUAL_ACTUAL = "actual/actual"


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment in somebody's time zone: for the facts of a refusal, worded where it is shown."""

    at: datetime
    timezone: str

    def __str__(self) -> str:
        return self.at.isoformat()


class NotAPeriod(Refusal):
    says = N_("A period is a number from 1 to {allowed} and m, w or d, such as 1m, 2w or 15d; {given} is not.")


class NotADate(Refusal):
    says = N_("A date is written like {allowed}; {given} is not a date.")


class BeyondCalendar(Refusal):
    says = N_("Dates must lie between {first} and {last}; these would go beyond.")


MAX_COUNT = 999


@dataclass(frozen=True, slots=True)
class Every:
    """The step between due dates: `count` months ("m"), weeks ("w") or days ("d")."""

    count: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in ("m", "w", "d") or not 1 <= self.count <= MAX_COUNT:
            raise NotAPeriod("every", allowed=MAX_COUNT, given=repr(str(self)))

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @classmethod
    def parse(cls, text: object, field: str = "every") -> "Every":
        match = _PERIOD.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise NotAPeriod(field, allowed=MAX_COUNT, given=repr(text)[:40])
        return cls(int(match[1]), match[2])


def days(start: date, end: date, day_count: DayCount) -> int:
    """Days from `start` (excluded) to `end` (included); negative when `end` comes first.

    30/360 is the US (NASD) form: a first day of 31 becomes 30, and a second day of 31 becomes 30 if the first
    then is 30. The end of February has no rule of its own. Source: FINRA rule 11620.
    """
    if day_count is not DayCount.THIRTY_360:
        return (end - start).days
    first = min(start.day, 30)
    second = 30 if end.day == 31 and first == 30 else end.day
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + second - first


def parts(start: date, end: date, day_count: DayCount) -> int:
    """Of the parts that a year has (`year_parts`), how many from `start` (excluded) to `end` (included).

    actual/actual splits at the year's end (ISDA): days of a leap year count over 366, the others over 365.
    """
    if day_count is DayCount.ACTUAL_ACTUAL:
        return _split_at_year_ends(start, end)
    return days(start, end, day_count)


YEAR_DAYS = {
    DayCount.THIRTY_360: 360,
    DayCount.ACTUAL_360: 360,
    DayCount.ACTUAL_365: 365,
    DayCount.ACTUAL_364: 364,
}
SPLIT_YEAR = 365 * 366
"""Parts of a year that hold both a day of 365 and a day of 366: actual/actual in integers."""


def year_parts(day_count: DayCount) -> int:
    return YEAR_DAYS.get(day_count, SPLIT_YEAR)


def _split_at_year_ends(start: date, end: date) -> int:
    if end < start:
        return -_split_at_year_ends(end, start)
    if start.year == end.year:
        return (end - start).days * _day_in(start.year)
    head = (date(start.year, 12, 31) - start).days * _day_in(start.year)
    tail = (end - date(end.year - 1, 12, 31)).days * _day_in(end.year)
    return head + (end.year - start.year - 1) * SPLIT_YEAR + tail


def _day_in(year: int) -> int:
    return SPLIT_YEAR // (366 if isleap(year) else 365)


def due_date(first_due: date, every: Every, index: int) -> date:
    """The due date `index` steps after `first_due` (before it, if negative).

    Months keep the day of `first_due` and fall back to the month's last day only where it is missing.
    """
    if every.unit == "m":
        return add_months(first_due, every.count * index)
    step = every.count * (7 if every.unit == "w" else 1)
    try:
        return first_due + timedelta(days=step * index)
    except OverflowError:
        raise BeyondCalendar(first=date.min, last=date.max) from None


def due_dates(first_due: date, every: Every, count: int) -> tuple[date, ...]:
    """The first `count` due dates; for steps of whole months, cut from the list of all months, where it reaches."""
    if every.unit == "m":
        start = (first_due.year - LISTED.start) * 12 + first_due.month - 1
        cut = _every_month(first_due.day)[start : start + every.count * count : every.count] if start >= 0 else ()
        if len(cut) == count:
            return cut
    return tuple(due_date(first_due, every, index) for index in range(count))


def count_until(first_due: date, every: Every, last: date, most: int) -> int:
    """How many due dates lie no later than `last`: 1 at least, and `most` at most."""
    count = 1
    while count < most and due_date(first_due, every, count) <= last:
        count += 1
    return count


def count_to_reach(first_due: date, every: Every, last: date, most: int) -> int:
    """How many due dates it takes until one is no sooner than `last`: 1 at least, and `most` at most."""
    count = 1
    while count < most and due_date(first_due, every, count - 1) < last:
        count += 1
    return count


LISTED = range(1970, 2101)
"""Years; a list of their months is 60 kB, and there is one for each day of the month that was asked for."""


@lru_cache(maxsize=31)
def _every_month(day: int) -> tuple[date, ...]:
    return tuple(add_months(date(LISTED.start, 1, day), months) for months in range(12 * len(LISTED)))


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise BeyondCalendar(first=date.min, last=date.max)
    return date(year, month + 1, day.day if day.day <= 28 else min(day.day, monthrange(year, month + 1)[1]))


def whole_months(start: date, end: date) -> int | None:
    """Months from `start` to `end` if nothing is left over; a missing 29th to 31st is the last day of its month."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if months >= 0 and (start.day == end.day or _is_clamped(start, end)) else None


def _is_clamped(start: date, end: date) -> bool:
    shorter = end if start.day > end.day else start
    return shorter.day == monthrange(shorter.year, shorter.month)[1]


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Monday to Friday without `holidays`, and what is worked to make up for them; beyond what is known, the week."""

    holidays: AbstractSet[date] = frozenset()
    made_up: AbstractSet[date] = frozenset()

    def works(self, day: date) -> bool:
        return day in self.made_up or (day.isoweekday() <= 5 and day not in self.holidays)

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.works(day)
        return day


THE_WEEK = WorkingDays()


def parse_date(text: object, field: str = "") -> date:
    """A date from exactly YYYY-MM-DD; other ISO 8601 spellings are refused."""
    try:
        if isinstance(text, str) and _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise NotADate(field, allowed="2026-06-14", given=repr(text)[:40])


_PERIOD = re.compile(r"([1-9][0-9]{0,2})([mwd])")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
