"""What a payment made today would do, fen by fen."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.domain.loan import Loan, Payment
from portal.domain.position import AllocatedPayment, Position, position

LOOKED_AHEAD = timedelta(days=30)
_WHAT_IF = "what if"


@dataclass(frozen=True, slots=True)
class Effect:
    """Where each minor unit of a payment would go, what stands after it, and the penalty it spares in 30 days."""

    payment: AllocatedPayment
    after: Position
    spares: int


def what_pays(loan: Loan, amount: int, on: date) -> Effect:
    """The payment through the same ledger that allocates real ones; nothing of its own is computed.

    Unit      minor units of the loan's currency
    Rounding  as `position`; `spares` is a difference of rounded positions
    """
    paid = replace(loan, payments=(*loan.payments, Payment(_WHAT_IF, on, amount)))
    after = position(paid, on)
    (payment,) = (each for each in after.payments if each.id == _WHAT_IF)
    return Effect(payment, after, _penalty(loan, on + LOOKED_AHEAD) - _penalty(paid, on + LOOKED_AHEAD))


def _penalty(loan: Loan, on: date) -> int:
    return sum(line.charged for line in position(loan, on).penalty_lines)
