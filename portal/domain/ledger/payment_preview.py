"""What a payment made today would do, fen by fen."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger.position import AllocatedPayment, InstallmentPosition, Position, position

LOOKED_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PaymentEffect:
    """Where each minor unit of a payment would go and what stands after it.

    `penalty_without` and `penalty_with` are what the next 30 days add if nothing else is paid.
    """

    before: Position
    payment: AllocatedPayment
    after: Position
    penalty_without: int
    penalty_with: int

    @property
    def spares(self) -> int:
        return self.penalty_without - self.penalty_with

    @property
    def installments(self) -> tuple[tuple[InstallmentPosition, int], ...]:
        """The installments it reaches, as they stand before it, each with what it pays of it."""
        rows = {row.no: row for row in self.before.installments}
        return tuple((rows[no], paid) for no, paid in self.payment.reached)

    @property
    def beside(self) -> int:
        """What goes to penalty, fees and costs that stand in no installment of the schedule."""
        return self.payment.allocated.total - sum(paid for _, paid in self.installments)


def preview_payment(loan: Loan, amount: int, on: date, installment: int | None = None) -> PaymentEffect:
    """The payment through the same ledger that allocates real ones; nothing is worked out here but differences.

    `installment` is the debt that is named with it.

    Unit      minor units of the loan's currency
    Rounding  none of its own: every figure is a rounded position or a difference of two
    """
    paid = replace(loan, payments=(*loan.payments, Payment("", on, amount, installment=installment)))
    before, after = position(loan, on), position(paid, on)
    without, with_it = (_penalty(position(each, on + LOOKED_AHEAD)) for each in (loan, paid))
    so_far = _penalty(before)
    return PaymentEffect(before, after.payments[-1], after, without - so_far, with_it - so_far)


def _penalty(now: Position) -> int:
    return sum(line.charged for line in now.penalty_lines)
