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


class Book:
    """The piles of one loan, installment by installment, and what was unpaid of each every evening."""

    def __init__(self, loan: Any) -> None:
        self.loan = loan
        self.piles = {row.no: self.first_piles(row) for row in loan.schedule}
        self.due = {row.no: row.due_on for row in loan.schedule}
        self.evenings: dict[int, dict[str, penalty.Evening]] = {
            no: {"principal": {}, "interest": {}} for no in self.piles
        }

    def first_piles(self, row: Any) -> list[Pile]:
        named = [c for c in self.loan.charges if c.installment == row.no]
        return [
            Pile("fees", row.due_on, row.fees, "contract"),
            Pile("interest", row.due_on, row.interest, "contract"),
            Pile("principal", row.due_on, row.principal, "contract"),
            *(Pile(c.kind, c.due_on, c.amount, "charge") for c in named),
            Pile("penalty", row.due_on, 0, "growing"),
        ]

    def grow(self, day: date) -> None:
        """The penalty as it stands this evening, before the day's payments."""
        for no, piles in self.piles.items():
            for pile in piles:
                if pile.kind == "growing" and pile.due_on < day:
                    pile.amount = sum(line.charged for line in self.lines(no, day))

    def lines(self, no: int, day: date) -> list[penalty.Line]:
        loan = self.loan
        apart = sum(c.amount for c in loan.charges if c.installment == no and c.kind in ("fees", "penalty"))
        return penalty.lines(loan.terms, no, self.due[no], self.evenings[no], day, loan.suspensions, apart)

    def pay(self, amount: int, day: date) -> tuple[Counter[str], int]:
        """What has fallen due first, then the rest; oldest installment first; components in the contract's order."""
        went: Counter[str] = Counter()
        for fallen in (True, False):
            for no in sorted(self.due, key=lambda no: self.due[no]):
                for component in self.loan.terms.allocation.due:
                    for pile in self.piles[no]:
                        if pile.component == component and (pile.due_on <= day) == fallen:
                            part = min(amount, pile.amount - pile.paid)
                            pile.paid += part
                            went[component] += part
                            amount -= part
        return +went, amount

    def evening(self, day: date) -> None:
        for no, piles in self.piles.items():
            for component, evenings in self.evenings[no].items():
                evenings[day] = sum(
                    p.amount - p.paid for p in piles if p.component == component and p.kind == "contract"
                )


def owed(loan: Any, as_of: date) -> Owed:
    """The position at the end of `as_of`. A payment that has been taken back by then was never received."""
    book, found = Book(loan), Owed()
    live(book, as_of, found)
    for no, piles in book.piles.items():
        found.lines += book.lines(no, as_of)
        for pile in piles:
            add(found, pile, as_of)
        if as_of > book.due[no] and paid_in_grace(book, no, as_of):
            found.paid_in_grace.add(no)
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
            found.payments[payment.id], found.left_over[payment.id] = book.pay(payment.amount, day)
        book.evening(day)
        day += ONE


def add(found: Owed, pile: Pile, as_of: date) -> None:
    left = pile.amount - pile.paid
    if pile.due_on < as_of and left:
        found.overdue[pile.component] += left
        found.days_late = max(found.days_late, (as_of - pile.due_on).days)
    if pile.component == "principal":
        found.principal_left -= pile.paid


def paid_in_grace(book: Book, no: int, as_of: date) -> bool:
    terms = book.loan.terms.penalty
    last = min(penalty.last_free_day(terms, book.due[no]), as_of)
    return terms.grace == "counts-from-due-date" and not any(found[last] for found in book.evenings[no].values())
