"""Where the fen of a payment go: what is due before what is not, oldest first, components in the contract's order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from portal.domain.contract.loan import AllocationRule, Amounts, Charge, Installment, Loan
from portal.domain.money import COMPONENTS


@dataclass(slots=True)
class Component:
    """One component of one installment (or of a charge): what fell due, what was paid, and when it was cleared.

    `source` is "schedule", "charge" or "accrued" (the penalty that grows with the days). `no` is the installment that
    the schedule or the penalty is of.
    """

    component: str
    due_on: date
    amount: int
    source: str = "schedule"
    no: int | None = None
    paid: int = 0
    cleared_on: date | None = None

    @property
    def left(self) -> int:
        return self.amount - self.paid

    def grow(self, amount: int) -> None:
        self.amount = amount
        if self.left:
            self.cleared_on = None

    def pay(self, amount: int, on: date) -> None:
        self.paid += amount
        if not self.left:
            self.cleared_on = on


@dataclass(slots=True)
class Due:
    """An installment with everything that hangs on it; `no` is None for a charge that belongs to no installment.

    `scheduled` is the contract's own installment by component, charges and penalty aside; what is nothing is not there.
    """

    no: int | None
    due_on: date
    items: list[Component] = field(default_factory=list)
    scheduled: Mapping[str, Component] = field(default_factory=dict)

    def left_of(self, component: str) -> int:
        """What is not paid of the contract's own."""
        return self.scheduled[component].left if component in self.scheduled else 0


Reached = dict[tuple[int, str], int]
"""What a payment or waiver paid of each installment, minor units: by its number and "schedule" or "accrued"."""


def allocate(
    amount: int, on: date, buckets: Sequence[Due], rule: AllocationRule, days_late: int, reached: Reached
) -> tuple[Amounts, int]:
    """Pays `amount` into the buckets by the contract's order; what is left over comes back beside the amounts.

    What is paid of each installment is added to `reached`.
    """
    paid = dict.fromkeys(COMPONENTS, 0)
    for item in _in_order(buckets, rule, on, days_late):
        part = min(amount, item.left)
        if part > 0:
            _pay(item, part, on, reached)
            paid[item.component] += part
            amount -= part
        if not amount:
            break
    return Amounts(**paid), amount


def allocate_as_stated(stated: Amounts, on: date, buckets: Sequence[Due], reached: Reached) -> Amounts:
    """Pays each component as the lender stated, oldest first; answers what found nothing to pay."""
    unmatched = dict.fromkeys(COMPONENTS, 0)
    for component, amount in stated.items():
        left = amount
        for item in (i for bucket in buckets for i in bucket.items if i.component == component and i.left):
            part = min(left, item.left)
            _pay(item, part, on, reached)
            left -= part
            if not left:
                break
        unmatched[component] = left
    return Amounts(**unmatched)


def buckets_of(loan: Loan) -> list[Due]:
    """One bucket per installment, oldest first."""
    return sorted((_bucket_of(row) for row in loan.schedule), key=lambda bucket: bucket.due_on)


def attach(charge: Charge, buckets: list[Due], by_no: Mapping[int, Due]) -> Component:
    """A charge that names no installment hangs on the period it falls due in, after the last on itself."""
    item = Component(charge.kind, charge.due_on, charge.amount, "charge")
    if charge.installment is not None:
        by_no[charge.installment].items.append(item)
    elif period := next((b for b in buckets if b.no is not None and b.due_on >= charge.due_on), None):
        period.items.append(item)
    else:
        buckets.append(Due(None, charge.due_on, [item]))
        buckets.sort(key=lambda bucket: bucket.due_on)
    return item


def _pay(item: Component, part: int, on: date, reached: Reached) -> None:
    item.pay(part, on)
    if item.no is not None:
        key = (item.no, item.source)
        reached[key] = reached.get(key, 0) + part


def _in_order(buckets: Sequence[Due], rule: AllocationRule, on: date, days_late: int) -> Iterator[Component]:
    """What is not paid yet, sorted no further than somebody takes of it."""
    for due in (True, False):
        order = rule.order(due, days_late)
        groups: Iterable[list[Component]] = (
            [item for item in bucket.items if item.amount != item.paid and (item.due_on <= on) is due]
            for bucket in buckets
        )
        if rule.across == "component":
            groups = [list(chain.from_iterable(groups))]
        for items in filter(None, groups):
            yield from sorted(items, key=lambda item: order.index(item.component))


def _bucket_of(row: Installment) -> Due:
    no, due_on, principal, interest, fees = row
    amounts = (("fees", fees), ("interest", interest), ("principal", principal))
    stated = {name: Component(name, due_on, amount, "schedule", no) for name, amount in amounts if amount}
    return Due(no, due_on, list(stated.values()), stated)
