"""When a loan has ended, and from when on what is kept about its borrower has to go."""

from collections.abc import Iterable
from datetime import date, timedelta

from portal.domain.loan import Loan
from portal.domain.position import position
from portal.domain.standing import Standing, standing


def ended_on(loan: Loan, today: date) -> date | None:
    """The day a loan ended, None while anything may still be asked for.

    Paid up: the day of its last payment or charge. Written off: only when the lender's own statement, of that day
    or later, asks for nothing more; until then the loan is still owed, and its papers are still needed.
    """
    where = standing(loan, position(loan, today)).standing
    if where is Standing.PAID_UP:
        days = [payment.received_on for payment in loan.payments] + [charge.on for charge in loan.charges]
        return max(days, default=max(row.due_on for row in loan.schedule))
    stated = loan.statement
    if where is Standing.WRITTEN_OFF and stated and loan.written_off_on and stated.as_of >= loan.written_off_on:
        return stated.as_of if stated.overdue.total == 0 else None
    return None


def due_for_erasure(loans: Iterable[Loan], days: int, today: date) -> bool:
    """Whether every one of a borrower's loans ended more than `days` days ago; no loan at all is no reason."""
    ends = [ended_on(loan, today) for loan in loans]
    return bool(ends) and all(end is not None and end + timedelta(days=days) < today for end in ends)
