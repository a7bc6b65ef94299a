"""The two ways in which the portal of the year runs: one process on SQLite, and three workers on PostgreSQL.

A day has a morning, on which it becomes that day, and an evening, by which all that it asks for is done.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from portal.actions.proposals import advance_plans, run_clocks
from portal.actions.test_clock import mark_test_database, set_clock
from portal.app import create_app
from portal.commands.copies import copy_sqlite, dump_postgres, restore_postgres
from portal.delivery.webhooks import WebhookWork, deliver_webhooks
from portal.domain.event import BusinessTime
from portal.jobs.runner import Runner
from portal.reads.cases import LenderFacts
from portal.reads.test_clock import read_test_clock
from portal.settings import Settings
from portal.tables.connection import connect, connected, disconnect
from tests.api.borrowers import business_time
from tests.api.conftest import BASE
from tests.jobs import run_all
from tests.postgres import emptied
from tests.staged import SECRET
from tests.year.network import RESTORE, SKEW, WORKER_KILLED, Faults, ToCore, listening

ZONE = "Asia/Shanghai"
SKEWS = (timedelta(minutes=-20), timedelta(minutes=20), timedelta(hours=2))
WORKERS = 3
LOOK_SECONDS, MOST_SECONDS = 0.05, 120.0


class Deployment:
    """`pushes` is where the core hears of events."""

    def __init__(self, database: str, folder: Path, faults: Faults, **settings: Any) -> None:
        spool = str(folder / "spool")
        given = Settings(database, SECRET, BASE, spool=spool, api_per_minute=1_000_000, **settings)
        self.database, self.folder, self.faults, self.spool = database, folder, faults, spool
        self.app = create_app(given, own_database=False)
        self.pushes: ToCore

    async def clocks(self, lender: LenderFacts, on: date) -> None:
        """A round, now and then by a clock that is wrong; who is killed in it is a task, and the next begins again."""
        moment = business_time(on)
        if self.faults.comes(SKEW):
            moment = BusinessTime(moment.at + self.faults.rnd.choice(SKEWS), on)
        for part in (run_clocks, advance_plans):
            await self.perhaps_killed(partial(part, lender, moment))

    async def perhaps_killed(self, work: Callable[[], Awaitable[Any]]) -> None:
        """After some turns of the loop, wherever that is; then once more to its end."""
        if self.faults.comes(WORKER_KILLED):
            task = asyncio.ensure_future(work())
            for _ in range(self.faults.rnd.randrange(1, 60)):
                await asyncio.sleep(0)
            await cancelled(task)
        await work()


class OneProcess(Deployment):
    """On SQLite: pages, jobs, clocks and webhooks are one loop."""

    async def begin(self, on: date) -> None:
        await self.start()
        await self.morning(on)

    async def start(self) -> None:
        await connect(self.database)
        runner = Runner(self.app.state.vault, self.app.state.spool, self._moment, BASE)
        self._jobs = asyncio.create_task(run_all(runner))

    async def stop(self) -> None:
        await cancelled(self._jobs)
        await disconnect()

    async def morning(self, on: date) -> None:
        self.app.state.settings = replace(self.app.state.settings, business_date=on)

    async def evening(self, lender: LenderFacts, on: date) -> None:
        """By two senders at the same time."""
        await self.clocks(lender, on)
        work = WebhookWork(self.app.state.vault, self.pushes, lambda: business_time(on).at)
        await asyncio.gather(self.perhaps_killed(partial(deliver_webhooks, work)), deliver_webhooks(work))

    def heard(self) -> AbstractContextManager[str]:
        """The address that the core is told of under, which is no address here."""
        return nullcontext("https://core.example/")

    @property
    def _file(self) -> Path:
        return Path(self.database.removeprefix("sqlite://"))

    async def back_up(self) -> None:
        copy_sqlite(self._file, self.folder / "last-night")

    async def put_back(self) -> None:
        await self.stop()
        for name in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + name).unlink(missing_ok=True)
        shutil.copy(self.folder / "last-night", self._file)
        self.faults.came[RESTORE] += 1
        await self.start()

    def _moment(self, at: datetime, zone: str) -> BusinessTime:
        found: BusinessTime = self.app.state.settings.moment(at, zone)
        return found


class ThreeWorkers(Deployment):
    """On PostgreSQL: `portal worker` three times, by the clock of a test database; who is killed in it is a process."""

    def __init__(self, database: str, folder: Path, faults: Faults) -> None:
        super().__init__(database, folder, faults, test=True, webhook_private=True)
        self._workers: list[subprocess.Popen[bytes]] = []
        self._log = (folder / "workers.log").open("ab")

    async def begin(self, on: date) -> None:
        async with connected(self.database):
            await mark_test_database(datetime.now(UTC))
            await set_clock(on, ZONE)
        await self.start()

    async def start(self) -> None:
        await connect(self.database)
        self._workers = [self._worker() for _ in range(WORKERS)]

    async def stop(self) -> None:
        for each in self._workers:
            each.kill()
            each.wait()
        await disconnect()

    async def morning(self, on: date) -> None:
        """The workers let the day begin, whoever of them is killed meanwhile."""
        await set_clock(on, ZONE)
        killing = asyncio.create_task(self._perhaps_killed(0.5))
        until = time.monotonic() + MOST_SECONDS
        while (found := await read_test_clock()) and found.goal_at is not None:
            assert time.monotonic() < until, "the day does not begin"
            await asyncio.sleep(LOOK_SECONDS)
        await killing

    async def evening(self, lender: LenderFacts, on: date) -> None:
        """The workers go on all day; beside them is one whose clock may be wrong."""
        await self._perhaps_killed(0)
        await self.clocks(lender, on)

    def heard(self) -> AbstractContextManager[str]:
        return listening(self.pushes)

    async def _perhaps_killed(self, within: float) -> None:
        if self.faults.comes(WORKER_KILLED):
            await asyncio.sleep(self.faults.rnd.random() * within)
            place = self.faults.rnd.randrange(WORKERS)
            self._workers[place].send_signal(signal.SIGKILL)
            self._workers[place].wait()
            self._workers[place] = self._worker()

    def _worker(self) -> subprocess.Popen[bytes]:
        settings = {
            "DATABASE": self.database,
            "SECRET": SECRET,
            "BASE_URL": BASE,
            "SPOOL": self.spool,
            "WEBHOOK_PRIVATE": "true",
        }
        env = {**os.environ, **{f"PORTAL_{name}": value for name, value in settings.items()}}
        command = [sys.executable, "-m", "portal", "worker", "--parent", str(os.getpid())]
        return subprocess.Popen(command, env=env, stdout=self._log, stderr=self._log)

    async def back_up(self) -> None:
        await asyncio.to_thread(dump_postgres, self.database, self.folder / "last-night")

    async def put_back(self) -> None:
        await self.stop()
        await emptied(self.database)
        await asyncio.to_thread(restore_postgres, self.folder / "last-night", self.database)
        self.faults.came[RESTORE] += 1
        await self.start()


async def cancelled(task: "asyncio.Future[Any]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
