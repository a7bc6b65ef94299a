"""What an operator's check asks of an open database: its clock, its line, and what stands in it that will not do."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tortoise.backends.sqlite.client import SqliteClient

from portal.domain.restructuring.negotiation import OPEN_STATES
from portal.reads.api_keys import WARNED_BEFORE
from portal.reads.cases import LenderFacts
from portal.reads.policy_file import BadPolicy, policy_from_text
from portal.reads.rows import read_rows
from portal.tables import models as tables
from portal.tables.connection import current


@dataclass(frozen=True, slots=True)
class CheckedRate:
    """The way to the database: the server's clock, and whether it is another machine reached in the clear."""

    clock: datetime
    readable: bool


@dataclass(frozen=True, slots=True)
class Fallible:
    """One lender: what is missing to work with it. `unreadable` are versions of its policy, by number."""

    slug: str
    has_policy: bool
    has_staff: bool
    unreadable: tuple[int, ...]
    last_version: int
    timezone_known: bool


@dataclass(frozen=True, slots=True)
class RunningOut:
    slug: str
    ref: str
    name: str
    expires_at: datetime


async def line() -> CheckedRate | None:
    """None where the database is a file here."""
    if isinstance(current(), SqliteClient):
        return None
    rows = await current().execute_query_dict(
        "SELECT clock_timestamp() AS clock, ssl, host(inet_server_addr()) AS address FROM pg_stat_ssl"
        " WHERE pid = pg_backend_pid()"
    )
    elsewhere = bool(rows[0]["address"]) and not ipaddress.ip_address(rows[0]["address"]).is_loopback
    return CheckedRate(rows[0]["clock"], elsewhere and not rows[0]["ssl"])


async def newest_event() -> datetime | None:
    rows = await tables.EventRow.all().order_by("-id").limit(1).values_list("occurred_at", flat=True)
    return rows[0] if rows else None  # type: ignore[return-value]


async def fallible(lenders: Iterable[LenderFacts]) -> list[Fallible]:
    return [await _fallible(each) for each in lenders]


async def keys_running_out(at: datetime) -> tuple[RunningOut, ...]:
    """Keys that work and will not in `WARNED_BEFORE`, or have just stopped to."""
    until = {"expires_at__gt": at - WARNED_BEFORE, "expires_at__lt": at + WARNED_BEFORE}
    soon = tables.ApiKeyRow.filter(ended_at__isnull=True, **until)
    return await read_rows(RunningOut, soon.order_by("expires_at"), slug="lender__slug")


async def _fallible(lender: LenderFacts) -> Fallible:
    versions = await tables.PolicyVersionRow.filter(lender_id=lender.id).order_by("version").values("version", "text")
    staff = tables.StaffRow.filter(lender_id=lender.id, ended_at__isnull=True, password_hash__isnull=False)
    return Fallible(
        slug=lender.slug,
        has_policy=bool(versions),
        has_staff=await staff.exists(),
        unreadable=tuple(row["version"] for row in versions if not _reads(row["text"], lender.currency)),
        last_version=versions[-1]["version"] if versions else 0,
        timezone_known=_is_known(lender.timezone),
    )


def _reads(text: str, currency: str) -> bool:
    try:
        policy_from_text(text, 1, currency)
    except BadPolicy:
        return False
    return True


def _is_known(timezone: str) -> bool:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Contents:
    """How much is in a database, and when the last thing happened in it."""

    lenders: int
    loans: int
    events: int
    open_proposals: int
    newest: datetime | None


async def contents() -> Contents:
    return Contents(
        lenders=await tables.LenderRow.all().count(),
        loans=await tables.LoanRow.all().count(),
        events=await tables.EventRow.all().count(),
        open_proposals=await tables.ProposalRow.filter(state__in=[state.value for state in OPEN_STATES]).count(),
        newest=await newest_event(),
    )
