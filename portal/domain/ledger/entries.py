"""A payment in the book: what it paid, what is left of it, and what went back of it."""

from dataclasses import dataclass, field
from datetime import date

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Payment
from portal.domain.ledger.dues import Component, Due


@dataclass(slots=True, eq=False)
class PaidLine:
    """What a payment paid of one component, minor units; `on` is the day from which that counts."""

    due: Due
    item: Component
    amount: int
    on: date
    prepaid: bool = False


@dataclass(slots=True, eq=False)
class Entry:
    """A payment: what it has paid so far, what is left of it as credit, what was paid back or taken back of it.

    What the lender itself let go is an entry too: what finds nothing to pay of that is no credit.
    """

    payment: Payment
    lines: list[PaidLine] = field(default_factory=list)
    credit: int = 0
    unmatched: Amounts = NOTHING
    reversed_on: date | None = None
    refunded: int = 0
    taken_back: int = 0
    lender_credit: LenderCredit | None = None

    def keep(self, amount: int) -> None:
        """It pays nothing yet."""
        if self.lender_credit is None:
            self.credit += amount
