"""Who looked at what: `access` prints a lender's part of the access log, or that of none, the oldest first."""

import argparse
import json
from datetime import datetime, time
from zoneinfo import ZoneInfo

from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command
from portal.domain.contract.calendar import parse_date
from portal.reads.access import AccessEntry, access_of
from portal.reads.desk import staff_ref


def add_access_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    looks = add_command(
        subparsers, "access", _access, "who looked at what; without a lender: who came in or was refused"
    )
    looks.add_argument("--lender", metavar="SLUG")
    looks.add_argument("--staff", metavar="EMAIL", help="only what this one did, also after leaving")
    looks.add_argument("--since", metavar="D", help="only from this day on, as the lender counts days")
    looks.add_argument("--json", action="store_true", help="one JSON line each")


async def _access(context: Context, chosen: argparse.Namespace) -> None:
    lender = await context.lender(chosen.lender) if chosen.lender else None
    zone, staff, since = ZoneInfo(lender.timezone if lender else "UTC"), "", None
    if chosen.staff:
        if lender is None:
            raise Failed("--staff: belongs to a lender; name it with --lender")
        staff = await staff_ref(lender.id, chosen.staff.strip().lower())
        if not staff:
            raise Failed(f"--staff: {chosen.lender} has nobody with the e-mail address {chosen.staff!r}")
    if chosen.since:
        since = datetime.combine(parse_date(chosen.since, "since"), time(), zone)
    async for entry in access_of(lender.id if lender else None, staff, since):
        print(json.dumps(_facts(entry), ensure_ascii=False) if chosen.json else _read(entry, zone))


def _facts(entry: AccessEntry) -> dict[str, object]:
    return {
        "at": entry.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "who": {"kind": entry.actor_kind, "ref": entry.actor_ref, "email": entry.email or None},
        "what": entry.what,
        "detail": entry.detail or None,
        "subject": entry.subject or None,
        "loan_no": entry.loan_no or None,
        "source": entry.source or None,
    }


def _read(entry: AccessEntry, zone: ZoneInfo) -> str:
    who = entry.email or f"{entry.actor_kind} {entry.actor_ref}".strip()
    about = " ".join(part for part in (entry.loan_no or entry.subject, entry.detail) if part)
    return f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M}  {who:<28}  {entry.what:<26}  {about}".rstrip()
