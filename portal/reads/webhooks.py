"""Endpoints to which a lender's news is pushed, how far each is, what fails, and what was sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.conduct.webhooks import FAILS_AS_A_WHOLE, TOLD_AFTER
from portal.reads.cases import NotFound, first_found
from portal.reads.rows import names_of, read_rows
from portal.tables import models as tables

MOST_DELIVERIES = 50
DELIVERY_STATES = ("failing", "delivered", "skipped")


@dataclass(frozen=True, slots=True)
class WebhookProblem:
    """Why a request was not accepted: a code, and what the net said to it."""

    code: str
    detail: str


def problem_of(kept: str) -> WebhookProblem | None:
    """None where there was none."""
    code, _, detail = kept.partition(" ")
    return WebhookProblem(code, detail) if code else None


@dataclass(frozen=True, slots=True)
class OpenEndpoint:
    """One that is sent to: where it is in its lender's feed, and whether it fails."""

    id: int
    ref: str
    position: int
    feed: int
    failures: int
    failing_since: datetime | None

    @property
    def behind(self) -> bool:
        return self.position < self.feed

    @property
    def fails_as_a_whole(self) -> bool:
        return self.failures >= FAILS_AS_A_WHOLE


async def open_endpoints() -> tuple[OpenEndpoint, ...]:
    """Of all lenders."""
    rows = tables.WebhookEndpointRow.filter(state="on").order_by("id")
    return await read_rows(OpenEndpoint, rows, feed="lender__feed")


@dataclass(frozen=True, slots=True)
class WebhookFacts:
    """One endpoint as its lender sees it. `waiting` counts streams whose next event is not accepted yet, `stuck` those
    whose next one failed; `unread` is how much of the feed they do not know of yet.

    `stuck_since` is since when the first of them fails, while others may be accepted.
    """

    id: int
    ref: str
    lender_id: int
    name: str
    url: str
    types: str
    state: str
    position: int
    feed: int
    failures: int
    failing_since: datetime | None
    problem: str
    succeeded_at: datetime | None
    previous_until: datetime | None
    created_by: str
    created_at: datetime
    waiting: int = 0
    stuck: int = 0
    stuck_since: datetime | None = None

    @property
    def unread(self) -> int:
        return self.feed - self.position

    @property
    def fails_as_a_whole(self) -> bool:
        return self.failures >= FAILS_AS_A_WHOLE

    @property
    def wanted(self) -> Sequence[str]:
        return self.types.split()

    @property
    def why(self) -> WebhookProblem | None:
        return problem_of(self.problem)

    def since(self, at: datetime) -> datetime | None:
        """Since when something fails, where that is long enough to be told to staff; of one that is stopped never."""
        since = min((each for each in (self.failing_since, self.stuck_since) if each), default=None)
        return since if since is not None and self.state == "on" and since <= at - TOLD_AFTER else None


_COUNTED = ("feed", "waiting", "stuck", "stuck_since")


async def webhooks_of(lender_id: int) -> list[WebhookFacts]:
    """Those that were not removed, the oldest first."""
    rows = tables.WebhookEndpointRow.filter(lender_id=lender_id).exclude(state="removed").order_by("id")
    return [await _with_counts(row) for row in await rows.values(*_OWN, feed="lender__feed")]


async def webhook_facts(ref: str, lender_id: int) -> WebhookFacts:
    """Raises NotFound for another lender's and for one that was removed, too."""
    rows = tables.WebhookEndpointRow.filter(ref=ref, lender_id=lender_id).exclude(state="removed")
    return await _with_counts(first_found(await rows.values(*_OWN, feed="lender__feed"), ref))


_OWN = names_of(WebhookFacts, *_COUNTED)


async def _with_counts(row: Mapping[str, Any]) -> WebhookFacts:
    lanes = tables.WebhookLaneRow.filter(endpoint_id=row["id"])
    stuck = lanes.filter(failing_since__isnull=False)
    first = await stuck.order_by("failing_since").first().values("failing_since")
    return WebhookFacts(
        **row,
        waiting=await lanes.filter(next_at__isnull=False).count(),
        stuck=await stuck.count() if first else 0,
        stuck_since=first["failing_since"] if first else None,
    )


async def all_webhooks() -> list[tuple[str, WebhookFacts]]:
    """Those of all lenders, each with its lender's slug."""
    rows = tables.WebhookEndpointRow.exclude(state="removed").order_by("id")
    found = await rows.values(*_OWN, feed="lender__feed", slug="lender__slug")
    return [(row.pop("slug"), await _with_counts(row)) for row in found]


async def failing_webhooks(lender_id: int, at: datetime) -> list[WebhookFacts]:
    """Those of which staff are told; one question where there is none, two where nothing fails."""
    rows, long_ago = tables.WebhookEndpointRow.filter(lender_id=lender_id, state="on"), at - TOLD_AFTER
    sent_to = await rows.order_by("id").values("id", "ref", "failing_since")
    lanes = tables.WebhookLaneRow.filter(endpoint_id__in=[each["id"] for each in sent_to], failing_since__lte=long_ago)
    stuck = set(await lanes.distinct().values_list("endpoint_id", flat=True)) if sent_to else set()
    failing = [each for each in sent_to if each["id"] in stuck or (each["failing_since"] or at) <= long_ago]
    return [await webhook_facts(each["ref"], lender_id) for each in failing]


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """How an event got to an endpoint, as of its last attempt, without what was sent and answered."""

    ref: str
    event_ref: str
    feed: int
    stream: str
    seq: int
    type: str
    state: str
    attempts: int
    first_at: datetime
    last_at: datetime
    again_at: datetime | None
    status: int | None
    milliseconds: int
    problem: str

    @property
    def why(self) -> WebhookProblem | None:
        return problem_of(self.problem)


@dataclass(frozen=True, slots=True)
class SentWebhook:
    """One with both: `body` are the event's own bytes, `waits` whether its stream goes on only once it is accepted."""

    delivery: WebhookDelivery
    headers: Mapping[str, str]
    body: str
    answer: str
    waits: bool


async def webhook_deliveries(endpoint_id: int, state: str, before: int | None) -> tuple[WebhookDelivery, ...]:
    """The newest events first, MOST_DELIVERIES and one more where there are more; of one state where it is named."""
    rows = tables.WebhookDeliveryRow.filter(endpoint_id=endpoint_id)
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(feed__lt=before) if before is not None else rows
    return await read_rows(WebhookDelivery, rows.order_by("-feed").limit(MOST_DELIVERIES + 1))


async def sent_webhook(endpoint_id: int, ref: str) -> SentWebhook:
    """Raises NotFound."""
    rows = tables.WebhookDeliveryRow.filter(endpoint_id=endpoint_id, ref=ref)
    found = await read_rows(WebhookDelivery, rows)
    if not found:
        raise NotFound(ref)
    row, delivery = await rows.get(), found[0]
    event = await tables.EventRow.get(stream=delivery.stream, seq=delivery.seq)
    lane = tables.WebhookLaneRow.filter(endpoint_id=endpoint_id, stream=delivery.stream, seq__lt=delivery.seq)
    waits = delivery.state == "failing" and await lane.exists()
    return SentWebhook(delivery, json.loads(row.headers), bytes(event.body).decode(), row.answer, waits)
