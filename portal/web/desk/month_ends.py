"""Loans at month ends by days past due: how many, what is owed, and how they moved; each cell opens its loans."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.ledger.month_end import Bucket, month_end_before, month_end_of
from portal.domain.money import format_amount
from portal.reads.cases import NotFound
from portal.reads.figures import FigureDays
from portal.reads.month_ends import (
    MONTH_END_CASES_ON_A_PAGE,
    MonthEndCase,
    MonthEndCell,
    MonthEndTotal,
    every_month_end_case,
    month_end_cases,
    month_end_place,
    month_end_totals,
)
from portal.web import guard
from portal.web.desk.figure_days import asked_days, days_asked, sheet_of_days
from portal.web.desk.own import note_export
from portal.web.forms import Form
from portal.web.render import page
from portal.web.sheets import SheetLine, sheet, streamed_sheet
from portal.web.urls import addresses, id_in_address

_MONTHS = 6
"""So many month ends stand on the page, the last of them with how its loans moved; the sheet has all."""
_EARLIEST = date(1970, 1, 1)
_CASE_COLUMNS = ("month_end", "known", "loan_no", "was", "bucket", "principal", "overdue", "currency")


@dataclass(frozen=True, slots=True)
class BucketCell:
    """So many loans, the address that lists them, and how many of a hundred of their row they are."""

    loans: int
    href: str
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class BucketRow:
    """Of a month end, or of a bucket at the month end before."""

    of: date
    was: str
    cells: tuple[BucketCell, ...]


@dataclass(frozen=True, slots=True)
class BucketSums:
    bucket: str
    currency: str
    loans: int
    principal_minor: int
    overdue_minor: int


@dataclass(frozen=True, slots=True)
class MonthEndFigures:
    """What the page of figures shows of month ends; `of` is the last, and none where none is worked out.

    `working_on` is the month end that is over, and of which not every loan is worked out yet.
    """

    of: date | None
    months: tuple[BucketRow, ...]
    moves: tuple[BucketRow, ...]
    sums: tuple[BucketSums, ...]
    working_on: date | None


async def month_end_figures(request: Request, days: FigureDays) -> MonthEndFigures:
    """Of the last month end until the day that is asked for, and of those before it."""
    staff = guard.current_staff(request)
    place, wanted = await month_end_place(staff.lender_id), _last_until(days.of)
    known_until = min(wanted, _last_until(days.known))
    of = min(known_until, place.done) if place else known_until
    totals = await month_end_totals(staff.lender_id, _months_before(of), of, days.known)
    waits = place is not None and place.of_on <= known_until and place.of_on < guard.today(request, staff.timezone)
    return MonthEndFigures(
        of=of if totals else None,
        months=_months(request, totals, days.known),
        moves=_moves(request, [each for each in totals if each.of == of], days.known),
        sums=_sums([each for each in totals if each.of == of]),
        working_on=place.of_on if place and waits else None,
    )


async def month_ends_sheet(request: Request) -> Response:
    """Every month end until the day: a line for each bucket before and after, by currency."""
    _, days = days_asked(request)
    staff = guard.current_staff(request)
    place = await month_end_place(staff.lender_id)
    totals = await month_end_totals(staff.lender_id, _EARLIEST, min(days.of, place.done), days.known) if place else ()
    head = ("month_end", "known", "was", "bucket", "loans", "principal", "overdue", "currency")
    rows = [(each.of, days.known, each.was, each.bucket, each.loans, *_amounts(each), each.currency) for each in totals]
    return sheet(sheet_of_days("month-ends", days), head, rows)


async def month_end_cases_page(request: Request) -> Response:
    """The loans of one cell, a page at a time."""
    cell, form, days = _cell(request)
    staff = guard.current_staff(request)
    found = await month_end_cases(staff.lender_id, cell, _past(form))
    totals = await month_end_totals(staff.lender_id, cell.of, cell.of, cell.known)
    rows = found[:MONTH_END_CASES_ON_A_PAGE]
    counted = (each.loans for each in totals if each.bucket == cell.bucket and cell.was in (None, each.was))
    values: dict[str, Any] = {
        "cell": cell,
        "rows": rows,
        "count": sum(counted),
        "asked": _asked(cell),
        "figures": asked_days(days),
        "past": form.raw("past"),
        "onward": rows[-1].id if len(found) > MONTH_END_CASES_ON_A_PAGE else None,
    }
    return page(request, "desk/month_end_cases", **values)


async def month_end_cases_sheet(request: Request) -> Response:
    """All loans of one cell; that this was taken is noted as of any other list."""
    cell, _, days = _cell(request)
    note_export(request, "month_end_cases")
    cases = every_month_end_case(guard.current_staff(request).lender_id, cell)
    return streamed_sheet(sheet_of_days(f"month-end-{cell.bucket}", days), _CASE_COLUMNS, _case_lines(cell, cases))


async def _case_lines(cell: MonthEndCell, cases: AsyncIterator[MonthEndCase]) -> AsyncIterator[SheetLine]:
    async for each in cases:
        yield cell.of, cell.known, each.loan_no, each.was, each.bucket, *_amounts(each), each.currency


def _months(request: Request, totals: Sequence[MonthEndTotal], known: date) -> tuple[BucketRow, ...]:
    """The newest last."""
    counts: Counter[tuple[date, str]] = Counter()
    for each in totals:
        counts[each.of, each.bucket] += each.loans
    return tuple(
        BucketRow(of, "", _row(request, [MonthEndCell(of, known, bucket) for bucket in Bucket], counts_of))
        for of in sorted({each.of for each in totals})
        for counts_of in [[counts[of, bucket] for bucket in Bucket]]
    )


def _moves(request: Request, totals: Sequence[MonthEndTotal], known: date) -> tuple[BucketRow, ...]:
    """From where the loans of a month end came; those that were not here before stand last."""
    counts: Counter[tuple[str, str]] = Counter()
    for each in totals:
        counts[each.was, each.bucket] += each.loans
    return tuple(
        BucketRow(
            totals[0].of,
            was,
            _row(
                request,
                [MonthEndCell(totals[0].of, known, bucket, was) for bucket in Bucket],
                [counts[was, bucket] for bucket in Bucket],
            ),
        )
        for was in (*Bucket, "")
        if any(counts[was, bucket] for bucket in Bucket)
    )


def _row(request: Request, cells: Sequence[MonthEndCell], counts: Sequence[int]) -> tuple[BucketCell, ...]:
    """`percent` is rounded half up; none where it is nothing."""
    address, whole = addresses(request.app), sum(counts)
    return tuple(
        BucketCell(
            count,
            f"{address('desk_month_end_cases', bucket=cell.bucket)}?{_asked(cell)}",
            (count * 200 + whole) // (2 * whole) if count else None,
        )
        for cell, count in zip(cells, counts, strict=True)
    )


def _sums(totals: Sequence[MonthEndTotal]) -> tuple[BucketSums, ...]:
    """By bucket and currency: sums of two currencies are never added."""
    keys = sorted({(list(Bucket).index(Bucket(each.bucket)), each.currency) for each in totals})
    found = []
    for place, currency in keys:
        bucket = list(Bucket)[place]
        these = [each for each in totals if each.bucket == bucket and each.currency == currency]
        sums = (sum(each.loans for each in these), sum(each.principal_minor for each in these))
        found.append(BucketSums(bucket.value, currency, *sums, sum(each.overdue_minor for each in these)))
    return tuple(found)


def _cell(request: Request) -> tuple[MonthEndCell, Form, FigureDays]:
    """The bucket of the address, at the last month end until the day asked for. Raises NotFound."""
    bucket = request.path_params["bucket"]
    if bucket not in set(Bucket):
        raise NotFound(request.url.path)
    form, days = days_asked(request)
    was = form.raw("was")
    before = None if "was" not in request.query_params or was not in ("", *Bucket) else was
    return MonthEndCell(_last_until(days.of), days.known, bucket, before), form, days


def _past(form: Form) -> int:
    return id_in_address(form.raw("past")) or 0


def _last_until(day: date) -> date:
    """The last month end until a day."""
    return day if day == month_end_of(day) else month_end_before(day)


def _months_before(of: date) -> date:
    for _ in range(_MONTHS - 1):
        of = month_end_before(of)
    return of


def _asked(cell: MonthEndCell) -> str:
    days = {"of": cell.of, "known": cell.known}
    return urlencode(days if cell.was is None else {**days, "was": cell.was})


def _amounts(each: MonthEndTotal | MonthEndCase) -> tuple[str, str]:
    return format_amount(each.principal_minor, each.currency), format_amount(each.overdue_minor, each.currency)
