"""What a payment made today would do, fen by fen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.loan import Payment
from portal.domain.contract.prepayment import Purpose, Surplus, Then
from portal.domain.ledger.allocated import AllocatedPayment
from portal.domain.ledger.position import InstallmentPosition, Position, position
from portal.domain.ledger.progress import InstallmentProgress

LOOKED_AHEAD = timedelta(days=30)
_TRIED = "\U0010ffff"
"""The last of ids: it comes after whatever else has come that day."""


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
        """Penalty of the next 30 days that it spares; nothing where none runs today, or a plan or pause lives."""
        runs = self.before.penalty_by(self.before.as_of + timedelta(days=1)) > self.before.penalty_charged
        return self.penalty_without - self.penalty_with if runs and not self.before.live_plan else 0

    @property
    def parts(self) -> Amounts:
        """What it pays by component. Of a plan that is of today it is what the plan's own table has.

        Money of that day is allocated over what the plan took in, and counts for its first rows by its amount alone.
        """
        plan, allocated = self.before.live_plan, self.payment.allocated
        rows = self.plan_rows if plan and plan.plan.as_of == self.before.as_of else ()
        if plan is None or sum(paid for _, paid in rows) != allocated.total:
            return allocated
        drawn = {each.no: each.components for each in plan.plan.rows}
        return sum((_within(drawn[row.no], row.received, paid) for row, paid in rows), NOTHING)

    @property
    def saves(self) -> int:
        """What need not be paid any more, mostly interest to come."""
        return max(self.before.open_by_schedule - self.payment.amount - self.after.open_by_schedule, 0)

    @property
    def installments(self) -> tuple[tuple[InstallmentPosition, int], ...]:
        """The contract's installments it reaches, as they stand before it, each with what it pays of it.

        What of one a plan took in is no more asked for by it: that is in `plan_rows`.
        """
        rows = {row.no: row for row in self.before.installments}
        reached = ((rows[no], min(paid, rows[no].left)) for no, paid in self.payment.reached)
        return tuple((row, paid) for row, paid in reached if paid)

    @property
    def plan_rows(self) -> tuple[tuple[InstallmentProgress, int], ...]:
        """The rows of the plan it reaches, as they stand before it, each with what comes of it.

        On the day that a plan is of, money pays what it took in, and counts for its first rows.
        """
        before = self.before.live_plan
        if before and before.agreement.own_pause:
            return ()
        after = {row.key: row for plan in self.after.plans for row in plan.rows}
        came = ((row, after[row.key].received - row.received) for row in (before.rows if before else ()))
        return tuple((row, paid) for row, paid in came if paid)

    @property
    def beside(self) -> int:
        """What goes to penalty, fees and costs that stand in no installment of the contract or of a plan."""
        within = sum(paid for _, paid in self.installments) + sum(paid for _, paid in self.plan_rows)
        return self.payment.allocated.total - within


@dataclass(frozen=True, slots=True)
class Beyond:
    """How much of a payment is more than is due. Minor units.

    `above` is what is left of it once everything is paid, `payoff` what would be enough, `surplus` what would be paid
    ahead, and `saves` what each way to prepay saves instead: none where the contract has said it or none is left to
    prepay.
    """

    payoff: int
    above: int
    surplus: int
    saves: Mapping[Then, int]


def _within(row: Amounts, paid_before: int, paid: int) -> Amounts:
    """Of a plan's row what so much pays, in the order of its components, behind what was paid before."""
    found, start = {}, 0
    for name, minor in row.items():
        found[name] = max(min(start + minor, paid_before + paid) - max(start, paid_before), 0)
        start += minor
    return Amounts(**found)


def beyond(ahead: PaymentEffect) -> Beyond:
    """What has to be asked before it is paid."""
    now, amount = ahead.before, ahead.payment.amount
    named = ahead.payment.installment, ahead.payment.plan_installment
    surplus, above = ahead.payment.credit, min(ahead.after.credit, amount) if ahead.after.closed_on else 0
    if above or not surplus or now.loan.terms.surplus is Surplus.PREPAY:
        return Beyond(amount - above, above, surplus, {})
    ways = {each: preview_payment(now, amount, *named, Purpose.PREPAY, each) for each in Then}
    saves = {then: each.saves for then, each in ways.items() if each.payment.credit < surplus}
    return Beyond(amount, 0, surplus, saves)


def preview_payment(
    now: Position,
    amount: int,
    installment: int | None = None,
    plan_installment: int | None = None,
    purpose: Purpose | None = None,
    then: Then = Then.FEWER,
) -> PaymentEffect:
    """A payment on the day of the position, through the same ledger that allocates real ones.

    `installment`, or `plan_installment` of the plan in force, is the debt that is named with it, `purpose` and
    `then` what the rest is for. With the payment it is another ledger, which is walked once.

    Unit      minor units of the loan's currency
    Rounding  none of its own: every figure is a rounded position or a difference of two
    """
    payment = Payment(
        _TRIED,
        now.as_of,
        amount,
        installment=installment,
        plan_installment=plan_installment,
        purpose=purpose,
        then=then,
    )
    after = position(replace(now.loan, payments=(*now.loan.payments, payment)), now.as_of)
    until = now.as_of + LOOKED_AHEAD
    without, with_it = (each.penalty_by(until) - now.penalty_charged for each in (now, after))
    (tried,) = (each for each in after.payments if each.id == _TRIED)
    return PaymentEffect(now, tried, after, without, with_it)
