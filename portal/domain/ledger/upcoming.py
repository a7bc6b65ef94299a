"""What falls due next, contract and plan together."""

from collections.abc import Sequence
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from portal.domain.ledger.dues import Due

UPCOMING_DAYS = 30


class NextDue(NamedTuple):
    """What is still to pay of a due that is to come, minor units; what is paid ahead is not taken off.

    `key` says of what: "contract:6", "plan:REF:1", "charge:C-1", "pause:REF" of what is asked for again when a pause is
    over. `no` is the number of its installment, 0 of a charge.
    """

    key: str
    due_on: date
    amount: int
    no: int = 0

    @property
    def is_charge(self) -> bool:
        return self.key.startswith("charge:")

    @property
    def is_paused(self) -> bool:
        return self.key.startswith("pause:")

    @property
    def is_plan(self) -> bool:
        return self.key.startswith("plan:")


def next_dues_of(dues: Sequence[Due], on: date) -> tuple[NextDue, ...]:
    """Whatever falls due from day `on` on, in the order of its days: a plan's before the contract's on one day."""
    found = []
    for due in dues:
        if due.whole_by >= on:
            own = sum([item.left for item in due.items if not item.key and item.due_on >= on])
            found += [NextDue(due.key, due.whole_by, own, due.no)] if own else []
        found += [NextDue(item.key, item.due_on, item.left) for item in due.charges if item.due_on >= on and item.left]
    found.sort(key=attrgetter("due_on"))
    return tuple(found)


def last_day_of(dues: Sequence[NextDue]) -> date | None:
    """The last on which anything but a charge falls due; None where there is nothing else."""
    return max((due.due_on for due in dues if not due.is_charge), default=None)


def less_credit(dues: Sequence[NextDue], credit: int) -> tuple[NextDue, ...]:
    """What is asked for beyond what is paid ahead: credit pays each on its day, in the same order."""
    found = []
    for due in dues:
        ahead = min(credit, due.amount)
        credit -= ahead
        if due.amount > ahead:
            found.append(due._replace(amount=due.amount - ahead))
    return tuple(found)
