"""What pages are measured on: borrowers of one to three loans each, through the product's own import, all signed in.

Three of ten borrowers have stopped paying at some month; the others have paid each installment on its day. What every
page is asked for stands in one file a page, as a browser would send it; requests are separated by NUL.
"""

import asyncio
import json
import os
import random
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from portal import demo
from portal.demo import JQ
from portal.domain.contract.annual_cost import drawn_up
from portal.domain.contract.calendar import add_months
from portal.domain.money import format_amount
from portal.intake import read_portfolio
from portal.tables import models as tables
from portal.tables.connection import connected, current
from portal.tables.stored import schedule_from_text
from portal.vault import Vault, new_ref, token_hash
from portal.web import csrf

SEED, STOPPED, LATER = 20261129, 0.3, timedelta(days=10)
ROWS = 12
CURRENCY = "CNY"
DAYS = timedelta(days=2)
"""For how long everybody stays in, so that no page is kept from anybody and no note is taken of who is there."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A database that was filled: its file, what it is served with, and who was let in with which cookie."""

    file: Path
    environment: dict[str, str]
    tokens: dict[int, str]


def staged(folder: Path, borrowers: int, today: date) -> Staged:
    """Fills a new file in the folder by the product's commands."""
    file, lines, policy = folder / "portal.sqlite3", folder / "portfolio.jsonl", folder / "policy.toml"
    told = {"PORTAL_DATABASE": f"sqlite://{file}", "PORTAL_SECRET": secrets.token_urlsafe(48)}
    told = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | told
    lines.write_text("".join(f"{line}\n" for line in portfolio(borrowers, today)), encoding="utf-8")
    policy.write_text(demo.DEMO_POLICY, encoding="utf-8")
    by_commands = (("migrate",), ("lender", "add", JQ, "--name", demo.JQ_NAME), ("policy", "set", JQ, str(policy)))
    for words in (*by_commands, ("import", str(lines), "--lender", JQ)):
        command = [sys.executable, "-m", "portal", *words]
        done = subprocess.run(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(words)} failed: {done.stdout}")
    return Staged(file, told, asyncio.run(let_in(told)))


def portfolio(borrowers: int, today: date) -> Iterator[str]:
    """One line a loan; the same for the same day."""
    chance = random.Random(SEED)
    line = json.loads(demo.portfolio(JQ).splitlines()[0])
    for name in ("statement", "payments", "charges", "schedule"):
        line.pop(name, None)
    loans = 0
    for number in range(1, borrowers + 1):
        stops = chance.randint(0, ROWS) if chance.random() < STOPPED else None
        who = {"external_id": f"B-{number}", "phone": f"+86138{number:08}", "id_last4": f"{number % 10_000:04}"}
        for _ in range(chance.randint(1, 3)):
            loans += 1
            contract = _contract(chance, line, today) | {"loan_no": f"L-{loans:06}"}
            contract["borrower"] = line["borrower"] | who
            yield json.dumps(contract | _listed(chance, contract, stops, today), ensure_ascii=False)


def _contract(chance: random.Random, line: dict[str, Any], today: date) -> dict[str, Any]:
    begun = today - timedelta(days=chance.randint(10, 420))
    terms = line["terms"] | {"first_due": add_months(begun, 1).isoformat(), "installments": ROWS}
    terms["annual_rate"] = chance.choice(("0.072", "0.096", "0.12", "0.144", "0.18"))
    terms["penalty"] = terms["penalty"] | {"grace_days": chance.randint(0, 3)}
    principal = format_amount(chance.randint(30, 2000) * 10_000, CURRENCY)
    days = {"signed_on": begun.isoformat(), "disbursed_on": begun.isoformat()}
    return line | {"terms": terms, "principal": principal} | days


def _listed(chance: random.Random, contract: dict[str, Any], stops: int | None, today: date) -> dict[str, object]:
    """Its installments as its terms draw them; each that is due was paid until its borrower stopped, then half of one
    or nothing.
    """
    loan = read_portfolio(json.dumps(contract).encode(), "consumer-finance")[0].loan
    rows = drawn_up(loan.terms, loan.principal, loan.disbursed_on)
    due = [row for row in rows if row.due_on <= today]
    paid, missed = due[:stops], due[stops:] if stops is not None else []
    came = [(f"P-{row.no}", row.due_on, row.total) for row in paid]
    came += [(f"P-{row.no}", min(row.due_on + LATER, today), row.total // 2) for row in missed[: chance.randint(0, 1)]]
    return {
        "schedule": [
            {
                "no": row.no,
                "due_on": row.due_on.isoformat(),
                "principal": format_amount(row.principal, CURRENCY),
                "interest": format_amount(row.interest, CURRENCY),
                "fees": "0.00",
            }
            for row in rows
        ],
        "payments": [
            {"id": name, "received_on": on.isoformat(), "amount": format_amount(minor, CURRENCY)}
            for name, on, minor in came
        ],
    }


async def let_in(environment: dict[str, str]) -> dict[int, str]:
    """A person for every borrower, with a phone number and a session for all lenders; answers the cookies."""
    vault, now = Vault(environment["PORTAL_SECRET"]), datetime.now(UTC)
    async with connected(environment["PORTAL_DATABASE"]):
        ids = [int(str(row)) for row in await tables.BorrowerRow.all().order_by("id").values_list("id", flat=True)]
        lenders = " ".join(str(row) for row in await tables.LenderRow.all().values_list("id", flat=True))
        tokens = {each: sha256(f"{SEED} {each}".encode()).hexdigest() for each in ids}
        await tables.PersonRow.bulk_create(
            [tables.PersonRow(id=each, ref=new_ref(), key=vault.new_key(), phone_hash=f"{each:064}") for each in ids],
            300,
        )
        await current().execute_query("UPDATE borrower SET person_id = id")
        facts = {"kind": "borrower", "how": "link", "lenders": lenders}
        stays = {"seen_at": now + DAYS, "expires_at": now + DAYS}
        await tables.SessionRow.bulk_create(
            [tables.SessionRow(token_hash=token_hash(tokens[each]), person_id=each, **facts, **stays) for each in ids],
            300,
        )
    return tokens


def asked(on: Staged, host: str, today: date, cookie: str = "") -> dict[str, list[bytes]]:
    """The requests of each page: everybody's overview, every loan, and what is done with a loan that is overdue."""

    def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
        """Each side knows a session by a cookie of its own, the twin by 32 characters."""
        cookies = f"cookie: portal={token}; sessionid={token[:32]}; {cookie}"
        lines = [f"{method} {path} HTTP/1.1", f"host: {host}", "accept: text/html", cookies]
        if body:
            lines += [f"origin: http://{host}", "hx-request: true", "content-type: application/x-www-form-urlencoded"]
            lines += [f"content-length: {len(body)}"]
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body

    with sqlite3.connect(on.file) as file:
        loans = [(on.tokens[borrower], f"/loans/{ref}", row) for borrower, ref, *row in file.execute(LOANS)]
    late = [(token, path) for token, path, (schedule, paid) in loans if _due(schedule, today) > paid]
    return {
        "overview": [request("GET", "/loans", token) for token in on.tokens.values()],
        "loan": [request("GET", path, token) for token, path, _ in loans],
        "preview": [request("POST", f"{path}/plan", token, body=_typed(on, token, today)) for token, path in late],
        "pay": [request("GET", f"{path}/pay", token) for token, path in late],
    }


LOANS = """
SELECT borrower_id, ref, schedule, (SELECT total(amount_minor) FROM payment WHERE payment.loan_id = loan.id)
FROM loan JOIN party ON party.loan_id = loan.id JOIN contract ON contract.loan_id = loan.id ORDER BY loan.id
"""


def _due(schedule: str, today: date) -> int:
    return sum(row.total for row in schedule_from_text(schedule) if row.due_on < today)


def _typed(on: Staged, token: str, today: date) -> bytes:
    """What the page of a plan sends while somebody types: half a year by the month, from a month from now."""
    typed = {"how": "count", "installments": "6", "every": "1m", "first_due": (today + timedelta(days=30)).isoformat()}
    return urlencode(typed | {"csrf": csrf.token(on.environment["PORTAL_SECRET"], token)}).encode()
