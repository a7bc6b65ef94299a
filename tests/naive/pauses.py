"""A pause: what falls due in it and is still open moves by whole periods; on its days nothing grows, runs or counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from tests.naive.days import due_dates, years
from tests.naive.dues import Due, Pile
from tests.naive.rounding import whole

STEPS = ("1m", "2m", "3m", "6m", "1w", "2w", "3w", "4w")


@dataclass
class Pause:
    """From the end of `start` to the end of `end`; of all, or (its `scope`) of what was overdue as it began alone."""

    start: date
    end: date
    scope: str

    def stops(self, due: Due, day: date) -> bool:
        return self.start < day <= self.end and self.is_of(due)

    def is_of(self, due: Due) -> bool:
        return self.scope == "all" or due.due_on < self.start

    @property
    def held(self) -> Any:
        return SimpleNamespace(component="penalty", start=self.start, end=self.end)


def move(dues: Iterable[Due], pause: Pause, step: str, day_count: str) -> tuple[date, date] | None:
    """The rows of one schedule, in their order; answers from which day to which the first of them moved, if one did.

    The first has earned by then what it has: its interest runs on over as many days as before.
    """
    rows = sorted(dues, key=lambda due: due.due_on)
    first = next((n for n, due in enumerate(rows) if pause.start <= due.due_on <= pause.end and due.is_open), None)
    if first is None:
        return None
    by = sum(pause.start <= due.due_on <= pause.end for due in rows[first:])
    days = continued([due.due_on for due in rows], by, step)
    before = rows[first].due_on
    for pile in rows[first].rows:
        pile.length = pile.period(day_count) if pile.own else 0
    for place, due in enumerate(rows):
        if place >= first and (due.is_open or due.due_on > pause.end):
            due.move(days[place + by])
    starts_anew(rows)
    return before, rows[first].due_on


def starts_anew(rows: list[Due]) -> None:
    """A period begins where the one before it ends."""
    rows = sorted(rows, key=lambda due: due.due_on)
    for before, due in pairwise(rows):
        for pile in due.rows:
            pile.start = before.due_on


def continued(days: list[date], more: int, step: str) -> list[date]:
    """The same days and so many more, by the step that they have or, where they have none of their own, by `step`."""
    for each in STEPS:
        found = due_dates(days[0], len(days) + more, each)
        if len(days) > 1 and found[: len(days)] == days:
            return found
    return days + due_dates(days[-1], more + 1, step)[1:]


def interest_line(last: Due, piles: list[Pile], moved: tuple[date, date], terms: Any) -> None:
    """Contract interest on the principal to come, for the periods by which it moved and over their days."""
    share = years(*moved, terms.day_count)
    fen = whole(sum(pile.left for pile in piles) * terms.annual_rate * share, terms.rounding)
    last.piles.append(Pile(last.key, "interest", last.due_on, fen, "row", fen, *moved))
