"""A lender's feed by pages, of all or of some of it; where its days begin, and where each chain ended at a position."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain.conduct.feed_statement import StreamHead
from portal.domain.contract.loan import Loan
from portal.reads.cases import first_found
from portal.reads.loans import load_loans
from portal.tables import models as tables
from portal.tables.query import Query

LOOKED_AT = 10_000
"""So many events are looked through for one page of those that are asked for; the next page goes on behind them."""
FIRST_EPOCH, FEED_STATEMENT = "first", "feed_statement"
_TIMES_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class FeedEnd:
    """How far a feed goes; `epoch` is another since a backup took the place of the database, which left the feed as it
    was up to `epoch_after`.
    """

    feed: int
    epoch: str
    epoch_after: int


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Which events: of these types, of one loan, of the business days from `first` to `last`; of all where none is."""

    types: tuple[str, ...] = ()
    loan_no: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """`next` is the position of the last event that was looked at, whether or not it was asked for."""

    bodies: tuple[bytes, ...]
    next: int
    more: bool


@dataclass(frozen=True, slots=True)
class LoansAt:
    """Some loans as they were known at a position of the feed, and by loan number where the chain of each ended."""

    heads: Mapping[str, StreamHead]
    loans: tuple[Loan, ...]
    next: int
    more: bool


@dataclass(frozen=True, slots=True)
class OtherHeads:
    """Where some chains that are no loan's ended at a position of the feed."""

    heads: tuple[StreamHead, ...]
    next: int
    more: bool


async def feed_end(lender_id: int) -> FeedEnd:
    found = await tables.LenderRow.get(id=lender_id)
    return FeedEnd(int(found.feed), found.epoch or FIRST_EPOCH, int(found.epoch_after))


async def feed_page(lender_id: int, after: int, limit: int, wanted: FeedFilter, end: int) -> FeedPage:
    """At most `limit` of what is wanted behind `after`, in the order of the feed. Raises NotFound for no such loan."""
    begin = after if wanted.first is None else max(after, await feed_before(lender_id, wanted.first, end))
    stop = end if wanted.last is None else await feed_until(lender_id, wanted.last, end)
    looked = stop if wanted.loan_no is not None else min(stop, begin + LOOKED_AT)
    rows = tables.EventRow.filter(lender_id=lender_id, feed__gt=begin, feed__lte=looked)
    rows = rows.filter(type__in=wanted.types) if wanted.types else rows
    rows = rows if wanted.loan_no is None else rows.filter(stream__in=await _streams_of(lender_id, wanted.loan_no))
    found = await rows.order_by("feed").limit(limit + 1).values_list("feed", "body")
    told = found[:limit]
    bodies = [bytes(body) for _, body in told]
    if len(found) > limit:
        last, more = told[-1][0], True
    else:
        last, more = max(looked, after), looked < stop
    return FeedPage(tuple(_of_loan(bodies, wanted.loan_no)), last, more)


async def _streams_of(lender_id: int, loan_no: str) -> list[str]:
    """The loan's own, and those of whoever owes it: of these the events that name the loan."""
    ids = await tables.LoanRow.filter(lender_id=lender_id, loan_no=loan_no).values_list("id", flat=True)
    loan_id = first_found(ids, loan_no)
    parties = await tables.PartyRow.filter(loan_id=loan_id).values_list("borrower_id", flat=True)
    return [f"loan:{loan_id}", *(f"borrower:{each}" for each in parties)]


def _of_loan(bodies: Sequence[bytes], loan_no: str | None) -> Sequence[bytes]:
    return bodies if loan_no is None else [body for body in bodies if json.loads(body)["loan_no"] == loan_no]


async def feed_until(lender_id: int, day: date, end: int) -> int:
    """The position of the last event of a business day, or of the last one before it; 0 where there is none.

    Days follow each other in a feed, so that halving it finds one among millions.
    """
    least, most = 0, end
    while least < most:
        middle = (least + most + 1) // 2
        rows = await tables.EventRow.filter(lender_id=lender_id, feed=middle).values("business_date")
        if first_found(rows, "feed")["business_date"] <= day:
            least = middle
        else:
            most = middle - 1
    return least


async def feed_before(lender_id: int, day: date, end: int) -> int:
    """The position of the last event before a business day."""
    return await feed_until(lender_id, date.fromordinal(day.toordinal() - 1), end)


_HEADS = """
SELECT named.name, head.seq, head.hash FROM ({names}) AS named JOIN event AS head ON head.stream = named.stream
AND head.seq = (SELECT max(seq) FROM event WHERE stream = named.stream AND feed <= :feed)
"""
_LOAN_HEADS = Query(_HEADS.format(names="SELECT loan_no AS name, 'loan:' || id AS stream FROM loan WHERE id IN :loans"))
_OTHER_HEADS = Query(
    _HEADS.format(
        names="SELECT 'borrower:' || id AS name, 'borrower:' || id AS stream FROM borrower WHERE id IN :borrowers"
        " UNION ALL SELECT 'lender:' || id, 'lender:' || id FROM lender WHERE id = :lender"
    )
)


async def loans_at(lender_id: int, feed: int, after: int, limit: int) -> LoansAt:
    """Of at most `limit` loans behind `after`, which is the place of the last one, those that there were by then."""
    rows = tables.LoanRow.filter(lender_id=lender_id, id__gt=after).order_by("id").limit(limit)
    ids = [int(str(each)) for each in await rows.values_list("id", flat=True)]
    heads = _heads(await _LOAN_HEADS.read(loans=tuple(ids), feed=feed)) if ids else {}
    known = await _known_at(lender_id, feed) if heads else None
    loaded = (loan for loan, _ in (await load_loans(ids, known)).values()) if known is not None else ()
    loans = tuple(loan for loan in loaded if loan.loan_no in heads)
    return LoansAt(heads, loans, ids[-1] if ids else after, len(ids) == limit)


async def other_heads(lender_id: int, feed: int, after: int, limit: int) -> OtherHeads:
    """The same of chains that are no loan's: those of the lender's borrowers, at the end its own."""
    rows = tables.BorrowerRow.filter(lender_id=lender_id, id__gt=after).order_by("id").limit(limit)
    ids = [int(str(each)) for each in await rows.values_list("id", flat=True)]
    more = len(ids) == limit
    found = await _OTHER_HEADS.read(borrowers=tuple(ids), lender=0 if more else lender_id, feed=feed)
    return OtherHeads(tuple(_heads(found).values()), ids[-1] if ids else after, more)


async def _known_at(lender_id: int, feed: int) -> datetime | None:
    """When what was told up to a position was known: the latest time of the events before it, for clocks differ."""
    rows = tables.EventRow.filter(lender_id=lender_id, feed__gt=feed - _TIMES_LOOKED_AT, feed__lte=feed)
    return max((row["occurred_at"] for row in await rows.values("occurred_at")), default=None)


def _heads(rows: Sequence[Any]) -> dict[str, StreamHead]:
    return {name: StreamHead(name, seq, hashed) for name, seq, hashed in rows}


async def kept_statement(lender_id: int, on: date, feed: int) -> str | None:
    """What was signed of that day, up to that position."""
    rows = tables.FeedStatementRow.filter(lender_id=lender_id, on=on, feed=feed).values_list("body", flat=True)
    return next(iter(map(str, await rows)), None)
