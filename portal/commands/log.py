"""The log at the terminal: `events` prints the feed; is a file what was signed?"""

import argparse
import hashlib
from pathlib import Path

from portal.commands import Subparsers
from portal.commands.setup import Context, run_command, say, unopened
from portal.reads.agreements import agreement_by_hash
from portal.reads.log import feed


def add_log_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    events = subparsers.add_parser("events", help="the feed, one JSON line each")
    events.add_argument("--lender", required=True, metavar="SLUG")
    events.add_argument("--after", type=int, default=0, metavar="N", help="only what comes after this feed position")
    events.add_argument("--json", action="store_true")
    events.set_defaults(run=lambda chosen: run_command(_events, chosen))
    signed = subparsers.add_parser("agreement", help="check an agreement").add_subparsers(dest="what", required=True)
    genuine = signed.add_parser("verify", help="whether a downloaded agreement is the one that was signed")
    genuine.add_argument("file", type=Path)
    genuine.set_defaults(run=lambda chosen: run_command(_genuine, chosen))


async def _events(context: Context, chosen: argparse.Namespace) -> int:
    lender = await context.lender(chosen.lender)
    async for event in feed(lender.id, chosen.after):
        if chosen.json:
            print(event.body.decode())
        else:
            print(f"{event.feed:>6}  {event.at:%Y-%m-%d %H:%M}  {event.loan_no:<16}  {event.type:<26}  {event.actor}")
    return 0


async def _genuine(_context: Context, chosen: argparse.Namespace) -> int:
    """Its bytes have the hash of an agreement that is kept; one changed character, and they have not."""
    try:
        digest = hashlib.sha256(chosen.file.read_bytes()).hexdigest()
    except OSError as error:
        raise unopened(error) from error
    found = await agreement_by_hash(digest)
    if found is None:
        say(f"{chosen.file}: is not an agreement that was signed here, or was changed; SHA-256 {digest}")
        return 1
    say(f"{chosen.file}: is agreement {found[0]}, signed at {found[1]:%Y-%m-%dT%H:%M:%SZ}, to the last byte")
    return 0
