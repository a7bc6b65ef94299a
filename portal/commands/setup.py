"""What every command that touches the database does first: settings, connection, clock; and how it says no."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.domain.event import Moment
from portal.domain.refusal import Refusal
from portal.reads.cases import LenderFacts, NotFound, lender
from portal.settings import Settings, UnsafeSetting, from_environment
from portal.tables.connection import connected
from portal.vault import Vault


class Failed(Exception):
    """A command cannot go on; the message is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    vault: Vault

    async def lender(self, slug: str) -> LenderFacts:
        """Raises Failed."""
        try:
            return await lender(slug)
        except NotFound:
            raise Failed(f"--lender: there is no lender {slug!r}; `lender add` makes one") from None

    def moment(self, timezone: str) -> Moment:
        """Now and the lender's business day, which the settings of a demonstration may fix."""
        at = datetime.now(UTC)
        return Moment(at, self.settings.business_date or at.astimezone(ZoneInfo(timezone)).date())


def running(command: Callable[..., Awaitable[int]], *arguments: Any) -> int:
    """Runs a command with an open database; what it refuses is one line on standard error and exit code 1."""
    try:
        return asyncio.run(_connected(command, *arguments))
    except (Failed, Refusal, UnsafeSetting) as error:
        say(str(error))
        return 1


def say(message: str) -> None:
    """A message for a person: standard error, so that standard output is the answer alone."""
    print(message, file=sys.stderr)


async def _connected(command: Callable[..., Awaitable[int]], *arguments: Any) -> int:
    settings = from_environment(os.environ)
    async with connected(settings.database):
        return await command(Context(settings, settings.vault()), *arguments)
