"""What is owed at the end of a day and how it came about: the facts are walked in order, nothing is stored."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from portal.domain.contract.loan import Amounts, Installment, Loan, Payment, Waiver
from portal.domain.ledger.accrual import PENALTY_BASES, Accrual, accrual_of
from portal.domain.ledger.allocation import Reached, allocate, allocate_as_stated, attach, buckets_of
from portal.domain.ledger.dated import in_order, known_to_lender, stated_on
from portal.domain.ledger.itemisation import Itemisation, itemise, last_day_clear
from portal.domain.ledger.penalty import PenaltyLine
from portal.domain.money import COMPONENTS


class InstallmentPosition(NamedTuple):
    """One installment on a day, minor units. `overdue` leaves the penalty out, which has lines of its own."""

    no: int
    due_on: date
    principal: int
    interest: int
    fees: int
    paid: int
    overdue: int
    days_past_due: int
    left: int

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.fees


class AllocatedPayment(NamedTuple):
    """A payment and where its fen went, first to `installment` if it named one.

    `unallocated` found nothing to pay or was left open by the lender. `reached` are numbers of installments, each with
    what was paid of it; the rest went to penalty, fees or costs beside them.
    """

    id: str
    received_on: date
    amount: int
    allocated: Amounts
    unallocated: int
    stated: bool
    reversed_on: date | None = None
    installment: int | None = None
    reached: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """What is owed at the end of `as_of`, by component and line. Minor units of the loan's currency.

    `ledger` is the walk that it was read from, done: what else is asked of the same day needs no other.

    Rounding  the contract's mode, once per penalty line; every total is a sum of rounded lines
    Source    domain rules of money; the contract's own terms
    """

    as_of: date
    valid_until: date
    currency: str
    overdue: Amounts
    outstanding_principal: int
    days_past_due: int
    installments: tuple[InstallmentPosition, ...]
    penalty_lines: tuple[PenaltyLine, ...]
    payments: tuple[AllocatedPayment, ...]
    itemisation: Itemisation
    unallocated: int
    ledger: "_Ledger" = field(compare=False, repr=False)

    @property
    def loan(self) -> Loan:
        return self.ledger.loan

    def penalty_by(self, day: date) -> int:
        """Penalty charged by the end of a later day, if until then nothing is paid, charged or taken back."""
        return self.ledger.penalty_by(day)

    @property
    def penalty_charged(self) -> int:
        return sum(line.charged for line in self.penalty_lines)

    @property
    def penalty_by_contract(self) -> int:
        return sum(line.contract for line in self.penalty_lines)

    @property
    def penalty_not_charged(self) -> int:
        return sum(line.not_charged for line in self.penalty_lines)

    @property
    def overdue_installments(self) -> tuple[InstallmentPosition, ...]:
        return tuple(row for row in self.installments if row.overdue)

    @property
    def next_due(self) -> InstallmentPosition | None:
        """The first installment that is not overdue yet and not paid."""
        return next((row for row in self.installments if row.left and row.due_on >= self.as_of), None)


def position(loan: Loan, as_of: date) -> Position:
    """The position of a loan at the end of business day `as_of`, from the facts dated up to that day."""
    ledger = _Ledger(loan, as_of)
    ledger.walk()
    lines = ledger.lines(as_of)
    overdue = ledger.overdue(as_of)
    opened_on = last_day_clear(ledger.items, as_of)
    accrued_before = sum(line.charged for line in ledger.lines(opened_on))
    rows = tuple(ledger.row(installment) for installment in loan.schedule)
    paid_principal = sum(item.paid for item in ledger.items if item.component == "principal")
    return Position(
        as_of=as_of,
        valid_until=as_of,
        currency=loan.currency,
        overdue=overdue,
        outstanding_principal=max(loan.principal - paid_principal - ledger.unmatched.principal, 0),
        days_past_due=ledger.days_late(as_of),
        installments=rows,
        penalty_lines=lines,
        payments=tuple(ledger.payments),
        itemisation=itemise(ledger.items, opened_on, accrued_before, as_of, overdue.total),
        unallocated=sum(p.unallocated for p in ledger.payments),
        ledger=ledger,
    )


class _Ledger:
    """The facts of one loan walked in order of their days; walked once, by `position`."""

    def __init__(self, loan: Loan, as_of: date) -> None:
        self.loan = loan
        self.as_of = as_of
        self.buckets = buckets_of(loan)
        self.coming = self.buckets[::-1]
        self.items = [item for bucket in self.buckets for item in bucket.items]
        self.charges = sorted((c for c in loan.charges if c.on <= as_of), key=lambda charge: charge.on)
        self.by_no = {bucket.no: bucket for bucket in self.buckets if bucket.no is not None}
        self.late: dict[int | None, Accrual] = {}
        self.accruing: list[Accrual] = []
        self.payments: list[AllocatedPayment] = []
        self.unmatched = Amounts()

    def walk(self) -> None:
        """Takes payments and waivers in order of their dates; a reversed payment counts as never received."""
        reversals = {p.reverses: p for p in self.loan.payments if p.reverses and p.received_on <= self.as_of}
        stated = stated_on(self.loan, self.as_of)
        for on, fact in in_order(self.loan, self.as_of):
            if stated is not None and on > stated:
                self._state(stated)
                stated = None
            if isinstance(fact, Waiver):
                self._waive(fact)
            elif (reversal := reversals.get(fact.id)) is not None:
                self.payments.append(_reversed(fact, reversal))
            else:
                self.payments.append(self._receive(fact))
        if stated is not None:
            self._state(stated)
        self._accrue(self.as_of)

    @cached_property
    def at_statement(self) -> Amounts:
        """Overdue on the day of the lender's statement, where the walk did not note it in passing."""
        told = self.loan.statement
        return position(known_to_lender(self.loan), told.as_of).overdue if told else Amounts()

    def _state(self, stated: date) -> None:
        """At the end of the day of the lender's statement, before any later fact."""
        self._accrue(stated)
        self.at_statement = self.overdue(stated)

    def lines(self, until: date) -> tuple[PenaltyLine, ...]:
        """What `_accrue` last worked out is taken as it is: it goes on until nothing is left that could cost more."""
        found: list[PenaltyLine] = []
        for late in self.late.values():
            if late.bucket.due_on < until:
                found += late.lines if late.until <= until else late.lines_by(until, self.loan)
        return tuple(found)

    def penalty_by(self, day: date) -> int:
        found = [late.lines_by(day, self.loan) if late.goes_on else late.lines for late in self.late.values()]
        found += [accrual_of(bucket).lines_by(day, self.loan) for bucket in self.coming]
        return sum(line.charged for lines in found for line in lines)

    def overdue(self, on: date) -> Amounts:
        owed = dict.fromkeys(COMPONENTS, 0)
        for item in self.items:
            if item.due_on < on:
                owed[item.component] += item.left
        return Amounts(**owed)

    def days_late(self, on: date) -> int:
        late = [item.due_on for item in self.items if item.left and item.due_on < on]
        return (on - min(late)).days if late else 0

    def row(self, installment: Installment) -> InstallmentPosition:
        left = 0
        for item in self.by_no[installment.no].scheduled.values():
            left += item.amount - item.paid
        overdue = left if installment.due_on < self.as_of else 0
        days_past_due = (self.as_of - installment.due_on).days if overdue else 0
        return InstallmentPosition(*installment, installment.total - left, overdue, days_past_due, left)

    def _charge(self, until: date) -> None:
        """A charge is there from the day it was made: what was paid before is not handed out anew."""
        while self.charges and self.charges[0].on <= until:
            self.items.append(attach(self.charges.pop(0), self.buckets, self.by_no))

    def _receive(self, payment: Payment) -> AllocatedPayment:
        on, reached = payment.received_on, Reached()
        self._accrue(on)
        if payment.allocated is None:
            allocated, rest = self._allocate(payment, reached)
        else:
            self.unmatched += allocate_as_stated(payment.allocated, on, self.buckets, reached)
            allocated, rest = payment.allocated, payment.amount - payment.allocated.total
        self._note_bases(on, reached)
        stated, named = payment.allocated is not None, payment.installment
        rows = tuple(sorted((no, paid) for (no, source), paid in reached.items() if source == "schedule"))
        return AllocatedPayment(payment.id, on, payment.amount, allocated, rest, stated, None, named, rows)

    def _allocate(self, payment: Payment, reached: Reached) -> tuple[Amounts, int]:
        """The debt that the borrower named comes first, with all that hangs on it; the rest goes its usual way."""
        on, rule = payment.received_on, self.loan.terms.allocation
        late = self.days_late(on) if rule.late else 0
        if payment.installment is None:
            return allocate(payment.amount, on, self.buckets, rule, late, reached)
        named, rest = allocate(payment.amount, on, [self.by_no[payment.installment]], rule, late, reached)
        others, rest = allocate(rest, on, self.buckets, rule, late, reached)
        return named + others, rest

    def _waive(self, waiver: Waiver) -> None:
        """What finds nothing to pay, as a penalty that turned out smaller, is no credit."""
        self._accrue(waiver.on)
        reached = Reached()
        allocate_as_stated(waiver.standing(self.as_of), waiver.on, self.buckets, reached)
        self._note_bases(waiver.on, reached)

    def _accrue(self, on: date) -> None:
        """Penalty grows on what is overdue and not paid yet, the oldest first."""
        self._charge(on)
        while self.coming and self.coming[-1].due_on < on:
            bucket = self.coming.pop()
            if any(map(bucket.left_of, PENALTY_BASES)):
                self.late[bucket.no] = late = accrual_of(bucket)
                self.accruing.append(late)
                self.items.append(late.penalty)
                bucket.items.insert(len(bucket.scheduled), late.penalty)
        self.accruing = [late for late in self.accruing if late.goes_on]
        for late in self.accruing:
            late.accrue(on, self.loan)

    def _note_bases(self, on: date, reached: Reached) -> None:
        """What penalty is on changes for the installments that were reached, and for no other."""
        for (no, source), paid in reached.items():
            if late := self.late.get(no):
                late.note(on, paid if source == "accrued" else 0)


def _reversed(payment: Payment, reversal: Payment) -> AllocatedPayment:
    return AllocatedPayment(payment.id, payment.received_on, payment.amount, Amounts(), 0, False, reversal.received_on)
