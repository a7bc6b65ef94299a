"""Days on which what is overdue is too little to be asked for: nothing grows on them, whatever is open."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import NamedTuple

from portal.domain.contract.loan import OVERLOOKED, Loan, Suspension
from portal.domain.ledger.dues import Component, Due

_ONE_DAY = timedelta(days=1)


class _Days(NamedTuple):
    """Days in a row, the first date excluded and the last included, on each of which so much was overdue."""

    start: date
    end: date
    overdue: int


class Overlooked:
    """By the version of the lender's policy that is in force on each day; all that is overdue counts together.

    What is overdue on a day is what it was in its morning: money that comes that day makes no difference to it.
    """

    def __init__(self, loan: Loan) -> None:
        self.loan = loan
        self.is_used = any(version.amount for version in loan.arrears_tolerance)
        self.days: list[_Days] = []
        self.until = loan.disbursed_on
        self.held: tuple[Suspension, ...] = ()

    def pass_by(self, dues: Sequence[Due], on: date) -> None:
        """Before anything changes on `on`."""
        if self.is_used and on > self.until:
            self.days += self._ahead(dues, on)
            self.until = on
            self._hold()

    def owed(self, item: Component, amount: int, since: date) -> None:
        """So much more of it was owed on all days after `since`."""
        since, found = max(since, item.due_on), list[_Days]()
        for start, end, overdue in self.days:
            cut = min(max(since, start), end)
            found += [_Days(start, cut, overdue), _Days(cut, end, overdue + amount)]
        self.days = [days for days in found if days.start < days.end]
        self._hold()

    def forget(self, since: date) -> None:
        """The days after it are passed once more."""
        self.days = [days._replace(end=min(days.end, since)) for days in self.days if days.start < since]
        self.until = min(self.until, since)
        self._hold()

    def suspensions(self, dues: Sequence[Due], until: date) -> tuple[Suspension, ...]:
        """None of this grows; what is to come counts as if nothing were paid until then."""
        ahead = self._ahead(dues, until) if self.is_used and until > self.until else ()
        return (*self.held, *self._suspended(ahead))

    def _hold(self) -> None:
        self.held = tuple(self._suspended(self.days))

    def _suspended(self, found: Iterator[_Days] | Sequence[_Days]) -> Iterator[Suspension]:
        for days in found:
            if 0 < days.overdue <= self.loan.tolerance_on(days.end):
                yield Suspension("penalty", days.start, days.end, OVERLOOKED)

    def _ahead(self, dues: Sequence[Due], until: date) -> Iterator[_Days]:
        left = [
            (item.due_on, due, item.left) for due in dues for item in due.items if item.left and item.due_on < until
        ]
        changes = [each.since - _ONE_DAY for each in self.loan.arrears_tolerance if each.since > self.until]
        changes += [day for _, due, _ in left if due.held for day in (due.held[0] - _ONE_DAY, due.held[1])]
        turns = [day for day in (*(day for day, *_ in left), *changes) if self.until < day < until]
        marks = sorted({self.until, until, *turns})
        for start, end in pairwise(marks):
            owed = [minor for day, due, minor in left if day <= start and not due.is_paused(end)]
            yield _Days(start, end, sum(owed))


def late_since(dues: Sequence[Due], on: date, most: int) -> date | None:
    """Where more than `most` is overdue, the day the part above it fell due, the oldest counted first."""
    late = sorted([(item.due_on, item.left) for due in dues for item in due.items if item.due_on < on and item.left])
    sums = accumulate(minor for _, minor in late)
    return next((day for (day, _), total in zip(late, sums, strict=True) if total > most), None)


def is_never_missed(row: Due) -> bool:
    """It and those before it ask for no more in all than is overlooked."""
    return sum([each.asked for each in (*row.earlier, row)]) <= row.arrears_tolerance


def overlook(rows: Sequence[Due], most: int) -> None:
    """None of these is missed for so many minor units or less, of which it and those before it are short together."""
    for place, row in enumerate(rows):
        row.arrears_tolerance = most
        row.earlier, row.later = (rows[:place], rows[place + 1 :]) if most else ((), ())
