"""What a payment made today would do, fen by fen, and what it takes to be done with the loan today."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.domain.calendar import days
from portal.domain.loan import Amounts, Loan, Payment
from portal.domain.money import divide
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


@dataclass(frozen=True, slots=True)
class Payoff:
    """All of it today: what is overdue, the principal still to come, and interest to the day."""

    overdue: Amounts
    principal: int
    interest: int

    @property
    def total(self) -> int:
        return self.overdue.total + self.principal + self.interest


def payoff(loan: Loan, on: date) -> Payoff:
    """What clears the loan at the end of day `on`; interest of later days is not asked for.

    Unit      minor units
    Rounding  the contract's mode, once: the running installment's interest times days gone over days of its period
    Source    Civil Code, article 677: interest for the time the money was used
    """
    now = position(loan, on)
    to_come = [row for row in now.installments if row.due_on >= on and row.left]
    principal = max(now.outstanding_principal - now.overdue.principal, 0)
    if not to_come or not principal:
        return Payoff(now.overdue, principal, 0)
    running = to_come[0]
    begun = max((row.due_on for row in loan.schedule if row.due_on < running.due_on), default=loan.disbursed_on)
    count = loan.terms.day_count
    gone, whole = (max(days(begun, end, count), 0) for end in (min(on, running.due_on), running.due_on))
    interest = divide(running.interest * gone, whole, loan.terms.rounding) if whole else running.interest
    return Payoff(now.overdue, principal, min(interest, running.left))


def _penalty(loan: Loan, on: date) -> int:
    return sum(line.charged for line in position(loan, on).penalty_lines)
