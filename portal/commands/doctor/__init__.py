"""What would go wrong, before it does: `doctor` looks at everything an operator has set up, one line each."""

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

from portal.commands import Subparsers
from portal.commands.doctor.check import WARNING, WRONG, Check, wrong
from portal.commands.doctor.database import in_the_database
from portal.commands.doctor.here import without_database
from portal.commands.setup import say
from portal.settings import Settings, UnsafeSetting, from_environment
from portal.tables.connection import DATABASE_ERRORS, Unusable, connected


def add_doctor_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    doctor = subparsers.add_parser("doctor", help="what would go wrong; exit 1 and what to do")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--gateway", action="store_true", help="connect to the gateway too; nothing is sent")
    doctor.add_argument(
        "--environment-file", type=Path, metavar="FILE", help="where the settings are kept; its mode is looked at"
    )
    doctor.set_defaults(run=_doctor)


def _doctor(chosen: argparse.Namespace) -> int:
    checks = asyncio.run(_looked_at(chosen))
    count = {state: sum(check.state == state for check in checks) for state in (WRONG, WARNING)}
    if chosen.json:
        rows = [{"check": c.name, "state": c.state, "found": c.found, "do": c.do} for c in checks]
        report = {"checks": rows, "wrong": count[WRONG], "warnings": count[WARNING]}
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for check in checks:
            print(check)
    say(f"{len(checks)} checks: {count[WRONG]} wrong, {count[WARNING]} warnings")
    return 1 if count[WRONG] else 0


async def _looked_at(chosen: argparse.Namespace) -> list[Check]:
    """Each check that can be made, also where one before it shows that nothing else will work."""
    try:
        settings = from_environment(os.environ)
    except UnsafeSetting as unsafe:
        return [wrong("settings", str(unsafe), "nothing starts on it: mend it in the environment file")]
    checks = without_database(settings, os.environ, chosen.gateway, chosen.environment_file)
    return checks + [check async for check in _database(settings)]


async def _database(settings: Settings) -> AsyncIterator[Check]:
    file = settings.database_file
    if file is not None and not file.exists():
        yield wrong("database", f"there is no {file}", "mend PORTAL_DATABASE, or `python -m portal migrate` makes it")
        return
    try:
        async with connected(settings.database):
            async for check in in_the_database(settings):
                yield check
    except (Unusable, *DATABASE_ERRORS) as error:
        yield wrong("database", str(error) or type(error).__name__, "see that it runs, and what PORTAL_DATABASE names")
