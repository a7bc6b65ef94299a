"""Several senders at one outbox: each message goes once, and one that dies loses none."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta

import pytest

from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.tables import models as tables
from portal.vault import new_ref
from tests.actions.story import NOW, VAULT

pytestmark = pytest.mark.anyio


class Gateway:
    def __init__(self) -> None:
        self.got: list[str] = []

    async def __call__(self, message: OutgoingMessage) -> None:
        await asyncio.sleep(0.01)
        self.got.append(message.text)


async def write(texts: list[str]) -> None:
    person = await tables.PersonRow.create(ref=new_ref(), key=VAULT.new_key())
    for text in texts:
        sealed = VAULT.seal(person.key, json.dumps({"to": "+8613800000001", "text": text}))
        await tables.OutboundMessageRow.create(
            ref=new_ref(), person_id=person.id, kind="notice", sealed=sealed, next_at=NOW.at
        )


async def test_three_senders_at_once_send_each_message_once(each_database: str) -> None:
    texts = [f"no. {number}" for number in range(50)]
    await write(texts)
    gateway = Gateway()
    for _ in range(2):
        await asyncio.gather(*(deliver_due(VAULT, gateway, NOW.at) for _ in range(3)))
    assert sorted(gateway.got) == sorted(texts)
    assert await tables.OutboundMessageRow.filter(state="delivered").count() == 50


async def test_what_a_sender_had_claimed_when_it_died_is_sent_a_minute_later(each_database: str) -> None:
    await write(["one", "two"])

    async def killed(message: OutgoingMessage) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await deliver_due(VAULT, killed, NOW.at)
    gateway = Gateway()
    await deliver_due(VAULT, gateway, NOW.at + timedelta(seconds=59))
    assert gateway.got == []
    await deliver_due(VAULT, gateway, NOW.at + timedelta(seconds=60))
    assert sorted(gateway.got) == ["one", "two"]


@pytest.mark.parametrize("ahead", ["it had failed once", "its sender had died"])
async def test_a_clock_set_back_a_day_holds_no_message_back_for_a_day(each_database: str, ahead: str) -> None:
    await write(["one"])
    tomorrow, gateway = NOW.at + timedelta(days=1), Gateway()

    async def fails(message: OutgoingMessage) -> None:
        raise OSError if ahead == "it had failed once" else asyncio.CancelledError

    with suppress(asyncio.CancelledError):
        await deliver_due(VAULT, fails, tomorrow)
    await deliver_due(VAULT, gateway, tomorrow + timedelta(seconds=1))
    assert gateway.got == [], "it waits, as long as the clock goes on"
    await deliver_due(VAULT, gateway, NOW.at)
    assert gateway.got == ["one"]


async def test_a_message_nobody_takes_is_given_up_after_twelve_tries_and_seen_to_be(each_database: str) -> None:
    await write(["one"])

    async def refuses(message: OutgoingMessage) -> None:
        raise OSError("the gateway is down")

    at, tries = NOW.at, 0
    while await tables.OutboundMessageRow.exists(state="waiting"):
        tries += await deliver_due(VAULT, refuses, at)
        at += timedelta(hours=1)
    row = await tables.OutboundMessageRow.get()
    assert (tries, row.state, row.attempts) == (12, "dead", 12) and "gateway is down" in row.problem
