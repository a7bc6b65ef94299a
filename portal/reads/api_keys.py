"""Keys of lenders' own systems: who a request with a key speaks for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.reads.cases import LENDER_ASKED, LenderFacts, lender_of_columns
from portal.reads.rows import read_rows
from portal.tables import models as tables
from portal.tables.query import Query, stored_time

_KEY = Query(f"""
SELECT api_key.id, api_key.ref, api_key.purposes, api_key.agency, api_key.expires_at, api_key.used_at,
    {LENDER_ASKED}
FROM api_key JOIN lender ON lender.id = api_key.lender_id
WHERE api_key.secret_hash = :secret AND api_key.ended_at IS NULL
""")


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
    rows = await _KEY.read(secret=secret_hash)
    if not rows:
        return None
    key_id, ref, purposes, agency, expires_at, used_at, *lender = rows[0]
    expires_at = stored_time(expires_at)
    if expires_at is not None and expires_at <= at:
        return None
    return KeyFacts(
        key_id, ref, lender_of_columns(lender), frozenset(purposes.split()), stored_time(used_at), agency or ""
    )


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
