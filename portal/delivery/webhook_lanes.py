"""The lanes of endpoints: a stream each, claimed by one sender at a time, and moved only by the one who holds it.

The feed is what waits. A lane knows of events (`known`) and has dealt with some (`seq`); whoever reads on in the feed
raises the one, whoever sends the other. Each is a change of a single row that says what it expects to find there, so
that nothing is lost between the two, and a sender whose claim ran out moves nothing any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from portal.delivery.due import is_free, is_too_far
from portal.domain.conduct.webhooks import LONGEST_PAUSE
from portal.tables import models as tables
from portal.tables.transaction import retried, transaction

EVENTS_IN_A_BATCH = 500
# A claim is left before it runs out while something is sent: nothing takes longer than SECONDS_IN_ALL.
CLAIM_LASTS, GOES_ON_FOR = timedelta(seconds=60), timedelta(seconds=40)


@retried
async def read_on(endpoint_id: int, at: datetime) -> int:
    """Tells the lanes of one endpoint what came in the feed since; answers how many events. One process at a time."""
    async with transaction():
        rows = tables.WebhookEndpointRow.filter(id=endpoint_id, state="on")
        endpoint = await rows.select_for_update(skip_locked=True, no_key=True).first()
        if endpoint is None:
            return 0
        came = tables.EventRow.filter(lender_id=endpoint.lender_id, feed__gt=endpoint.position)  # type: ignore[attr-defined]
        events = await came.order_by("feed").limit(EVENTS_IN_A_BATCH).values("feed", "stream", "seq", "type")
        if not events:
            return 0
        await _tell_lanes(endpoint, events, at)
        await tables.WebhookEndpointRow.filter(id=endpoint_id).update(position=events[-1]["feed"])
        return len(events)


async def _tell_lanes(endpoint: tables.WebhookEndpointRow, events: Sequence[dict[str, Any]], at: datetime) -> None:
    """A lane begins with the first event that is wanted; what nobody wants it passes over at once where none waits.

    Where the endpoint was set back in the feed, its lanes go back with it, each when its first event comes up again.
    """
    types = frozenset(endpoint.types.split())
    last: dict[str, int] = {}
    wanted: dict[str, int] = {}
    for event in events:
        last[event["stream"]] = event["seq"]
        if not types or event["type"] in types:
            wanted.setdefault(event["stream"], event["seq"])
    found = tables.WebhookLaneRow.filter(endpoint_id=endpoint.id, stream__in=list(last))
    lanes = await found.order_by("id").select_for_update()
    for lane in lanes:
        first, known = wanted.get(lane.stream), max(lane.known, last[lane.stream])
        if first is not None and first <= lane.seq:
            lane.seq, known = first - 1, last[lane.stream]
        elif first is None and lane.seq == lane.known:
            lane.seq = known
        lane.known = known
    if lanes:
        await tables.WebhookLaneRow.bulk_update(lanes, fields=["seq", "known"])
    waiting = [lane.id for lane in lanes if lane.stream in wanted and lane.next_at is None]
    await tables.WebhookLaneRow.filter(id__in=waiting).update(next_at=at)
    new = [(stream, seq) for stream, seq in wanted.items() if stream not in {lane.stream for lane in lanes}]
    await tables.WebhookLaneRow.bulk_create(
        tables.WebhookLaneRow(endpoint_id=endpoint.id, stream=stream, seq=seq - 1, known=last[stream], next_at=at)
        for stream, seq in new
    )


@retried
async def claim_lanes(endpoint_id: int, at: datetime, most: int, *order: str) -> list[tables.WebhookLaneRow]:
    """Lanes that are due and nobody else's, in this order, for CLAIM_LASTS."""
    due = tables.WebhookLaneRow.filter(
        is_free("leased_until", at, CLAIM_LASTS), endpoint_id=endpoint_id, next_at__lte=at
    )
    if most <= 0 or not await due.exists():
        return []
    async with transaction():
        free = await due.order_by(*order).limit(most).select_for_update(skip_locked=True)
        until = at + CLAIM_LASTS
        await tables.WebhookLaneRow.filter(id__in=[lane.id for lane in free]).update(leased_until=until)
    for lane in free:
        lane.leased_until = until
    return free


async def bring_back(endpoint_id: int, at: datetime) -> None:
    """Lanes that a clock set back since would hold for longer than any pause are due."""
    late = tables.WebhookLaneRow.filter(is_too_far("next_at", at, LONGEST_PAUSE), endpoint_id=endpoint_id)
    if await late.exists():
        await late.update(next_at=at)


async def next_in_lane(lane: tables.WebhookLaneRow, types: str) -> tables.EventRow | None:
    """The next event that is wanted, among those the lane knew of when it was claimed."""
    rows = tables.EventRow.filter(stream=lane.stream, seq__gt=lane.seq, seq__lte=lane.known)
    rows = rows.filter(type__in=types.split()) if types else rows
    return await rows.order_by("seq").first()


@retried
async def rest(lane: tables.WebhookLaneRow) -> None:
    """All that it knew of is dealt with. Where more came meanwhile, it is due again."""
    held = tables.WebhookLaneRow.filter(id=lane.id, leased_until=lane.leased_until)
    resting = {"next_at": None, "leased_until": None, "attempts": 0, "failing_since": None}
    if not await held.filter(known=lane.known).update(seq=lane.known, **resting):
        await held.update(leased_until=None)


@retried
async def let_others(lane: tables.WebhookLaneRow) -> None:
    """Ends the claim, whatever the lane has come to."""
    await tables.WebhookLaneRow.filter(id=lane.id, leased_until=lane.leased_until).update(leased_until=None)


async def move(lane: tables.WebhookLaneRow, **to: Any) -> bool:
    """Changes a lane that is still ours and where we left it. Part of a transaction; False where it went on alone."""
    ours = Q(id=lane.id, leased_until=lane.leased_until, seq=lane.seq)
    return bool(await tables.WebhookLaneRow.filter(ours).update(**to))
