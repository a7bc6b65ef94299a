"""What fell due, what was added and what was credited since the last day on which nothing was overdue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.ledger.allocation import Component
from portal.domain.money import COMPONENTS


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


def itemise(items: Sequence[Component], opened_on: date, accrued_before: int, as_of: date, now: int) -> Itemisation:
    """Over all items of a ledger; `accrued_before` is the penalty that had grown by the end of `opened_on`."""
    fallen = [i for i in items if opened_on <= i.due_on < as_of and i.source != "accrued"]
    fell, paid = dict.fromkeys(COMPONENTS, 0), 0
    for item in fallen:
        fell[item.component] += item.amount
        paid += item.paid
    accrued = [item for item in items if item.source == "accrued"]
    added = sum(item.amount for item in accrued) - accrued_before
    credited = paid + sum(item.paid for item in accrued) - accrued_before
    other = fell["costs"] + fell["fees"] + fell["penalty"]
    return Itemisation(opened_on, 0, fell["principal"], fell["interest"], added + other, credited, now)


def last_day_clear(items: Sequence[Component], as_of: date) -> date:
    """The last day on which nothing was overdue, going back from `as_of` over overlapping stretches."""
    owed = [item.due_on for item in items if item.left and item.due_on < as_of]
    if not owed:
        return as_of
    opened_on = min(owed)
    stretches = [(item.due_on, item.cleared_on or as_of) for item in items if item.amount]
    for due, cleared in sorted(stretches, reverse=True):
        if due < opened_on < cleared:
            opened_on = due
    return opened_on
