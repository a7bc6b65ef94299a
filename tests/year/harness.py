"""A lender's days with all that goes wrong between its core and the portal, and what has to be so nevertheless."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from starlette.applications import Starlette

from portal.actions.api_keys import PURPOSES, add_key
from portal.actions.feed_statements import begin_epoch
from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.actions.proposals import advance_plans, run_clocks
from portal.app import create_app
from portal.delivery.webhooks import WebhookWork, deliver_webhooks
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from portal.jobs.runner import Runner
from portal.reads.cases import LenderFacts, lender_by_slug, lender_case
from portal.reads.log import feed
from portal.settings import Settings
from portal.tables.connection import connect, disconnect
from tests.api.borrowers import Borrower, business_time, comes_in
from tests.api.conftest import BASE
from tests.api.core_books import Kept
from tests.api.test_two_hundred_days import contract, counted, said_of
from tests.jobs import run_all
from tests.naive.ledger import owed
from tests.staged import SECRET
from tests.year.auditor import Auditor
from tests.year.core import Bank, Ledger, Unsure
from tests.year.network import (
    CORE_DOWN,
    LATE_FILE,
    RESTORE,
    SKEW,
    WORKER_KILLED,
    Faults,
    ToCore,
    ToPortal,
)

SLUG, CURRENCY, ZONE = "hb", "CNY", "Asia/Shanghai"
RULES = """
[plan]
covers = ["overdue", "to-come", "all"]
[waiver]
penalty = "1"
[slips]
cure_days = 3
within = 4
telling_days = 1
"""
SKEWS = (timedelta(minutes=-20), timedelta(minutes=20), timedelta(hours=2))


class Jobs:
    """The worker's jobs, beside everything else."""

    def __init__(self, app: Starlette) -> None:
        self._runner = Runner(app.state.vault, app.state.spool, _moments(app), BASE)

    def start(self) -> None:
        self._going = asyncio.create_task(run_all(self._runner))

    async def stop(self) -> None:
        self._going.cancel()
        with suppress(asyncio.CancelledError):
            await self._going


@dataclass
class Year:
    app: Starlette
    database: str
    folder: Path
    faults: Faults
    rnd: Random
    lender: LenderFacts
    bank: Bank
    jobs: Jobs
    pushes: ToCore
    borrowers: list[Borrower] = field(default_factory=list)

    async def day(self, on: date) -> None:
        self.app.state.settings = replace(self.app.state.settings, business_date=on)
        for borrower in self.borrowers:
            await borrower.day(on)
            if self.rnd.random() < 0.003:
                await borrower.disputes(on)
        self.pushes.down = self.faults.comes(CORE_DOWN)
        if not self.pushes.down:
            await self.core_works(on)
        await self.worker_works(on)
        await self.pushed(on)
        if not self.pushes.down:
            await self.core_works(on)
            await self.pushes.lets_go()

    async def pushed(self, on: date) -> None:
        """By two workers at the same time; one may be killed in the middle of it."""
        work = WebhookWork(self.app.state.vault, self.pushes, lambda: business_time(on).at)
        if self.faults.comes(WORKER_KILLED):
            await self.killed(deliver_webhooks(work))
        await asyncio.gather(deliver_webhooks(work), deliver_webhooks(work))

    async def core_works(self, on: date) -> None:
        """What could not be asked again and again is asked later in the day, or on the next."""
        from core.connection import Unreachable

        with suppress(Unreachable):
            await self.bank.day(on, late_file=self.faults.comes(LATE_FILE))

    async def worker_works(self, on: date) -> None:
        """A round, now and then by a clock that is wrong; one that is killed is begun again by the next worker."""
        moment = business_time(on)
        if self.faults.comes(SKEW):
            moment = BusinessTime(moment.at + self.rnd.choice(SKEWS), on)
        for part in (run_clocks, advance_plans):
            if self.faults.comes(WORKER_KILLED):
                await self.killed(part(self.lender, moment))
            await part(self.lender, moment)

    async def killed(self, work: Coroutine[Any, Any, Any]) -> None:
        """After some turns of the loop, wherever that is."""
        task = asyncio.ensure_future(work)
        for _ in range(self.rnd.randrange(1, 60)):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    # Last night's backup.

    @property
    def file(self) -> Path:
        return Path(self.database.removeprefix("sqlite://"))

    @property
    def backup(self) -> Path:
        return self.folder / "last-night.db"

    def backs_up(self) -> None:
        with closing(sqlite3.connect(self.file)) as tonight, closing(sqlite3.connect(self.backup)) as copy:
            tonight.backup(copy)

    async def restores(self, on: date) -> None:
        """What happened since is gone, and every reader of the feed is told so."""
        await self.jobs.stop()
        await disconnect()
        for name in ("", "-wal", "-shm"):
            self.file.with_name(self.file.name + name).unlink(missing_ok=True)
        shutil.copy(self.backup, self.file)
        await connect(self.database)
        self.jobs.start()
        await begin_epoch(business_time(on), self.lender)
        self.faults.came[RESTORE] += 1
        for borrower in self.borrowers:
            borrower.waits = True  # what they have open is looked at anew

    # What has to be so.

    async def reconciles(self, on: date) -> int:
        """The signed statement finds what was lost or altered on the way, all of it and nothing else."""
        from core.reconcile import reconcile

        chance, self.faults.chance = self.faults.chance, 0.0
        example = self.bank.example
        await self.core_works(on)
        wrong = await self.read_wrong()
        assert set(await asyncio.to_thread(reconcile, example)) == wrong
        assert await self.read_wrong() == set()
        self.faults.chance = chance
        return len(wrong)

    async def read_wrong(self) -> set[str]:
        """By the names of chains, of what the core has read, what is not as the portal has it."""
        from core.books import canonical, name_of

        there = {event.body: json.loads(event.body) async for event in feed(self.lender.id)}
        read = {canonical(event): event for event in self.bank.example.books.events}
        return {name_of((there | read)[body]) for body in there.keys() ^ read.keys()}

    async def compare(self, on: date) -> int:
        """Both ledgers, loan by loan."""
        loans = self.bank.ledger.loans
        for number, kept in loans.items():
            told = said_of(await self.position(number, on), kept)
            assert told == counted(owed(kept.facts, on), kept), (on, kept.facts)
        return len(loans)

    async def position(self, number: str, on: date) -> dict[str, Any]:
        found = await lender_case(number, self.lender.id)
        return position_facts(position(found.loan, on))

    async def audited(self) -> Auditor:
        auditor = Auditor()
        async for event in feed(self.lender.id):
            auditor.read(json.loads(event.body))
        return auditor


@asynccontextmanager
async def a_year(folder: Path, database: str, loans: int, first: date, seed: int, chance: float) -> AsyncIterator[Year]:
    from core.books import Books
    from core.connection import Portal
    from core.core import Core
    from core.receiver import receive

    settings = Settings(
        database=database, secret=SECRET, base_url=BASE, business_date=first, spool=str(folder / "spool")
    )
    settings = replace(settings, api_per_minute=1_000_000)
    app, rnd = create_app(settings, own_database=False), Random(seed)
    faults, ledger = Faults(Random(rnd.random()), 0.0), Ledger(SLUG, ZONE, Random(rnd.random()))
    await connect(database)
    jobs = Jobs(app)
    jobs.start()
    at = business_time(first)
    await add_lender(at, NewLender(SLUG, "佳泉消费金融", "consumer-finance", CURRENCY, ZONE))
    lender = await lender_by_slug(SLUG)
    await set_policy(at, lender, RULES, OPERATOR)
    key = await add_key(BusinessTime(datetime.now(at.at.tzinfo), first), lender, "core", PURPOSES)
    books = Books(folder / "core.sqlite3")
    transport = ToPortal(app, asyncio.get_running_loop(), faults)
    portal = Portal(BASE, key, waits=(0, 0, 0), transport=transport)
    bank = Bank(Core(Unsure(portal, faults), books, ledger, say=lambda _: None), ledger)
    bank.example.cannot_be = bank.cannot_be
    asked = {"model": "NewWebhook", "body": {"name": "core", "url": "https://core.example/"}}
    secret = (await asyncio.to_thread(portal.ask, "webhooks.add_webhook", **asked))["secret"]
    pushes = ToCore(partial(receive, bank.example, secret), secret, faults)
    year = Year(app, database, folder, faults, rnd, lender, bank, jobs, pushes)
    try:
        await _begins(year, loans, first)
        faults.chance = chance
        yield year
    finally:
        await jobs.stop()
        portal.close()
        books.close()
        await disconnect()


async def _begins(year: Year, loans: int, first: date) -> None:
    ledger = year.bank.ledger
    for number in range(loans):
        loan = contract(year.rnd, CURRENCY, f"{SLUG}-{number:03}")
        ledger.loans[loan.loan_no] = Kept(loan, f"B-{number:03}")
    year.bank.to_tell = dict(ledger.loans)
    await asyncio.to_thread(year.bank.tells, first)
    for kept in ledger.loans.values():
        vault = year.app.state.vault
        year.borrowers.append(await comes_in(ledger, kept, vault, year.lender.id, Random(year.rnd.random())))


def _moments(app: Starlette) -> Callable[[datetime, str], BusinessTime]:
    def moment(at: datetime, zone: str) -> BusinessTime:
        found: BusinessTime = app.state.settings.moment(at, zone)
        return found

    return moment
