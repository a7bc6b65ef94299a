"""What a plan changes, day by day: what the contract asks for, and what would be asked instead."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from portal.domain.contract.agreement import Covers
from portal.domain.contract.calendar import add_months
from portal.domain.contract.plan import Plan
from portal.domain.ledger.position import Position
from portal.domain.ledger.upcoming import NextDue


class Proceeds(NamedTuple):
    """What comes in all, minor units, and the day of the last of it, if all is paid as it is due."""

    total: int
    last_on: date


@dataclass(frozen=True, slots=True)
class Change:
    """What falls due on a day, minor units; the contract asks for what is overdue at once."""

    on: date
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both ways to the end; further penalty, which the contract goes on adding, is in no `before`."""

    changes: tuple[Change, ...]

    @property
    def before(self) -> int:
        return sum(change.before for change in self.changes)

    @property
    def after(self) -> int:
        return sum(change.after for change in self.changes)

    @property
    def last_on(self) -> date:
        """The last day on which anything falls due by the plan or by the contract beside it."""
        return max(change.on for change in self.changes if change.after)

    @property
    def proceeds(self) -> Proceeds:
        return Proceeds(self.after, self.last_on)


@dataclass(frozen=True, slots=True)
class Month:
    """What falls due in one calendar month by a plan and by the contract beside it, minor units."""

    plan: int
    contract: int
    last: NextDue

    @property
    def total(self) -> int:
        return self.plan + self.contract


@dataclass(frozen=True, slots=True)
class DayAhead:
    """What falls due on a day by a plan and by the contract beside it, minor units."""

    on: date
    plan: int
    contract: int

    @property
    def total(self) -> int:
        return self.plan + self.contract


def days_ahead(now: Position, plan: Plan, covers: Covers, months: int) -> tuple[DayAhead, ...]:
    """The days of so many months, the first with something due among them; what stays overdue is due on the plan's day.

    `now` is without a plan that gives way to this one.
    """
    planned, beside = defaultdict[date, int](int), defaultdict[date, int](int)
    for payment in plan.rows:
        planned[payment.due_on] += payment.total
    if covers is Covers.TO_COME and now.overdue.total:
        beside[now.as_of] += now.overdue.total
    for due in now.next_dues:
        if covers is Covers.OVERDUE or due.is_charge:
            beside[due.due_on] += due.amount
    days = sorted({*planned, *beside})
    until = add_months(days[0], months - 1)
    return tuple(DayAhead(day, planned[day], beside[day]) for day in days if day <= until)


def fullest_month(now: Position, plan: Plan, covers: Covers) -> Month | None:
    """The month in which most falls due once the plan is agreed; None where the contract asks for nothing beside it.

    `now` is without a plan that gives way to this one.
    """
    return fullest_month_of([plan], now.next_dues) if covers is Covers.OVERDUE else None


def fullest_month_of(plans: Iterable[Plan], beside: Sequence[NextDue]) -> Month | None:
    """The month in which all plans and what contracts ask for beside them come to most; None without the latter."""
    if not beside:
        return None
    planned: dict[tuple[int, int], int] = defaultdict(int)
    contracted: dict[tuple[int, int], int] = defaultdict(int)
    for payment in (row for plan in plans for row in plan.rows):
        planned[payment.due_on.year, payment.due_on.month] += payment.total
    for due in beside:
        contracted[due.due_on.year, due.due_on.month] += due.amount
    last = max(reversed(beside), key=attrgetter("due_on"))
    months = [Month(planned[month], contracted[month], last) for month in sorted({*planned, *contracted})]
    return max(months, key=lambda month: month.total)


def dues_with(now: Position, plan: Plan, covers: Covers) -> tuple[NextDue, ...]:
    """What falls due from today on once the plan is agreed, with what it leaves of the contract beside it."""
    rows = [NextDue(f"plan::{row.no}", row.due_on, row.total, row.no) for row in plan.rows]
    beside = [due for due in now.next_dues if covers is Covers.OVERDUE or due.is_charge]
    return tuple(sorted([*rows, *beside], key=attrgetter("due_on")))


def contract_alone(now: Position) -> Proceeds:
    """What the contract asks for, what is overdue at once; `now` is without a plan that gives way to another."""
    dues = now.next_dues
    last_on = max((due.due_on for due in dues), default=now.as_of)
    return Proceeds(now.overdue.total + sum(due.amount for due in dues), last_on)


def compare(now: Position, plan: Plan, covers: Covers) -> Comparison:
    """What the plan does not take in is asked for as the contract has it; `now` is without a plan that gives way."""
    before: dict[date, int] = defaultdict(int)
    after: dict[date, int] = defaultdict(int)
    before[now.as_of] += now.overdue.total
    if covers is Covers.TO_COME:
        after[now.as_of] += now.overdue.total
    for due in now.next_dues:
        before[due.due_on] += due.amount
    for due in dues_with(now, plan, covers):
        after[due.due_on] += due.amount
    return Comparison(tuple(Change(day, before[day], after[day]) for day in sorted({*before, *after})))
