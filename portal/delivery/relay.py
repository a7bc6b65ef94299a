"""The relay: claims what is due, sends it outside any transaction, and writes down how it went.

A sender that dies in between leaves a claim that runs out: a message may go twice, and none is lost.
"""

import asyncio
import json
import logging
import re
from datetime import datetime, timedelta

from portal import clock
from portal.delivery.due import is_due, is_free
from portal.delivery.senders import AT_ONCE, OutgoingMessage, Sender, kept
from portal.reads.test_clock import look_at_clock
from portal.tables import models as tables
from portal.tables.transaction import retried, transaction
from portal.vault import Erased, Vault

# All of a claim are under way together and none longer than LONGEST_SEND, so that no claim runs out while it sends.
LEASE, LONGEST_SEND_SECONDS = timedelta(seconds=60), 30
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
MOST_ATTEMPTS = 12
EVERY_SECONDS = 1.0
# What a gateway answers may repeat the number it was sent.
_NUMBER = re.compile(r"\+?\d(?:[ -]?\d){6,}")

_log = logging.getLogger(__name__)


async def deliver_due(vault: Vault, send: Sender, at: datetime) -> int:
    """Sends what is due at `at`; answers how many were taken up. Of a test deployment nothing is ever sent."""
    claimed = await _claim(at)
    send = kept if clock.is_test() else send
    await asyncio.gather(*(_deliver(row, vault, send, at) for row in claimed))
    return len(claimed)


async def relay(vault: Vault, send: Sender) -> None:
    """Delivers until it is cancelled; what goes wrong is logged, and the next round comes."""
    while True:
        try:
            await look_at_clock()
            await deliver_due(vault, send, clock.now())
        except Exception:
            _log.exception("The relay failed in one round; it goes on")
        await asyncio.sleep(EVERY_SECONDS)


@retried
async def _claim(at: datetime) -> list[tables.OutboundMessageRow]:
    ours = is_free("leased_until", at, LEASE)
    due = tables.OutboundMessageRow.filter(ours, is_due("next_at", at, LONGEST_PAUSE), state="waiting")
    if not await due.exists():
        return []
    async with transaction():
        free = await due.order_by("id").limit(AT_ONCE).select_for_update(skip_locked=True)
        await tables.OutboundMessageRow.filter(id__in=[row.id for row in free]).update(leased_until=at + LEASE)
    return free


async def _deliver(row: tables.OutboundMessageRow, vault: Vault, send: Sender, at: datetime) -> None:
    if row.expires_at is not None and row.expires_at <= at:
        await _end(row, "expired", at)
        return
    try:
        data = json.loads(vault.unseal(await _key_of(row), bytes(row.sealed)))
        await asyncio.wait_for(send(OutgoingMessage(row.ref, row.kind, data["to"], data["text"])), LONGEST_SEND_SECONDS)
    except Erased:
        await _end(row, "expired", at)
    except Exception as error:
        await _again(row, _NUMBER.sub("[hidden]", f"{type(error).__name__}: {error}".removesuffix(": "))[:200], at)
    else:
        await _end(row, "delivered", at)


async def _key_of(row: tables.OutboundMessageRow) -> bytes:
    """The key of the person, or of the borrower who never came in."""
    person_id: int | None = row.person_id  # type: ignore[attr-defined]
    if person_id is not None:
        return bytes((await tables.PersonRow.get(id=person_id)).key)
    return bytes((await tables.BorrowerRow.get(id=row.borrower_id)).key)  # type: ignore[attr-defined]


async def _end(row: tables.OutboundMessageRow, state: str, at: datetime) -> None:
    """What has arrived or is too old is not kept readable, but where it is a test."""
    sealed = bytes(row.sealed) if clock.is_test() else b""
    await tables.OutboundMessageRow.filter(id=row.id).update(
        state=state, ended_at=at, sealed=sealed, leased_until=None, attempts=row.attempts + 1
    )


async def _again(row: tables.OutboundMessageRow, problem: str, at: datetime) -> None:
    """What tells of something once is looked at before it goes again: as long as it is so it is not given up."""
    attempts = row.attempts + 1
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts, MOST_ATTEMPTS), LONGEST_PAUSE)
    state = "again" if row.key else "dead" if attempts >= MOST_ATTEMPTS else "waiting"
    ended = at if state == "dead" else None
    await tables.OutboundMessageRow.filter(id=row.id).update(
        attempts=attempts, problem=problem, next_at=at + pause, leased_until=None, state=state, ended_at=ended
    )
    if state == "dead":
        _log.error("Message %s (%s) was given up after %d tries: %s", row.ref, row.kind, attempts, problem)
    elif attempts == 1:
        _log.warning("Message %s (%s) was not taken and is tried again: %s", row.ref, row.kind, problem)
