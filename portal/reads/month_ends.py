"""Loans at month ends by days past due, as was known on a day: added up, and the loans that are counted."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from hashlib import sha256
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from portal.domain.conduct.figures import LATEST
from portal.domain.ledger.month_end import MonthEnd, month_end_before, month_end_of
from portal.reads.loans import load_loans
from portal.reads.rows import batches, each_by_pages, names_of
from portal.tables import models as tables
from portal.tables.query import Query, stored_date

MONTH_END_CASES_ON_A_PAGE = 50
EVENTS_LOOKED_AT = 500
_LOANS_AT_ONCE = 500
_STREAM = "loan:"


@dataclass(frozen=True, slots=True)
class MonthEndPlace:
    """How far a lender's month ends are worked out (see `MonthEndPlaceRow`)."""

    of_on: date
    loan: int = 0
    feed: int = 0

    @property
    def done(self) -> date:
        """The last month end of which every loan is worked out."""
        return month_end_before(self.of_on)


@dataclass(frozen=True, slots=True)
class MonthEndTotal:
    """So many loans of one currency were in `bucket` at a month end, and in `was` at the one before; minor units."""

    of: date
    was: str
    bucket: str
    currency: str
    loans: int
    principal_minor: int
    overdue_minor: int


@dataclass(frozen=True, slots=True)
class MonthEndCase:
    """One loan that is counted; `id` is where the page after it goes on."""

    id: int
    loan_ref: str
    loan_no: str
    was: str
    bucket: str
    currency: str
    principal_minor: int
    overdue_minor: int


@dataclass(frozen=True, slots=True)
class MonthEndCell:
    """Which loans: at which month end, as known on a day, in which bucket; `was` is none where any before counts."""

    of: date
    known: date
    bucket: str
    was: str | None = None


_TOTALS = Query("""
SELECT of_on, was, bucket, currency, sum(loans), sum(principal_minor), sum(overdue_minor) FROM month_end_total
WHERE lender_id = :lender AND of_on BETWEEN :first AND :of AND known_on <= :known
GROUP BY of_on, was, bucket, currency HAVING sum(loans) > 0 ORDER BY of_on, bucket, was, currency
""")
_CASES = Query(f"""
SELECT loan.id, loan.ref, loan.loan_no, counted.was, counted.bucket, counted.currency, counted.principal_minor,
    counted.overdue_minor
FROM month_end AS counted JOIN loan ON loan.id = counted.loan_id
WHERE counted.lender_id = :lender AND counted.of_on = :of AND counted.bucket = :bucket AND counted.loan_id > :id
    AND counted.known_on <= :known AND counted.until_on > :known AND (counted.was = :was OR :every = 1)
ORDER BY counted.loan_id LIMIT {MONTH_END_CASES_ON_A_PAGE + 1}
""")
_LAST = Query("""
SELECT counted.loan_id, counted.bucket FROM month_end AS counted
WHERE counted.loan_id IN :loans AND counted.until_on = :until AND counted.of_on = (
    SELECT max(of_on) FROM month_end AS other WHERE other.loan_id = counted.loan_id AND other.until_on = :until)
""")


async def month_end_place(lender_id: int) -> MonthEndPlace | None:
    """From the month of the first event of a loan on; none where there is no such event."""
    rows = await tables.MonthEndPlaceRow.filter(lender_id=lender_id).values(*names_of(MonthEndPlace))
    if rows:
        return MonthEndPlace(**rows[0])
    first = tables.EventRow.filter(lender_id=lender_id, stream__startswith=_STREAM).order_by("feed").limit(1)
    rows = await first.values("business_date")
    return MonthEndPlace(month_end_of(rows[0]["business_date"])) if rows else None


async def told_next(lender_id: int, place: MonthEndPlace, until: date) -> tuple[MonthEndPlace, date, tuple[int, ...]]:
    """Up to where the events of the next day go, or some of them; which day that is, and on which loans they were.

    The place is the same where nothing more was told until that day.
    """
    rows = tables.EventRow.filter(lender_id=lender_id, feed__gt=place.feed).order_by("feed").limit(EVENTS_LOOKED_AT)
    told = await rows.values_list("feed", "business_date", "stream")
    day, events = next(groupby(told, key=lambda row: row[1]), (until, ()))
    if day > until:
        return place, until, ()
    found = [(feed, stream) for feed, _, stream in events]
    loans = {int(stream.removeprefix(_STREAM)) for _, stream in found if stream.startswith(_STREAM)}
    return replace(place, feed=found[-1][0] if found else place.feed), day, tuple(sorted(loans))


async def loans_known(loan_ids: Sequence[int], day: date, timezone: str) -> dict[int, Any]:
    """The loans as they were known at the end of a business day; those not told of by then are left out."""
    morning = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(timezone)).astimezone(UTC)
    found = await load_loans(loan_ids, morning - timedelta(microseconds=1))
    return {loan_id: loan for loan_id, (loan, _) in found.items()}


async def month_ends_now(loan_ids: Sequence[int]) -> dict[int, dict[date, MonthEnd]]:
    """By loan and month end, as it is known last."""
    rows = tables.MonthEndRow.filter(loan_id__in=list(loan_ids), until_on=LATEST).order_by("loan_id", "of_on")
    found: dict[int, dict[date, MonthEnd]] = defaultdict(dict)
    for row in await rows.values("loan_id", *names_of(MonthEnd, "of"), of="of_on"):
        loan_id = row.pop("loan_id")
        found[loan_id][row["of"]] = MonthEnd(**row)
    return found


async def last_buckets(loan_ids: Sequence[int]) -> Mapping[int, str]:
    """In which bucket each loan was at the last month end of which there is anything of it."""
    return dict(await _LAST.read(loans=tuple(loan_ids), until=LATEST))


async def month_end_totals(lender_id: int, first: date, of: date, known: date) -> tuple[MonthEndTotal, ...]:
    rows = await _TOTALS.read(lender=lender_id, first=first, of=of, known=known)
    return tuple(MonthEndTotal(stored_date(day), *codes, *map(int, sums)) for day, *codes, sums in map(_parted, rows))


def _parted(row: Sequence[Any]) -> tuple[Any, ...]:
    return *row[:4], row[4:]


async def month_end_cases(lender_id: int, cell: MonthEndCell, past: int) -> tuple[MonthEndCase, ...]:
    """In the order in which they were told of: MONTH_END_CASES_ON_A_PAGE and one more where there are more."""
    asked = {"of": cell.of, "known": cell.known, "bucket": cell.bucket}
    which = {"was": cell.was or "", "every": int(cell.was is None)}
    return tuple(MonthEndCase(*row) for row in await _CASES.read(lender=lender_id, **asked, **which, id=past))


def every_month_end_case(lender_id: int, cell: MonthEndCell) -> AsyncIterator[MonthEndCase]:
    """All of them, a page in memory at a time."""
    page = partial(month_end_cases, lender_id, cell)
    return each_by_pages(page, 0, MONTH_END_CASES_ON_A_PAGE, lambda each: each.id)


async def month_ends_digest(lender_id: int) -> tuple[int, str]:
    """How many rows there are of a lender's month ends, and the SHA-256 of them by loan; their sums are in it too."""
    digest, count = sha256(), 0
    columns = ("loan_id", "of_on", "known_on", "until_on", *names_of(MonthEnd, "of"))
    async for batch in batches(tables.LoanRow.filter(lender_id=lender_id), _LOANS_AT_ONCE, "id"):
        rows = tables.MonthEndRow.filter(loan_id__in=[each["id"] for each in batch])
        for row in await rows.order_by("loan_id", "of_on", "known_on").values_list(*columns):
            digest.update(_line(row))
            count += 1
    key = ("of_on", "known_on", "was", "bucket", "currency")
    totals = tables.MonthEndTotalRow.filter(lender_id=lender_id).order_by(*key)
    for row in await totals.values_list(*key, "loans", "principal_minor", "overdue_minor"):
        digest.update(_line(row))
        count += 1
    return count, digest.hexdigest()


def _line(row: Any) -> bytes:
    return json.dumps([str(each) for each in row], ensure_ascii=False).encode() + b"\n"
