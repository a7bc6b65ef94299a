"""Webhooks: what is due at each endpoint is sent outside any transaction, in order for each stream, until it is taken.

At least once: a sender that dies between sending and writing it down leaves a claim that runs out, and the event goes
again before the one after it. An endpoint that hangs or fails holds up no other, nor does a loan.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tortoise.expressions import F

from portal import clock
from portal.actions.attempts import Attempt, at_once
from portal.actions.webhooks import secrets_of
from portal.delivery.due import is_free
from portal.delivery.webhook_lanes import (
    CLAIM_LASTS,
    GOES_ON_FOR,
    bring_back,
    claim_lanes,
    let_others,
    move,
    next_in_lane,
    read_on,
    rest,
)
from portal.delivery.webhook_request import WebhookOutcome, WebhookRequest, WebhookSender
from portal.domain.conduct.webhooks import (
    FAILS_AS_A_WHOLE,
    LONGEST_PAUSE,
    TRIED_MEANWHILE,
    pause_after,
    pause_in_outage,
)
from portal.reads.cases import LenderFacts, first_found
from portal.reads.test_clock import look_at_clock
from portal.reads.webhooks import OpenEndpoint, open_endpoints
from portal.tables import models as tables
from portal.tables.transaction import retried, transaction
from portal.vault import Vault, new_ref

AT_ONCE, AT_ONCE_IN_ALL = 10, 100
"""So many requests are under way at the same time: to one endpoint, and from one process."""
IN_A_ROW = 20
"""So many events of one stream are sent before others have their turn."""
READ_AGAIN_SECONDS = 1.0
_NOTED_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WebhookWork:
    """How this process sends: `at` is the time now, `attempt` takes care of what goes wrong at one endpoint."""

    vault: Vault
    send: WebhookSender
    at: Callable[[], datetime] = clock.now
    stopping: Callable[[], bool] = lambda: False
    attempt: Attempt = at_once


_UnderWay = dict[asyncio.Future[int], int]


async def deliver_webhooks(work: WebhookWork) -> int:
    """Until nothing is due or under way, and what comes meanwhile too; answers how many requests were accepted."""
    under_way: _UnderWay = {}
    accepted = 0
    for endpoint in await open_endpoints():
        await bring_back(endpoint.id, work.at())
    try:
        while await _take_up(work, under_way) or under_way:
            if under_way:
                one = asyncio.FIRST_COMPLETED
                ended, _ = await asyncio.wait(under_way, timeout=READ_AGAIN_SECONDS, return_when=one)
                accepted += sum(each.result() for each in ended)
                under_way = {task: of for task, of in under_way.items() if task not in ended}
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    return accepted


async def _take_up(work: WebhookWork, under_way: _UnderWay) -> bool:
    """Begins what is due; whether the feed goes on behind what was read of it."""
    if work.stopping():
        return False
    await look_at_clock()
    read = 0
    for endpoint in await open_endpoints():
        if endpoint.behind:
            read += await work.attempt(f"webhook {endpoint.ref}, the feed", partial(read_on, endpoint.id, work.at()))
        busy = sum(each == endpoint.id for each in under_way.values())
        free = min(AT_ONCE - busy, AT_ONCE_IN_ALL - len(under_way))
        for act in await _due(work, endpoint, free):
            task = asyncio.ensure_future(work.attempt(f"webhook {endpoint.ref}", act))
            under_way[task] = endpoint.id
    return bool(read)


async def _due(work: WebhookWork, endpoint: OpenEndpoint, free: int) -> Iterable[Callable[[], Any]]:
    """What to run for one endpoint. While it fails as a whole, a few of its lanes at a time, the least tried first."""
    at = work.at()
    again = await _wanted_again(endpoint.id, at, free)
    if not endpoint.fails_as_a_whole:
        lanes = await claim_lanes(endpoint.id, at, free - len(again), "next_at", "id")
    elif await _may_be_tried(endpoint, at):
        lanes = await claim_lanes(endpoint.id, at, min(free, TRIED_MEANWHILE), "attempts", "next_at", "id")
    else:
        lanes = []
    return [partial(_run_lane, work, lane) for lane in lanes] + [partial(_send_again, work, each) for each in again]


@retried
async def _may_be_tried(endpoint: OpenEndpoint, at: datetime) -> bool:
    """Once for each pause, over all processes."""
    lasts = at - (endpoint.failing_since or at)
    pause = pause_in_outage(lasts, random.randrange(1000))
    due = tables.WebhookEndpointRow.filter(is_free("next_at", at, LONGEST_PAUSE), id=endpoint.id)
    return bool(await due.exists()) and bool(await due.update(next_at=at + pause))


async def _run_lane(work: WebhookWork, lane: tables.WebhookLaneRow) -> int:
    """Event after event, as long as the claim lasts and each is accepted; answers how many were."""
    until = time.monotonic() + GOES_ON_FOR.total_seconds()
    accepted = 0
    while accepted < IN_A_ROW and time.monotonic() < until and not work.stopping():
        endpoint = await tables.WebhookEndpointRow.filter(id=lane.endpoint_id, state="on").first()  # type: ignore[attr-defined]
        if endpoint is None:
            break
        event = await next_in_lane(lane, endpoint.types)
        if event is None:
            await rest(lane)
            return accepted
        outcome = await _send(work, endpoint, event.ref, bytes(event.body))
        kept = await _note(endpoint, lane, event, outcome, work.at())
        if outcome.problem or not kept:
            return accepted
        accepted += 1
    await let_others(lane)
    return accepted


async def _send(work: WebhookWork, endpoint: tables.WebhookEndpointRow, ref: str, body: bytes) -> WebhookOutcome:
    secrets = secrets_of(endpoint, work.vault, work.at())
    return await work.send(WebhookRequest(endpoint.url, ref, body, secrets), clock.by_wall(clock.now()))


async def _note(
    endpoint: tables.WebhookEndpointRow,
    lane: tables.WebhookLaneRow,
    event: tables.EventRow,
    outcome: WebhookOutcome,
    at: datetime,
) -> bool:
    """Writes down how it went, where the lane is still ours."""
    first_failure = lane.attempts == 0
    if not await _note_in_lane(lane, event, outcome, at):
        return False
    if outcome.problem:
        await _endpoint_failed(endpoint, first_failure, outcome.problem, at)
    else:
        await _endpoint_accepted(endpoint, at)
    return True


@retried
async def _note_in_lane(
    lane: tables.WebhookLaneRow, event: tables.EventRow, outcome: WebhookOutcome, at: datetime
) -> bool:
    if outcome.problem:
        since, attempts = lane.failing_since or at, lane.attempts + 1
        next_at = at + pause_after(attempts, random.randrange(1000))
        to = {"attempts": attempts, "failing_since": since, "next_at": next_at, "leased_until": None}
    else:
        to = {"seq": event.seq, "attempts": 0, "failing_since": None, "next_at": at}
    async with transaction():
        if not await move(lane, **to):
            return False
        await _write_delivery(lane.endpoint_id, event, outcome, at)  # type: ignore[attr-defined]
    if not outcome.problem:
        lane.seq, lane.attempts, lane.failing_since = event.seq, 0, None
    return True


async def _write_delivery(endpoint_id: int, event: tables.EventRow, outcome: WebhookOutcome, at: datetime) -> None:
    row = await tables.WebhookDeliveryRow.get_or_none(endpoint_id=endpoint_id, feed=event.feed)
    if row is not None:
        await tables.WebhookDeliveryRow.filter(id=row.id).update(**_came(row.attempts, outcome, at))
        return
    place = {"stream": event.stream, "seq": event.seq, "feed": event.feed, "type": event.type, "event_ref": event.ref}
    came = {"ref": new_ref(), "endpoint_id": endpoint_id, "first_at": at, **place, **_came(0, outcome, at)}
    await tables.WebhookDeliveryRow.create(**came)


def _came(attempts: int, outcome: WebhookOutcome, at: datetime) -> dict[str, Any]:
    return {
        "state": "failing" if outcome.problem else "delivered",
        "attempts": attempts + 1,
        "last_at": at,
        "headers": json.dumps(outcome.headers),
        "status": outcome.status,
        "answer": outcome.answer,
        "milliseconds": outcome.milliseconds,
        "problem": outcome.problem[:200],
    }


async def _endpoint_accepted(endpoint: tables.WebhookEndpointRow, at: datetime) -> None:
    """One accepted request ends a failure of the whole: then everything that waits is due.

    As it was when the request was sent: of one that fails in between, the next that is accepted ends the failure.
    """
    noted = endpoint.succeeded_at is not None and endpoint.succeeded_at >= at - _NOTED_EVERY
    if noted and not endpoint.failures and endpoint.failing_since is None:
        return
    await _note_acceptance(endpoint, at)


@retried
async def _note_acceptance(endpoint: tables.WebhookEndpointRow, at: datetime) -> None:
    rows = tables.WebhookEndpointRow.filter(id=endpoint.id)
    await rows.update(failures=0, failing_since=None, next_at=None, problem="", succeeded_at=at)
    if endpoint.failures >= FAILS_AS_A_WHOLE:
        await tables.WebhookLaneRow.filter(endpoint_id=endpoint.id, next_at__gt=at).update(next_at=at)


@retried
async def _endpoint_failed(endpoint: tables.WebhookEndpointRow, first: bool, problem: str, at: datetime) -> None:
    """Loans are counted, and not how often one is tried: a single one that fails is no reason to let others wait."""
    rows = tables.WebhookEndpointRow.filter(id=endpoint.id)
    await rows.filter(failing_since__isnull=True).update(failing_since=at)
    counted = {"failures": F("failures") + 1} if first else {}
    await rows.update(problem=problem[:200], **counted)


async def _wanted_again(endpoint_id: int, at: datetime, most: int) -> list[tables.WebhookDeliveryRow]:
    """What staff want sent again although its turn is over, claimed."""
    rows = tables.WebhookDeliveryRow.filter(endpoint_id=endpoint_id, again_at__lte=at)
    found = await rows.order_by("again_at").limit(max(most, 0)) if await rows.exists() else []
    claimed = []
    for row in found:
        ours = tables.WebhookDeliveryRow.filter(id=row.id, again_at=row.again_at)
        if await ours.update(again_at=at + CLAIM_LASTS):
            claimed.append(row)
    return claimed


async def _send_again(work: WebhookWork, row: tables.WebhookDeliveryRow) -> int:
    endpoint = await tables.WebhookEndpointRow.filter(id=row.endpoint_id, state="on").first()  # type: ignore[attr-defined]
    event = await tables.EventRow.filter(stream=row.stream, seq=row.seq).first()
    if endpoint is None or event is None:
        return 0
    outcome = await _send(work, endpoint, event.ref, bytes(event.body))
    # What was accepted once, or passed over, stays so: nothing of its stream waits for it.
    kept = {"state": row.state} if outcome.problem else {}
    came = {**_came(row.attempts, outcome, work.at()), **kept, "again_at": None}
    await tables.WebhookDeliveryRow.filter(id=row.id).update(**came)
    return int(not outcome.problem)


async def send_test(vault: Vault, send: WebhookSender, lender: LenderFacts, ref: str, at: datetime) -> WebhookOutcome:
    """A request that is no event, to see whether one arrives; nothing waits for it. Raises NotFound."""
    rows = tables.WebhookEndpointRow.filter(lender_id=lender.id, ref=ref).exclude(state="removed")
    endpoint = first_found(await rows, ref)
    named = {"lender": lender.slug, "webhook": ref, "occurred_at": at.isoformat(timespec="milliseconds")}
    body = json.dumps({"type": "webhook.test", **named}).encode()
    secrets = secrets_of(endpoint, vault, at)
    return await send(WebhookRequest(endpoint.url, new_ref(), body, secrets), clock.by_wall(clock.now()))
