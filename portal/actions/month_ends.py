"""Loans at month ends, for figures: worked out by the worker once a month is over, some loans at a time.

What is told late of a month that was worked out is counted in once its own day is over, as known from that day on. All
of it follows from log and facts, and can be made again. A day is over an hour after its midnight: whoever began to
write before it has ended by then.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from portal.actions.act import change_of_lender
from portal.actions.attempts import Attempt, at_once
from portal.actions.journal import Journal
from portal.domain.conduct.figures import LATEST
from portal.domain.contract.loan import Loan
from portal.domain.event import BusinessTime
from portal.domain.ledger.month_end import MonthEnd, at_month_end, month_end_after, month_ends, month_ends_known
from portal.reads.cases import LenderFacts
from portal.reads.month_ends import (
    MonthEndPlace,
    last_buckets,
    loans_known,
    month_end_place,
    month_ends_now,
    told_next,
)
from portal.reads.rows import columns_of
from portal.tables import models as tables

_LOANS = 200
_FORGET_AT_ONCE = 5000
_SETTLED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a loan's month end was taken for, and is known to be from a day on; either may be nothing."""

    loan_id: int
    known_on: date
    before: MonthEnd | None
    now: MonthEnd | None


async def count_month_ends(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """Works on until yesterday; answers how many steps of some loans that took."""
    steps = 0
    while more := await attempt(f"{lender.slug}, month ends", partial(_step, lender, moment)):
        steps += more
    return steps


async def count_month_ends_again(lender: LenderFacts, moment: BusinessTime) -> int:
    """The same from the beginning; what was worked out before is forgotten."""
    while await _forget_month_ends(moment, lender):
        pass
    return await count_month_ends(lender, moment)


async def _step(lender: LenderFacts, moment: BusinessTime) -> int:
    """What was told until a month end comes before it: so is the order the same whenever it is made."""
    place, over = await month_end_place(lender.id), _last_day_over(lender, moment)
    if place is None:
        return 0
    onward, day, loan_ids = await told_next(lender.id, place, min(place.of_on, over))
    if onward != place:
        return await _keep_lines(moment, lender, place, onward, await _told_late(lender, place, day, loan_ids))
    if place.of_on > over:
        return 0
    onward, lines = await _of_month_end(lender, place)
    return await _keep_lines(moment, lender, place, onward, lines)


def _last_day_over(lender: LenderFacts, moment: BusinessTime) -> date:
    by_clock = (moment.at.astimezone(ZoneInfo(lender.timezone)) - _SETTLED).date()
    return min(by_clock, moment.today) - timedelta(days=1)


async def _told_late(lender: LenderFacts, place: MonthEndPlace, day: date, loan_ids: Sequence[int]) -> Sequence[_Line]:
    kept = await month_ends_now(loan_ids)
    if not kept:
        return ()
    before = await loans_known(tuple(kept), day - timedelta(days=1), lender.timezone)
    now = await loans_known(tuple(kept), day, lender.timezone)
    last = min(place.done, day - timedelta(days=1))
    return await asyncio.to_thread(_late_lines, kept, before, now, last, day)


def _late_lines(
    kept: Mapping[int, Mapping[date, MonthEnd]],
    before: Mapping[int, Loan],
    now: Mapping[int, Loan],
    last: date,
    day: date,
) -> list[_Line]:
    found = []
    for loan_id, told in kept.items():
        ends = tuple(month_ends(min(told), last))
        for of, line in month_ends_known(before.get(loan_id), now[loan_id], told, ends).items():
            if line != told.get(of):
                found.append(_Line(loan_id, day, told.get(of), line))
    return found


async def _of_month_end(lender: LenderFacts, place: MonthEndPlace) -> tuple[MonthEndPlace, Sequence[_Line]]:
    rows = tables.LoanRow.filter(lender_id=lender.id, id__gt=place.loan).order_by("id").limit(_LOANS)
    ids = [int(str(each)) for each in await rows.values_list("id", flat=True)]
    if not ids:
        return replace(place, of_on=month_end_after(place.of_on), loan=0), ()
    loans = await loans_known(ids, place.of_on, lender.timezone)
    lines = await asyncio.to_thread(_lines_of, loans, await last_buckets(ids), place.of_on)
    return replace(place, loan=ids[-1]), lines


def _lines_of(loans: Mapping[int, Loan], before: Mapping[int, str], of: date) -> list[_Line]:
    found = ((loan_id, at_month_end(loan, of, before.get(loan_id, ""))) for loan_id, loan in sorted(loans.items()))
    return [_Line(loan_id, of, None, line) for loan_id, line in found if line is not None]


@change_of_lender
async def _keep_lines(
    log: Journal, lender: LenderFacts, place: MonthEndPlace, onward: MonthEndPlace, lines: Sequence[_Line]
) -> int:
    """Only where nobody else has gone on from the same place meanwhile."""
    if await month_end_place(lender.id) != place:
        return 1
    for line in lines:
        if line.before is not None:
            was = tables.MonthEndRow.filter(loan_id=line.loan_id, of_on=line.before.of, until_on=LATEST)
            await was.update(until_on=line.known_on)
    rows = [
        tables.MonthEndRow(
            lender_id=lender.id,
            loan_id=line.loan_id,
            of_on=line.now.of,
            known_on=line.known_on,
            **columns_of(line.now, "of"),
        )
        for line in lines
        if line.now is not None
    ]
    await tables.MonthEndRow.bulk_create(rows, batch_size=500)
    await _add_up(lender.id, lines)
    await tables.MonthEndPlaceRow.update_or_create(lender_id=lender.id, defaults=columns_of(onward))
    return 1


async def _add_up(lender_id: int, lines: Sequence[_Line]) -> None:
    sums: dict[tuple[date, date, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in lines:
        for of_one, sign in ((line.before, -1), (line.now, 1)):
            if of_one is not None:
                found = sums[of_one.of, line.known_on, of_one.was, of_one.bucket, of_one.currency]
                for place, minor in enumerate((1, of_one.principal_minor, of_one.overdue_minor)):
                    found[place] += sign * minor
    for (of, known, was, bucket, currency), (loans, principal, overdue) in sums.items():
        row, _ = await tables.MonthEndTotalRow.get_or_create(
            lender_id=lender_id, of_on=of, known_on=known, was=was, bucket=bucket, currency=currency
        )
        row.loans, row.principal_minor = row.loans + loans, row.principal_minor + principal
        row.overdue_minor += overdue
        await row.save()


@change_of_lender
async def _forget_month_ends(log: Journal, lender: LenderFacts) -> int:
    for table in (tables.MonthEndPlaceRow, tables.MonthEndTotalRow):
        await table.filter(lender_id=lender.id).delete()
    ids = await tables.MonthEndRow.filter(lender_id=lender.id).limit(_FORGET_AT_ONCE).values_list("id", flat=True)
    return await tables.MonthEndRow.filter(id__in=ids).delete()
