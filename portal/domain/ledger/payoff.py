"""What pays everything on a day: what is due, the principal to come, and the interest that has run until then."""

from collections.abc import Iterator, Sequence
from datetime import date

from portal.domain.contract.calendar import DayCount
from portal.domain.contract.calendar import days as count_days
from portal.domain.ledger.dues import Component, Due
from portal.domain.money import Rounding, divide


def payable(
    dues: Sequence[Due], begun: dict[str, date], on: date, day_count: DayCount
) -> Iterator[tuple[Due, Component, int]]:
    """Of each open component what has to be paid on day `on` so that nothing is owed any more, minor units.

    `begun` is the day on which the first period begins, of the contract ("") and of each plan.

    Rounding  the interest that runs: half up, once per installment; never more than stated
    Source    Civil Code, article 677: interest only for the time that was used
    """
    starts = dict(begun)
    for due in dues:
        start = starts.get(due.plan, due.due_on)
        if due.scheduled:
            starts[due.plan] = due.earned_on or due.due_on
        for item in due.with_frozen if due.left or due.frozen else ():
            amount = min(item.left, _earned(due, item, start, on, day_count) - item.paid)
            if amount > 0:
                yield due, item, amount


def _earned(due: Due, item: Component, start: date, on: date, day_count: DayCount) -> int:
    if item.due_on <= on or item.component == "principal" or item.source == "charge":
        return item.amount
    if not due.plan:
        return running(item.amount, start, due.due_on, on, day_count)
    if item.component != "interest":
        return item.amount
    return (
        item.amount - due.plan_interest + running(due.plan_interest, start, due.earned_on or due.due_on, on, day_count)
    )


def running(amount: int, start: date, end: date, on: date, day_count: DayCount) -> int:
    """The part of a period's interest or fees that has run by the end of day `on`."""
    if on >= end:
        return amount
    if on <= start:
        return 0
    return divide(amount * count_days(start, on, day_count), count_days(start, end, day_count), Rounding.HALF_UP)
