"""What a plan that broke would cost beyond the contract alone: it is not charged."""

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.ledger.book import Book
from portal.domain.ledger.walk import Walk
from portal.domain.money import COMPONENTS

_TAKEN_OFF = ("penalty", "interest", "fees", "costs", "principal")


def above_contract(book: Book) -> Amounts:
    """A plan that broke costs at most what the contract alone would; the rest comes off penalty first, then interest.

    Choice    where neither is enough: of fees, costs and principal, also of what a later plan asks for; the contract
              alone has the days from signing to the answer without penalty too
    """
    if not book.was_broken:
        return NOTHING
    alone = Walk(book.contract_alone, book.as_of).run()
    above = max(book.payoff(book.as_of) - max(alone.payoff(book.as_of), 0), 0)
    asked, found = dict.fromkeys(COMPONENTS, 0), {}
    for _, item, amount in book.payable(book.as_of):
        asked[item.component] += amount
    for component in _TAKEN_OFF:
        found[component] = min(above, asked[component])
        above -= found[component]
    return Amounts(**found)


def less_above(overdue: Amounts, above: Amounts) -> Amounts:
    """What is not charged may be of what is still to come."""
    return Amounts(**{name: max(overdue.of(name) - above.of(name), 0) for name in COMPONENTS})
