"""Keys of lenders' own systems: who a request with a key speaks for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.reads.cases import LenderFacts, lender_columns, lender_of
from portal.reads.rows import read_rows
from portal.tables import models as tables


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key that works now, and what it may be used for; `agency` has it, where that is not the lender itself."""

    id: int
    ref: str
    lender: LenderFacts
    purposes: frozenset[str]
    used_at: datetime | None
    agency: str = ""


@dataclass(frozen=True, slots=True)
class ListedKey:
    ref: str
    name: str
    purposes: str
    created_at: datetime
    used_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    agency: str | None = None

    def state(self, at: datetime) -> str:
        """Works, ended, or ran out; a key of a version that knew no expiry never does."""
        if self.ended_at is not None:
            return "ended"
        return "ran out" if self.expires_at is not None and self.expires_at <= at else "works"


WARNED_BEFORE = timedelta(days=14)


async def key(secret_hash: str, at: datetime) -> KeyFacts | None:
    rows = await tables.ApiKeyRow.filter(secret_hash=secret_hash, ended_at__isnull=True).values(
        "id", "ref", "purposes", "expires_at", "used_at", "agency", **lender_columns("lender")
    )
    if not rows or (rows[0]["expires_at"] is not None and rows[0]["expires_at"] <= at):
        return None
    row = rows[0]
    lender, purposes = lender_of(row), frozenset(row["purposes"].split())
    return KeyFacts(row["id"], row["ref"], lender, purposes, row["used_at"], row["agency"] or "")


async def former_key(secret_hash: str) -> tuple[str, int] | None:
    """The ref and the lender's id of a key that works no more."""
    rows = await tables.ApiKeyRow.filter(secret_hash=secret_hash).values_list("ref", "lender_id")
    return (str(rows[0][0]), int(rows[0][1])) if rows else None


async def why_refused(secret_hash: str, at: datetime) -> str:
    """What is told to whoever has the secret of a key that works no more; nothing to anybody else."""
    rows = await read_rows(ListedKey, tables.ApiKeyRow.filter(secret_hash=secret_hash))
    if not rows or (found := rows[0]).state(at) == "works":
        return ""
    over = found.ended_at or found.expires_at
    return f"This key {found.state(at)} on {over:%Y-%m-%d} (UTC); the portal's operator makes another."


async def keys(lender_id: int) -> tuple[ListedKey, ...]:
    return await read_rows(ListedKey, tables.ApiKeyRow.filter(lender_id=lender_id).order_by("id"))
