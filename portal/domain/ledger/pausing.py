"""A pause in the book: what falls due on its days moves, what comes after by as many periods, and interest stands.

One that moves only what falls due next moves that to its last day, and nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.calendar import Every, add_months, due_date, parts, year_parts
from portal.domain.contract.loan import Terms
from portal.domain.contract.pause import MovedDue, Pause, PausedDates, PauseInterest
from portal.domain.ledger.book import Book
from portal.domain.ledger.dated import GrantedPause
from portal.domain.ledger.dues import Component, Due
from portal.domain.ledger.spans import Span
from portal.domain.ledger.upcoming import next_dues_of
from portal.domain.money import divide


@dataclass(frozen=True, slots=True)
class _Schedule:
    """Rows with their step; `first_due` says on which day of the month they are. A pause may be charged at `rate`."""

    rows: Sequence[Due]
    every: Every
    first_due: date
    rate: Fraction = Fraction(0)

    def moved(self, day: date, periods: int) -> date:
        """Months keep the day of the first row, also after a month that does not have it."""
        if self.every.unit == "m":
            months = (day.year - self.first_due.year) * 12 + day.month - self.first_due.month
            if add_months(self.first_due, months) == day:
                return add_months(self.first_due, months + self.every.count * periods)
        return due_date(day, self.every, periods)


@dataclass(frozen=True, slots=True)
class _Shift:
    """What of a schedule moves by so many of its periods: rows, and charges that fall due on the days of the pause.

    With `alone_to` it moves to that day, and the rows after it stay.
    """

    schedule: _Schedule
    periods: int
    rows: Sequence[Due]
    charges: Sequence[tuple[Due, Component]]
    alone_to: date | None = None

    def to(self, day: date) -> date:
        return self.alone_to or self.schedule.moved(day, self.periods)

    @property
    def last(self) -> Due:
        """The last row on which something is open."""
        rows = self.schedule.rows if self.alone_to else self.rows
        return next((row for row in reversed(rows) if row.left_of_row), rows[-1])


class NextMove(NamedTuple):
    """What falls due next, minor units, and before which day it has to stay to come before the row after it."""

    due_on: date
    amount: int
    before: date | None


def begin_granted(book: Book, granted: GrantedPause) -> None:
    """A pause of a plan that has ended in the meantime does not begin."""
    plan = book.live_plan
    if plan is not None and plan.agreement.ref == granted.agreement:
        begin_pause(book, granted.pause)


def begin_pause(book: Book, pause: Pause) -> None:
    """From the end of its first day on, by its terms: what it holds is not asked for, what is to come of it moves."""
    for shift in [_shift(book, schedule, pause) for schedule in _schedules(book, pause)]:
        interest, first = _interest(shift, pause, book.loan.terms), shift.rows[0].due_on if shift.rows else pause.start
        _move(shift)
        if interest:
            _charge(shift.last, interest, pause.start, (first, shift.to(first)))
    for due in book.dues:
        if pause.holds(due.due_on):
            due.held = pause.start, pause.end
            due.paused.append(due.held)
    book.place_anew()


def end_pauses(book: Book, on: date) -> None:
    """All is asked for and runs again from the end of that day; what has moved has moved."""
    for due in book.dues:
        due.paused = [(first, min(last, on)) for first, last in due.paused if first < on]
        if due.held and on < due.held[1]:
            due.held = due.held[0], on - timedelta(days=1)


def paused_dates(book: Book, pause: Pause) -> PausedDates:
    """What it would make of the dues that are in force at the end of its first day.

    Of one that moves the next due alone, the rest is due as ever and not named.
    """
    moved: list[MovedDue] = []
    interest, interest_on = 0, ""
    for schedule in _schedules(book, pause):
        shift = _shift(book, schedule, pause)
        moved += [MovedDue(row.key, row.due_on, shift.to(row.due_on), row.left_of_row) for row in shift.rows]
        moved += [
            MovedDue(item.key or due.key, item.due_on, shift.to(item.due_on), item.left) for due, item in shift.charges
        ]
        if more := _interest(shift, pause, book.loan.terms):
            interest, interest_on = interest + more, shift.last.key
    moves = {each.due for each in moved}
    meanwhile = [each for each in next_dues_of(book.dues, pause.start) if each.due_on <= pause.end]
    still_due = [MovedDue(each.key, each.due_on, each.due_on, each.amount) for each in meanwhile]
    moved = [each for each in moved if each.amount]
    return PausedDates(tuple(moved), tuple(each for each in still_due if each.due not in moves), interest, interest_on)


def next_move(book: Book, start: date) -> NextMove | None:
    """What could move alone from the end of `start`: all that falls due on the first day on which anything does."""
    dues = next_dues_of(book.dues, start)
    if not dues:
        return None
    day = dues[0].due_on
    days = [[row.due_on for row in schedule.rows] for schedule in _all_schedules(book)]
    after = [min((each for each in rows if each > day), default=date.max) for rows in days if day in rows]
    before = min(after, default=date.max)
    return NextMove(day, sum(due.amount for due in dues if due.due_on == day), None if before == date.max else before)


def _schedules(book: Book, pause: Pause) -> Iterator[_Schedule]:
    """None where it holds only what is overdue."""
    if pause.holds_all or pause.moves_next:
        yield from _all_schedules(book)


def _all_schedules(book: Book) -> Iterator[_Schedule]:
    """The contract's and those of plans."""
    terms = book.loan.terms
    yield _Schedule(list(book.contract.values()), terms.every, terms.first_due, terms.annual_rate)
    for account in book.plans:
        if account.in_force and account.rows:
            yield _of_plan(account.agreement, account.rows)


def _of_plan(agreement: Agreement, rows: Sequence[Due]) -> _Schedule:
    first = next((row.due_on for row in agreement.plan.installments), rows[0].due_on)
    return _Schedule(rows, agreement.every, first, agreement.interest_rate if agreement.stays else Fraction(0))


def _shift(book: Book, schedule: _Schedule, pause: Pause) -> _Shift:
    """As many periods as rows that are open fall due on its days; more where the first would still fall on one.

    Choice    a charge, or what is paid to begin with, moves by one where no row does
    """
    start, end = _days(book, pause)
    rows = sorted((row for row in schedule.rows if row.due_on >= start), key=lambda row: (row.due_on, row.no))
    held = [row for row in rows if row.due_on <= end and (row.left_of_row or row.left_frozen)]
    periods = max(len({row.due_on for row in held if row.no}), 1)
    while held and schedule.moved(held[0].due_on, periods) <= end:
        periods += 1
    of_contract = any(row is due for row in schedule.rows for due in book.contract.values())
    charges = [
        (due, item)
        for due in book.dues
        if of_contract
        for item in due.charges
        if start <= item.due_on <= end and item.left
    ]
    if pause.moves_next:
        return _Shift(schedule, 0, held, charges, pause.end)
    return _Shift(schedule, periods, [row for row in rows if row in held or (held and row.due_on > end)], charges)


def _days(book: Book, pause: Pause) -> tuple[date, date]:
    """The first and the last on which what falls due moves; none where the last comes before the first."""
    if not pause.moves_next:
        return pause.start, pause.end
    day = next((due.due_on for due in next_dues_of(book.dues, pause.start)), date.max)
    return day, min(day, pause.end)


def _interest(shift: _Shift, pause: Pause, terms: Terms) -> int:
    """Of the contract, on the principal to come, for the periods by which rows move; minor units.

    Rounding  the contract's mode, once
    """
    if not shift.rows or pause.terms is None or pause.terms.interest is not PauseInterest.RUNS:
        return 0
    first = shift.rows[0].due_on
    principal = sum([row.scheduled["principal"].left for row in shift.rows])
    worth = principal * shift.schedule.rate * parts(first, shift.to(first), terms.day_count)
    return divide(worth.numerator, worth.denominator * year_parts(terms.day_count), terms.rounding)


def _charge(row: Due, interest: int, on: date, runs: Span) -> None:
    item = Component("interest", row.due_on, interest, "pause")
    row.items.append(item)
    row.pause_interest.append((item, runs))
    row.changed(on)


def _move(shift: _Shift) -> None:
    """The interest of a row that moves alone is all there on its old day, and the next period begins on that."""
    for row in shift.rows if shift.alone_to else shift.rows[:1]:
        if shift.alone_to:
            row.earned_on = row.earned_on or row.due_on
        else:
            row.period_end = row.period_end or row.due_on
    for row in shift.rows:
        _move_row(row, shift)
    for due, item in shift.charges:
        _move_charge(due, item, shift)


def _move_row(row: Due, shift: _Shift) -> None:
    before, row.due_on = row.due_on, shift.to(row.due_on)
    if row.earned_on and not shift.alone_to:
        row.earned_on = shift.to(row.earned_on)
    for item in row.with_frozen:
        if not item.key and item.due_on == before:
            item.due_on = row.due_on


def _move_charge(due: Due, item: Component, shift: _Shift) -> None:
    item.due_on = shift.to(item.due_on)
    due.charged_on = min(each.due_on for each in due.charges)
    if not due.scheduled:
        due.due_on = due.charged_on
