"""What somebody can pay a month without going short: half of what is left over is the guide, all of it the limit."""

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from portal.domain.contract.calendar import Every
from portal.domain.money import Rounding, divide, rounded

GUIDE = (Fraction(1, 2), Fraction(3, 4), Fraction(1))
"""Shares of what is left over. Source: half of it is what HMRC's Time to Pay takes as affordable."""

DRY_SHARE = Fraction(3, 10)
"""A dry month: so much less comes in."""

WEEKS_A_YEAR = 52


class Strain(StrEnum):
    """How heavy a plan is: within the guide, above it, or more than there is."""

    EASY = "easy"
    TIGHT = "tight"
    TOO_MUCH = "too_much"


class Budget(NamedTuple):
    """What comes in and what goes out each month, minor units.

    What goes out is one sum, with other contracts and plans in it: how much of it another lender is paid does not show.
    """

    income: int
    spending: int

    @property
    def left(self) -> int:
        return left_over(self.income, [self.spending])


def left_over(income: int, outgoings: Iterable[int]) -> int:
    """Minor units a month; below nothing is nothing."""
    return max(income - sum(outgoings), 0)


def guide(left: int) -> tuple[int, ...]:
    """A monthly amount for each share of what is left over, rounded down; the same twice, or nothing, is left out."""
    amounts = (rounded(left * share, Rounding.DOWN) for share in GUIDE)
    return tuple(sorted({amount for amount in amounts if amount}))


def monthly(each: int, every: Every) -> int:
    """What paying `each` so often comes to in a month, rounded up."""
    if every.unit == "m":
        return divide(each, every.count, Rounding.UP)
    if every.unit == "w":
        return rounded(Fraction(each * WEEKS_A_YEAR, every.count * 12), Rounding.UP)
    return rounded(Fraction(each * 365, every.count * 12), Rounding.UP)


def each_within(a_month: int, every: Every) -> int:
    """The most that can be paid so often and comes to no more than `a_month`, minor units."""
    if every.unit == "m":
        return a_month * every.count
    a_year = WEEKS_A_YEAR if every.unit == "w" else 365
    return rounded(Fraction(a_month * every.count * 12, a_year), Rounding.DOWN)


def strain(a_month: int, left: int) -> Strain:
    if a_month > left:
        return Strain.TOO_MUCH
    return Strain.TIGHT if a_month * 2 > left else Strain.EASY


def dry_month(income: int, left: int) -> int:
    """What is left over in a month with 30 % less coming in, minor units; may be below nothing."""
    return left - rounded(income * DRY_SHARE, Rounding.UP)
