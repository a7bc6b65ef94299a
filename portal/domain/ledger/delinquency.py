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

    `free_until` is the last day of grace, on which paying costs nothing more.
    """

    status: DelinquencyStatus
    amount: int = 0
    on: date | None = None
    free_until: date | None = None


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
    total = now.overdue.total
    oldest, days = now.as_of - timedelta(days=now.days_past_due), now.loan.terms.free_days
    if now.days_past_due <= days and not now.overdue.penalty and not now.overdue_in_plan.total:
        return Delinquency(DelinquencyStatus.IN_GRACE, total, oldest, oldest + timedelta(days=days))
    return Delinquency(DelinquencyStatus.OVERDUE, total, oldest)
