"""A job ends with an answer, whatever happens to whoever runs it; and what goes wrong with one keeps nobody else."""

import asyncio
import errno
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.actions import act
from portal.actions.jobs import MOST_WAITING, NewJob, TooManyJobs, ask_job, take_job
from portal.actions.lenders import NewLender, add_lender
from portal.actions.row_retention import prune
from portal.domain.event import BusinessTime
from portal.jobs import runner as jobs_runner
from portal.jobs.runner import Runner
from portal.jobs.running import JobAnswer, Running
from portal.jobs.spool import Cut, Spool
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.actions.story import NOW, VAULT

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]


async def test_to_look_for_work_is_no_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker looks all day long: where there is nothing to do, nobody's write waits for its look."""

    def begins() -> None:
        raise AssertionError("a transaction began")

    monkeypatch.setattr(act, "transaction", begins)
    assert await take_job(VAULT, NOW.at) is None
    assert await prune(NOW.at) == 0


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", VAULT)


@pytest.fixture
async def runner(spool: Spool, each_database: str) -> Runner:
    await add_lender(NOW, NewLender("jq", "佳泉消费金融", "consumer-finance", "CNY", "Asia/Shanghai"))
    await add_lender(NOW, NewLender("yh", "银河银行", "bank", "CNY", "Asia/Shanghai"))
    return Runner(VAULT, spool, lambda at, _: BusinessTime(at, date(2026, 6, 14)))


async def ask(slug: str, spool: Spool, body: bytes = b"{}\n", **more: Any) -> str:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    kept = await spool.keep(chunks())
    options = {"skip_bad": False, "dry_run": False}
    at = (await lender_by_slug(slug)).id
    new = NewJob(at, more.pop("kind", "portfolio"), "operator", options, kept.name, kept.size, **more)
    ref, _ = await ask_job(new, datetime.now(UTC))
    return ref


async def row(ref: str) -> tables.JobRow:
    return await tables.JobRow.get(ref=ref)


class Fails:
    """A kind of job that raises this, for one lender."""

    def __init__(self, error: BaseException, slug: str = "jq") -> None:
        self.error, self.slug, self.ran = error, slug, list[str]()

    async def __call__(self, running: Running) -> JobAnswer:
        self.ran.append(running.lender.slug)
        if running.lender.slug == self.slug:
            raise self.error
        return JobAnswer("done", 200, {"rows": 0})


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}
    monkeypatch.setattr(jobs_runner, "JOB_KINDS", found)
    return found


async def test_a_job_that_fails_rests_and_another_lenders_goes_on(
    runner: Runner, spool: Spool, kinds: dict[str, Any]
) -> None:
    kinds["portfolio"] = fails = Fails(RuntimeError("of ours"))
    bad, second, good = await ask("jq", spool), await ask("jq", spool), await ask("yh", spool)
    assert [await runner.run_waiting() for _ in range(3)] == [True, True, False]
    assert fails.ran == ["jq", "yh"]
    assert [(await row(ref)).state for ref in (bad, second, good)] == ["waiting", "waiting", "done"]
    assert ((await row(bad)).attempts, (await row(bad)).problem) == (1, "RuntimeError")


async def test_what_fails_three_times_is_over_and_its_file_is_gone(
    runner: Runner, spool: Spool, kinds: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(jobs_runner, "_PAUSE_SECONDS", -1)
    kinds["portfolio"] = Fails(RuntimeError("of ours"))
    ref = await ask("jq", spool, key="night", request_hash="x")
    assert [await runner.run_waiting() for _ in range(4)] == [True, True, True, False]
    found = await row(ref)
    assert (found.state, found.status, found.key, found.file) == ("failed", 500, None, "")
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize("full", ["disk", "database"])
async def test_a_full_disk_uses_up_no_try_and_the_job_waits_with_its_file(
    runner: Runner, spool: Spool, kinds: dict[str, Any], monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    monkeypatch.setattr(jobs_runner, "_PAUSE_SECONDS", -1)
    error: Exception = OSError(errno.ENOSPC, "No space left on device")
    if full == "database":
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
    kinds["portfolio"] = Fails(error)
    ref = await ask("jq", spool)
    for _ in range(5):
        assert await runner.run_waiting()
    found = await row(ref)
    assert (found.state, found.attempts, found.problem) == ("waiting", 0, "no room")
    assert spool.read(found.file).read() == b"{}\n"


async def test_a_job_that_took_its_process_with_it_three_times_is_taken_up_no_fourth_time(
    runner: Runner, spool: Spool, kinds: dict[str, Any]
) -> None:
    kinds["portfolio"] = fails = Fails(RuntimeError())
    ref = await ask("jq", spool)
    for _ in range(3):
        await take_job(VAULT, datetime.now(UTC))
    assert await runner.run_waiting()
    assert (await row(ref)).state == "failed" and fails.ran == []


async def test_a_file_that_was_cut_or_mixed_up_is_to_be_sent_again(
    runner: Runner, spool: Spool, tmp_path: Path
) -> None:
    cut, moved, gone = [await ask("jq", spool, b" " * 600_000) for _ in range(3)]
    file = tmp_path / "spool" / (await row(cut)).file
    file.write_bytes(file.read_bytes().rpartition(b"\n")[0].rpartition(b"\n")[0] + b"\n")
    (tmp_path / "spool" / (await row(gone)).file).replace(tmp_path / "spool" / (await row(moved)).file)
    for _ in range(3):
        await runner.run_waiting()
    for ref in (cut, moved, gone):
        assert (await row(ref)).state == "failed", ref
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize("why", [asyncio.CancelledError(), PermissionError()])
async def test_whoever_is_stopped_behind_the_answer_leaves_the_job_over(
    runner: Runner, spool: Spool, kinds: dict[str, Any], monkeypatch: pytest.MonkeyPatch, why: BaseException
) -> None:
    kinds["portfolio"] = Fails(RuntimeError(), "yh")

    def stopped(self: Spool, name: str) -> None:
        raise why

    ref = await ask("jq", spool)
    monkeypatch.setattr(Spool, "remove", stopped)
    with suppress(asyncio.CancelledError):
        await runner.run_waiting()
    found = await row(ref)
    assert (found.state, found.status, found.problem) == ("done", 200, "")
    assert not await runner.run_waiting(), "its file is named no more: it could only fail"


async def test_so_many_wait_and_no_more_of_one_lender(runner: Runner, spool: Spool) -> None:
    for _ in range(MOST_WAITING):
        await ask("jq", spool)
    with pytest.raises(TooManyJobs):
        await ask("jq", spool)
    assert await ask("yh", spool)


async def test_what_no_job_names_is_swept_away_after_an_hour_and_what_is_named_stays(
    runner: Runner, spool: Spool, tmp_path: Path, kinds: dict[str, Any]
) -> None:
    kinds["portfolio"] = Fails(RuntimeError())
    ref = await ask("jq", spool)
    left, coming = tmp_path / "spool" / "left", tmp_path / "spool" / "coming"
    for file in (left, coming):
        file.write_bytes(b"")
    for file in (left, tmp_path / "spool" / (await row(ref)).file):
        os.utime(file, (time.time() - 3700,) * 2)
    await runner.run_waiting()
    assert not await runner.run_waiting()
    assert not left.exists() and coming.exists() and spool.read((await row(ref)).file).read()


async def test_a_spooled_file_opens_in_its_own_place_alone(spool: Spool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 300_000

    kept = await spool.keep(chunks())
    assert (kept.size, len(spool.read(kept.name).read())) == (900_000, 900_000)
    with pytest.raises(Cut):
        spool.read("elsewhere").read()
