"""One agreement as it is lived through: its rows, what was missed, and when that breaks it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from tests.naive.days import ONE
from tests.naive.dues import COMPONENTS, Due
from tests.naive.pauses import Pause


@dataclass
class Kept:
    """A row that a plan watches: whole or not, missed or not, and the day from which the days to catch up run.

    It has to be whole `by` its due date, or by the answer to a dispute without which it was whole. It is whole
    `without` something while that is frozen. `opened` is the last day on which it was open again, `told` that of a
    correction before which it was whole.
    """

    due: Due
    by: date
    whole_on: date | None = None
    missed: bool = False
    since: date | None = None
    without: bool = False
    opened: date | None = None
    told: date | None = None

    @property
    def left_short(self) -> date | None:
        """Since when it is known to be, where a correction made it so."""
        return self.told if self.missed and self.told and self.told > self.by else None

    def morning(self, day: date) -> None:
        """What is frozen no more is due that day; only where nothing else is open that is the day to be whole by."""
        asked = [pile for pile in self.due.rows if pile.left and not pile.frozen(day)]
        if asked and all(pile.thaws(day) for pile in asked):
            self.by, self.whole_on, self.since = max(self.due.due_on, day), None, None
            self.opened = day if day >= self.due.due_on else self.opened

    def evening(self, day: date) -> None:
        if self.due.open_on(day):
            if self.whole_on is not None and self.whole_on < day:
                self.opened, self.since = day, day if day >= self.by else None
            self.whole_on = None
            self.missed = self.missed or self.by <= day
            return
        if self.whole_on is None or (self.without and not self.due.is_open):
            self.whole_on = day
        self.without = self.due.is_open


@dataclass
class Row:
    no: int
    due_on: date
    total: int
    received: int
    whole_on: date | None


@dataclass
class Plan:
    """What is said of one agreement."""

    ref: str
    status: str
    cure_by: date | None = None
    ended_on: date | None = None
    rows: list[Row] = field(default_factory=list)
    vested: Counter[str] = field(default_factory=Counter)


class Deal:
    """`ended` is empty while it lives, also after its last row was paid: a reversal may open it again."""

    def __init__(self, agreement: Any, dues: list[Due], beside: list[Due], pauses: list[Pause]) -> None:
        self.agreement = agreement
        self.pauses = pauses
        self.ref: str = agreement.ref
        self.rows = [Kept(due, due.due_on, None if due.is_open else due.due_on) for due in dues]
        self.beside = [Kept(due, due.due_on) for due in beside] if agreement.cure_terms.contract == "breaks" else []
        self.in_force = True
        self.ended = ""
        self.told: Plan | None = None

    @property
    def whole(self) -> bool:
        """Also of what is frozen."""
        return all(not row.due.is_open for row in self.rows)

    @property
    def is_pause(self) -> bool:
        return bool(self.agreement.kind == "pause")

    @property
    def lives(self) -> bool:
        """A pause does to its last day, whatever is paid in it."""
        return not self.ended and (self.is_pause or not self.whole)

    def morning(self, day: date) -> None:
        for row in self.rows:
            row.morning(day)

    def evening(self, day: date) -> None:
        for row in [*self.rows, *self.beside]:
            row.evening(day)

    def paid_anew(self, today: date) -> None:
        """What had been paid by a closing that was undone was paid by credit on its day."""
        for row in self.rows:
            paid = [(entry.day, pile) for pile in row.due.rows for entry in pile.entries]
            if row.whole_on and paid and not row.due.open_on(today):
                row.whole_on = max(day for day, _ in paid)
                row.missed = row.missed or any(day > pile.due_by(day) for day, pile in paid)

    def last_days(self, today: date) -> list[tuple[date, Kept]]:
        """L of each row that was missed before `today` and is open, plan's and contract's each by themselves."""
        found = []
        for rows in (self.rows, self.beside):
            for place, row in enumerate(rows):
                if row.missed and row.due.open_on(today) and row.by < today:
                    opened = [day for each in (*self.rows, *rows) for day in (each.opened, each.left_short) if day]
                    found.append((max([self.last_day(rows, place), *opened]), row))
        return found

    def last_day(self, rows: list[Kept], place: int) -> date:
        """The days to catch up stand still in a pause."""
        terms, row = self.agreement.cure_terms, rows[place]
        before = rows[max(place - terms.within + 1, 0) : place]
        since = [each for each in (row.since, row.left_short) if each]
        day, left = max([row.by, *since]), terms.cure_days
        if not since and any(each.missed for each in before):
            return day
        while left:
            day += ONE
            left -= self.counts(row, day)
        return day

    def counts(self, row: Kept, day: date) -> bool:
        return not any(pause.stops(row.due, day) for pause in self.pauses)

    def breaks_on(self, last_day: date, row: Kept) -> date:
        day, telling = last_day, self.agreement.cure_terms.telling_days
        while telling:
            day += ONE
            telling -= self.agreement.working_days.works(day) and self.counts(row, day)
        day += ONE
        while not self.counts(row, day):
            day += ONE
        return day

    def is_broken(self, today: date) -> bool:
        return self.lives and any(self.breaks_on(*last_day) <= today for last_day in self.last_days(today))

    def final(self, today: date) -> Counter[str]:
        """What is final of the waiver: kept of all rows, the rest rounded down; all where none asks it back."""
        if self.ended == "superseded" and self.agreement.stays:
            return Counter({name: getattr(self.agreement.plan.waived, name) for name in COMPONENTS}) + Counter()
        installments = [row for row in self.rows if row.due.no]
        kept = sum(not row.due.is_open for row in installments)
        found: Counter[str] = Counter()
        for component in () if self.is_pause else COMPONENTS:
            waived = getattr(self.agreement.plan.waived, component)
            back = int(waived * Fraction(len(installments) - kept, len(installments)))
            found[component] = waived - back
        return +found

    def end(self, how: str, day: date) -> None:
        """Its rows are told as they are on that day; those of a broken schedule that stays, until another comes."""
        self.told, self.ended = self.as_told(day), how
        self.told.vested = self.final(day)
        self.told.status, self.told.cure_by = how, None
        self.told.ended_on = day if how != "completed" else self.told.ended_on

    def as_told(self, today: date) -> Plan:
        if self.told is not None:
            if self.ended == "broken" and self.in_force:
                self.told.rows = self.as_rows()
            return self.told
        found = Plan(self.ref, "active", rows=self.as_rows(), vested=self.final(today))
        if not self.lives:
            found.status = "completed"
            found.ended_on = max((row.whole_on for row in self.rows if row.whole_on), default=self.agreement.plan.as_of)
        elif last_days := [] if self.is_pause else self.last_days(today):
            found.status, found.cure_by = "strained", min(day for day, _ in last_days)
        return found

    def as_rows(self) -> list[Row]:
        found = []
        asked = () if self.is_pause else self.agreement.plan.rows
        for row, stated in zip(self.rows, asked, strict=True):
            received = sum(pile.paid for pile in row.due.rows)
            asked = sum(pile.amount for pile in row.due.rows)
            whole_on = None if row.due.is_open else row.whole_on
            found.append(Row(stated.no, stated.due_on, asked, received, whole_on))
        return found
