"""The clock of a test deployment: `clock show`, `clock set`, `clock advance`."""

import argparse
import asyncio
import json
from datetime import timedelta

from portal.actions.test_clock import NoTestClock, set_clock
from portal.commands import Subparsers
from portal.commands.backoff import Tries
from portal.commands.rounds import Round
from portal.commands.setup import Context, Failed, add_command, add_group, say
from portal.commands.worker import pass_days
from portal.domain.contract.calendar import parse_date
from portal.reads.test_clock import ClockFacts, read_test_clock
from portal.tables.alone import CLOCKS, alone_if_free
from portal.tables.connection import current

_LOOK_SECONDS = 0.1


def add_test_clock_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    clock = add_group(subparsers, "clock", "the clock of a test deployment; it never goes back")
    add_command(clock, "show", _show, "the day and the time that it is there")
    setting = add_command(clock, "set", _set, "to the morning of a day: every day until then passes", "date")
    advancing = add_command(clock, "advance", _advance, "so many days on", "days")
    for each in (setting, advancing):
        each.add_argument("--json", action="store_true")


async def _clock() -> ClockFacts:
    found = await read_test_clock()
    if found is None:
        raise NoTestClock
    return found


async def _show(_context: Context, _chosen: argparse.Namespace) -> None:
    found = await _clock()
    print(f"{found.today} {found.at:%Y-%m-%dT%H:%M:%S}Z")


async def _set(context: Context, chosen: argparse.Namespace) -> None:
    found = await _clock()
    await set_clock(parse_date(chosen.date, "date"), found.timezone)
    await _arrive(context, found, as_json=chosen.json)


async def _advance(context: Context, chosen: argparse.Namespace) -> None:
    found = await _clock()
    if not (chosen.days.isascii() and chosen.days.isdecimal() and 0 < len(chosen.days) < 6):
        raise Failed(f"DAYS: a whole number of days, found {chosen.days!r}; this clock never goes back")
    await set_clock(found.today + timedelta(days=int(chosen.days)), found.timezone)
    await _arrive(context, found, as_json=chosen.json)


async def _arrive(context: Context, before: ClockFacts, *, as_json: bool) -> None:
    """Whoever has the clocks lets the days pass: a worker that runs, or this command."""
    tries = Tries("days", lambda: False)
    while (found := await _clock()).goal_at is not None:
        async with alone_if_free(current(), CLOCKS) as held:
            if held is not None:
                await pass_days(Round(context, tries, lambda: False))
        await asyncio.sleep(_LOOK_SECONDS)
    if tries.failed:
        say("some of what these days had to do failed; the worker tries it again")
    passed = (found.today - before.today).days if found.begun else 0
    words = f"{passed} days passed" if found.begun else "set"
    print(json.dumps({"date": str(found.today), "days": passed}) if as_json else f"{found.today}, {words}")
