"""Where the fen of a payment go: the oldest due first, components in the contract's order, each once."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain

from portal.domain.contract.loan import AllocationRule
from portal.domain.ledger.dues import Component, Due

Open = tuple[Due, Component]


def in_order(
    dues: Sequence[Due], rule: AllocationRule, on: date, days_late: int = 0, *, fallen: bool = True
) -> Iterator[Open]:
    """What is open of these dues and has fallen due by the end of `on`, or (`fallen` false) has not."""
    near = [due for due in dues if due.due_on <= on or due.charged_on <= on] if fallen else dues
    order = rule.order(fallen, days_late)
    groups: Iterable[list[Open]] = (
        [(due, each) for each in due.items if each.amount > each.paid + each.taken and (each.due_on <= on) is fallen]
        for due in near
    )
    if rule.across == "component":
        groups = [list(chain.from_iterable(groups))]
    for still_open in filter(None, groups):
        yield from sorted(still_open, key=lambda each: order.index(each[1].component))


def as_stated(dues: Sequence[Due], component: str) -> Iterator[Open]:
    """What a component that the lender states pays, oldest first; a row of a plan is paid by its amount, whatever."""
    for due in dues:
        own = [item for item in due.with_frozen if item.component == component]
        others = [item for item in due.items if due.plan and item.component != component]
        for item in (*own, *others):
            if item.left > 0:
                yield due, item
