"""A pause: days on which nothing is asked for, what it holds, and what it makes of the dates to come."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple


class PauseScope(StrEnum):
    """What a pause holds: all that is overdue or falls due until its last day, or only what is overdue.

    `NEXT` holds what falls due next, which moves to the last day by itself: everything else stays as it is.
    """

    ALL = "all"
    OVERDUE = "overdue"
    NEXT = "next"


class PauseInterest(StrEnum):
    """Whether the contract's interest is charged for the periods by which its rows move."""

    STANDS_STILL = "stands-still"
    RUNS = "runs"


@dataclass(frozen=True, slots=True)
class PauseTerms:
    """Where only what is overdue is held nothing moves, and interest runs as the contract has it."""

    scope: PauseScope = PauseScope.ALL
    interest: PauseInterest = PauseInterest.STANDS_STILL


BY_CONTRACT = PauseTerms(PauseScope.OVERDUE)
"""What a pause said that was signed before it had terms: installments that fall due meanwhile stay on their days."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Days after `start` up to and including `end`.

    Without terms it was granted before pauses had any: what was to come of its plan moves by as many days.
    """

    start: date
    end: date
    terms: PauseTerms | None = None

    @property
    def days(self) -> timedelta:
        return self.end - self.start

    @property
    def holds_all(self) -> bool:
        return self.terms is None or self.terms.scope is PauseScope.ALL

    @property
    def moves_next(self) -> bool:
        return self.terms is not None and self.terms.scope is PauseScope.NEXT

    def holds(self, due_on: date) -> bool:
        """Whether what is due on that day is not asked for on its days; what moves alone needs no holding."""
        return self.holds_all or (not self.moves_next and due_on < self.start)


class MovedDue(NamedTuple):
    """A due by its key that asks for `amount`, minor units, on `to` instead of on `due_on`."""

    due: str
    due_on: date
    to: date
    amount: int

    @property
    def no(self) -> int:
        """Of the installment; 0 of a charge."""
        name = self.due.rpartition(":")[2]
        return 0 if self.due.startswith("charge:") else int(name)


@dataclass(frozen=True, slots=True)
class PausedDates:
    """What a pause makes of the dates to come, by what is known on its first day. Minor units.

    `moved` are the dues that move, `still_due` those that fall due meanwhile on their own days, each with where it was;
    `interest` is one line on the due `interest_on`, for the periods by which rows move.
    """

    moved: tuple[MovedDue, ...] = ()
    still_due: tuple[MovedDue, ...] = ()
    interest: int = 0
    interest_on: str = ""

    @property
    def last(self) -> MovedDue | None:
        return max(self.moved, key=lambda each: each.to, default=None)
