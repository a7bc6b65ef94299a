"""When a loan has ended, on what ground what is kept about its borrower goes, and what keeps it all the same."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from portal.domain.contract.loan import Loan
from portal.domain.ledger.delinquency import DelinquencyStatus, delinquency
from portal.domain.ledger.position import position

AFTER_IMPORT = timedelta(days=30)
"""Nobody is erased sooner after their lender told of them, or of another loan of theirs."""


class Ground(StrEnum):
    """Why somebody is erased: the lender's own time for keeping is over, or they closed their account."""

    RETENTION = "retention"
    CLOSED = "closed"


class Blocker(StrEnum):
    """What keeps somebody who would be erased: it waits for one of the two sides, or they came a short time ago."""

    IMPORT = "import"
    PROPOSAL = "proposal"
    PLAN = "plan"
    CLAIM = "claim"
    COMPLAINT = "complaint"
    HOLD = "hold"
    APPROVAL = "approval"


def ended_on(loan: Loan, today: date) -> date | None:
    """The day a loan ended, None while anything may still be asked for.

    Paid up: the day of its last payment or charge, or on which its last plan ended. Written off: only when the lender's
    own statement, of that day or later, asks for nothing more; until then the loan is still owed, and its papers are
    still needed. So it is where something is left that is too little to be asked for.
    """
    now = position(loan, today)
    where = delinquency(now).status
    days = [payment.received_on for payment in loan.payments] + [charge.on for charge in loan.charges]
    days += [plan.ended_on for plan in now.plans if plan.ended_on is not None]
    if where is DelinquencyStatus.PAID_UP and not now.overlooked.total:
        return max(days, default=max(row.due_on for row in loan.schedule))
    stated = loan.statement
    if (
        where is DelinquencyStatus.WRITTEN_OFF
        and stated
        and loan.written_off_on
        and stated.as_of >= loan.written_off_on
    ):
        return max([stated.as_of, *days]) if stated.overdue.total == 0 else None
    return None


def all_ended_on(loans: Iterable[Loan], today: date) -> date | None:
    """The day the last of somebody's loans ended; None while one has not, and for somebody without any."""
    ends = [ended_on(loan, today) for loan in loans]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def erasure_ground(ended: date | None, days: int | None, closed: bool, today: date) -> Ground | None:
    """Why somebody whose last loan ended on a day is due to be erased, None where they are not.

    `days` is the lender's time for keeping, None where it has set none: the last of its days still keeps.
    """
    if ended is None:
        return None
    if days is not None and ended + timedelta(days=days) < today:
        return Ground.RETENTION
    return Ground.CLOSED if closed else None


def only_reports(last_on: date | None, last_days: int | None, days: int | None, today: date) -> bool:
    """Whether a look at a lender erases nobody yet: the first one, and the first after its time for keeping changed.

    `last_on` and `last_days` are of the look before. One of a later day than today, of a clock that was wrong, is none.
    """
    return last_on is None or last_on > today or last_days != days
