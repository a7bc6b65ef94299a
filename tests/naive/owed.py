"""What is owed on a day, once more: the calendar is lived through day by day, pile by pile."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.naive import penalty
from tests.naive.days import ONE


@dataclass
class Pile:
    """One amount to be paid: a component of an installment, a charge, or the penalty of an installment."""

    component: str
    due_on: date
    amount: int
    kind: str
    paid: int = 0


@dataclass
class Owed:
    """What came out, in fen."""

    overdue: Counter[str] = field(default_factory=Counter)
    payments: dict[str, Counter[str]] = field(default_factory=dict)
    left_over: dict[str, int] = field(default_factory=dict)
    lines: list[penalty.Line] = field(default_factory=list)
    principal_left: int = 0
    days_late: int = 0
    paid_in_grace: set[int] = field(default_factory=set)


def contract_piles(row: Any) -> list[Pile]:
    amounts = (("fees", row.fees), ("interest", row.interest), ("principal", row.principal))
    return [Pile(name, row.due_on, amount, "contract") for name, amount in amounts]


class Book:
    """The piles of one loan, installment by installment, and what was unpaid of each every evening."""

    def __init__(self, loan: Any) -> None:
        self.loan = loan
        self.piles = {row.no: contract_piles(row) for row in loan.schedule}
        self.due = {row.no: row.due_on for row in loan.schedule}
        self.evenings: dict[int, dict[str, penalty.Evening]] = {
            no: {"principal": {}, "interest": {}} for no in self.piles
        }
        for charge in loan.charges:
            self.add(charge)
        for no in self.evenings:
            self.piles[no].append(Pile("penalty", self.due[no], 0, "growing"))

    def add(self, charge: Any) -> None:
        """To the installment it names, or to the next that falls due; after the last it stands by itself."""
        to_come = [no for no in self.evenings if self.due[no] >= charge.due_on]
        no = charge.installment or min(to_come, key=lambda no: self.due[no], default=-len(self.piles))
        self.piles.setdefault(no, []).append(Pile(charge.kind, charge.due_on, charge.amount, "charge"))
        self.due.setdefault(no, charge.due_on)

    def grow(self, day: date) -> None:
        """The penalty as it stands this evening, before the day's payments."""
        for no in self.evenings:
            for pile in self.piles[no]:
                if pile.kind == "growing" and pile.due_on < day:
                    pile.amount = sum(line.charged for line in self.lines(no, day))

    def lines(self, no: int, day: date) -> list[penalty.Line]:
        loan = self.loan
        by_name = [pile for pile in self.piles[no] if pile.kind == "charge" and pile.component != "costs"]
        apart = sum(pile.amount for pile in by_name)
        return penalty.lines(loan.terms, no, self.due[no], self.evenings[no], day, loan.suspensions, apart)

    def pay(self, amount: int, day: date, named: int | None = None) -> tuple[Counter[str], int]:
        """Hands the payment out pile by pile, and says what went where and what found nothing to pay."""
        went: Counter[str] = Counter()
        late = self.days_late(day)
        every = self.in_order(day, fallen=True, late=late) + self.in_order(day, fallen=False, late=late)
        mine = {id(pile) for pile in self.piles.get(named, ())} if named else set()
        for pile in sorted(every, key=lambda pile: id(pile) not in mine):
            part = min(amount, pile.amount - pile.paid)
            pile.paid += part
            went[pile.component] += part
            amount -= part
        return +went, amount

    def in_order(self, day: date, fallen: bool, late: int) -> list[Pile]:
        """The oldest installment first, components in the contract's order; or a component over all of them."""
        rule = self.loan.terms.allocation
        order = rule.due if fallen or not rule.in_advance else rule.in_advance
        if fallen and rule.late and late >= rule.late_from_day:
            order = rule.late
        oldest = sorted(self.due, key=lambda no: self.due[no])
        turns = [(no, component) for no in oldest for component in order]
        if rule.across == "component":
            turns = [(no, component) for component in order for no in oldest]
        found = [pile for no, component in turns for pile in self.piles[no] if pile.component == component]
        return [pile for pile in found if (pile.due_on <= day) == fallen]

    def days_late(self, day: date) -> int:
        late = [p.due_on for piles in self.piles.values() for p in piles if p.amount > p.paid and p.due_on < day]
        return (day - min(late)).days if late else 0

    def evening(self, day: date) -> None:
        for no, by_component in self.evenings.items():
            for component, evenings in by_component.items():
                own = [p for p in self.piles[no] if p.component == component and p.kind == "contract"]
                evenings[day] = sum(p.amount - p.paid for p in own)


def owed(loan: Any, as_of: date) -> Owed:
    """The position at the end of `as_of`. A payment that has been taken back by then was never received."""
    book, found = Book(loan), Owed()
    live(book, as_of, found)
    for piles in book.piles.values():
        for pile in piles:
            add(found, pile, as_of)
    for no in book.evenings:
        found.lines += book.lines(no, as_of)
        if as_of > book.due[no] and paid_in_grace(book, no, as_of):
            found.paid_in_grace.add(no)
    found.days_late = book.days_late(as_of)
    found.principal_left += loan.principal
    return found


def live(book: Book, as_of: date, found: Owed) -> None:
    """From the payout (or the first payment) to the end of `as_of`, one day after the other."""
    payments = book.loan.payments
    taken_back = {p.reverses for p in payments if p.reverses and p.received_on <= as_of}
    received = [p for p in payments if not p.reverses and p.id not in taken_back]
    day = min([book.loan.disbursed_on, *(p.received_on for p in received)])
    while day <= as_of:
        todays = [p for p in received if p.received_on == day]
        if todays or day == as_of:
            book.grow(day)
        for payment in todays:
            found.payments[payment.id], found.left_over[payment.id] = book.pay(payment.amount, day, payment.installment)
        book.evening(day)
        day += ONE


def add(found: Owed, pile: Pile, as_of: date) -> None:
    left = pile.amount - pile.paid
    if pile.due_on < as_of and left:
        found.overdue[pile.component] += left
    if pile.component == "principal":
        found.principal_left -= pile.paid


def paid_in_grace(book: Book, no: int, as_of: date) -> bool:
    terms = book.loan.terms.penalty
    last = min(penalty.last_free_day(terms, book.due[no]), as_of)
    return terms.grace == "counts-from-due-date" and not any(found[last] for found in book.evenings[no].values())
