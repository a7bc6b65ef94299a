"""A lender's days with all that goes wrong between its core and the portal, and what has to be so nevertheless."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from portal.actions.api_keys import PURPOSES, add_key
from portal.actions.feed_statements import begin_epoch
from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.domain.contract.agreement import Agreement, OfferKind
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from portal.reads.cases import LenderFacts, lender_by_slug, lender_case
from portal.reads.feed import feed_end
from portal.reads.log import feed
from tests.api.borrowers import Borrower, business_time, comes_in
from tests.api.conftest import BASE
from tests.api.core_books import Kept
from tests.api.test_two_hundred_days import contract, counted, said_of
from tests.naive.ledger import owed
from tests.year.auditor import Auditor
from tests.year.core import PAUSED, Bank, Ledger, Unsure
from tests.year.deployments import LOOK_SECONDS, ZONE, Deployment
from tests.year.network import CORE_DOWN, LATE_FILE, Faults, ToCore, ToPortal

SLUG, CURRENCY = "hb", "CNY"
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
MOST_QUIET_DAYS, QUIET_SECONDS = 20, 1.0


@dataclass
class Year:
    on: Deployment
    drawn: "Drawn"
    rnd: Random
    lender: LenderFacts
    bank: Bank
    pushed_from: int
    borrowers: list[Borrower] = field(default_factory=list)

    @property
    def faults(self) -> Faults:
        return self.on.faults

    async def opens(self, on: date) -> None:
        """The portal is told of loans that were given some weeks before; those who owe them come in."""
        ledger, drawn = self.bank.ledger, self.drawn
        given = range(len(ledger.loans), min(len(ledger.loans) + drawn.loans // drawn.waves, drawn.loans))
        for number in given:
            loan = contract(self.rnd, CURRENCY, f"{SLUG}-{number:03}", on - drawn.given_before)
            ledger.loans[loan.loan_no] = ledger.to_tell[loan.loan_no] = Kept(loan, f"B-{number:03}")
        with self.faults.none():
            await asyncio.to_thread(self.bank.tells, on)
        for kept in list(ledger.loans.values())[given.start :]:
            rnd, vault = Random(self.rnd.random()), self.on.app.state.vault
            borrower = await comes_in(ledger, kept, vault, self.lender.id, rnd)
            own = {each.name: getattr(borrower, each.name) for each in fields(borrower)}
            self.borrowers.append(drawn.kind(**own))

    async def day(self, on: date) -> None:
        await self.on.morning(on)
        for borrower in self.borrowers:
            await borrower.day(on)
            if self.rnd.random() < 0.003:
                await borrower.disputes(on)
        self.on.pushes.down = self.faults.comes(CORE_DOWN)
        if not self.on.pushes.down:
            await self.core_works(on)
        await self.on.evening(self.lender, on)
        if not self.on.pushes.down:
            await self.core_works(on)
            await asyncio.to_thread(self.on.pushes.lets_go)

    async def core_works(self, on: date) -> None:
        """What could not be asked again and again is asked later in the day, or on the next."""
        from core.connection import Unreachable

        with suppress(Unreachable):
            await self.bank.day(on, late_file=self.faults.comes(LATE_FILE))

    async def restores(self, on: date) -> None:
        """Last night's backup: what happened since is gone, and every reader of the feed is told so."""
        await self.on.put_back()
        await begin_epoch(business_time(on), self.lender)
        await self.on.morning(on)
        for borrower in self.borrowers:
            borrower.waits = True  # what they have open is looked at anew

    # What has to be so.

    async def reconciles(self, on: date) -> int:
        """The signed statement finds what was lost or altered on the way, all of it and nothing else."""
        from core.reconcile import reconcile

        with self.faults.none():
            await self.core_works(on)
            await self.on.evening(self.lender, on)
            wrong = await self.read_wrong()
            assert set(await asyncio.to_thread(reconcile, self.bank.example)) == wrong
            assert await self.read_wrong() == set()
        return len(wrong)

    async def read_wrong(self) -> set[str]:
        """By the names of chains, of what the core has read, what is not as the portal has it."""
        from core.books import canonical, name_of

        there = {event.body: json.loads(event.body) async for event in feed(self.lender.id)}
        read = {canonical(event): event for event in self.bank.example.books.events}
        return {name_of((there | read)[body]) for body in there.keys() ^ read.keys()}

    async def compare(self, on: date, *, each: int = 1) -> int:
        """Both ledgers, every so many loans; the core has read everything by now."""
        with self.bank.example.books.act():
            kept_by_number = {number: kept.as_it_is() for number, kept in self.bank.ledger.loans.items()}
        numbers = self.rnd.sample(sorted(kept_by_number), len(kept_by_number) // each)
        for number in numbers:
            kept = kept_by_number[number]
            told, count = said_of(await self.position(number, on), kept), counted(owed(kept.facts, on), kept)
            if told["plan"] and kept.agreements[told["plan"][0]].kind is OfferKind.PAUSE:
                told["plan"] = (*told["plan"][:2], [])  # its one row asks for nothing
            if told.get("in the feed") == PAUSED and rests(kept.agreements[told["plan"][0]], on):
                told["in the feed"] = told["plan"][1]  # what it is by its rows is told once the pause is over
            differ = {name: (told[name], count.get(name)) for name in told if told[name] != count.get(name)}
            assert not differ, (on, number, differ, kept.states, kept.facts)
        return len(numbers)

    async def position(self, number: str, on: date) -> dict[str, Any]:
        found = await lender_case(number, self.lender.id)
        return position_facts(position(found.loan, on))

    async def all_was_pushed(self, on: date) -> bool:
        """What failed is tried again later: by the end of some quiet days the core was told of every event."""
        with self.faults.none():
            self.on.pushes.down = False
            for _ in range(MOST_QUIET_DAYS):
                on += timedelta(days=1)
                await self.on.morning(on)
                await self.on.evening(self.lender, on)
                told = {json.loads(event.body)["id"] async for event in feed(self.lender.id, self.pushed_from)}
                if told <= self.on.pushes.taken:
                    return True
                await asyncio.sleep(QUIET_SECONDS)
        return False

    async def audited(self, auditor: Auditor | None = None) -> Auditor:
        """By one who goes on with what was read before, or begins with the first event."""
        auditor = auditor or Auditor()
        async for event in feed(self.lender.id, auditor.feed):
            auditor.read(json.loads(event.body))
        return auditor


def rests(agreement: Agreement, on: date) -> bool:
    return any(pause.start <= on <= pause.end for pause in agreement.all_pauses)


@dataclass(frozen=True)
class Drawn:
    """What comes by: so many loans of lives of a kind, in waves, and how likely each fault is at each occasion."""

    loans: int
    first: date
    seed: int
    chance: float
    kind: type[Borrower] = Borrower
    waves: int = 1
    given_before: timedelta = timedelta(days=21)


@asynccontextmanager
async def a_year(deployment: Deployment, drawn: Drawn) -> AsyncIterator[Year]:
    from core import connection
    from core.books import Books
    from core.core import Core
    from core.receiver import receive

    connection.JOB_LOOKED_AT_SECONDS = LOOK_SECONDS
    rnd, faults, folder = Random(drawn.seed), deployment.faults, deployment.folder
    ledger = Ledger(SLUG, ZONE, Random(rnd.random()))
    await deployment.begin(drawn.first)
    at = business_time(drawn.first)
    await add_lender(at, NewLender(SLUG, "佳泉消费金融", "consumer-finance", CURRENCY, ZONE))
    lender = await lender_by_slug(SLUG)
    await set_policy(at, lender, RULES, OPERATOR)
    key = await add_key(BusinessTime(datetime.now(at.at.tzinfo), drawn.first), lender, "core", PURPOSES)
    transport = ToPortal(deployment.app, asyncio.get_running_loop(), faults)
    portal, books = connection.Portal(BASE, key, waits=(0, 0, 0), transport=transport), Books(folder / "core.sqlite3")
    books._database.execute("PRAGMA synchronous = OFF")  # no machine dies here, and each event is a commit of its own
    bank = Bank(Core(Unsure(portal, faults), books, ledger, say=lambda _: None), ledger)
    bank.example.cannot_be, bank.example.answer = bank.cannot_be, bank.answers
    secret = ""
    deployment.pushes = ToCore(lambda body, headers: receive(bank.example, secret, body, headers), faults)
    try:
        before = (await feed_end(lender.id)).feed
        with deployment.heard() as url:
            asked = {"model": "NewWebhook", "body": {"name": "core", "url": url}}
            secret = (await asyncio.to_thread(portal.ask, "webhooks.add_webhook", **asked))["secret"]
            year = Year(deployment, drawn, rnd, lender, bank, before)
            await year.opens(drawn.first)
            faults.chance = drawn.chance
            yield year
    finally:
        await deployment.stop()
        portal.close()
        books.close()
