"""What the lender itself lets go of a loan: by component, or all of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.contract.amounts import Amounts


@dataclass(frozen=True, slots=True)
class LenderCredit:
    """What the lender waived or corrected on a day, minor units, and why: nobody paid it."""

    id: str
    on: date
    amounts: Amounts
    reason: str


class ClosingReason(StrEnum):
    SOLD = "sold"
    BOUGHT_BACK = "bought-back"
    SETTLED = "settled"
    RECALLED = "recalled"
    PAID = "paid"


WRITTEN_OFF = "written-off"
"""No closing: the lender's books say so, the claim stays, and nothing grows on it any more."""


@dataclass(frozen=True, slots=True)
class LoanClosing:
    """From the end of that day on nothing is asked for here any more."""

    on: date
    reason: ClosingReason
