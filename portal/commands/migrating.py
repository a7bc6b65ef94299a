"""Bringing a database up to date, and whether everything came along: `migrate`, `migrate --check`."""

import argparse
import asyncio
import os

from portal.commands import Subparsers
from portal.commands.setup import Context, guarded, run_command, say
from portal.reads.fact_check import FactCounts, fact_gaps
from portal.reads.facts import FACT_KINDS
from portal.settings import from_environment
from portal.tables.migrate import migrate


def add_migrating_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    up = subparsers.add_parser("migrate", help="bring the database up to date; safe to run twice at once")
    up.add_argument(
        "--check", action="store_true", help="count the facts that are rows against the log; changes nothing"
    )
    up.set_defaults(run=lambda chosen: run_command(_check, chosen) if chosen.check else guarded(_migrate))


def _migrate() -> None:
    done = asyncio.run(migrate(from_environment(os.environ).database))
    say("\n".join(f"ran {name}" for name in done) if done else "nothing to do: the database is up to date")


async def _check(_context: Context, _chosen: argparse.Namespace) -> int:
    """Exit code 1 where the rows lack a fact, have it otherwise, or have one that no event tells."""
    counts, gaps = FactCounts(), 0
    async for gap in fact_gaps(counts):
        say(gap)
        gaps += 1
    print(f"{'FACT':<20}{'LOG':>10}{'ROWS':>10}")
    for kind in FACT_KINDS:
        print(f"{kind:<20}{counts.told[kind]:>10}{counts.kept[kind]:>10}")
    for slug, (copied, feed) in counts.behind.items():
        say(f"{slug}: {copied} of {feed} events are copied; `worker` goes on, and pages read the log until it has")
    return 1 if gaps else 0
