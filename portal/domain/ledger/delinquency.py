"""Where a loan stands: one code with the amount and the date that belong to it, for pages to word."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.domain.ledger.position import Position


class DelinquencyStatus(StrEnum):
    CLOSED = "closed"
    WRITTEN_OFF = "written_off"
    PAID_UP = "paid_up"
    OVERDUE = "overdue"
    IN_GRACE = "in_grace"
    DUE_SOON = "due_soon"
    ON_TIME = "on_time"


DUE_SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class Delinquency:
    """`amount` in minor units is what is overdue or next due; `on` is the due date that matters.

    `free_until` is the last day of grace, on which paying costs nothing more. `in_plan` is the part of the amount that
    a plan asks for, the rest is the contract's; `cure_by` the last day to catch up with that plan.
    """

    status: DelinquencyStatus
    amount: int = 0
    on: date | None = None
    free_until: date | None = None
    in_plan: int = 0
    cure_by: date | None = None

    @property
    def by_contract(self) -> int:
        return self.amount - self.in_plan


def delinquency(now: Position) -> Delinquency:
    """The first of: closed by the lender, written off, overdue (in grace or not), paid up, due soon, on time."""
    loan = now.loan
    if loan.closing is not None and loan.closing.on <= now.as_of:
        return Delinquency(DelinquencyStatus.CLOSED, on=loan.closing.on)
    if loan.written_off_on is not None and now.outstanding_principal:
        return Delinquency(DelinquencyStatus.WRITTEN_OFF, now.outstanding_principal, loan.written_off_on)
    if now.overdue.total:
        return _overdue(now)
    upcoming = now.next_to_pay
    if upcoming is None:
        return Delinquency(DelinquencyStatus.PAID_UP)
    soon = (upcoming.due_on - now.as_of).days <= DUE_SOON_DAYS
    return Delinquency(
        DelinquencyStatus.DUE_SOON if soon else DelinquencyStatus.ON_TIME, upcoming.amount, upcoming.due_on
    )


def _overdue(now: Position) -> Delinquency:
    total, in_plan = now.overdue.total, min(now.overdue_in_plan.total, now.overdue.total)
    oldest, days = now.as_of - timedelta(days=now.days_past_due), now.loan.terms.penalty.grace_days
    if now.days_past_due <= days and not now.overdue.penalty and not in_plan:
        return Delinquency(DelinquencyStatus.IN_GRACE, total, oldest, oldest + timedelta(days=days))
    cure_by = now.live_plan.cure_by if now.live_plan else None
    return Delinquency(DelinquencyStatus.OVERDUE, total, oldest, in_plan=in_plan, cure_by=cure_by)
