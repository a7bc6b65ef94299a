"""What one side offers: how many or how much, from when, what is waived, what interest runs meanwhile."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import PauseScope, PauseTerms

MOST_INSTALLMENTS = 260
MOST_MONTHS = 60
FIRST_DUE_WITHIN_MONTHS = 12
MOST_PAUSE = timedelta(days=60)
MOST_ROUND_TO = 10_000
"""Minor units: a hundred of a currency with cents."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What one side offers. Either `installments` or `amount` is given; amounts in minor units.

    `waiver` is what the borrower is spared, by component; `interest_rate` runs inside the plan, a year. The first
    `interest_only` installments ask for nothing else; every installment but the last is a multiple of `round_to`.
    `pause` are the terms of the policy by which a pause was drawn up, `within` the agreement, by its ref, that a pause
    is a part of: that one goes on. `standing` is the lender's standing offer that it takes.
    """

    every: Every
    first_due: date
    installments: int | None = None
    amount: int | None = None
    down_payment: int = 0
    waiver: Amounts = NOTHING
    covers: Covers = Covers.OVERDUE
    interest_rate: Fraction = Fraction(0)
    interest_only: int = 0
    round_to: int = 1
    kind: OfferKind = OfferKind.PLAN
    reason: str = ""
    pause: PauseTerms | None = None
    within: str = ""
    standing: str = ""

    @property
    def moves_next(self) -> bool:
        return self.pause is not None and self.pause.scope is PauseScope.NEXT
