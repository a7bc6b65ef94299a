"""The log at the terminal: `events` prints the feed; is a file what was signed?"""

import argparse
import hashlib
from pathlib import Path

from portal.commands import Subparsers
from portal.commands.setup import Context, add_command, add_group, reading_file, say
from portal.reads.agreements import agreement_by_hash
from portal.reads.cases import LenderFacts
from portal.reads.log import feed


def add_log_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    events = add_command(subparsers, "events", _events, "the feed, one JSON line each", lender=True)
    events.add_argument("--after", type=int, default=0, metavar="N", help="only what comes after this feed position")
    events.add_argument("--json", action="store_true")
    signed = add_group(subparsers, "agreement", "check an agreement")
    genuine = add_command(signed, "verify", _genuine, "whether a downloaded agreement is the one that was signed")
    genuine.add_argument("file", type=Path)


async def _events(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> None:
    async for event in feed(lender.id, chosen.after):
        if chosen.json:
            print(event.body.decode())
        else:
            print(f"{event.feed:>6}  {event.at:%Y-%m-%d %H:%M}  {event.loan_no:<16}  {event.type:<26}  {event.actor}")


async def _genuine(_context: Context, chosen: argparse.Namespace) -> int:
    """Its bytes have the hash of an agreement that is kept; one changed character, and they have not."""
    with reading_file():
        digest = hashlib.sha256(chosen.file.read_bytes()).hexdigest()
    found = await agreement_by_hash(digest)
    if found is None:
        say(f"{chosen.file}: is not an agreement that was signed here, or was changed; SHA-256 {digest}")
        return 1
    say(f"{chosen.file}: is agreement {found[0]}, signed at {found[1]:%Y-%m-%dT%H:%M:%SZ}, to the last byte")
    return 0
