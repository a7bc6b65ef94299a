"""A hundred loans of two lenders for two hundred days: what the portal says is what the cores' own books give."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from portal.actions.api_keys import PURPOSES, add_key
from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.actions.proposals import advance_plans, run_clocks
from portal.app import create_app
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Cap, Loan
from portal.domain.event import BusinessTime
from portal.jobs.runner import Runner
from portal.reads.cases import LenderFacts, lender_by_slug
from portal.settings import Settings
from tests.api.borrowers import Borrower, business_time, comes_in
from tests.api.conftest import BASE
from tests.api.core_books import Core, Kept
from tests.api.told import as_fen
from tests.jobs import run_all
from tests.naive.dues import COMPONENTS
from tests.naive.figures import LINE
from tests.naive.ledger import Owed, owed
from tests.naive.loans import drawn_loan
from tests.staged import SECRET

pytestmark = [pytest.mark.anyio, pytest.mark.proof]

SEED, PAID_OUT, FIRST, DAYS, LOOKED_AT = 16, date(2025, 12, 15), date(2026, 1, 5), 200, 20
MAINLAND, YEN = ("jq", "CNY", "Asia/Shanghai", 80), ("tk", "JPY", "Asia/Tokyo", 20)
LEAST = {
    "payment": 500,
    "late fact": 250,
    "late fact before the plan": 15,
    "reversal": 40,
    "correction": 20,
    "charge": 50,
    "statement": 200,
    "wrong statement": 10,
    "statement.agrees": 8,
    "dispute.opened": 25,
    "proposal.unanswered": 5,
    "agreement.signed": 180,
    "agreement.booking_failed": 25,
    "plan.activated": 150,
    "plan.strained": 90,
    "plan.cured": 10,
    "plan.broken": 60,
    "plan.reinstated": 20,
    "plan.reopened": 12,
    "plan.superseded": 35,
    "plan.completed": 80,
    "compared": 1000,
}
"""So much has to have come by in all, or the proof proves little."""

TABLES = """
[plan]
covers = ["overdue", "to-come", "all"]
[waiver]
penalty = "1"
"""
SHORT = TABLES + "[slips]\ncure_days = 3\nwithin = 4\ntelling_days = 1\n"
LONG = TABLES + "[slips]\ncure_days = 10\n"
TOGETHER = TABLES + '[slips]\ncure_days = 4\ncontract = "breaks"\n[statement]\npenalty_stops = true\n'


@dataclass
class Lender:
    facts: LenderFacts
    core: Core
    borrowers: list[Borrower]


@dataclass
class Portal:
    app: Starlette
    database: str
    rnd: Random

    def on(self, day: date) -> None:
        self.app.state.settings = replace(self.app.state.settings, business_date=day)

    def moment(self, at: datetime, zone: str) -> BusinessTime:
        found: BusinessTime = self.app.state.settings.moment(at, zone)
        return found

    async def opens(self, slug: str, currency: str, zone: str, count: int, rules: str) -> Lender:
        at = BusinessTime(datetime.now(UTC), FIRST)
        await add_lender(at, NewLender(slug, "佳泉消费金融", "consumer-finance", currency, zone))
        facts = await lender_by_slug(slug)
        await set_policy(at, facts, rules, OPERATOR)
        secret = await add_key(at, facts, "core", PURPOSES)
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=True)
        headers = {"authorization": f"Bearer {secret}"}
        client = httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers, timeout=60)
        core = Core(client, slug, zone, Random(self.rnd.random()))
        for number in range(count):
            loan = contract(self.rnd, currency, f"{slug}-{number:03}")
            core.loans[loan.loan_no] = Kept(loan, f"{slug}-B-{number:03}")
        await core.tell_loans(FIRST, list(core.loans.values()), {})
        borrowers = [
            await comes_in(core, kept, self.app.state.vault, facts.id, Random(self.rnd.random()))
            for kept in core.loans.values()
        ]
        return Lender(facts, core, borrowers)

    async def lives(self, lender: Lender, day: date) -> None:
        """Borrowers and the desk, the core that tells, listens and answers, the worker's round."""
        for borrower in lender.borrowers:
            await borrower.day(day)
            if self.rnd.random() < 0.003:
                await borrower.disputes(day)
        await self.tells(lender, day)
        await lender.core.follow(day)
        await lender.core.answer(day)
        moment = business_time(day)
        await run_clocks(lender.facts, moment)
        await advance_plans(lender.facts, moment)
        await lender.core.follow(day)

    async def tells(self, lender: Lender, day: date) -> None:
        charged = [each for each in lender.borrowers if self.rnd.random() < 0.003]
        for borrower in charged:
            borrower.is_charged(day)
        kept = [each.kept for each in charged]
        kept += [each for each in lender.core.loans.values() if each.loan.written_off_on == day and each not in kept]
        if kept:
            await lender.core.tell_loans(day, kept, {})
        await lender.core.tell_money(day)

    async def states(self, lender: Lender, day: date) -> dict[str, bool]:
        """Of each fifth loan what the core has overdue; at the second lender now and then something else.

        Answers of which loans it was right.
        """
        kept = list(lender.core.loans.values())[::5]
        stated = {each.loan.loan_no: each.stated(day) for each in kept}
        right = dict.fromkeys(stated, True)
        for number, found in stated.items():
            if lender.core.slug == YEN[0] and self.rnd.random() < 0.3:
                found["principal"] += 10_000
                right[number] = False
                lender.core.happened["wrong statement"] += 1
        lender.core.happened["statement"] += len(kept)
        await lender.core.tell_loans(day, kept, stated)
        await lender.core.follow(day)
        return right

    async def positions(self, slug: str, day: date) -> dict[str, Any]:
        """What `portal positions` answers, a process of its own."""
        words = [sys.executable, "-m", "portal", "positions", "--lender", slug, "--as-of", day.isoformat()]
        env = {**os.environ, "PORTAL_DATABASE": self.database, "PORTAL_SECRET": SECRET}
        said = await asyncio.create_subprocess_exec(*words, env=env, stdout=asyncio.subprocess.PIPE)
        out, _ = await said.communicate()
        assert said.returncode == 0
        return {row["loan_no"]: row for row in map(json.loads, out.splitlines())}


def contract(rnd: Random, currency: str, number: str, paid_out: date = PAID_OUT) -> Loan:
    loan = drawn_loan(rnd, paid_out)
    first, steps = loan.schedule[0].due_on, {row.due_on.day for row in loan.schedule}
    cap = loan.terms.cap
    if cap is not None:
        cap = Cap("24-percent-together" if cap.together else "24-percent", cap.annual_rate, together=cap.together)
    every = Every.parse("1m" if len(steps) == 1 else "2w")
    return replace(
        loan,
        loan_no=number,
        currency=currency,
        suspensions=(),
        terms=replace(loan.terms, first_due=first, every=every, cap=cap),
    )


@asynccontextmanager
async def open_portal(database: str, spool: Path, seed: int) -> AsyncIterator[Portal]:
    settings = Settings(database=database, secret=SECRET, base_url=BASE, business_date=FIRST, spool=str(spool))
    portal = Portal(create_app(settings, own_database=False), database, Random(seed))
    going = asyncio.create_task(run_all(Runner(portal.app.state.vault, portal.app.state.spool, portal.moment, BASE)))
    try:
        yield portal
    finally:
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going


def charged_of(line: dict[str, Any]) -> tuple[int, int]:
    return as_fen(line["contract"]), as_fen(line["charged"])


def said_of(row: dict[str, Any], kept: Kept) -> dict[str, Any]:
    """What the portal says of a loan: in its position, and of its last plan in the feed."""
    lines = [
        (each["installment"], each["of"], as_fen(each["base"]), each["from"], each["to"], *charged_of(each))
        for each in row["penalty_lines"]
    ]
    found = {
        "overdue": {name: as_fen(row["overdue"][name]) for name in COMPONENTS},
        "penalty lines": sorted(lines),
        "credit": as_fen(row["credit"]),
        "payoff": as_fen(row["payoff"]),
        "principal": as_fen(row["outstanding_principal"]),
        "days late": row["days_past_due"],
        "plan": None,
    }
    if row["plan"] is not None:
        rows = [(each["no"], as_fen(each["asked"]), as_fen(each["received"])) for each in row["plan"]["rows"]]
        found["plan"] = (row["plan"]["ref"], row["plan"]["status"], rows)
        if kept.agreements[row["plan"]["ref"]].answered_on:
            found["in the feed"] = kept.states[row["plan"]["ref"]]
    return found


def counted(found: Owed, kept: Kept) -> dict[str, Any]:
    """The same by the second count."""
    lines = [tuple(getattr(line, name) for name in LINE) for line in found.lines]
    said = {
        "overdue": {name: found.overdue[name] for name in COMPONENTS},
        "penalty lines": sorted(
            (number, of, base, start.isoformat(), end.isoformat(), due, charged)
            for number, of, base, start, end, due, charged in lines
        ),
        "credit": found.credit,
        "payoff": found.payoff,
        "principal": found.principal_left,
        "days late": found.days_late,
        "plan": None,
    }
    plans = [plan for plan in found.plans if plan.status != "refused"]
    if plans:
        rows = [(row.no, row.total, row.received) for row in plans[-1].rows]
        said["plan"] = (plans[-1].ref, plans[-1].status, rows)
        if kept.agreements[plans[-1].ref].answered_on:
            said["in the feed"] = plans[-1].status
    return said


async def compare(portal: Portal, lender: Lender, day: date) -> None:
    right = await portal.states(lender, day)
    said = await portal.positions(lender.core.slug, day)
    assert set(said) == set(lender.core.loans)
    assert {number: said[number]["lender_statement"]["agrees"] for number in right} == right
    for number, kept in lender.core.loans.items():
        told, expected = said_of(said[number], kept), counted(owed(kept.facts, day), kept)
        assert told == expected, (day, kept.facts)
        lender.core.happened["compared"] += 1


async def test_a_hundred_loans_for_two_hundred_days_are_as_the_cores_own_books_have_them(
    database: str, tmp_path: Path
) -> None:
    async with open_portal(database, tmp_path / "spool", SEED) as portal:
        lenders = [await portal.opens(*MAINLAND, SHORT), await portal.opens(*YEN, TOGETHER)]
        for day in (FIRST + timedelta(days=n) for n in range(DAYS)):
            portal.on(day)
            if (day - FIRST).days == DAYS // 2:
                await set_policy(business_time(day), lenders[0].facts, LONG, OPERATOR)
            for lender in lenders:
                await portal.lives(lender, day)
                if (day - FIRST).days % LOOKED_AT == LOOKED_AT - 1:
                    await compare(portal, lender, day)
        happened = sum((lender.core.happened for lender in lenders), Counter())
    assert {what: happened[what] for what, least in LEAST.items() if happened[what] < least} == {}
