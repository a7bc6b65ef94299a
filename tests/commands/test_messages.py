"""An operator finds messages that did not arrive, and sends them again; a gateway that hangs holds up nobody else."""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.commands.rounds import Loop
from portal.commands.setup import Context
from portal.commands.worker import WORKS
from portal.delivery import relay, senders
from portal.delivery.relay import deliver_due
from portal.delivery.senders import AT_ONCE, OutgoingMessage, posting
from portal.settings import Settings
from portal.tables import models as tables
from portal.tables.connection import connected
from portal.vault import Vault, new_ref
from tests.commands.conftest import SECRET, Terminal

VAULT = Vault(SECRET)
TEXT = "您的验证码是 123456"


async def write(count: int = 1, **columns: Any) -> list[str]:
    person = await tables.PersonRow.create(ref=new_ref(), key=VAULT.new_key())
    sealed = VAULT.seal(person.key, json.dumps({"to": "+8613800000001", "text": TEXT}))
    facts = {"kind": "notice", "sealed": sealed, "next_at": datetime.now(UTC), "person_id": person.id, **columns}
    return [(await tables.OutboundMessageRow.create(ref=new_ref(), **facts)).ref for _ in range(count)]


def written(url: str, count: int = 1, **columns: Any) -> list[str]:
    async def in_it() -> list[str]:
        async with connected(url):
            return await write(count, **columns)

    return asyncio.run(in_it())


def test_what_was_given_up_is_listed_without_number_or_text_and_sent_again(
    empty: Terminal, each_database_url: str
) -> None:
    over = datetime.now(UTC) - timedelta(minutes=1)
    given_up = {"state": "dead", "attempts": 12, "problem": "OSError: HTTP Error 503"}
    (dead,) = written(each_database_url, **given_up)
    (code,) = written(each_database_url, kind="code", expires_at=over, **given_up)
    (waits,) = written(each_database_url, attempts=1)
    said = empty("messages", "list", "--json")
    assert [(row["ref"], row["state"], row["tries"], row["too_old"]) for row in said.lines] == [
        (dead, "dead", 12, False),
        (code, "dead", 12, True),
        (waits, "waiting", 1, False),
    ]
    assert said.lines[0]["to"] == "0001" and said.lines[0]["problem"] == "OSError: HTTP Error 503"
    assert "13800" not in said.out and "123456" not in said.out
    in_words = empty("messages", "list", "--dead").out
    assert in_words.count("\n") == 2 and f"{dead}  notice  dead " in in_words and "...0001" in in_words
    assert "dead, too old" in in_words
    assert empty("messages", "send", waits).err == (
        f"REF: Only what was given up can be sent again; message {waits} is waiting.\n"
    )
    assert "is a code that ran out" in empty("messages", "send", code).err
    assert empty("messages", "send", "nowhere").err == "REF: There is no message nowhere.\n"
    assert empty("messages", "send").err.startswith("REF: is needed, or --all-dead")
    said = empty("messages", "send", "--all-dead")
    assert (said.code, said.err.splitlines()[0]) == (0, "1 are sent again")
    assert "1 are codes that ran out" in said.err
    assert [row["ref"] for row in empty("messages", "list", "--dead", "--json").lines] == [code]
    assert empty("worker", "--once").err.startswith("2 messages")
    assert empty("messages", "list").out.count("\n") == 1


def test_a_lenders_messages_are_those_to_its_own_borrowers(demo: Terminal, staged_url: str) -> None:
    assert demo("invite", "JQ-2026-0001", "--lender", "jq", "--phone", "+8613900000001").code == 0
    assert {row["kind"] for row in demo("messages", "list", "--lender", "jq", "--json").lines} == {"link", "notice"}
    others = [each for each in demo("lender", "list", "--json").json if each["slug"] != "jq"]
    assert demo("messages", "list", "--lender", others[0]["slug"]).err == "nothing waits, and nothing was given up\n"
    assert demo("messages", "list", "--lender", "xx").err.startswith("--lender: there is no lender 'xx'")


@pytest.mark.anyio
async def test_the_first_failure_and_the_last_are_logged_without_number_or_text(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    (ref,) = await write()

    async def refuses(message: OutgoingMessage) -> None:
        raise OSError(f"no route for {message.to}")

    at = datetime.now(UTC)
    while await tables.OutboundMessageRow.exists(state="waiting"):
        await deliver_due(VAULT, refuses, at)
        at += timedelta(hours=1)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            f"Message {ref} (notice) was not taken and is tried again: OSError: no route for [hidden]",
        ),
        (
            logging.ERROR,
            f"Message {ref} (notice) was given up after 12 tries: OSError: no route for [hidden]",
        ),
    ]


@pytest.fixture
def hangs(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a gateway that takes every call and never answers one."""
    monkeypatch.setattr(senders, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(relay, "LONGEST_SEND_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/sms"


@pytest.fixture
async def threads_let_go() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0.6)


@pytest.mark.anyio
async def test_a_gateway_that_hangs_holds_its_own_threads_and_nobody_elses(
    database: str, hangs: str, threads_let_go: None
) -> None:
    await write(3 * AT_ONCE)
    send = posting(hangs, "")
    begun = asyncio.get_running_loop().time()
    rounds = [await deliver_due(VAULT, send, datetime.now(UTC)) for _ in range(3)]
    assert rounds == [AT_ONCE] * 3
    assert sum(thread.name.startswith("gateway") for thread in threading.enumerate()) <= AT_ONCE
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "at once"), 0.2) == "at once"
    assert asyncio.get_running_loop().time() - begun < 3
    assert await tables.OutboundMessageRow.filter(state="waiting", attempts=1).count() == 3 * AT_ONCE


@pytest.mark.anyio
async def test_while_a_gateway_hangs_the_workers_clocks_run_on(
    database: str, hangs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "TIMEOUT_SECONDS", 1.5)
    monkeypatch.setattr(relay, "LONGEST_SEND_SECONDS", 1.5)
    await write(AT_ONCE)
    settings = Settings(database=database, secret=SECRET, sms="http", sms_url=hangs)
    loop = Loop(Context(settings, VAULT), WORKS)
    running = asyncio.create_task(loop.run())
    try:
        async with asyncio.timeout(5):
            while not {"clocks", "imports", "erasure", "pruning"} <= set(loop._tries):
                await asyncio.sleep(0.01)
        assert await tables.OutboundMessageRow.filter(attempts=0).count() == AT_ONCE, "all of them hang still"
        assert not loop.failed
    finally:
        loop.stop()
        await asyncio.wait_for(running, 5)
