"""Years between two days by a day count, as an exact fraction of the parts that the product counts in."""

from datetime import date
from fractions import Fraction

from portal.domain.contract.calendar import DayCount, parts, year_parts


def year_fraction(start: date, end: date, day_count: DayCount) -> Fraction:
    """Years from `start` (excluded) to `end` (included)."""
    return Fraction(parts(start, end, day_count), year_parts(day_count))
