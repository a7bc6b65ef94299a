"""The worker at the terminal, the loop it runs, and a gateway that is really there."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from portal.commands import backoff, child, rounds
from portal.commands.backoff import Tries
from portal.commands.rounds import Loop, Round, Work
from portal.commands.setup import Context
from portal.commands.worker import WORKS
from portal.delivery.senders import OutgoingMessage, posting
from portal.reads.health import WORKER, pulses
from portal.settings import Settings
from portal.tables import models as tables
from portal.tables.alone import CLOCKS, alone
from portal.tables.connection import connected, current
from portal.vault import new_ref
from tests.commands.conftest import SECRET, Terminal

pytestmark = pytest.mark.anyio

DECEMBER = ("worker", "--once", "--now", "2026-12-01T03:00:00+08:00")


class Gateway(HTTPServer):
    """Answers with `status`; keeps what it was sent."""

    status = 202

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.got: list[tuple[dict[str, str], dict[str, str]]] = []


class Answer(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("location", f"http://localhost:{self.server.server_port}/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.got.append((dict(self.headers), {}))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


async def test_a_message_is_posted_as_the_guide_says(gateway: Gateway) -> None:
    send = posting(f"http://127.0.0.1:{gateway.server_port}/sms", "gateway-token")
    await send(OutgoingMessage("d1", "code", "+8613800000001", "您的验证码是 123456"))
    headers, body = gateway.got[0]
    assert body == {"id": "d1", "kind": "code", "to": "+8613800000001", "text": "您的验证码是 123456"}
    assert headers["authorization"] == "Bearer gateway-token"
    assert headers["idempotency-key"] == "d1"


async def test_a_gateway_that_says_no_is_a_failure_to_be_tried_again(gateway: Gateway) -> None:
    gateway.status = 503
    with pytest.raises(OSError, match="503"):
        await posting(f"http://127.0.0.1:{gateway.server_port}/sms", "")(OutgoingMessage("d1", "code", "+86138", "x"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_delivers_nothing_and_gives_the_token_to_nobody(gateway: Gateway, status: int) -> None:
    gateway.status = status
    with pytest.raises(OSError, match=str(status)):
        await posting(f"http://127.0.0.1:{gateway.server_port}/sms", "t")(OutgoingMessage("d1", "code", "+86138", "x"))
    assert len(gateway.got) == 1


def test_one_round_of_the_worker_says_what_it_did(demo: Terminal) -> None:
    said = demo("worker", "--once")
    assert (said.code, said.out) == (0, "")
    assert "0 messages" in said.err and "0 erased" in said.err


def test_an_odd_time_is_refused_with_an_example(demo: Terminal) -> None:
    said = demo("worker", "--once", "--now", "tomorrow")
    assert said.code == 1 and "2026-06-14T23:59:59+08:00" in said.err and "tomorrow" in said.err


def test_a_gateway_without_an_address_is_an_unsafe_setting(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SMS", "http")
    said = terminal("serve")
    assert said.code == 1 and "PORTAL_SMS_URL" in said.err


async def test_a_policy_that_cannot_be_read_holds_up_its_own_lender_alone(
    demo: Terminal, staged_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(
        _write, staged_url, "UPDATE policy_version SET text = 'from another age' WHERE lender_id = 1"
    )
    async with connected(staged_url):
        for slug in ("jq", "yh"):
            loan = await tables.LoanRow.filter(lender__slug=slug).order_by("id").first()
            facts = {"reason": "asked", "requested_at": datetime.now(UTC), "until": date(2026, 7, 1)}
            await tables.HoldRow.create(ref=new_ref(), loan=loan, **facts)  # type: ignore[arg-type]
    said = await asyncio.to_thread(demo, *DECEMBER)
    assert said.code == 1, said.err
    async with connected(staged_url):
        assert not await tables.HoldRow.exists(about="", until=date(2026, 7, 1), ended_at__isnull=True)
        told = {each.name: each.problem for each in await pulses()}
        looked = await tables.LenderRow.filter(erasure_on=date(2026, 12, 1)).values_list("slug", flat=True)
    assert told["clocks"].startswith("jq, ") and told["messages"] == ""
    assert told["erasure"] == "jq, erasure: BadPolicy" and looked == ["yh"]
    assert len(caplog.records) == 4, "plans, proposals, payments told of, erasure: each once, not each of theirs"


def test_a_row_that_cannot_be_read_costs_no_other_anything(demo: Terminal, staged_url: str) -> None:
    bad = "SELECT id FROM proposal WHERE state = 'countered'"
    _write(staged_url, f"UPDATE offer SET plan = 'unreadable' WHERE proposal_id IN ({bad})")
    said = demo(*DECEMBER)
    assert said.code == 1 and "5 proposals moved" in said.err, said.err
    states = _states(staged_url)
    assert (states["countered"], states["expired"], states["broken"]) == (1, 1, 1)


def test_the_fixed_business_date_holds_for_the_worker_and_a_time_given_beats_it(
    demo: Terminal, staged_url: str, environment: pytest.MonkeyPatch
) -> None:
    assert demo("worker", "--once").code == 0
    assert _states(staged_url)["expired"] == 0, "the day of the demo: nothing has run out"
    environment.setenv("PORTAL_BUSINESS_DATE", "2026-06-20")
    assert demo(*DECEMBER).code == 0
    assert _states(staged_url)["expired"] == 2
    told = [event for event in demo("events", "--lender", "jq", "--json").lines if event["type"] == "proposal.expired"]
    assert {event["business_date"] for event in told} == {"2026-12-01"}


def test_in_december_of_a_fixed_date_the_clocks_have_run(
    demo: Terminal, staged_url: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("PORTAL_BUSINESS_DATE", "2026-12-01")
    assert demo("worker", "--once").code == 0
    assert (_states(staged_url)["expired"], _states(staged_url)["broken"]) == (2, 1)


class Diary:
    """Work that is done alone, and notes who does it, and whether two ever did at once."""

    def __init__(self) -> None:
        self.by: list[str] = []
        self.busy, self.most = 0, 0

    def works(self, name: str) -> tuple[Work, ...]:
        return (Work("messages", 0.01, False, {"messages": self._idle}), self._alone(name))

    def _alone(self, name: str) -> Work:
        async def act(now: Round) -> int:
            self.busy += 1
            self.most = max(self.most, self.busy)
            try:
                await asyncio.sleep(0.01)
            finally:  # what is left in the middle was never begun
                self.busy -= 1
            self.by.append(name)
            return 1

        return Work("clocks", 0.01, True, {"done": act})

    async def _idle(self, now: Round) -> int:
        return 0


def context(url: str) -> Context:
    settings = Settings(url, SECRET)
    return Context(settings, settings.vault())


@asynccontextmanager
async def working(loop: Loop) -> AsyncIterator[None]:
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        loop.stop()
        await asyncio.wait_for(task, 10)


async def until(seen: Callable[[], object], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "it did not come"
        await asyncio.sleep(0.02)


async def test_of_two_workers_one_runs_the_clocks_and_the_other_goes_on_where_it_stops(
    each_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "ASK_FOR_LOCK_SECONDS", 0.02)
    monkeypatch.setattr(rounds, "LOOK_SECONDS", 0.02)
    diary, here = Diary(), context(each_database)
    async with working(Loop(here, diary.works("first"))):
        await until(lambda: "first" in diary.by)
        async with working(Loop(here, diary.works("second"))):
            await asyncio.sleep(0.2)
            assert set(diary.by) == {"first"}
            done, elsewhere = await Loop(here, diary.works("third")).once()
            assert (done, elsewhere) == ({"messages": 0, "done": 1}, False), "one round by hand is let in between"
            rounds_by_hand = diary.by.index("third")
            await until(lambda: len(diary.by) > rounds_by_hand + 1)
            assert diary.by.count("third") == 1
    assert diary.most == 1
    async with working(Loop(here, diary.works("fourth"))):
        await until(lambda: "fourth" in diary.by)
    assert {each.name for each in await pulses()} >= {WORKER, "messages"}


async def test_a_worker_that_does_not_let_go_of_the_clocks_keeps_them(
    each_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "WAIT_FOR_CLOCKS_SECONDS", 0.1)
    diary, here = Diary(), context(each_database)
    async with alone(current(), CLOCKS):
        assert await Loop(here, diary.works("by hand")).once() == ({"messages": 0}, True)
    assert diary.by == []


@pytest.mark.postgres
async def test_a_worker_whose_session_the_server_ended_asks_for_the_clocks_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds, "ASK_FOR_LOCK_SECONDS", 0.02)
    monkeypatch.setattr(rounds, "LOOK_SECONDS", 0.02)
    diary = Diary()
    async with connected(postgres_url), working(Loop(context(postgres_url), diary.works("it"))):
        await until(lambda: diary.by)
        await current().execute_query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        await asyncio.sleep(0.2)
        before = len(diary.by)
        await until(lambda: len(diary.by) > before)
    assert diary.most == 1


async def test_a_database_that_is_locked_for_a_while_stops_no_worker(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backoff, "FIRST_PAUSE_SECONDS", 0.3)
    monkeypatch.setattr(rounds, "PULSE_SECONDS", 1)
    monkeypatch.setattr(rounds, "LOOK_SECONDS", 0.05)
    url = f"{database_url}?busy_timeout=1"
    async with connected(url), working(Loop(context(url), [replace(work, every=0.02) for work in WORKS])):
        await _until_alive()
        with closing(sqlite3.connect(database_url.removeprefix("sqlite://"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            before = {each.at for each in await pulses()}
            await until(lambda: "locked" in caplog.text)
            other.execute("ROLLBACK")
        await _until_alive(before)
    assert len([each for each in caplog.records if "locked" in each.getMessage()]) < 5, "it is not said at every round"


async def _until_alive(before: frozenset[datetime] | set[datetime] = frozenset()) -> None:
    end = time.monotonic() + 5
    while not {each.at for each in await pulses() if each.name == WORKER} - before:
        assert time.monotonic() < end, "it gives no sign of life"
        await asyncio.sleep(0.02)


async def test_what_fails_is_let_be_for_1_2_4_and_up_to_60_minutes(caplog: pytest.LogCaptureFixture) -> None:
    now, asked = [0.0], []
    tries = Tries("clocks", lambda: False, clock=lambda: now[0])

    async def fails() -> int:
        asked.append(int(now[0] // 60))
        raise ValueError("王小明 +8613800000001")

    for second in range(0, 300 * 60, 10):
        now[0] = float(second)
        await tries.attempt("plan k3", fails)
    assert asked == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    assert len(caplog.records) == len(asked)
    pulse = tries.pulse()
    assert (pulse.name, pulse.problem) == ("clocks", "plan k3: ValueError"), "and nobody's data is in it"
    now[0] += 3600.0

    async def works() -> int:
        return 1

    assert await tries.attempt("plan k3", works) == 1
    assert tries.pulse().problem == ""


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where each start of what is run beside the web writes its process's number."""
    pids, script = tmp_path / "pids", tmp_path / "worker"
    script.write_text(f"#!/bin/sh\necho $$ >> {pids}\nexec sleep 60\n")
    script.chmod(0o700)
    pids.touch()
    monkeypatch.setattr(sys, "executable", str(script))
    monkeypatch.setattr(child, "FIRST_PAUSE_SECONDS", 0.05)
    return pids


async def test_a_worker_that_is_killed_beside_the_web_comes_back_and_ends_with_it(beside: Path) -> None:
    with child.worker_beside(os.environ):
        await until(lambda: len(beside.read_text().split()) == 1)
        os.kill(int(beside.read_text()), 9)
        await until(lambda: len(beside.read_text().split()) == 2)
        second = int(beside.read_text().split()[1])
    assert not _runs(second), "and nothing is started after it was stopped"
    await asyncio.sleep(0.1)
    assert len(beside.read_text().split()) == 2


def test_whoever_serves_has_a_worker_and_it_ends_when_the_web_is_killed(staged_url: str) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    env |= {"PORTAL_SECRET": SECRET, "PORTAL_DATABASE": staged_url}
    command = [sys.executable, "-m", "portal", "serve", "--port", "0"]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as web:
        try:
            _until(lambda: _count(staged_url, "pulse") and web.poll() is None)
            children = Path(f"/proc/{web.pid}/task").glob("*/children")
            (worker,) = [int(pid) for each in children for pid in each.read_text().split()]
        finally:
            web.kill()
        _until(lambda: not _runs(worker))


def _until(seen: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


def _count(url: str, table: str) -> int:
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _write(url: str, statement: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as database:
        database.execute(statement)


def _states(url: str) -> Counter[str]:
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as database:
        return Counter(state for (state,) in database.execute("SELECT state FROM proposal"))
