"""The dues of a loan: what falls due, when, and what of it was paid, taken in by an agreement, or is still left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.loan import Charge, Installment
from portal.domain.contract.plan import PlanRow, TakenIn
from portal.domain.ledger.penalty import Base, PenaltyLine
from portal.domain.ledger.spans import Span
from portal.domain.money import COMPONENTS

PENALTY_BASES = ("principal", "interest")


@dataclass(slots=True, eq=False)
class Component:
    """One component of one due: what fell due, what was paid of it, what an agreement took in or made void.

    `let_go` is the part of `paid` that nobody paid: the lender's own waiver.

    `source` is "schedule", "plan", "charge", "waiver" (clawed back), "pause" (interest of its periods) or "accrued"
    (penalty that grows with the days). `key` is its own only where it is a charge that hangs on another due.
    """

    component: str
    due_on: date
    amount: int
    source: str = "schedule"
    key: str = ""
    paid: int = 0
    let_go: int = 0
    taken: int = 0
    cleared_on: date | None = None

    @property
    def left(self) -> int:
        return self.amount - self.paid - self.taken

    def changed(self, on: date) -> None:
        """What is left of it is another amount from the end of `on`."""
        if self.amount == self.paid + self.taken:
            self.cleared_on = self.cleared_on or on
        else:
            self.cleared_on = None


@dataclass(slots=True, eq=False)
class Due:
    """An installment of the contract or of a plan, or a charge that belongs to none, with all that hangs on it.

    `scheduled` is its own part by component, charges and penalty aside. `bases` are what penalty is on, by component,
    from the day each amount held; `accrued_paid` the days and amounts by which its penalty was paid. `whole_on` is the
    day its own part was paid, `reopened_on` the day on which money for it was taken back. `running` is the part of its
    interest that runs with the days until `earned_on`, as stated, `old_interest` what had run before the plan;
    `prepaid` is on which days how much of its principal was prepaid. `paused` are days on which none of that runs,
    `held` those, the first included, at whose end it is not asked for; a row that a pause moved in its period has run
    in full by as many others as there were to `period_end`. `pause_interest` is its own part too, each with the days
    on which it runs. `charged_on` is the first day on which a charge on it falls due. `frozen` are components that are
    disputed: money passes them by, and it is whole without them. What was open of them on the day of the answer was to
    be paid by that day, `answered_on`; `was_late` is whether it was late before. It is whole too where it and the
    `earlier` rows of its plan are short of no more than `arrears_tolerance`; `later` are those after it.
    """

    key: str
    no: int
    due_on: date
    items: list[Component]
    scheduled: Mapping[str, Component] = field(default_factory=dict)
    plan: str = ""
    running: int = 0
    old_interest: int = 0
    earned_on: date | None = None
    whole_on: date | None = None
    reopened_on: date | None = None
    corrected_on: date | None = None
    accrued: Component | None = None
    bases: dict[str, list[Base]] = field(default_factory=dict)
    accrued_paid: list[tuple[date, int]] = field(default_factory=list)
    lines: tuple[PenaltyLine, ...] = ()
    lines_on: date | None = None
    charged_on: date = date.max
    prepaid: list[tuple[date, int]] = field(default_factory=list)
    frozen: list[Component] = field(default_factory=list)
    answered_on: date | None = None
    was_late: bool = False
    is_unanswered: bool = False
    arrears_tolerance: int = 0
    earlier: Sequence["Due"] = ()
    later: Sequence["Due"] = ()
    paused: list[Span] = field(default_factory=list)
    held: Span | None = None
    period_end: date | None = None
    pause_interest: list[tuple[Component, Span]] = field(default_factory=list)

    def attach(self, charge: Component) -> None:
        self.items.append(charge)
        self.charged_on = min(self.charged_on, charge.due_on)

    @property
    def place(self) -> tuple[date, bool, int]:
        """Where it comes among others: the oldest first, a plan's before the contract's on one day.

        Choice    what falls due on a day that is not known yet, when the lender's core answers, comes last
        """
        return date.max if self.is_unanswered else self.due_on, not self.plan, self.no

    @property
    def left(self) -> int:
        return sum([item.amount - item.paid - item.taken for item in self.items])

    @property
    def whole_by(self) -> date:
        """The last day on which it is paid in time."""
        return self.answered_on or self.due_on

    def is_late(self, on: date) -> bool:
        """Whether it was not whole in time, as is known by the start of `on`."""
        return self.was_late or (self.whole_by < on and (self.whole_on is None or self.whole_on > self.whole_by))

    @property
    def with_frozen(self) -> Sequence[Component]:
        return [*self.items, *self.frozen] if self.frozen else self.items

    @property
    def left_frozen(self) -> int:
        return sum([item.left for item in self.frozen])

    def is_paused(self, on: date) -> bool:
        return self.held is not None and self.held[0] <= on <= self.held[1]

    def asked_items(self, on: date) -> Sequence[Component]:
        """As if what is paused on a day were taken in."""
        if not self.is_paused(on):
            return self.items
        late = [item for item in self.items if item.due_on < on and item.left > 0]
        held = [replace(item, taken=item.taken + item.left) for item in late]
        return [*(item for item in self.items if item not in late), *held]

    @property
    def own(self) -> Iterable[Component]:
        if not self.pause_interest:
            return self.scheduled.values()
        return [*self.scheduled.values(), *(item for item, _ in self.pause_interest)]

    @property
    def left_of_row(self) -> int:
        left = sum([item.amount - item.paid - item.taken for item in self.own])
        return left - self.left_frozen if self.frozen else left

    @property
    def charged_apart(self) -> int:
        """Fees and penalties charged for it by name, minor units."""
        return sum(item.amount for item in self.items if item.source == "charge" and item.component != "costs")

    @property
    def charges(self) -> list[Component]:
        """What hangs on it and has a day of its own."""
        return [item for item in self.items if item.key] if self.charged_on < date.max else []

    def changed(self, on: date) -> None:
        """Something of it was paid, taken in or given back on a day."""
        for item in self.items:
            if item.amount != item.paid + item.taken:
                item.cleared_on = None
            elif item.cleared_on is None:
                item.cleared_on = on
        for name, history in self.bases.items():
            left = self.scheduled[name].left
            if history[-1].amount != left:
                self.raise_base(name, left - history[-1].amount, on)
        self.settle(on)
        for row in self.later:
            row.settle(on)

    @property
    def is_short(self) -> bool:
        """More of its own part is open than is overlooked."""
        rows = (*self.earlier, self)
        return bool(self.left_of_row) and sum([row.left_of_row for row in rows]) > self.arrears_tolerance

    def settle(self, on: date) -> None:
        """Whether it is whole from now on, or any more."""
        if self.is_short:
            self.reopened_on = on if self.whole_on else self.reopened_on
            self.whole_on = None
        elif self.whole_on is None:
            self.whole_on = on

    @property
    def asked(self) -> int:
        """All of its own part, minor units."""
        return sum([item.amount for item in self.own])

    @property
    def came(self) -> tuple[int, int, date | None]:
        """All of its own part, what came of that, and the day on which it was whole, with all that is disputed."""
        came = sum([item.paid - item.let_go for item in self.own])
        return self.asked, came, None if self.left_frozen else self.whole_on

    def freeze(self, item: Component, on: date) -> None:
        if item in self.items:
            self.items.remove(item)
            self.frozen.append(item)
            self.changed(on)

    def thaw(self, item: Component, on: date) -> None:
        """It was answered on that day."""
        if item.left and not self.left_of_row:
            self.was_late = self.is_late(on)
            self.whole_on, self.answered_on = None, on if on >= self.due_on else None
        self.frozen.remove(item)
        self.items.append(item)
        item.due_on = max(item.due_on, on)
        self.changed(on)

    def bear_penalty(self) -> None:
        """From its due date on penalty grows on it."""
        self.accrued = Component("penalty", self.due_on, 0, "accrued")
        self.items.append(self.accrued)
        self.bases = {name: [Base(date.min, self.scheduled[name].amount)] for name in PENALTY_BASES}

    def penalty_bases(self) -> Mapping[str, list[Base]]:
        return self.bases or {name: [Base(self.due_on, self.scheduled[name].left)] for name in PENALTY_BASES}

    @property
    def grows(self) -> bool:
        """Something of it is open, or was after the day by which its penalty is known."""
        if any([history[-1].amount for history in self.bases.values()]):
            return True
        return self.lines_on is not None and any([each[-1].since > self.lines_on for each in self.bases.values()])

    def accrue(self, on: date, lines: tuple[PenaltyLine, ...]) -> None:
        """Its penalty at the end of `on`, line by line."""
        assert self.accrued is not None
        self.lines, self.lines_on = lines, on
        self.accrued.amount = sum([line.charged for line in lines])
        self.accrued.changed(on)

    def count_again(self, since: date) -> None:
        """Its penalty is not known any more from there on."""
        self.lines_on = min(self.lines_on, since) if self.lines_on else None

    def raise_base(self, name: str, amount: int, since: date) -> None:
        """So much more of it was owed on all days from `since` on, or less."""
        history = self.bases[name]
        self.count_again(since)
        if history[-1].since < since:
            history.append(Base(since, history[-1].amount + amount))
            return
        before = [base for base in history if base.since < since]
        then = [base.amount for base in history if base.since <= since][-1]
        after = [Base(day, base + amount) for day, base in history if day > since]
        self.bases[name] = [*before, Base(since, then + amount), *after]


def contract_due(row: Installment) -> Due:
    scheduled = {
        "fees": Component("fees", row.due_on, row.fees),
        "interest": Component("interest", row.due_on, row.interest),
        "principal": Component("principal", row.due_on, row.principal),
    }
    return Due(f"contract:{row.no}", row.no, row.due_on, _asking(scheduled), scheduled, running=row.interest)


def _asking(scheduled: Mapping[str, Component]) -> list[Component]:
    """Without what asks for nothing."""
    return [item for item in scheduled.values() if item.amount]


def plan_due(ref: str, row: PlanRow, due_on: date, earned_on: date | None = None) -> Due:
    scheduled = {name: Component(name, due_on, row.components.of(name), "plan") for name in COMPONENTS}
    key, items = f"plan:{ref}:{row.no}", _asking(scheduled)
    whole_on = None if row.total else due_on
    old = row.components.interest - row.plan_interest
    return Due(key, row.no, due_on, items, scheduled, ref, row.plan_interest, old, earned_on, whole_on)


def charge_due(charge: Charge) -> Due:
    """A charge that hangs on no installment."""
    return Due(charge_key(charge), 0, charge.due_on, [])


def claw_back_due(ref: str, on: date, amounts: Amounts) -> Due:
    """What was waived under a whole-loan plan and is not final, due on the day of its break."""
    items = [Component(name, on, minor, "waiver") for name, minor in amounts.items() if minor]
    return Due(f"plan:{ref}:waiver", 0, on, items, plan=ref)


def charge_key(charge: Charge) -> str:
    return f"charge:{charge.id}"


def by_due(parts: Iterable[tuple[Due, Component, int]]) -> tuple[TakenIn, ...]:
    """Parts of components, minor units, put together by the key of their due."""
    found: dict[str, Amounts] = {}
    for due, item, amount in parts:
        key = item.key or due.key
        found[key] = found.get(key, NOTHING) + Amounts(**{item.component: amount})
    return tuple(TakenIn(key, amounts) for key, amounts in found.items())
