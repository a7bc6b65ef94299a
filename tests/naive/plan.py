"""A plan once more: every amount is tried from one fen upwards, every row is paid pile by pile."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.naive.days import years
from tests.naive.rounding import whole

Row = tuple[date, int, int]
"""Due on, what is paid in all, and the plan's own interest in it."""


@dataclass
class Wish:
    """`owed` are fen in the order in which they are paid, the principal last; `dates` the due dates."""

    owed: list[int]
    as_of: date
    dates: list[date]
    rate: Fraction
    day_count: str
    rounding: str
    interest_only: int = 0
    round_to: int = 1


def rows(wish: Wish) -> list[Row]:
    count = len(wish.dates)
    if wish.rate:
        each = wish.round_to
        while paid(wish, each)[-1][1] > each:
            each += wish.round_to
        return paid(wish, each)
    each = whole(Fraction(sum(wish.owed), count), wish.rounding, wish.round_to)
    if each * (count - 1) >= sum(wish.owed):
        each = whole(Fraction(sum(wish.owed), count), "down", wish.round_to)
    return paid(wish, each) if each else []


def paid(wish: Wish, each: int) -> list[Row]:
    """Row after row: the interest of the period first; the last row takes what is left."""
    left, start, found = list(wish.owed), wish.as_of, []
    for number, due_on in enumerate(wish.dates, 1):
        interest = whole(left[-1] * wish.rate * years(start, due_on, wish.day_count), wish.rounding)
        takes = 0 if number <= wish.interest_only else max(each - interest, 0)
        ends = number > wish.interest_only and sum(left) + interest <= each
        if ends or number == len(wish.dates):
            takes = sum(left)
        found.append((due_on, takes_from(left, takes) + interest, interest))
        start = due_on
        if not sum(left):
            break
    return found


def takes_from(left: list[int], amount: int) -> int:
    """Takes fen off the piles, first pile first; answers how many it found."""
    taken = 0
    for place, owed in enumerate(left):
        part = min(owed, amount - taken)
        left[place] -= part
        taken += part
    return taken
