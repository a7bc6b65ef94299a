"""The log as a feed, and as chains that can be walked."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.event import GENESIS, link
from portal.reads.rows import each_row
from portal.tables import models as tables
from portal.tables.query import Query

EVENTS_AT_ONCE = 1000
_LAST = Query("SELECT event.seq, event.hash FROM event WHERE event.stream = :stream ORDER BY event.seq DESC LIMIT 1")


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event in the order of its lender's feed; `body` are the bytes as they were chained."""

    feed: int
    type: str
    loan_no: str
    actor: str
    at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a chain; `what` is empty where it holds."""

    stream: str
    seq: int
    what: str


async def stream_head(stream: str) -> tuple[int, str]:
    """Number and hash of its last event, and where a stream begins if there is none."""
    rows = await _LAST.read(stream=stream)
    return (rows[0][0], rows[0][1]) if rows else (0, GENESIS)


async def feed(lender_id: int, after: int = 0) -> AsyncIterator[FeedEvent]:
    """A lender's events after a feed position, oldest first."""
    rows, columns = tables.EventRow.filter(lender_id=lender_id), ("feed", "type", "body", "occurred_at")
    async for row in each_row(rows, EVENTS_AT_ONCE, *columns, by="feed", after=after):
        body = bytes(row["body"])
        fields = json.loads(body)
        actor = fields["actor"]["kind"]
        yield FeedEvent(row["feed"], row["type"], fields["loan_no"], actor, row["occurred_at"], body)


async def events_of_loan(loan_id: int, after: int, most: int) -> list[tuple[int, bytes]]:
    """Number and bytes of at most so many events of a loan's stream after a number, oldest first."""
    rows = tables.EventRow.filter(stream=f"loan:{loan_id}", seq__gt=after).order_by("seq").limit(most)
    return [(int(seq), bytes(body)) for seq, body in await rows.values_list("seq", "body")]


async def broken_links() -> AsyncIterator[Link]:
    """Walks every chain and every feed from its beginning; a link that does not hold says why.

    A chain cannot tell that its last events were taken away; the feed can, for its lender knows how far it went, at
    least when the walk began: what comes meanwhile is no fault.
    """
    least = {lender.id: lender for lender in await tables.LenderRow.all().order_by("id")}
    walk = _Walk({lender.id: lender.slug for lender in least.values()})
    async for row in each_row(tables.EventRow, EVENTS_AT_ONCE, *_EVENT):
        yield Link(row["stream"], row["seq"], walk.problem(row))
        walk.go_on(row)
    for lender in await tables.LenderRow.filter(id__in=list(least)).order_by("id"):
        if not least[lender.id].feed <= walk.fed(lender.id) <= lender.feed:
            yield Link(f"feed:{lender.slug}", walk.fed(lender.id), f"ends before {lender.feed}: an event is missing")


_EVENT = ("id", "lender_id", "feed", "stream", "seq", "type", "proposal_ref", "body", "previous", "hash")


class _Walk:
    """How far the walk has come: the head of every chain, and each lender's last feed position."""

    def __init__(self, slugs: Mapping[int, str]) -> None:
        self._slugs = slugs
        self._heads: dict[str, tuple[int, str]] = {}
        self._fed: dict[int, int] = {}

    def fed(self, lender_id: int) -> int:
        return self._fed.get(lender_id, 0)

    def go_on(self, row: Mapping[str, Any]) -> None:
        self._heads[row["stream"]] = (row["seq"], row["hash"])
        self._fed[row["lender_id"]] = row["feed"]

    def problem(self, row: Mapping[str, Any]) -> str:
        seq, previous = self._heads.get(row["stream"], (0, GENESIS))
        fed = self.fed(row["lender_id"])
        body = bytes(row["body"])
        if row["seq"] != seq + 1:
            return f"follows {seq}: an event is missing or out of order"
        if row["previous"] != previous:
            return "does not name the event before it"
        if row["hash"] != link(previous, body):
            return "its content is not what was chained"
        if row["feed"] != fed + 1:
            return f"feed position {row['feed']} follows {fed}: an event is missing or out of order"
        return self._misfiled(row, json.loads(body))

    def _misfiled(self, row: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
        """The columns that rows are found by say what the chained bytes say."""
        filed = {**row, "lender": self._slugs[row["lender_id"]], "proposal": row["proposal_ref"] or None}
        wrong = [
            name for name in ("lender", "stream", "seq", "feed", "type", "proposal") if filed[name] != fields[name]
        ]
        return f"is filed under another {', '.join(wrong)} than was chained" if wrong else ""
