"""Endpoints of a lender: added, changed, stopped, their secrets replaced; and what waits for them sent again or passed.

Nothing is switched off by itself: what stops, passes over or repeats anything is somebody's act, and an event.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.actions.act import Act, change, change_outside_feed
from portal.actions.endpoint_address import check_endpoint
from portal.actions.journal import lender_stream
from portal.domain.conduct.event_schema import event_types
from portal.domain.conduct.webhooks import SECRETS_OVERLAP
from portal.domain.event import NewEvent
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts, first_found
from portal.tables import models as tables
from portal.vault import Vault, new_ref

MOST_ENDPOINTS, LONGEST_NAME = 10, 80
_PREFIX, _SECRET_BYTES = "whsec_", 32
_ANSWER = "webhook answer"


class TooManyEndpoints(Refusal):
    says = N_("A lender can have {most} endpoints at most. Please remove one first.")


class UnknownEventType(Refusal):
    says = N_("There is no type of event “{given}”. The API's description lists them all.")


class BeyondTheFeed(Refusal):
    says = N_("The last event has position {end}; please give one from 0 to that. You gave {given}.")


class NothingToSkip(Refusal):
    says = N_("Nothing waits for this delivery any more: it was accepted or passed over meanwhile.")


def secrets_of(row: tables.WebhookEndpointRow, vault: Vault, at: datetime) -> list[str]:
    """What signs now: the secret, and for a while the one before."""
    place = _place(row.ref)
    before = row.previous_secret if row.previous_until is not None and at < row.previous_until else ""
    return [vault.unseal_own(place, sealed) for sealed in (row.secret, before) if sealed]


def shown_once(answer: str, vault: Vault) -> tuple[str, str]:
    """Ref and secret, of what `add_webhook` or `rotate_webhook` answered: sealed it is kept for a form sent twice."""
    ref, secret = json.loads(vault.unseal_own(_ANSWER, answer))
    return ref, secret


@change
async def add_webhook(
    act: Act, lender: LenderFacts, name: str, url: str, types: Sequence[str], after: int | None, *, private: bool
) -> str:
    """News from now on, or from behind a position of the feed. Answers what `shown_once` opens. Raises Refusal."""
    check_endpoint(url, private)
    position = act.log.lender.feed if after is None else _within_feed(act, after)
    there = tables.WebhookEndpointRow.filter(lender_id=lender.id).exclude(state="removed")
    if await there.count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints("url", most=MOST_ENDPOINTS)
    ref, secret = new_ref(), _new_secret()
    sealed = act.author.vault.seal_own(_place(ref), secret)
    made: dict[str, Any] = {"created_by": f"{act.actor.kind}:{act.actor.ref}", "created_at": act.acting.moment.at}
    wants: dict[str, Any] = {"name": name, "url": url, "types": _known_types(types), "position": position}
    fresh: dict[str, Any] = {"secret": sealed, "previous_secret": "", "state": "on"}
    await tables.WebhookEndpointRow.create(ref=ref, lender_id=lender.id, **wants, **fresh, **made)
    await _tell(act, lender, "webhook.added", ref, after=position, types=sorted(set(types)))
    return _answer(act, ref, secret)


@change
async def change_webhook(
    act: Act, lender: LenderFacts, ref: str, name: str, url: str, types: Sequence[str], *, private: bool
) -> None:
    """What it wants otherwise holds for events that it was not sent yet. Raises NotFound, Refusal."""
    check_endpoint(url, private)
    row, to = await _endpoint(lender, ref), {"name": name, "url": url, "types": _known_types(types)}
    changed = sorted(field for field, value in to.items() if getattr(row, field) != value)
    if changed:
        unwanted = tables.WebhookDeliveryRow.filter(endpoint_id=row.id, state="failing")
        if types:
            await unwanted.exclude(type__in=list(types)).update(state="skipped")
        await tables.WebhookEndpointRow.filter(id=row.id).update(**to)
        await _tell(act, lender, "webhook.changed", ref, fields=changed)


@change
async def rotate_webhook(act: Act, lender: LenderFacts, ref: str) -> str:
    """A new secret; the one before signs too for a day. Answers what `shown_once` opens. Raises NotFound."""
    row, secret = await _endpoint(lender, ref), _new_secret()
    until, vault = act.acting.moment.at + SECRETS_OVERLAP, act.author.vault
    to = {"secret": vault.seal_own(_place(ref), secret), "previous_secret": row.secret, "previous_until": until}
    await tables.WebhookEndpointRow.filter(id=row.id).update(**to)
    await _tell(act, lender, "webhook.rotated", ref, expires_at=until.isoformat())
    return _answer(act, ref, secret)


@change
async def stop_webhook(act: Act, lender: LenderFacts, ref: str) -> None:
    """Nothing is sent until it is started again; then everything since is. Said again it changes nothing."""
    await _switch(act, lender, ref, "on", "stopped")


@change
async def start_webhook(act: Act, lender: LenderFacts, ref: str) -> None:
    """At once, whatever failed before. Said again it changes nothing. Raises NotFound."""
    await _switch(act, lender, ref, "stopped", "started")


@change
async def remove_webhook(act: Act, lender: LenderFacts, ref: str) -> None:
    """For good: what was sent stays to be seen for its time, what was not is never sent. Raises NotFound."""
    row = await _endpoint(lender, ref)
    await tables.WebhookLaneRow.filter(endpoint_id=row.id).delete()
    gone = {"state": "removed", "secret": "", "previous_secret": "", "previous_until": None}
    await tables.WebhookEndpointRow.filter(id=row.id).update(**gone)
    await _tell(act, lender, "webhook.removed", ref)


@change
async def replay_webhook(act: Act, lender: LenderFacts, ref: str, after: int) -> None:
    """Everything behind a position of the feed again, in order; what waits from before it goes on waiting.

    Raises NotFound, BeyondTheFeed.
    """
    row, end = await _endpoint(lender, ref), act.log.lender.feed
    _within_feed(act, after)
    await tables.WebhookEndpointRow.filter(id=row.id).update(position=after, next_at=None)
    await _try_now(row.id, act.acting.moment.at)
    await _tell(act, lender, "webhook.replayed", ref, after=after, events=end - after)


@change
async def skip_delivery(act: Act, lender: LenderFacts, ref: str, delivery: str) -> None:
    """Passes over the event that its stream waits for: the next one goes. Raises NotFound, NothingToSkip."""
    row = await _endpoint(lender, ref)
    sent = await _delivery(row.id, delivery)
    lane = await tables.WebhookLaneRow.get_or_none(endpoint_id=row.id, stream=sent.stream, seq__lt=sent.seq)
    if sent.state != "failing" or lane is None or await _waits_before(lane, sent.seq, row.types):
        raise NothingToSkip("delivery")
    freed = {"attempts": 0, "failing_since": None, "leased_until": None, "next_at": act.acting.moment.at}
    if not await tables.WebhookLaneRow.filter(id=lane.id, seq=lane.seq).update(seq=sent.seq, **freed):
        raise NothingToSkip("delivery")
    await tables.WebhookDeliveryRow.filter(id=sent.id).update(state="skipped", again_at=None)
    await _tell(act, lender, "webhook.skipped", ref, event=sent.event_ref, position=sent.feed)


@change_outside_feed
async def send_delivery_again(lender: LenderFacts, ref: str, delivery: str, at: datetime) -> None:
    """Now, instead of after its pause; or once more, where its turn in its stream is over. Raises NotFound."""
    row = await _endpoint(lender, ref)
    sent = await _delivery(row.id, delivery)
    lane = tables.WebhookLaneRow.filter(endpoint_id=row.id, stream=sent.stream, seq__lt=sent.seq)
    if sent.state == "failing" and await lane.update(next_at=at):
        await tables.WebhookEndpointRow.filter(id=row.id).update(next_at=None)
    else:
        await tables.WebhookDeliveryRow.filter(id=sent.id).update(again_at=at)


async def _switch(act: Act, lender: LenderFacts, ref: str, before: str, done: str) -> None:
    row = await _endpoint(lender, ref)
    if row.state != before:
        return
    fresh: dict[str, Any] = {"state": "stopped"} if done == "stopped" else {"state": "on", "next_at": None}
    await tables.WebhookEndpointRow.filter(id=row.id).update(**fresh)
    if done == "started":
        await _try_now(row.id, act.acting.moment.at)
    await _tell(act, lender, f"webhook.{done}", ref)


async def _try_now(endpoint_id: int, at: datetime) -> None:
    """What waits for the end of its pause."""
    await tables.WebhookLaneRow.filter(endpoint_id=endpoint_id, next_at__isnull=False).update(next_at=at)


async def _endpoint(lender: LenderFacts, ref: str) -> tables.WebhookEndpointRow:
    """Locked, as whoever reads on in the feed for it locks it. Raises NotFound."""
    rows = tables.WebhookEndpointRow.filter(lender_id=lender.id, ref=ref).exclude(state="removed")
    return first_found(await rows.select_for_update(no_key=True), ref)


async def _delivery(endpoint_id: int, ref: str) -> tables.WebhookDeliveryRow:
    return first_found(await tables.WebhookDeliveryRow.filter(endpoint_id=endpoint_id, ref=ref), ref)


async def _waits_before(lane: tables.WebhookLaneRow, seq: int, types: str) -> bool:
    """Whether an earlier one is wanted first, as after a replay."""
    rows = tables.EventRow.filter(stream=lane.stream, seq__gt=lane.seq, seq__lt=seq)
    return await (rows.filter(type__in=types.split()) if types else rows).exists()


async def _tell(act: Act, lender: LenderFacts, kind: str, ref: str, **data: object) -> None:
    await act.log.write(lender_stream(lender.id), NewEvent(kind, act.actor, {"webhook": ref, **data}))


def _known_types(types: Sequence[str]) -> str:
    known = set(event_types())
    for each in types:
        if each not in known:
            raise UnknownEventType("types", given=each[:60])
    return " ".join(sorted(set(types)))


def _within_feed(act: Act, after: int) -> int:
    end = act.log.lender.feed
    if not 0 <= after <= end:
        raise BeyondTheFeed("after", end=end, given=after)
    return after


def _new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _place(ref: str) -> str:
    return f"webhook:{ref}"


def _answer(act: Act, ref: str, secret: str) -> str:
    return act.author.vault.seal_own(_ANSWER, json.dumps([ref, secret]))
