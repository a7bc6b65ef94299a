"""The log as evidence: `audit verify` walks every chain, `audit head` gives the line to keep elsewhere."""

import argparse
import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import timedelta

from portal import clock
from portal.commands import Subparsers
from portal.commands.setup import Context, add_command, add_group, say
from portal.domain.conduct.audit_head import AuditHead, head_line, read_head
from portal.domain.money import format_amount
from portal.reads.audit import Finding, PrunedSince, Shortfall, audit_head, broken_looks, feeds_since
from portal.reads.cases import LenderFacts
from portal.reads.decisions import decision_records
from portal.reads.log import broken_links
from portal.vault import audit_key

PRUNED_SOONEST = timedelta(days=30)
"""No time for keeping is shorter: what went sooner than that after a head was not pruned, but taken away."""

DERIVED_KEY = (
    "PORTAL_AUDIT_KEY: is not set, so heads are made under a key derived from PORTAL_SECRET. That protects against "
    "whoever has the database alone, and against nobody who has the database and the environment of the portal. Set it "
    "for the commands `audit head` and `audit verify` only, and keep the lines elsewhere."
)
OLDER_BACKUP = (
    "everything goes less far than at the head, and nothing that is here is broken: so looks a database that was "
    "restored from a backup of before the head, and so looks one whose end was cut off. Verify it with the head of "
    "before that backup; only what came after that one is in doubt"
)


def add_audit_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    audit = add_group(subparsers, "audit", "check the log")
    add_command(audit, "head", _head, "one line to keep elsewhere: how far everything goes, and what it is")
    verify = add_command(audit, "verify", _verify, "exit 1 and the first broken link")
    verify.add_argument(
        "--head", metavar="LINE", help="a line of `audit head`, in quotation marks; - takes the last of standard input"
    )
    decided = add_command(
        audit, "decisions", _decisions, "who decided what, over what, one JSON line each", lender=True
    )
    decided.add_argument("--loan", metavar="LOAN_NO", help="only of this one")


async def _head(context: Context, _chosen: argparse.Namespace) -> None:
    print(head_line(await audit_head(clock.now()), _key(context)))
    if not context.settings.audit_key:
        say(DERIVED_KEY)


async def _decisions(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    async for each in decision_records(lender.id, **({"loan__loan_no": chosen.loan} if chosen.loan else {})):
        waived = {"waived": format_amount(each.waived_minor, each.currency)}
        record = {**asdict(each), "at": each.at.isoformat(timespec="seconds").replace("+00:00", "Z"), **waived}
        del record["waived_minor"]
        print(json.dumps(record, ensure_ascii=False))


def _key(context: Context) -> bytes:
    return audit_key(context.settings.audit_key, context.settings.secret)


async def _verify(context: Context, chosen: argparse.Namespace) -> int:
    """Reads the line first: one that is mistyped is no fault of the log's."""
    head = read_head(_line(chosen.head), _key(context)) if chosen.head is not None else None
    counts, since = [0, 0, 0], list[Finding]()
    async for link in broken_links():
        if link.what:
            return _broken(link)
        counts[0] += 1
    async for found in _beside(head):
        if isinstance(found, Shortfall | PrunedSince):
            since.append(found)
        elif found.what:
            return _broken(found)
        else:
            counts[1 if found.seq else 2] += 1
    if head is not None and not _goes_as_far(head, since):
        return 1
    _say_all_holds(counts, head)
    return 0


async def _beside(head: AuditHead | None) -> AsyncIterator[Finding]:
    async for look in broken_looks(head):
        yield look
    if head is not None:
        async for feed in feeds_since(head):
            yield feed


def _line(given: str) -> str:
    if given != "-":
        return given
    lines = [line for line in sys.stdin.read().splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _broken(found: Finding) -> int:
    assert not isinstance(found, Shortfall | PrunedSince)
    say(f"{found.stream} {found.seq}: {found.what}")
    return 1


def _goes_as_far(head: AuditHead, since: Sequence[Finding]) -> bool:
    """Says everything that is not there any more; False where it should be."""
    on, short = f"{head.at:%Y-%m-%dT%H:%M:%SZ}", [found for found in since if isinstance(found, Shortfall)]
    for found in short:
        say(f"{found.whose}: ends at {found.seq}, but at the head of {on} it went to {found.went_to}")
    if any(found.whose.startswith("feed:") for found in short):
        say(OLDER_BACKUP)
    early = False
    for gone in (found for found in since if isinstance(found, PrunedSince)):
        soon = clock.now() - head.at < PRUNED_SOONEST
        why = f", which is not {PRUNED_SOONEST.days} days ago: that is no pruning" if soon else ""
        say(f"{gone.whose}: begins behind {gone.begins_after}, at the head of {on} it went to {gone.went_to}{why}")
        early = early or soon
    return not short and not early


def _say_all_holds(counts: list[int], head: AuditHead | None) -> None:
    events, looks, unchained = counts
    say(f"{events} events, every link holds")
    say(f"{looks} rows of the access log, every link holds")
    if unchained:
        say(f"{unchained} rows of the access log are of before it was chained: they could be changed unseen")
    if head is not None:
        more = events - head.events
        say(f"everything is as it was at the head of {head.at:%Y-%m-%dT%H:%M:%SZ}, and {more} events more")
