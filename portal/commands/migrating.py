"""Bringing a database up to date, whether everything came along, and what a corrected rule makes of plans."""

import argparse
import asyncio
import os
from datetime import UTC, datetime

from portal.actions.proposals import tell_turned_over
from portal.actions.test_clock import mark_test_database
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, guarded, lender_time, run_command, say
from portal.reads.cases import lenders
from portal.reads.fact_check import FactCounts, fact_gaps
from portal.reads.facts import FACT_KINDS
from portal.reads.test_clock import NOT_A_TEST, read_test_clock
from portal.reads.turned_over import turned_over
from portal.settings import from_environment
from portal.tables.connection import connected
from portal.tables.migrate import migrate, missing_migrations, newest_migration

FIRST_WITH_CLOCK = "0012_money_beyond_what_is_due"


def add_migrating_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    up = subparsers.add_parser("migrate", help="bring the database up to date; safe to run twice at once")
    up.add_argument(
        "--check", action="store_true", help="count the facts that are rows against the log; changes nothing"
    )
    up.add_argument(
        "--report", action="store_true", help="list the plans that the ledger has otherwise; changes nothing"
    )
    up.add_argument("--test", action="store_true", help="a new database, for a test: with a clock, and no way out")
    up.add_argument("--tell", metavar="SLUG", help="tell this lender's core and borrowers what the report lists")
    up.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    asked = {
        "--check": chosen.check,
        "--report": chosen.report,
        "--tell": chosen.tell is not None,
        "--test": chosen.test,
    }
    if sum(asked.values()) > 1:
        return guarded(lambda: _one_at_a_time([name for name, given in asked.items() if given]))
    if chosen.tell is not None:
        return run_command(_tell, chosen)
    if chosen.report:
        return run_command(_report, chosen)
    return run_command(_check, chosen) if chosen.check else guarded(lambda: _migrate(chosen.test))


def _one_at_a_time(given: list[str]) -> None:
    raise Failed(f"migrate: {' and '.join(given)} are done one at a time")


def _migrate(test: bool) -> None:
    url = from_environment(os.environ).database
    done = asyncio.run(_made_for_test(url) if test else migrate(url))
    say("\n".join(f"ran {name}" for name in done) if done else "nothing to do: the database is up to date")


async def _made_for_test(url: str) -> list[str]:
    """A database becomes one for a test when it is made, and by nothing else: no process can have taken it for real."""
    async with connected(url):
        new, missing = await newest_migration() == "", await missing_migrations()
        if not new and (FIRST_WITH_CLOCK in missing or await read_test_clock() is None):
            raise Failed(f"--test: PORTAL_DATABASE {NOT_A_TEST}: name one that is not there yet")
    done = await migrate(url)
    async with connected(url):
        await mark_test_database(datetime.now(UTC))
    return done


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


async def _report(context: Context, _chosen: argparse.Namespace) -> None:
    """Nothing of these is told to anybody until `migrate --tell`; pages and holds go by what was told last."""
    count = 0
    for lender in await lenders():
        async for each in turned_over(lender.id, context.moment(lender.timezone).today):
            told, now = f"told {each.told.value} ({each.figure or 'no figure'})", f"now {each.now.value}"
            if each.left_then:
                now = f"status unchanged, by the ledger {each.left_then} remained that day"
            print(
                f"{lender.slug} {each.loan_no} {each.proposal}: {told}, {now}, left {each.left}, overdue {each.overdue}"
            )
            count += 1
    say(f"{count} plans are otherwise than they were told" if count else "every plan is as it was told")


async def _tell(context: Context, chosen: argparse.Namespace) -> None:
    lender = await context.lender(chosen.tell, "--tell")
    moves = await tell_turned_over(lender, lender_time(context, lender))
    say(f"{lender.slug}: {moves} moves were told")
