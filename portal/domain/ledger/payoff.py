"""What pays everything on a day: what is due, the principal to come, and the interest that has run until then."""

from collections.abc import Iterator, Sequence
from datetime import date

from portal.domain.contract.calendar import DayCount
from portal.domain.contract.calendar import days as count_days
from portal.domain.ledger.dues import Component, Due
from portal.domain.ledger.spans import Span
from portal.domain.money import Rounding, divide


def payable(
    dues: Sequence[Due], begun: dict[str, date], on: date, day_count: DayCount
) -> Iterator[tuple[Due, Component, int]]:
    """Of each open component what has to be paid on day `on` so that nothing is owed any more, minor units.

    `begun` is the day on which the first period begins, of the contract ("") and of each plan.

    Rounding  the interest that runs: half up, once per installment; never more than stated
    Source    Civil Code, article 677: interest only for the time that was used
    """
    for due, start in started(dues, begun):
        for item in due.with_frozen if due.left or due.frozen else ():
            amount = min(item.left, _earned(dues, due, item, start, on, day_count) - item.paid)
            if amount > 0:
                yield due, item, amount


def started(dues: Sequence[Due], begun: dict[str, date]) -> Iterator[tuple[Due, date]]:
    """Each due with the day on which its period begins."""
    starts = dict(begun)
    for due in dues:
        yield due, starts.get(due.plan, due.due_on)
        if due.scheduled:
            starts[due.plan] = due.earned_on or due.due_on


def _earned(dues: Sequence[Due], due: Due, item: Component, start: date, on: date, day_count: DayCount) -> int:
    if item.due_on <= on or item.component == "principal" or item.source == "charge":
        return item.amount
    if item is due.scheduled.get("interest"):
        return due.old_interest + earned_interest(dues, due, start, on, day_count)
    for each, span in due.pause_interest:
        if each is item:
            return divide(
                item.amount * charged_days_run(due, span, on, day_count), count_days(*span, day_count), Rounding.HALF_UP
            )
    return item.amount if due.plan else _run(due, item.amount, start, due.earned_on or due.due_on, on, day_count)


def days_run(paused: Sequence[Span], start: date, on: date, day_count: DayCount) -> int:
    """Days after `start` up to `on` on which interest runs: none of a pause."""
    found, since = 0, start
    for first, last in sorted(paused):
        if first < on and since < last:
            found += count_days(since, max(first, since), day_count)
            since = min(last, on)
    return found + (count_days(since, on, day_count) if since < on else 0)


def charged_days_run(due: Due, span: Span, on: date, day_count: DayCount) -> int:
    """Of what a pause charged for `span`: none of its days but those of pauses that came later are left out."""
    later = [days for days in due.paused if days[0] > span[0]]
    return min(days_run(later, span[0], on, day_count), count_days(*span, day_count))


def days_to_run(due: Due, start: date, end: date, day_count: DayCount) -> int:
    """By so many days that run its interest is all there."""
    return count_days(start, due.period_end or end, day_count)


def _run(due: Due, amount: int, start: date, end: date, on: date, day_count: DayCount) -> int:
    """`running` without the days of a pause."""
    if not due.paused or not start < on < end:
        return running(amount, start, end, on, day_count)
    run, in_all = days_run(due.paused, start, on, day_count), days_to_run(due, start, end, day_count)
    return min(divide(amount * run, in_all, Rounding.HALF_UP), amount)


def earned_interest(dues: Sequence[Due], due: Due, start: date, on: date, day_count: DayCount) -> int:
    """The part of a row's interest that has run by the end of `on`: none on what was prepaid, from its day on.

    Rounding  half up, once; never more than stated
    """
    end, stated = due.earned_on or due.due_on, due.running
    rows = [each for each in dues if each.plan == due.plan and each.scheduled and each.place >= due.place]
    prepaid = [part for row in rows for part in row.prepaid]
    scheduled = sum([row.scheduled["principal"].amount for row in rows]) if prepaid else 0
    if not scheduled or on <= start:
        return _run(due, stated, start, end, on, day_count)
    last = days_to_run(due, start, end, day_count)
    until = last if on >= end else min(days_run(due.paused, start, on, day_count), last)
    saved = 0
    for since, amount in prepaid:
        if since < on:
            saved += amount * max(until - days_run(due.paused, start, max(since, start), day_count), 0)
    earned = divide(stated * (scheduled * until - saved), scheduled * last, Rounding.HALF_UP)
    return min(earned, stated)


def running(amount: int, start: date, end: date, on: date, day_count: DayCount) -> int:
    """The part of a period's interest or fees that has run by the end of day `on`."""
    if on >= end:
        return amount
    if on <= start:
        return 0
    return divide(amount * count_days(start, on, day_count), count_days(start, end, day_count), Rounding.HALF_UP)
