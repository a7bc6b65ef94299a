"""A database as it was stored when its schema was today's: read back whole, with what had been handed out from it."""

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

FOLDER = Path(__file__).parent / "stored"
SECRET = "0" * 32
STORED_AT = datetime(2026, 6, 14, 8, tzinfo=UTC)
"""Links, codes and sessions of the stored databases live as of then."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What people hold: links by loan number with their last four, and tokens by what they are for."""

    links: dict[str, tuple[str, str]]
    keys: dict[str, str]


def header(handed: Handed) -> str:
    return f"-- {json.dumps(asdict(handed), ensure_ascii=False)}\n"


def handed(path: Path) -> Handed:
    with path.open(encoding="utf-8") as lines:
        told = json.loads(next(lines).removeprefix("-- "))
    return Handed({loan_no: (token, last4) for loan_no, (token, last4) in told["links"].items()}, told["keys"])


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
