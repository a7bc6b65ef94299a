"""Where a loan is at the end of a month, by days past due, and where it was at the month end before."""

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from portal.domain.contract.loan import Loan, Suspension
from portal.domain.ledger.dated import known_on
from portal.domain.ledger.delinquency import DelinquencyStatus, delinquency
from portal.domain.ledger.position import position


class Bucket(StrEnum):
    """By days past due, as balances are reported; `CLOSED` is paid off, or closed by the lender.

    Source: retail reporting of past-due balances (OCC, Comptroller's Handbook, Retail Lending).
    """

    CURRENT = "current"
    DAYS_1 = "days_1_29"
    DAYS_30 = "days_30_59"
    DAYS_60 = "days_60_89"
    DAYS_90 = "days_90"
    CLOSED = "closed"


_FROM_DAY = ((90, Bucket.DAYS_90), (60, Bucket.DAYS_60), (30, Bucket.DAYS_30), (1, Bucket.DAYS_1), (0, Bucket.CURRENT))
_OVER = (DelinquencyStatus.CLOSED, DelinquencyStatus.PAID_UP)


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """A loan at the end of a month: `was` is its bucket at the month end before, empty at its first.

    Unit  minor units of `currency`: principal outstanding and all that is overdue; of a closed loan none
    """

    of: date
    was: str
    bucket: str
    currency: str
    principal_minor: int = 0
    overdue_minor: int = 0


def bucket_of(days_past_due: int) -> Bucket:
    return next(bucket for first, bucket in _FROM_DAY if days_past_due >= first)


def month_end_of(day: date) -> date:
    """The last day of the month that a day is in."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def month_end_after(month_end: date) -> date:
    return month_end_of(month_end + timedelta(days=1))


def month_end_before(day: date) -> date:
    """The last day of the month before the one that a day is in."""
    return day.replace(day=1) - timedelta(days=1)


def month_ends(first: date, last: date) -> Iterator[date]:
    """From a month end to another."""
    while first <= last:
        yield first
        first = month_end_after(first)


def at_month_end(loan: Loan, of: date, was: str) -> MonthEnd | None:
    """By the ledger at the end of that day. Nothing where it was closed a month before already, and is so still."""
    now = position(loan, of)
    if delinquency(now).status not in _OVER:
        bucket = bucket_of(now.days_past_due)
        return MonthEnd(of, was, bucket, loan.currency, now.outstanding_principal, now.overdue.total)
    return None if was == Bucket.CLOSED else MonthEnd(of, was, Bucket.CLOSED, loan.currency)


def month_ends_known(
    before: Loan | None, now: Loan, kept: Mapping[date, MonthEnd], ends: Sequence[date]
) -> dict[date, MonthEnd | None]:
    """What becomes of these month ends, in their order, once the loan is known as it is `now` and no more as `before`.

    Only where facts of by then are others is the ledger walked again.
    """
    found: dict[date, MonthEnd | None] = {}
    was = ""
    for of in ends:
        old = kept.get(of)
        if old and before and dated_until(before, of) == dated_until(now, of):
            found[of] = None if was == old.bucket == Bucket.CLOSED else replace(old, was=was)
        else:
            found[of] = at_month_end(now, of, was)
        was = last.bucket if (last := found[of]) else was
    return found


def dated_until(loan: Loan, day: date) -> Loan:
    """With nothing that came after a day, nor what days past due and sums of that day do not follow from."""
    return replace(
        known_on(loan, day),
        statement=None,
        corrections=(),
        suspensions=tuple(_until(each, day) for each in loan.suspensions if each.start <= day),
        arrears_tolerance=tuple(each for each in loan.arrears_tolerance if each.since <= day),
    )


def _until(suspension: Suspension, day: date) -> Suspension:
    ended = suspension.end is not None and suspension.end <= day
    return suspension if ended else replace(suspension, end=None)
