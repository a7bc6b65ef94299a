"""What is to be paid, pile by pile: a component of a row, a charge, or the penalty of a row, each with its story."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import count as counting
from typing import Any

from tests.naive.days import count
from tests.naive.rounding import whole

COMPONENTS = ("costs", "fees", "penalty", "interest", "principal")
MONEY = ("paid", "prepaid", "closing")
NEVER = date.max
TURNS = counting()


@dataclass
class Entry:
    """Fen that left a pile on a day (that came back, where they are negative), by whom, and why.

    `paid`, `prepaid` and `closing` are a payment's; `less` was never owed; `let go` is the lender's; `taken`, `void`,
    `waived` and `back` are a plan's, or the closing's.
    """

    day: date
    fen: int
    who: str
    why: str
    turn: int = field(default_factory=lambda: next(TURNS))


@dataclass
class Pile:
    """`own` is the part of a plan row's interest that only time earns; all of a contract row's interest and fees.

    `disputes` are of its component, and of the own part of a plan's row alone. It is interest `on` the principal of its
    row and of all later ones: what is prepaid of that, after `counted`, saves its part of `stated`. No time runs in its
    `stops`, the first day excluded and the last included; `length` is that of a period that ran as a pause moved it.
    Of what a pause charged `start` and `length` are `fixed`, and penalty is not on it.
    """

    key: str
    component: str
    due_on: date
    amount: int
    kind: str
    own: int = 0
    start: date = NEVER
    end: date = NEVER
    entries: list[Entry] = field(default_factory=list)
    out: int = 0
    disputes: tuple[Any, ...] = ()
    on: list["Pile"] = field(default_factory=list)
    counted: date = date.min
    stated: int = 0
    stops: list[tuple[date, date]] = field(default_factory=list)
    length: int = 0
    fixed: bool = False

    def __post_init__(self) -> None:
        self.stated = self.amount

    def frozen(self, day: date) -> bool:
        """Disputed, which is between the day of the dispute and the day of the answer, it asks for nothing."""
        return any(each.start < day and (each.end is None or day < each.end) for each in self.disputes)

    def fallen_due(self, day: date) -> bool:
        return self.due_on <= day and not self.frozen(day)

    def due_by(self, day: date) -> date:
        """Its due date, or the last day by then on which it was frozen no more."""
        answers = [each.end for each in self.disputes if each.end is not None and each.end <= day]
        return max(self.due_on, *(on for on in answers if self.thaws(on)), date.min)

    def thaws(self, day: date) -> bool:
        return self.frozen(day - timedelta(days=1)) and not self.frozen(day)

    def overdue(self, day: date) -> bool:
        return self.left > 0 and self.fallen_due(day) and self.due_by(day) < day

    @property
    def left(self) -> int:
        return max(self.amount - self.out, 0)

    def put(self, day: date, fen: int, who: str, why: str) -> None:
        if fen:
            self.entries.append(Entry(day, fen, who, why))
            self.out += fen

    def keep(self, entries: list[Entry]) -> None:
        self.entries, self.out = entries, sum(entry.fen for entry in entries)

    def left_on(self, day: date) -> int:
        return max(self.amount - sum(entry.fen for entry in self.entries if entry.day <= day), 0)

    def went(self, *why: str, who: str | None = None) -> int:
        return sum(e.fen for e in self.entries if e.why in why and who in (None, e.who))

    @property
    def paid(self) -> int:
        return self.went(*MONEY, "less")

    @property
    def prepaid(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.why == "prepaid"]

    def asked(self, day: date, day_count: str) -> int:
        """What it asks of somebody who pays everything that day, before what is paid of it already."""
        standing = self.amount - self.went("taken", "void", "waived", "back")
        if self.due_on <= day or not self.own:
            return standing
        return min(self.stated - self.own + self.earned(day, day_count), standing)

    def earned(self, day: date, day_count: str) -> int:
        """What time has earned of its own part by that day: on what was prepaid, until the day of that alone."""
        period = self.period(day_count)
        if not period:
            return self.own if day >= self.end else 0
        gone = self.gone(day, day_count)
        share, scheduled = Fraction(gone, period), sum(pile.stated for pile in self.on)
        for entry in [entry for pile in self.on for entry in pile.prepaid]:
            if self.counted < entry.day < day:
                share -= Fraction(entry.fen * (gone - self.gone(entry.day, day_count)), scheduled * period)
        return whole(self.own * share, "half-up")

    def gone(self, day: date, day_count: str) -> int:
        if day <= self.start or day >= self.end:
            return 0 if day <= self.start else self.period(day_count)
        return min(max(self.ran(min(day, self.end), day_count), 0), self.period(day_count))

    def period(self, day_count: str) -> int:
        return self.length or self.ran(self.end, day_count)

    def ran(self, until: date, day_count: str) -> int:
        """Days of its period, those of pauses left out."""
        found, since = 0, self.start
        for start, end in sorted(self.stops):
            if start < until and since < end:
                found += count(since, max(start, since), day_count)
                since = min(end, until)
        return found + (count(since, until, day_count) if since < until else 0)

    def ask_anew(self, day_count: str) -> list[Entry]:
        """By what is prepaid now; answers what it asks no more: of its money, the last first, then of what was less."""
        if self.on:
            self.amount = self.stated - self.own + self.earned(max(self.end, self.start), day_count)
        found, above = [], self.out - self.amount
        for entry in sorted(self.entries, key=lambda each: (each.why != "less", each.day, each.turn), reverse=True):
            part = min(above, entry.fen) if entry.why in (*MONEY, "let go", "less") and self.on else 0
            if part > 0:
                found.append(Entry(entry.day, part, entry.who, entry.why))
                entry.fen, above, self.out = entry.fen - part, above - part, self.out - part
        self.entries = [entry for entry in self.entries if entry.fen]
        return found


@dataclass
class Due:
    """A row with what hangs on it: `grows` where lateness costs something, `plan` is the agreement's it is a row of."""

    key: str
    no: int
    due_on: date
    piles: list[Pile]
    plan: str = ""
    grows: bool = True
    evenings: dict[str, dict[date, int]] = field(default_factory=lambda: {"principal": {}, "interest": {}})

    @property
    def order(self) -> tuple[date, bool, int]:
        """Oldest first, a plan before the contract on one day."""
        return self.due_on, not self.plan, self.no

    @property
    def rows(self) -> list[Pile]:
        return [pile for pile in self.piles if pile.kind == "row"]

    @property
    def is_open(self) -> bool:
        return any(pile.amount > pile.out for pile in self.piles if pile.kind == "row")

    def move(self, day: date) -> None:
        """It is due on another day, and so is what hangs on it by that day; a charge has its own."""
        self.due_on = day
        for pile in self.piles:
            if pile.kind != "charge":
                pile.due_on = day
                pile.end = day if pile.own else pile.end

    def open_on(self, day: date) -> bool:
        """A row is whole without what is frozen of it."""
        return any(pile.left > 0 and not pile.frozen(day) for pile in self.rows)

    def growing(self) -> Pile | None:
        return next((pile for pile in self.piles if pile.kind == "growing"), None)

    def evening(self, day: date) -> None:
        if self.grows and self.due_on <= day:
            for evenings in self.evenings.values():
                evenings[day] = 0
            for pile in self.rows:
                if pile.component in self.evenings and not pile.fixed:
                    self.evenings[pile.component][day] += pile.left

    def relive(self, until: date) -> None:
        """The evenings once more, after something was undone that had been paid before."""
        for component, evenings in self.evenings.items():
            own = [pile for pile in self.rows if pile.component == component and not pile.fixed]
            for day in evenings:
                if day <= until:
                    evenings[day] = sum(pile.left_on(day) for pile in own)


def contract_dues(loan: Any) -> list[Due]:
    found, start = [], loan.disbursed_on
    for row in sorted(loan.schedule, key=lambda row: row.due_on):
        key = f"contract:{row.no}"
        piles = [Pile(key, "principal", row.due_on, row.principal, "row")]
        for component, fen in (("interest", row.interest), ("fees", row.fees)):
            piles.append(Pile(key, component, row.due_on, fen, "row", fen, start, row.due_on))
        piles.append(Pile(key, "penalty", row.due_on, 0, "growing"))
        found.append(Due(key, row.no, row.due_on, piles))
        start = row.due_on
    counted = date.max if loan.terms.prepayment == "as-scheduled" else loan.restated_on or date.min
    bear_interest(found, counted)
    return found


def bear_interest(dues: list[Due], counted: date) -> None:
    """Rows in the order of their days: the interest of each is on its principal and that of all later rows."""
    for place, due in enumerate(dues):
        for pile in due.rows:
            if pile.component == "interest" and pile.own:
                pile.on = [each for later in dues[place:] for each in later.rows if each.component == "principal"]
                pile.counted = counted


def plan_dues(agreement: Any, disputes: Any, counted: date) -> list[Due]:
    """A row is due on its day, on the day of the core's answer if that is later, and never while the core is silent."""
    answered_on = agreement.answered_on
    found, start = [], agreement.plan.as_of
    for row in agreement.plan.rows:
        key = f"plan:{agreement.ref}:{row.no}"
        due_on = max(row.due_on, answered_on) if answered_on else NEVER
        piles = []
        for component in COMPONENTS:
            own = row.plan_interest if component == "interest" else 0
            fen = getattr(row.components, component)
            of_it = tuple(dispute for dispute in disputes if dispute.component == component)
            piles.append(Pile(key, component, due_on, fen, "row", own, start, row.due_on, disputes=of_it))
        if agreement.stays:
            piles.append(Pile(key, "penalty", due_on, 0, "growing"))
        found.append(Due(key, row.no, due_on, piles, agreement.ref, agreement.stays))
        start = row.due_on
    bear_interest(found, counted)
    return found


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)
