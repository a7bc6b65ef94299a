"""Where the fen of a payment went: line by line, by the dues that it paid."""

from datetime import date
from typing import NamedTuple

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.ledger.book import Entry
from portal.domain.money import COMPONENTS


class AllocationLine(NamedTuple):
    """What a payment paid of one component of a due, minor units; `scheduled` is not penalty or a charge beside it.

    `charge` is the key of a charge that hangs on the due.
    """

    due: str
    component: str
    amount: int
    scheduled: bool
    charge: str = ""


class AllocatedPayment(NamedTuple):
    """A payment and where its fen went, first to `installment` or `plan_installment` if it named one.

    `credit` is what is left of it: it pays what falls due next, on its day. `refunded` was paid back out of that,
    `taken_back` is what the lender or a bank took back of it, `unmatched` what it was stated to pay and found not owed.
    """

    id: str
    received_on: date
    amount: int
    allocated: Amounts
    credit: int
    stated: bool
    reversed_on: date | None = None
    installment: int | None = None
    plan_installment: int | None = None
    lines: tuple[AllocationLine, ...] = ()
    refunded: int = 0
    taken_back: int = 0
    unmatched: Amounts = NOTHING

    @property
    def reached(self) -> tuple[tuple[int, int], ...]:
        """Numbers of the contract's installments with what was paid of each, penalty and charges beside it left out."""
        found: dict[int, int] = {}
        for line in self.lines:
            kind, _, number = line.due.partition(":")
            if kind == "contract" and line.scheduled:
                found[int(number)] = found.get(int(number), 0) + line.amount
        return tuple(sorted(found.items()))


class AllocatedCredit(NamedTuple):
    """What the lender let go, as far as it was owed, minor units, and why."""

    id: str
    on: date
    amount: int
    allocated: Amounts
    reason: str
    lines: tuple[AllocationLine, ...] = ()


def allocated_credit(entry: Entry) -> AllocatedCredit:
    assert entry.lender_credit is not None
    paid = _paid(entry)
    told = entry.payment.id, entry.payment.received_on, paid.total, paid, entry.lender_credit.reason
    return AllocatedCredit(*told, _lines(entry))


def _lines(entry: Entry) -> tuple[AllocationLine, ...]:
    return tuple(
        AllocationLine(
            line.due.key,
            line.item.component,
            line.amount,
            line.item.source in ("schedule", "plan"),
            line.item.key if line.item.key != line.due.key else "",
        )
        for line in entry.lines
    )


def _paid(entry: Entry) -> Amounts:
    paid = dict.fromkeys(COMPONENTS, 0)
    for line in entry.lines:
        paid[line.item.component] += line.amount
    return Amounts(**paid)


def allocated_payment(entry: Entry) -> AllocatedPayment:
    payment = entry.payment
    stated = payment.allocated is not None
    return AllocatedPayment(
        id=payment.id,
        received_on=payment.received_on,
        amount=payment.amount,
        allocated=_paid(entry) + entry.unmatched,
        credit=entry.credit,
        stated=stated and entry.reversed_on is None,
        reversed_on=entry.reversed_on,
        installment=payment.installment,
        plan_installment=payment.plan_installment,
        lines=_lines(entry),
        refunded=entry.refunded,
        taken_back=entry.taken_back,
        unmatched=entry.unmatched,
    )
