"""A pause: what falls due in it and is still open moves by whole periods; on its days nothing grows, runs or counts."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from tests.naive.days import count, due_dates, years
from tests.naive.dues import Due, Pile
from tests.naive.rounding import whole


@dataclass
class Pause:
    """From the end of `start` to the end of `end`; of all, or (its `scope`) of what was overdue as it began alone.

    Of the scope "next" it holds nothing: what falls due next moves to its end.

    What it holds is not asked for at the end of `start` already, and no more at the end of the day on which another
    agreement takes its place: `asked_from`.
    """

    start: date
    end: date
    scope: str
    runs: bool
    asked_from: date = date.max

    def stops(self, due: Due, day: date) -> bool:
        return self.start < day <= self.end and self.is_of(due)

    def asks_not(self, due: Due, day: date) -> bool:
        return self.start <= day <= self.end and day < self.asked_from and self.is_of(due)

    def is_of(self, due: Due) -> bool:
        return self.scope == "all" or (self.scope == "overdue" and due.due_on < self.start)

    @property
    def held(self) -> Any:
        return SimpleNamespace(component="penalty", start=self.start, end=self.end)


def own(agreement: Any) -> Pause:
    terms = agreement.pause
    return Pause(agreement.plan.as_of, agreement.plan.last_due_on, str(terms.scope), terms.interest == "runs")


def granted(agreement: Any) -> list[Pause]:
    """Those within a plan."""
    return [
        Pause(each.start, each.end, str(each.terms.scope), each.terms.interest == "runs") for each in agreement.pauses
    ]


@dataclass
class Schedule:
    """Rows with their step; on which day of the month they are, the first says."""

    rows: list[Due]
    first: date
    every: str
    rate: Fraction

    def later(self, day: date, by: int) -> date:
        days = due_dates(self.first, 100, self.every)
        return days[days.index(day) + by] if day in days else due_dates(day, by + 1, self.every)[by]


def move(schedule: Schedule, pause: Pause, day_count: str) -> int:
    """Answers by how many periods, none where nothing of it fell due: more where the first would fall in it again.

    The first has earned by then what it has: its interest runs on over as many days as before.
    """
    rows = sorted(schedule.rows, key=lambda due: (due.due_on, due.no))
    first = next((n for n, due in enumerate(rows) if pause.start <= due.due_on <= pause.end and due.is_open), None)
    if first is None:
        return 0
    by = len({due.due_on for due in rows[first:] if pause.start <= due.due_on <= pause.end})
    while schedule.later(rows[first].due_on, by) <= pause.end:
        by += 1
    for pile in [pile for pile in rows[first].rows if pile.own and not pile.fixed]:
        pile.length = pile.period(day_count)
    for due in rows[first:]:
        if due.is_open or due.due_on > pause.end:
            due.move(schedule.later(due.due_on, by))
    starts_anew(rows)
    return by


def starts_anew(rows: list[Due]) -> None:
    """A period begins where the one before it ends."""
    for before, due in pairwise(sorted(rows, key=lambda due: due.due_on)):
        for pile in [pile for pile in due.rows if not pile.fixed]:
            pile.start = before.due_on


def add_interest(schedule: Schedule, principal: int, was_due: date, end: date, terms: Any) -> None:
    """On the principal to come, for the time by which it moved and over its days: one line on the last row."""
    last = max(schedule.rows, key=lambda due: due.due_on)
    fen = whole(principal * schedule.rate * years(was_due, end, terms.day_count), terms.rounding)
    last.piles.append(Pile(last.key, "interest", last.due_on, fen, "row", fen, was_due, last.due_on, fixed=True))
    last.piles[-1].length = count(was_due, end, terms.day_count)


def alone(dues: list[Due], pause: Pause) -> list[Due]:
    """Moves what is open and falls due on the first day on which anything does: its interest has run by its old day."""
    days = [due.due_on for due in dues if due.due_on >= pause.start and due.open_on(pause.start)]
    days += [
        pile.due_on
        for due in dues
        for pile in due.piles
        if pile.kind == "charge" and pile.left and pile.due_on >= pause.start
    ]
    day = min(days, default=date.max)
    if day > pause.end:
        return []
    moved = [due for due in dues if due.rows and due.due_on == day and due.is_open]
    for due in moved:
        ends = [(pile, pile.end) for pile in due.rows]
        due.move(pause.end)
        for pile, end in ends:
            pile.end = end
    for pile in [pile for due in dues for pile in due.piles if pile.kind == "charge" and pile.left]:
        pile.due_on = pause.end if pile.due_on == day else pile.due_on
    for due in [due for due in dues if not due.rows]:
        due.due_on = min(pile.due_on for pile in due.piles)
    return moved
