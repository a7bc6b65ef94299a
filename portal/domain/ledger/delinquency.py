"""Where a loan stands: one code with the amount and the date that belong to it, for pages to word."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.domain.ledger.position import Position


class DelinquencyStatus(StrEnum):
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
    """The first of these that is true: written off, overdue (in grace or not), paid up, due soon, on time."""
    loan = now.loan
    if loan.written_off_on is not None and now.outstanding_principal:
        return Delinquency(DelinquencyStatus.WRITTEN_OFF, now.outstanding_principal, loan.written_off_on)
    if now.overdue.total:
        oldest = min((row.due_on for row in now.overdue_installments), default=now.itemisation.opened_on)
        grace = now.days_past_due <= loan.terms.penalty.grace_days and not now.overdue.penalty
        if grace:
            return Delinquency(
                DelinquencyStatus.IN_GRACE,
                now.overdue.total,
                oldest,
                oldest + timedelta(days=loan.terms.penalty.grace_days),
            )
        return Delinquency(DelinquencyStatus.OVERDUE, now.overdue.total, oldest)
    upcoming = now.next_due
    if upcoming is None:
        return Delinquency(DelinquencyStatus.PAID_UP)
    soon = (upcoming.due_on - now.as_of).days <= DUE_SOON_DAYS
    return Delinquency(
        DelinquencyStatus.DUE_SOON if soon else DelinquencyStatus.ON_TIME, upcoming.left, upcoming.due_on
    )
