"""What is owed at the end of a day and how it came about: the facts are walked in order, nothing is stored."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from portal.domain.contract.loan import Amounts, Installment, Loan, Payment, Waiver
from portal.domain.ledger.allocation import Component, Reached, allocate, allocate_as_stated, attach, buckets_of
from portal.domain.ledger.penalty import Base, PenaltyLine, penalty_lines
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


@dataclass(frozen=True, slots=True)
class AllocatedPayment:
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
class Itemisation:
    """Opening + what fell due + penalty, fees and costs - credited = now; opening is the last day nothing was overdue.

    Unit      minor units
    Rounding  none of its own: every term is a difference of rounded positions
    Source    CFPB form B-1 (12 CFR 1006, appendix B)
    """

    opened_on: date
    opening: int
    principal_due: int
    interest: int
    penalty_fees_costs: int
    credited: int
    now: int


@dataclass(frozen=True, slots=True)
class Position:
    """What is owed at the end of `as_of`, by component and line. Minor units of the loan's currency.

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
    overdue = ledger.overdue()
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
        itemisation=ledger.itemise(overdue.total),
        unallocated=sum(p.unallocated for p in ledger.payments),
    )


class _Ledger:
    """The facts of one loan walked in order of their days; lives only inside one call of `position`."""

    def __init__(self, loan: Loan, as_of: date) -> None:
        self.loan = loan
        self.as_of = as_of
        self.buckets = buckets_of(loan)
        self.items = [item for bucket in self.buckets for item in bucket.items]
        self.charges = sorted((c for c in loan.charges if c.on <= as_of), key=lambda charge: charge.on)
        self.by_no = {bucket.no: bucket for bucket in self.buckets if bucket.no is not None}
        late = {no: bucket for no, bucket in self.by_no.items() if bucket.due_on < as_of}
        self.penalties = {no: Component("penalty", bucket.due_on, 0, "accrued", no) for no, bucket in late.items()}
        self.accruing = dict(self.penalties)
        self.bases: dict[int, dict[str, list[Base]]] = {}
        for no, bucket in late.items():
            self.bases[no] = {c: [Base(bucket.due_on, bucket.scheduled[c].amount)] for c in _PENALTY_BASES}
            bucket.items.append(self.penalties[no])
            self.items.append(self.penalties[no])
        self.penalty_paid: dict[int, list[tuple[date, int]]] = {no: [] for no in late}
        self.latest: dict[int, tuple[date, tuple[PenaltyLine, ...]]] = {}
        self.payments: list[AllocatedPayment] = []
        self.unmatched = Amounts()

    def walk(self) -> None:
        """Takes payments and waivers in order of their dates; a reversed payment counts as never received.

        A waiver comes after the payments of its day that it was granted over, and before the others.
        """
        reversals = {p.reverses: p for p in self.loan.payments if p.reverses and p.received_on <= self.as_of}
        waivers = sorted((w for w in self.loan.waivers if w.on <= self.as_of), key=lambda w: w.on)
        over = {each for waiver in waivers for each in waiver.over}
        for payment in sorted(self.loan.payments, key=lambda p: (p.received_on, p.id not in over)):
            if payment.received_on > self.as_of or payment.reverses:
                continue
            while waivers and _comes_first(waivers[0], payment):
                self._waive(waivers.pop(0))
            reversal = reversals.get(payment.id)
            if reversal is not None:
                self.payments.append(_reversed(payment, reversal))
            else:
                self.payments.append(self._receive(payment))
        for waiver in waivers:
            self._waive(waiver)
        self._accrue(self.as_of)

    def lines(self, until: date) -> tuple[PenaltyLine, ...]:
        """What `_accrue` last worked out is taken as it is: it goes on until nothing is left that could cost more."""
        found: list[PenaltyLine] = []
        for no, item in self.penalties.items():
            if item.due_on < until and no in self.latest:
                day, lines = self.latest[no]
                found += lines if day <= until else self._lines_of(no, until)
        return tuple(found)

    def overdue(self) -> Amounts:
        owed = dict.fromkeys(COMPONENTS, 0)
        for item in self.items:
            if item.due_on < self.as_of:
                owed[item.component] += item.left
        return Amounts(**owed)

    def days_late(self, on: date) -> int:
        late = [item.due_on for item in self.items if item.left and item.due_on < on]
        return (on - min(late)).days if late else 0

    def row(self, installment: Installment) -> InstallmentPosition:
        fees, interest, principal = self.by_no[installment.no].scheduled.values()
        left = fees.left + interest.left + principal.left
        overdue = left if installment.due_on < self.as_of else 0
        return InstallmentPosition(
            no=installment.no,
            due_on=installment.due_on,
            principal=installment.principal,
            interest=installment.interest,
            fees=installment.fees,
            paid=fees.paid + interest.paid + principal.paid,
            overdue=overdue,
            days_past_due=(self.as_of - installment.due_on).days if overdue else 0,
            left=left,
        )

    def itemise(self, now: int) -> Itemisation:
        opened_on = self._opened_on()
        fallen = [i for i in self.items if opened_on <= i.due_on < self.as_of and i.source != "accrued"]
        fell, paid = dict.fromkeys(COMPONENTS, 0), 0
        for item in fallen:
            fell[item.component] += item.amount
            paid += item.paid
        other = fell["costs"] + fell["fees"] + fell["penalty"]
        before = sum(line.charged for line in self.lines(opened_on))
        accrued = sum(item.amount for item in self.penalties.values()) - before
        penalty_paid = sum(item.paid for item in self.penalties.values()) - before
        return Itemisation(opened_on, 0, fell["principal"], fell["interest"], accrued + other, paid + penalty_paid, now)

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
        for no, item in list(self.accruing.items()):
            if item.due_on >= on:
                break
            if any([history[-1].amount for history in self.bases[no].values()]):
                lines = self._lines_of(no, on)
                self.latest[no] = (on, lines)
                item.grow(sum(line.charged for line in lines))
            else:
                del self.accruing[no]

    def _note_bases(self, on: date, reached: Reached) -> None:
        """What penalty is on changes for the installments that were reached, and for no other."""
        for no in {no for no, _ in reached if no in self.bases}:
            for component, history in self.bases[no].items():
                left = self.by_no[no].scheduled[component].left
                if history[-1].amount != left:
                    history.append(Base(on, left))
            if paid := reached.get((no, "accrued")):
                self.penalty_paid[no].append((on, paid))

    def _lines_of(self, no: int, until: date) -> tuple[PenaltyLine, ...]:
        loan, due_on = self.loan, self.by_no[no].due_on
        apart = sum(i.amount for i in self.by_no[no].items if i.source == "charge" and i.component != "costs")
        paid = self.penalty_paid[no]
        return penalty_lines(loan.terms, no, due_on, self.bases[no], until, loan.suspensions, apart, paid)

    def _opened_on(self) -> date:
        """The last day on which nothing was overdue, going back from `as_of` over overlapping stretches."""
        owed = [item.due_on for item in self.items if item.left and item.due_on < self.as_of]
        if not owed:
            return self.as_of
        opened_on = min(owed)
        stretches = [(item.due_on, item.cleared_on or self.as_of) for item in self.items if item.amount]
        for due, cleared in sorted(stretches, reverse=True):
            if due < opened_on < cleared:
                opened_on = due
        return opened_on


def _comes_first(waiver: Waiver, payment: Payment) -> bool:
    return waiver.on < payment.received_on or (waiver.on == payment.received_on and payment.id not in waiver.over)


_PENALTY_BASES = ("principal", "interest")


def _reversed(payment: Payment, reversal: Payment) -> AllocatedPayment:
    return AllocatedPayment(payment.id, payment.received_on, payment.amount, Amounts(), 0, False, reversal.received_on)
