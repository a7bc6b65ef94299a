"""News that is pushed: in order for each loan, one dead loan beside others that go on, and nothing is ever lost."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from portal.actions.lenders import NewLender, add_lender
from portal.actions.webhooks import (
    BeyondTheFeed,
    NothingToSkip,
    change_webhook,
    remove_webhook,
    replay_webhook,
    rotate_webhook,
    send_delivery_again,
    shown_once,
    skip_delivery,
    start_webhook,
    stop_webhook,
)
from portal.delivery import webhook_lanes, webhooks
from portal.delivery.webhook_request import WebhookOutcome, WebhookRequest, WebhookSender
from portal.delivery.webhooks import WebhookWork, deliver_webhooks
from portal.domain.event import BusinessTime
from portal.reads.cases import LenderFacts, NotFound, lender_by_slug
from portal.reads.webhooks import failing_webhooks, webhook_deliveries, webhook_facts
from portal.tables import models as tables
from tests.actions.story import VAULT
from tests.endpoints import (
    PushedCore,
    answered,
    endpoint_at,
    happens,
    pushed_core,
    staff_acting,
    verified,
)

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 6, 14, 16, 40, tzinfo=UTC)
MOMENT = BusinessTime(NOW, NOW.date())
ONE, TWO = "loan:1", "loan:2"
CURED, STRAINED, COMPLETED = "plan.cured", "plan.strained", "plan.completed"


@pytest.fixture
def core() -> Iterator[PushedCore]:
    with pushed_core() as server:
        yield server


async def lender(slug: str = "jq") -> LenderFacts:
    await add_lender(MOMENT, NewLender(slug, slug, "consumer-finance", "CNY", "Asia/Shanghai", ""))
    return await lender_by_slug(slug)


async def push(after: timedelta = timedelta(), send: Any = None) -> int:
    return await deliver_webhooks(WebhookWork(VAULT, send or WebhookSender(private=True), lambda: NOW + after))


async def delivery_of(ref: str, stream: str, seq: int) -> tables.WebhookDeliveryRow:
    return await tables.WebhookDeliveryRow.get(endpoint__ref=ref, stream=stream, seq=seq)


SECONDS, MINUTES, HOURS = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


async def test_each_loan_in_order_and_one_that_is_not_taken_holds_up_itself_alone(
    each_database: str, core: PushedCore
) -> None:
    jq = await lender()
    ref, secret = await endpoint_at(core.url, jq, VAULT, MOMENT)
    core.by_stream[ONE] = answered(500, b"no such loan")
    await happens(MOMENT, jq, *[(stream, CURED) for _ in range(3) for stream in (ONE, TWO)])
    assert await push() == 4, "what was told of the endpoint itself, and three of the second loan"
    assert core.seqs(TWO) == [1, 2, 3] and core.seqs(ONE) == [1]
    facts = await webhook_facts(ref, jq.id)
    assert (facts.waiting, facts.stuck, facts.unread) == (1, 1, 0)
    row = await delivery_of(ref, ONE, 1)
    assert (row.state, row.attempts, row.status, row.answer, row.problem) == (
        *("failing", 1, 500, "no such loan"),
        "status",
    )
    assert await failing_webhooks(jq.id, NOW + 2 * MINUTES) == [], "it may have been a moment"
    assert facts.since(NOW + 2 * MINUTES) is None and facts.since(NOW + 3 * MINUTES) == NOW
    assert [each.ref for each in await failing_webhooks(jq.id, NOW + 3 * MINUTES)] == [ref]
    assert await push(7 * SECONDS) == 0 and core.seqs(ONE) == [1], "the first pause is seven seconds at least"
    await push(16 * SECONDS)
    assert core.seqs(ONE) == [1, 1]
    del core.by_stream[ONE]
    await happens(MOMENT, jq, (TWO, CURED))
    assert await push(50 * SECONDS) == 4 and core.seqs(ONE) == [1, 1, 1, 2, 3] and core.seqs(TWO) == [1, 2, 3, 4]
    assert (await delivery_of(ref, ONE, 1)).attempts == 3
    bodies = {event["id"]: body for event, (_, body) in zip(core.events(), core.got, strict=True)}
    stored = {row.ref: bytes(row.body) for row in await tables.EventRow.filter(feed__gt=1)}
    assert bodies == stored, "each event once at least, byte for byte"
    assert json.loads(row.headers)["webhook-id"] == row.event_ref and secret not in row.headers
    assert await failing_webhooks(jq.id, NOW + HOURS) == []
    assert await push(60 * SECONDS) == 0 and not await tables.WebhookLaneRow.exists(next_at__isnull=False)


async def test_an_endpoint_that_takes_nothing_is_not_stormed_and_all_go_on_once_it_is_back(
    each_database: str, core: PushedCore
) -> None:
    jq = await lender()
    await endpoint_at(core.url, jq, VAULT, MOMENT)
    core.usual = answered(503)
    await happens(MOMENT, jq, *[(f"loan:{n}", CURED) for n in range(1, 41)])
    await push()
    tried = len(core.got)
    assert 5 <= tried <= 15, "those that were under way when the fifth failed, and three more"
    await push(1 * SECONDS)
    assert len(core.got) == tried
    await push(20 * SECONDS)
    assert len(core.got) == tried + 3
    assert len({event["stream"] for event in core.events()}) == tried + 3, "those that were not tried yet come first"
    core.usual = answered(204, b"")
    last = await tables.WebhookLaneRow.filter(next_at__isnull=False).order_by("-id").first()
    assert last is not None
    await tables.WebhookLaneRow.filter(id=last.id).update(next_at=NOW + HOURS, attempts=9)
    await push(2 * MINUTES)
    assert {event["stream"] for event in core.events()} >= {f"loan:{n}" for n in range(1, 41)}
    assert not await tables.WebhookLaneRow.exists(next_at__isnull=False)


async def test_a_sender_killed_before_it_wrote_down_sends_twice_and_still_in_order(
    database: str, core: PushedCore
) -> None:
    jq = await lender()
    await endpoint_at(core.url, jq, VAULT, MOMENT)
    await push()
    await happens(MOMENT, jq, (ONE, CURED), (ONE, STRAINED))
    real = WebhookSender(private=True)

    async def killed(request: WebhookRequest, wall: datetime) -> WebhookOutcome:
        await real(request, wall)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await push(send=killed)
    assert core.seqs(ONE) == [1]
    assert await push(59 * SECONDS) == 0
    assert await push(60 * SECONDS) == 2 and core.seqs(ONE) == [1, 1, 2]


async def test_a_sender_whose_claim_ran_out_moves_nothing_any_more(each_database: str, core: PushedCore) -> None:
    jq = await lender()
    await endpoint_at(core.url, jq, VAULT, MOMENT)
    await push()
    await happens(MOMENT, jq, (ONE, CURED), (ONE, STRAINED), (ONE, CURED))
    real, slow = WebhookSender(private=True), []

    async def overtaken(request: WebhookRequest, wall: datetime) -> WebhookOutcome:
        """While it sends, its claim runs out, and another takes the same event up and fails."""
        outcome = await real(request, wall)
        if not slow:
            slow.append(request.id)
            core.by_stream[ONE] = answered(500)
            await push(61 * SECONDS)
            del core.by_stream[ONE]
        return outcome

    assert await push(send=overtaken) == 0, "what it sent was accepted, and is not its own to write down any more"
    assert core.seqs(ONE) == [1, 1]
    assert (await tables.WebhookLaneRow.get(stream=ONE)).seq == 0
    await push(10 * MINUTES)
    assert core.seqs(ONE) == [1, 1, 1, 2, 3]


async def test_what_comes_while_the_last_one_is_on_its_way_is_not_forgotten(
    each_database: str, core: PushedCore
) -> None:
    jq = await lender()
    ref, _ = await endpoint_at(core.url, jq, VAULT, MOMENT)
    await push()
    await happens(MOMENT, jq, (ONE, CURED))
    endpoint, real = await tables.WebhookEndpointRow.get(ref=ref), WebhookSender(private=True)

    async def meanwhile(request: WebhookRequest, wall: datetime) -> WebhookOutcome:
        if not core.seqs(ONE):
            await happens(MOMENT, jq, (ONE, STRAINED))
            await webhook_lanes.read_on(endpoint.id, NOW)
        return await real(request, wall)

    await push(send=meanwhile)
    assert core.seqs(ONE) == [1, 2] and not await tables.WebhookLaneRow.exists(next_at__isnull=False)


@pytest.mark.postgres
async def test_two_workers_share_and_send_nothing_twice(core: PushedCore, postgres_url: str) -> None:
    from portal.tables.connection import connected

    async with connected(postgres_url):
        jq = await lender()
        await endpoint_at(core.url, jq, VAULT, MOMENT)
        await happens(MOMENT, jq, *[(f"loan:{n % 30}", CURED) for n in range(120)])
        assert sum(await asyncio.gather(*(push() for _ in range(3)))) == 121
        assert all(core.seqs(f"loan:{n}") == [1, 2, 3, 4] for n in range(30))


async def test_only_what_is_wanted_is_sent_and_a_change_holds_from_now_on(database: str, core: PushedCore) -> None:
    jq = await lender()
    ref, _ = await endpoint_at(core.url, jq, VAULT, MOMENT, CURED)
    await happens(MOMENT, jq, (ONE, STRAINED), (ONE, CURED), (ONE, STRAINED), (TWO, STRAINED))
    assert await push() == 1
    assert not await tables.WebhookLaneRow.exists(stream=TWO), "a loan of which nothing is wanted has no row"
    await happens(MOMENT, jq, (ONE, STRAINED), (ONE, STRAINED))
    assert await push() == 0
    await change_webhook(staff_acting(VAULT, MOMENT), jq, ref, "core", core.url, [], private=True)
    await happens(MOMENT, jq, (ONE, STRAINED))
    await push()
    assert core.seqs(ONE) == [2, 6] and core.seqs(TWO) == []
    assert await tables.WebhookDeliveryRow.filter(stream=ONE).count() == 2, "nothing is kept of what was passed over"
    core.by_stream[ONE] = answered(500)
    await happens(MOMENT, jq, (ONE, STRAINED))
    await push()
    await change_webhook(staff_acting(VAULT, MOMENT), jq, ref, "core", core.url, [CURED], private=True)
    await push(HOURS)
    facts = await webhook_facts(ref, jq.id)
    assert (facts.stuck, facts.waiting) == (0, 0), "what is not wanted any more holds nothing up"
    assert await webhook_deliveries(facts.id, "failing", None) == ()


async def test_it_is_signed_so_that_the_receiver_knows_it_by_both_secrets_for_a_day(
    database: str, core: PushedCore
) -> None:
    jq = await lender()
    ref, first = await endpoint_at(core.url, jq, VAULT, MOMENT)
    await push()
    headers, body = core.got[0]
    assert verified(first, headers, body)["type"] == "webhook.added"
    with pytest.raises(WebhookVerificationError, match="signature"):
        verified(first, headers, body.replace(b"webhook.added", b"webhook.addeb"))
    last_month = str(int(headers["webhook-timestamp"]) - 30 * 86400)
    with pytest.raises(WebhookVerificationError, match="too old"):
        verified(first, {**headers, "webhook-timestamp": last_month}, body)
    _, second = shown_once(await rotate_webhook(staff_acting(VAULT, MOMENT), jq, ref), VAULT)
    await push(timedelta(hours=23))
    headers, body = core.got[-1]
    assert verified(first, headers, body) == verified(second, headers, body) and second != first
    await happens(MOMENT, jq, (ONE, CURED))
    await push(timedelta(hours=24))
    headers, body = core.got[-1]
    assert verified(second, headers, body)["seq"] == 1
    with pytest.raises(WebhookVerificationError):
        verified(first, headers, body)
    row = await tables.WebhookEndpointRow.get(ref=ref)
    assert first not in row.previous_secret and second not in row.secret, "sealed"


async def test_staff_pass_over_one_event_and_its_loan_goes_on(database: str, core: PushedCore) -> None:
    jq = await lender()
    ref, _ = await endpoint_at(core.url, jq, VAULT, MOMENT)
    core.by_stream[ONE] = answered(422)
    await happens(MOMENT, jq, (ONE, CURED), (ONE, STRAINED), (ONE, CURED))
    await push()
    failed = await delivery_of(ref, ONE, 1)
    await skip_delivery(staff_acting(VAULT, MOMENT), jq, ref, failed.ref)
    with pytest.raises(NothingToSkip):
        await skip_delivery(staff_acting(VAULT, MOMENT), jq, ref, failed.ref)
    core.by_stream.clear()
    await push()
    assert core.seqs(ONE) == [1, 2, 3]
    assert [each.state for each in await webhook_deliveries((await webhook_facts(ref, jq.id)).id, "skipped", None)] == [
        "skipped"
    ]
    told = await tables.EventRow.get(type="webhook.skipped")
    assert json.loads(bytes(told.body))["data"] == {"webhook": ref, "event": failed.event_ref, "position": failed.feed}


async def test_what_failed_goes_at_once_and_what_was_taken_goes_once_more_when_staff_say_so(
    database: str, core: PushedCore
) -> None:
    jq = await lender()
    ref, _ = await endpoint_at(core.url, jq, VAULT, MOMENT)
    core.by_stream[ONE] = answered(500)
    await happens(MOMENT, jq, (ONE, CURED), (TWO, CURED), (TWO, STRAINED))
    await push()
    core.by_stream.clear()
    for stream, seq in ((ONE, 1), (TWO, 1)):
        await send_delivery_again(jq, ref, (await delivery_of(ref, stream, seq)).ref, NOW)
    assert await push(SECONDS) == 2
    assert core.seqs(ONE) == [1, 1] and core.seqs(TWO) == [1, 2, 1]
    again = await delivery_of(ref, TWO, 1)
    assert (again.state, again.attempts, again.again_at) == ("delivered", 2, None)
    assert await push(2 * MINUTES) == 0


async def test_from_a_position_everything_comes_again_in_order(each_database: str, core: PushedCore) -> None:
    jq = await lender()
    await happens(MOMENT, jq, (ONE, CURED), (ONE, STRAINED), (TWO, CURED))
    ref, _ = await endpoint_at(core.url, jq, VAULT, MOMENT, after=2)
    await push()
    assert [event["feed"] for event in core.events() if event["stream"] == ONE] == [3] and core.seqs(ONE) == [2]
    core.by_stream[TWO] = answered(500)
    await happens(MOMENT, jq, (TWO, STRAINED))
    await push()
    core.got.clear()
    core.by_stream.clear()
    with pytest.raises(BeyondTheFeed):
        await replay_webhook(staff_acting(VAULT, MOMENT), jq, ref, 99)
    await replay_webhook(staff_acting(VAULT, MOMENT), jq, ref, 0)
    await webhook_lanes.read_on((await webhook_facts(ref, jq.id)).id, NOW)
    for stream, seq in ((TWO, 1), (TWO, 2)):
        with pytest.raises(NothingToSkip):
            await skip_delivery(staff_acting(VAULT, MOMENT), jq, ref, (await delivery_of(ref, stream, seq)).ref)
    await push()
    assert core.seqs(ONE) == [1, 2] and core.seqs(TWO) == [1, 2]
    feeds = {event["feed"] for event in core.events()}
    end = await tables.LenderRow.get(id=jq.id)
    assert feeds == set(range(1, end.feed + 1))
    core.by_stream[TWO] = answered(500)
    await happens(MOMENT, jq, (TWO, CURED), (ONE, CURED))
    await push()
    core.got.clear()
    core.by_stream.clear()
    await replay_webhook(staff_acting(VAULT, MOMENT), jq, ref, (await tables.LenderRow.get(id=jq.id)).feed)
    await push(HOURS)
    assert core.seqs(TWO) == [3] and core.seqs(ONE) == [], "what waited from before is not forgotten"


async def test_a_replay_of_more_than_is_read_at_once_sends_each_event_once_more_in_order(
    database: str, core: PushedCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_lanes, "EVENTS_IN_A_BATCH", 3)
    jq = await lender()
    ref, _ = await endpoint_at(core.url, jq, VAULT, MOMENT)
    await happens(MOMENT, jq, *[(stream, CURED) for _ in range(5) for stream in (ONE, TWO)])
    await push()
    core.got.clear()
    await replay_webhook(staff_acting(VAULT, MOMENT), jq, ref, 1)
    await push()
    assert core.seqs(ONE) == core.seqs(TWO) == [1, 2, 3, 4, 5]


async def test_one_that_is_stopped_gets_nothing_and_all_of_it_later_and_one_that_is_removed_never(
    database: str, core: PushedCore
) -> None:
    jq, yh = await lender(), await lender("yh")
    ref, _ = await endpoint_at(core.url, jq, VAULT, MOMENT)
    await happens(MOMENT, yh, ("loan:9", CURED))
    await stop_webhook(staff_acting(VAULT, MOMENT), jq, ref)
    await happens(MOMENT, jq, (ONE, CURED))
    assert await push() == 0 and core.got == []
    assert await webhook_lanes.read_on((await webhook_facts(ref, jq.id)).id, NOW) == 0
    with pytest.raises(NotFound):
        await start_webhook(staff_acting(VAULT, MOMENT), yh, ref)
    await start_webhook(staff_acting(VAULT, MOMENT), jq, ref)
    await push()
    assert core.seqs(ONE) == [1] and core.seqs("loan:9") == [], "another lender's news is not sent"
    assert [event["type"] for event in core.events() if event["stream"].startswith("lender")] == [
        *("webhook.added", "webhook.stopped", "webhook.started")
    ]
    await remove_webhook(staff_acting(VAULT, MOMENT), jq, ref)
    await happens(MOMENT, jq, (ONE, STRAINED))
    assert await push() == 0
    with pytest.raises(NotFound):
        await webhook_facts(ref, jq.id)


async def test_an_endpoint_that_hangs_holds_up_no_other(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "READ_AGAIN_SECONDS", 0.02)
    jq, yh = await lender(), await lender("yh")
    await endpoint_at("http://127.0.0.1:9/hangs", jq, VAULT, MOMENT)
    await endpoint_at("http://127.0.0.1:9/works", yh, VAULT, MOMENT)
    goes_on, got = asyncio.Event(), []

    async def send(request: WebhookRequest, wall: datetime) -> WebhookOutcome:
        if request.url.endswith("hangs"):
            await goes_on.wait()
        else:
            got.append(request.id)
            if len(got) == 1:
                await happens(MOMENT, yh, (TWO, CURED))
            else:
                goes_on.set()
        return WebhookOutcome({}, 1, 200)

    async with asyncio.timeout(3):
        assert await push(send=send) == 3
