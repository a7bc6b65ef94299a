"""What every command that touches the database does first: settings, connection, clock; and how it says no."""

import argparse
import asyncio
import os
import stat
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from tortoise.exceptions import OperationalError, TransactionManagementError

from portal import clock
from portal.actions.keys import check_secrets
from portal.commands import Subparsers
from portal.domain.contract.calendar import parse_date
from portal.domain.event import BusinessTime
from portal.domain.refusal import Refusal
from portal.reads.cases import LenderFacts, NotFound, lender_by_slug
from portal.reads.test_clock import read_test_clock
from portal.settings import Settings, UnsafeSetting, from_environment, weak_secrets
from portal.tables.connection import Unusable, connected
from portal.tables.migrate import require_migrated
from portal.vault import Vault, WrongKey

Command = Callable[..., Awaitable[int | None]]
"""What runs; where it can end otherwise than well, it answers an exit code."""


class Failed(Exception):
    """A command cannot go on; the message is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    vault: Vault

    async def lender(self, slug: str, named: str = "--lender") -> LenderFacts:
        """`named` is what the command calls it. Raises Failed."""
        try:
            return await lender_by_slug(slug)
        except NotFound:
            raise Failed(f"{named}: there is no lender {slug!r}; `lender add` makes one") from None

    def moment(self, timezone: str) -> BusinessTime:
        """Now and the lender's business day, which the settings of a demonstration may fix."""
        return self.settings.moment(clock.now(), timezone)


def lender_time(context: Context, lender: LenderFacts) -> BusinessTime:
    """The lender's business day, and now: links live by the wall's clock, also where a demonstration fixes the day."""
    return replace(context.moment(lender.timezone), at=clock.now())


INTERRUPTED = 130
"""What a shell answers for a command that was stopped by Ctrl-C."""

ALONE = ("slug", "email", "loan_no", "file", "ref", "date")
"""What commands take by its place and not by an option; their usage writes it in capitals."""


def run_command(command: Command, chosen: argparse.Namespace, *, replacing: bool = False) -> int:
    """Runs a command with an open database; what it refuses is said on standard error, with exit code 1.

    One that answers nothing has exit code 0. Secrets that are not the database's own are refused before; `replacing`
    is for the command that brings new ones in.
    """
    return guarded(lambda: asyncio.run(_connected(command, chosen, replacing=replacing)), chosen)


def guarded(command: Callable[[], int | None], chosen: argparse.Namespace | None = None) -> int:
    """Whatever is for the person at the terminal to mend is said in words, where and what; the rest is a bug."""
    try:
        return command() or 0
    except Refusal as refusal:
        say(": ".join(filter(None, (_typed(refusal.field, chosen), str(refusal)))))
    except (Unusable, OperationalError, TransactionManagementError) as error:
        say(f"PORTAL_DATABASE: {error}")
    except (Failed, UnsafeSetting, WrongKey) as error:
        say(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1


def _typed(field: str, chosen: argparse.Namespace | None) -> str:
    """What the person at the terminal calls the field, where it is one that they typed."""
    if not hasattr(chosen, field):
        return field
    return field.upper() if field in ALONE else f"--{field.replace('_', '-')}"


def add_command(
    subparsers: "Subparsers[argparse.ArgumentParser]",
    name: str,
    run: Command,
    says: str,
    *places: str,
    lender: bool = False,
) -> argparse.ArgumentParser:
    """A command with an open database, which `run` is given; `places` are what it takes by their place alone.

    One at a `lender` is given that too, as its option names it.
    """
    parser = subparsers.add_parser(name, help=says)
    parser.set_defaults(run=partial(run_command, _at_lender(run) if lender else run))
    if lender:
        parser.add_argument("--lender", required=True, metavar="SLUG")
    for place in places:
        parser.add_argument(place)
    return parser


def _at_lender(run: Command) -> Command:
    async def at_lender(context: Context, chosen: argparse.Namespace) -> int | None:
        return await run(context, await context.lender(chosen.lender), chosen)

    return at_lender


def add_group(
    subparsers: "Subparsers[argparse.ArgumentParser]", name: str, says: str
) -> "Subparsers[argparse.ArgumentParser]":
    """What several commands are about; each has a word of its own behind this one."""
    return subparsers.add_parser(name, help=says).add_subparsers(dest="what", required=True)


def time_of(text: str, option: str) -> datetime:
    """Raises Failed."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise Failed(f"{option}: a time such as 2026-06-14T23:59:59+08:00, found {text!r}") from None


def day_of(text: str | None, field: str) -> date | None:
    """Raises NotADate."""
    return None if text is None else parse_date(text, field)


def say(message: str) -> None:
    """A message for a person: standard error, so that standard output is the answer alone."""
    print(message, file=sys.stderr)


@contextmanager
def reading_file() -> Iterator[None]:
    """Opens and reads what a command calls FILE. Raises Failed, which says why it gave nothing."""
    try:
        yield
    except FileNotFoundError as error:
        raise Failed(f"FILE: there is no file {str(error.filename)!r}") from error
    except OSError as error:
        raise Failed(f"FILE: {str(error.filename)!r} cannot be read: {error.strerror}") from error


@contextmanager
def writing(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """The file of `--out`, readable by nobody else, for what is in it is about people. Raises Failed.

    One that is there already is closed to others before anything is written into it.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        if stat.S_ISREG(os.fstat(handle).st_mode):
            os.fchmod(handle, 0o600)
            os.ftruncate(handle, 0)
    except OSError as error:
        raise Failed(f"--out: {str(path)!r} cannot be written: {error.strerror}") from error
    with open(handle, "w", encoding=encoding, newline="") as out:
        yield out


async def ready(settings: Settings) -> None:
    """Raises Unusable where migrations are missing, WrongKey where the secrets are not this database's own."""
    await require_migrated()
    await check_secrets(settings.vault(), datetime.now(UTC))


async def _connected(command: Command, *arguments: Any, replacing: bool) -> int | None:
    settings = from_environment(os.environ)
    for warning in weak_secrets(settings):
        say(warning)
    async with connected(settings.database):
        await (require_migrated() if replacing else ready(settings))
        if await read_test_clock() is not None and settings.business_date is not None:
            raise Failed("PORTAL_BUSINESS_DATE: a test database has a clock of its own, `clock set`; leave it unset")
        return await command(Context(settings, settings.vault()), *arguments)
