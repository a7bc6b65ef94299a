"""The unit-period of Regulation Z, appendix J (b)(3) to (5): how time is cut up and counted for an APR."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from portal.domain.contract.calendar import add_months, whole_months

WEEK, SEMIMONTH, MONTH, YEAR = 7, 15, 30, 365
"""Days, as appendix J counts them inside a unit-period; a year of months is twelve."""


class UnitPeriod(NamedTuple):
    """`size` months ("m"), semimonths ("s", always one) or days ("d"; weeks are sevens of days)."""

    size: int
    unit: str

    @property
    def per_year(self) -> Fraction:
        if self.unit == "m":
            return Fraction(12, self.size)
        if self.unit == "s":
            return Fraction(24)
        return Fraction(52 * WEEK if self.size % WEEK == 0 else YEAR, self.size)

    @property
    def length(self) -> int:
        """Days, only to tell the smaller of two unit-periods."""
        return self.size * {"m": MONTH, "s": SEMIMONTH, "d": 1}[self.unit]


ONE_YEAR = UnitPeriod(12, "m")


class PeriodPoint(NamedTuple):
    """A point in time: so many whole unit-periods after the start, and this fraction of one more."""

    whole: int
    fraction: Fraction


def unit_period(advances: Sequence[date], payments: Sequence[date]) -> UnitPeriod:
    """The commonest interval, the smaller of two as common, at most a year; else the average interval, (b)(4).

    Both lists in order of time. One advance repaid by one payment has its term as unit-period.
    """
    spans = [*pairwise(advances), (advances[0], payments[0]), *pairwise(payments)]
    intervals = [(start, end) for start, end in spans if start < end]
    if len(intervals) < 2:
        return _term(*intervals[0]) if intervals else ONE_YEAR
    counted = Counter(reading for interval in intervals for reading in _readings(*interval))
    counted.update(_semimonths(payments))
    most = max(counted.values())
    if most == 1:
        return _nearest_standard(Fraction(sum((end - start).days for start, end in intervals), len(intervals)))
    common = min((unit for unit, times in counted.items() if times == most), key=_preference)
    return common if common.length < MONTH * 12 else ONE_YEAR


def _term(start: date, end: date) -> UnitPeriod:
    months = whole_months(start, end)
    if end > add_months(start, 12):
        return ONE_YEAR
    return UnitPeriod(months, "m") if months else UnitPeriod((end - start).days, "d")


def _readings(start: date, end: date) -> Iterator[UnitPeriod]:
    """The ways to read one interval: Feb 1 to Mar 1 may be a month or four weeks, the other intervals decide."""
    yield UnitPeriod((end - start).days, "d")
    if months := whole_months(start, end):
        yield UnitPeriod(months, "m")


def _semimonths(payments: Sequence[date]) -> dict[UnitPeriod, int]:
    """How many payment intervals are halves of a month, such as from the 1st to the 16th and on to the 1st."""
    halves = [_is_half(start, end) for start, end in pairwise(payments)]
    regular = all(whole_months(a, b) == 1 for a, b in zip(payments, payments[2:], strict=False))
    return {UnitPeriod(1, "s"): len(halves)} if len(halves) > 1 and all(halves) and regular else {}


def _is_half(start: date, end: date) -> bool:
    return 13 <= (end - start).days <= 16


def _preference(unit: UnitPeriod) -> tuple[bool, int]:
    """Standard intervals first, then the smaller: two months of 31 days are months, not two times 31 days."""
    return unit.unit == "d" and unit.size != 1 and unit.size % WEEK != 0, unit.length


def _nearest_standard(average: Fraction) -> UnitPeriod:
    standard = [UnitPeriod(1, "d"), UnitPeriod(1, "s"), *(UnitPeriod(months, "m") for months in range(1, 13))]
    standard += [UnitPeriod(WEEK * weeks, "d") for weeks in range(1, 52)]
    return min(standard, key=lambda unit: (abs(unit.length - average), unit.length))


def moments(start: date, days: Sequence[date], unit: UnitPeriod) -> list[PeriodPoint]:
    """Where each of `days` (in order of time) lies, counted from `start`, (b)(5).

    A day a whole number of unit-periods after the one before keeps its fraction; any other is measured afresh.
    """
    found: list[PeriodPoint] = []
    before, moment = start, PeriodPoint(0, Fraction(0))
    for day in days:
        steps = _steps(before, day, unit)
        moment = _measured(start, day, unit) if steps is None else PeriodPoint(moment.whole + steps, moment.fraction)
        before = day
        found.append(moment)
    return found


def _steps(start: date, end: date, unit: UnitPeriod) -> int | None:
    if start == end:
        return 0
    if unit.unit == "s" and _is_half(start, end):
        return 1
    length, unit_length = (end - start).days, unit.size
    if unit.unit != "d":
        months = whole_months(start, end)
        if months is None:
            return None
        length = months * (2 if unit.unit == "s" else 1)
    return None if length % unit_length else length // unit_length


def _measured(start: date, end: date, unit: UnitPeriod) -> PeriodPoint:
    if unit.unit == "d":
        elapsed = Fraction((end - start).days, unit.size)
    elif unit == ONE_YEAR:
        elapsed = _years(start, end)
    else:
        months, rest = months_and_days(start, end)
        elapsed = Fraction(months * MONTH + rest, unit.length)
    return PeriodPoint(int(elapsed), elapsed % 1)


def _years(start: date, end: date) -> Fraction:
    months, rest = months_and_days(start, end)
    if rest == 0:
        return Fraction(months, 12)
    years = months // 12
    return years + Fraction((add_months(end, -12 * years) - start).days, YEAR)


def months_and_days(start: date, end: date) -> tuple[int, int]:
    """Full months counted back from `end`, and the days left between `start` and there."""
    if (whole := whole_months(start, end)) is not None:
        return whole, 0
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(end, -months) < start:
        months -= 1
    return months, (add_months(end, -months) - start).days
