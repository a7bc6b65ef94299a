"""The log as a feed, and as chains that can be walked."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from portal.domain.event import GENESIS, link
from portal.tables import models as t

BATCH = 1000


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


async def feed(lender_id: int, after: int = 0) -> AsyncIterator[FeedEvent]:
    """A lender's events after a feed position, oldest first."""
    while True:
        rows = (
            await t.Event.filter(lender_id=lender_id, feed__gt=after)
            .order_by("feed")
            .limit(BATCH)
            .values("feed", "type", "body", "occurred_at")
        )
        for row in rows:
            body = bytes(row["body"])
            told = json.loads(body)
            actor = told["actor"]["kind"]
            yield FeedEvent(row["feed"], row["type"], told["loan_no"], actor, row["occurred_at"], body)
        if len(rows) < BATCH:
            return
        after = rows[-1]["feed"]


async def broken_links() -> AsyncIterator[Link]:
    """Walks every chain from its beginning; the first link that does not hold says why."""
    heads: dict[str, tuple[int, str]] = {}
    last = 0
    while True:
        rows = (
            await t.Event.filter(id__gt=last)
            .order_by("id")
            .limit(BATCH)
            .values("id", "stream", "seq", "body", "previous", "hash")
        )
        for row in rows:
            seq, previous = heads.get(row["stream"], (0, GENESIS))
            yield Link(row["stream"], row["seq"], _problem(row, seq, previous))
            heads[row["stream"]] = (row["seq"], row["hash"])
        if len(rows) < BATCH:
            return
        last = rows[-1]["id"]


def _problem(row: dict[str, object], seq: int, previous: str) -> str:
    body = bytes(row["body"])  # type: ignore[call-overload]
    if row["seq"] != seq + 1:
        return f"follows {seq}: an event is missing"
    if row["previous"] != previous:
        return "does not name the event before it"
    if row["hash"] != link(previous, body):
        return "its content is not what was chained"
    return ""
