"""The usual loan by the shortest way. `schedule` has the rule; what is drawn up here is the same, row by row.

Why there are two: most loans are usual ones, and an import draws them up by the hundred thousand. Interest of one
weight for every row, halves up, is one integer division in a loop that calls nothing; the rule has to ask each row for
its weight, its rounding and its part, and takes four times as long, under the 1.8 times `amortization` that is wanted
(bench/schedules.py). `tests/domain/test_usual.py` holds the two equal, drawn and counted by hand.
"""

from datetime import date
from fractions import Fraction
from math import gcd

from portal.domain.contract.calendar import Every, due_dates, whole_months
from portal.domain.contract.schedule_values import MOST_SCHEDULE_RATE, MOST_SCHEDULE_ROWS, Schedule, ScheduleRow
from portal.domain.money import MAX_MINOR, Rounding, divide

MONTHLY = Every(1, "m")
MONTH, MONTHS = 30, 12
"""Days of a month and months of a year under 30/360."""


def usual(
    principal: int, annual_rate: Fraction, installments: int | None, first_due: date, disbursed: date | None
) -> Schedule | None:
    """A level loan by whole months of 30/360, halves up to the minor unit; None where the rule must look closer."""
    numerator, denominator = annual_rate.as_integer_ratio()
    if (
        installments is not None
        and 0 < installments <= MOST_SCHEDULE_ROWS
        and 0 < principal <= MAX_MINOR
        and 0 < numerator <= MOST_SCHEDULE_RATE * denominator
        and (disbursed is None or whole_months(disbursed, first_due) == 1)
    ):
        common = gcd(numerator, denominator * MONTHS)
        due_on = due_dates(first_due, MONTHLY, installments)
        return _level(principal, numerator // common, denominator * MONTHS // common, due_on)
    return None


def _level(principal: int, weight: int, base: int, due_on: tuple[date, ...]) -> Schedule | None:
    """Interest of `weight` over `base` a month; None if it is repaid before its time.

    No row repays less than nothing: the level is above the first interest, rounded or not, and interest only falls.
    """
    installments, balance, rows, new = len(due_on), principal, [], tuple.__new__
    grown, scale = (base + weight) ** installments, base**installments
    level = divide(principal * weight * grown, base * (grown - scale), Rounding.HALF_UP)
    weight_2, base_2 = 2 * weight, 2 * base
    for no, day in enumerate(due_on[:-1], 1):
        interest = (balance * weight_2 + base) // base_2
        part = level - interest
        balance -= part
        rows.append(new(ScheduleRow, (no, day, MONTH, part, interest, balance)))
    interest = (balance * weight_2 + base) // base_2
    rows.append(new(ScheduleRow, (installments, due_on[-1], MONTH, balance, interest, 0)))
    return Schedule(tuple(rows), level) if balance >= 0 else None
