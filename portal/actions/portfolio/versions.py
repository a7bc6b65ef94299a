"""Payments, charges and credits that were told before, beside what is told now: new, corrected or gone."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple, TypeVar

from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Charge, Correction, Loan, Payment
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.ledger.receipts import since_then

Fact = Payment | Charge | LenderCredit
KIND_OF_FACT: dict[type[Fact], str] = {Payment: "payment", Charge: "charge", LenderCredit: "credit"}
_Kind = TypeVar("_Kind", Payment, Charge, LenderCredit)


class FactChange(NamedTuple):
    """A fact as it is on record, and as it is told now; None where it is not there."""

    before: Fact | None
    now: Fact | None

    @property
    def id(self) -> str:
        told = self.now or self.before
        assert told is not None
        return told.id

    @property
    def kind(self) -> str:
        """`payment`, `charge` or `credit`."""
        return KIND_OF_FACT[type(self.now or self.before)]  # type: ignore[index]

    @property
    def happened(self) -> str:
        """What is told of one that was on record: `payment.corrected`, `charge.withdrawn`."""
        return f"{self.kind}.{'corrected' if self.now else 'withdrawn'}"

    def corrects(self, told_on: date) -> Correction:
        return Correction(told_on, self.id, self.before, self.now)


@dataclass(frozen=True, slots=True)
class RowChanges:
    """What a row says otherwise of the facts of its loan."""

    payments: list[FactChange] = field(default_factory=list)
    charges: list[FactChange] = field(default_factory=list)
    credits: list[FactChange] = field(default_factory=list)

    @property
    def all(self) -> list[FactChange]:
        return [*self.payments, *self.charges, *self.credits]


def row_changes(record: LoanRecord, before: Loan | None, told: Collection[str], today: date) -> RowChanges:
    """`told` are the payments that stood in the loan's last row: what was told otherwise need not stand in one.

    A row that is `complete` has all there are.
    """
    loan, charges, credits_ = record.loan, before.charges if before else (), before.lender_credits if before else ()
    recorded = before.payments if before else ()
    if record.totals:
        payments = [FactChange(None, each) for each in since_then(recorded, loan.payments, today)]
    else:
        known = {each.id: each for each in recorded}
        now = [restated(known[each.id], each) if each.id in known else each for each in loan.payments]
        payments = _changes(recorded, now, known if record.complete else told)
    return RowChanges(payments, _changes(charges, loan.charges, None), _changes(credits_, loan.lender_credits, None))


def _changes(before: Iterable[_Kind], now: Iterable[_Kind], expected: Collection[str] | None) -> list[FactChange]:
    """Of what is on record only those `expected` (without a list: all) are gone where they are not told."""
    known, told = {each.id: each for each in before}, {each.id: each for each in now}
    found = [FactChange(known.get(name), each) for name, each in told.items() if known.get(name) != each]
    for name, each in known.items():
        if name not in told and (expected is None or name in expected):
            found.append(FactChange(each, None))
    return found


def restated(known: Payment, told: Payment) -> Payment:
    """What is told of a payment on record; what it named, and how it was allocated, stays where that is left out."""
    names = told.installment is not None or told.plan_installment is not None or told.purpose is not None
    if names or told.allocated is not None or told.reverses or told.is_refund:
        return told
    return replace(
        told,
        allocated=known.allocated if known.amount == told.amount else None,
        installment=known.installment,
        plan_installment=known.plan_installment,
        purpose=known.purpose,
        then=known.then,
    )


def with_changes(loan: Loan, changes: Iterable[FactChange], told_on: date) -> Loan:
    """The loan once these changes of its payments are told."""
    told = list(changes)
    corrections = (each.corrects(told_on) for each in told if each.before is not None)
    payments = tuple(payments_after(loan.payments, told).values())
    return replace(loan, payments=payments, corrections=(*loan.corrections, *corrections))


def same_kind(before: Payment, now: Payment) -> bool:
    """Whether both are money that came, or take the same payment back, or pay credit back."""
    return (before.reverses, before.is_refund) == (now.reverses, now.is_refund)


def payments_after(recorded: Iterable[Payment], changes: Iterable[FactChange]) -> dict[str, Payment]:
    """By id, the payments on record once these changes are told."""
    found = {each.id: each for each in recorded}
    for each in changes:
        if each.now is None:
            found.pop(each.id, None)
        elif isinstance(each.now, Payment):
            found[each.id] = each.now
    return found
