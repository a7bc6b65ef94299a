"""A database as it was stored when its schema was today's: read back whole, with what had been handed out from it."""

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

FOLDER = Path(__file__).parent / "stored"
_PATHS = sorted(FOLDER.glob("*.sql"))
_NEWEST = max(path.name[:4] for path in _PATHS)
# Every suite upgrades the schema before this one; those before it are proven upgradeable by `make proof`.
FILES = [
    pytest.param(
        path,
        id=path.name.removesuffix(".sql"),
        marks=[pytest.mark.postgres] * ("postgres" in path.name) + [pytest.mark.proof] * (path.name[:4] < _NEWEST),
    )
    for path in _PATHS
]
SECRET = "0" * 32
STORED_AT = datetime(2026, 6, 14, 8, tzinfo=UTC)
"""Links, codes and sessions of the stored databases live as of then."""

# By the schema they were stored under: each column with all that was in it.
STATES = {
    "0007": {
        "proposal.state": "accepted active agreed broken completed countered declined expired info_requested paused "
        "strained submitted superseded under_review withdrawn",
        "problem.state": "decided open withdrawn",
        "payment_report.state": "asked awaiting confirmed not_found withdrawn",
        "delivery.state": "dead delivered expired waiting",
        "invitation.ended_why": " erased failures not-me number-changed",
        "lender.kind": "bank consumer-finace consumer-finance microloan",
    },
    "0008": {
        "proposal.state": "accepted active agreed broken completed countered declined expired info_requested paused "
        "strained submitted superseded under_review withdrawn",
        "problem.state": "decided open withdrawn",
        "payment_report.state": "asked awaiting confirmed not_found withdrawn",
        "outbound_message.state": "dead delivered expired waiting",
        "outbound_message.kind": "code link notice",
        "invitation.ended_why": " erased failures not-me number-changed used",
        "lender.kind": "bank consumer-finace consumer-finance microloan",
        "approval.kind || '-' || outcome": "number- number-approved waiver- waiver-approved",
        "decision.party || '-' || verdict": "lender-accept lender-counter lender-decline policy-accept",
        "borrower.entry_code_sealed IS NULL": "False True",
        "borrower.number_waits_until > '2026-06-14 08:00:00'": " True",
        "borrower.closed_at IS NULL": "False True",
        "person.password_lenders IS NULL": "False True",
    },
    "0009": {
        "proposal.state": "accepted active agreed broken completed countered declined expired info_requested paused "
        "strained submitted superseded under_review withdrawn",
        "problem.state": "decided open withdrawn",
        "payment_report.state": "asked awaiting confirmed not_found withdrawn",
        "outbound_message.state": "dead delivered expired waiting",
        "outbound_message.kind": "code link notice",
        "invitation.ended_why": " erased failures not-me number-changed used",
        "lender.kind": "bank consumer-finace consumer-finance microloan",
        "approval.kind || '-' || outcome": "number- number-approved waiver- waiver-approved",
        "decision.party || '-' || verdict": "lender-accept lender-counter lender-decline policy-accept",
        "job.state": "done",
        "borrower.closed_at IS NULL": "False True",
        "person.password_lenders IS NULL": "False True",
    },
    "0010": {
        "proposal.state": "accepted active agreed broken completed countered declined expired info_requested paused "
        "strained submitted superseded under_review withdrawn",
        "problem.state": "decided open withdrawn",
        "payment_report.state": "asked awaiting confirmed not_found withdrawn",
        "outbound_message.state": "dead delivered expired waiting",
        "outbound_message.kind": "code link notice",
        "invitation.ended_why": " erased failures not-me number-changed used",
        "lender.kind": "bank consumer-finace consumer-finance microloan",
        "approval.kind || '-' || outcome": "number- number-approved waiver- waiver-approved",
        "decision.party || '-' || verdict": "lender-accept lender-counter lender-decline policy-accept",
        "job.state": "done",
        "borrower.closed_at IS NULL": "False True",
        "person.password_lenders IS NULL": "False True",
    },
    "0011": {
        "proposal.state": "accepted active agreed broken completed countered declined expired info_requested paused "
        "strained submitted superseded under_review withdrawn",
        "problem.state": "decided open withdrawn",
        "payment_report.state": "asked awaiting confirmed not_found withdrawn",
        "outbound_message.state": "dead delivered expired waiting",
        "outbound_message.kind": "code link notice",
        "invitation.ended_why": " erased failures not-me number-changed used",
        "lender.kind": "bank consumer-finace consumer-finance microloan",
        "approval.kind || '-' || outcome": "number- number-approved waiver- waiver-approved",
        "decision.party || '-' || verdict": "lender-accept lender-counter lender-decline policy-accept",
        "job.state": "done",
        "borrower.closed_at IS NULL": "False True",
        "person.password_lenders IS NULL": "False True",
    },
    "0012": {
        "proposal.state": "accepted active agreed broken completed countered declined ended expired info_requested "
        "paused strained submitted superseded under_review withdrawn",
        "problem.state": "decided open withdrawn",
        "payment_report.state": "asked awaiting confirmed not_found withdrawn",
        "outbound_message.state": "dead delivered expired waiting",
        "outbound_message.kind": "code link notice",
        "invitation.ended_why": " erased failures not-me number-changed used",
        "lender.kind": "bank consumer-finace consumer-finance microloan",
        "approval.kind || '-' || outcome": "number- number-approved waiver- waiver-approved",
        "decision.party || '-' || verdict": "lender-accept lender-counter lender-decline policy-accept",
        "job.state": "done",
        "correction.fact": "payment",
        "contract.closed_reason": " sold",
        "payment.takes_back": " P-4",
        "payment_report.plan_installment_no": " True",
        "plan_pause.scope || '-' || interest": "all-stands-still",
        "borrower.closed_at IS NULL": "False True",
        "person.password_lenders IS NULL": "False True",
    },
}
STATES["0021"] = STATES["0013"] = STATES["0012"]


@dataclass(frozen=True, slots=True)
class Handed:
    """What people hold: links by loan number with their last four, and tokens by what they are for."""

    links: dict[str, tuple[str, str]]
    keys: dict[str, str]


def header(handed: Handed) -> str:
    return f"-- {json.dumps(asdict(handed), ensure_ascii=False)}\n"


def handed(path: Path) -> Handed:
    with path.open(encoding="utf-8") as lines:
        seeder = json.loads(next(lines).removeprefix("-- "))
    return Handed({loan_no: (token, last4) for loan_no, (token, last4) in seeder["links"].items()}, seeder["keys"])


async def load(path: Path, url: str) -> None:
    """Into a database in which nothing was ever made."""
    text = path.read_text(encoding="utf-8")
    if url.startswith("sqlite://"):
        with sqlite3.connect(url.removeprefix("sqlite://")) as database:
            database.executescript(text)
        database.close()
        return
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(text)
    finally:
        await connection.close()


async def values(url: str, table: str, column: str) -> str:
    """All that stands in a column, of a NULL nothing; SQLite says 0 and 1 for what is false and true."""
    found = [value for (value,) in await rows(url, f"SELECT DISTINCT {column} FROM {table}")]
    return " ".join(sorted(str(bool(value)) if isinstance(value, int) else value or "" for value in found))


async def counts(url: str) -> dict[str, int]:
    """How many rows each table has, asked of the database itself, whatever the models know."""
    tables = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        if url.startswith("sqlite")
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {name: (await rows(url, f'SELECT count(*) FROM "{name}"'))[0][0] for (name,) in await rows(url, tables)}


async def rows(url: str, sql: str) -> list[Any]:
    if url.startswith("sqlite"):
        database = sqlite3.connect(url.removeprefix("sqlite://"))
        found = database.execute(sql).fetchall()
        database.close()
        return found
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()
