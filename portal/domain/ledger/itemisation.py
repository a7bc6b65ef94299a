"""What fell due, what was added and what was credited since the last day on which nothing was overdue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.contract.amounts import Amounts
from portal.domain.ledger.dues import Component
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


def itemise(
    items: Sequence[Component], opened_on: date, accrued_before: int, as_of: date, above: Amounts
) -> Itemisation:
    """Over all items of a ledger; `accrued_before` is the penalty that had grown by the end of `opened_on`.

    What an agreement took in is not among what fell due, and what is `above` the contract's own is not charged.
    """
    fallen = [i for i in items if opened_on <= i.due_on < as_of and i.source != "accrued"]
    fell, paid = dict.fromkeys(COMPONENTS, 0), 0
    for item in fallen:
        fell[item.component] += item.amount - item.taken
        paid += item.paid
    accrued = [item for item in items if item.source == "accrued"]
    added = sum(item.amount - item.taken for item in accrued) - accrued_before
    credited = paid + sum(item.paid for item in accrued) - accrued_before
    added += fell["costs"] + fell["fees"] + fell["penalty"] - above.penalty_fees_costs
    interest, principal = fell["interest"] - above.interest, fell["principal"] - above.principal
    now = principal + interest + added - credited
    return Itemisation(opened_on, 0, principal, interest, added, credited, now)


def nothing_since(as_of: date) -> Itemisation:
    return Itemisation(as_of, 0, 0, 0, 0, 0, 0)


def last_day_clear(items: Sequence[Component], as_of: date) -> date:
    """The last day on which nothing was overdue, going back from `as_of` over overlapping stretches."""
    owed = [item.due_on for item in items if item.left and item.due_on < as_of]
    if not owed:
        return as_of
    opened_on = min(owed)
    before = [item for item in items if item.due_on < opened_on and (item.amount or item.paid)]
    stretches = [(item.due_on, item.cleared_on or as_of) for item in before]
    for due, cleared in sorted(stretches, reverse=True):
        if due < opened_on < cleared:
            opened_on = due
    return opened_on
