"""Whether the database answers, has run every migration of this version, and opens with the secrets of this process;
and when the worker was last seen to run.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.reads.keys import secrets_fit
from portal.reads.rows import read_rows
from portal.tables import models as tables
from portal.tables.connection import DATABASE_ERRORS
from portal.tables.migrate import missing_migrations
from portal.vault import Vault

WORKER = "worker"
"""The pulse of the loop itself; the others are those of each kind of work."""

LOST_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class WorkerPulse:
    """The worker, or one kind of its work: since when it runs, and when it last did.

    `problem` says in short what fails of it, without anybody's data, and `problem_at` when it last did; both are empty
    once nothing fails any more.
    """

    name: str
    since: datetime
    at: datetime
    problem: str
    problem_at: datetime | None

    def seconds(self, now: datetime) -> int | None:
        """How long ago it last ran; None where that is too long ago, or by a clock that was ahead of this one."""
        ago = now - self.at
        return max(0, int(ago.total_seconds())) if -LOST_AFTER <= ago <= LOST_AFTER else None


async def pulses() -> tuple[WorkerPulse, ...]:
    """By name; none where no worker ever ran. A kind of work that waits for another worker's has that one's pulse."""
    return await read_rows(WorkerPulse, tables.PulseRow.all().order_by("name"))


async def worker_seconds(now: datetime) -> int | None:
    """How many seconds ago a worker was last seen; None where there is no sign of life."""
    try:
        found = [each for each in await pulses() if each.name == WORKER]
    except DATABASE_ERRORS:
        return None
    return found[0].seconds(now) if found else None


async def answers() -> bool:
    try:
        return not await missing_migrations()
    except DATABASE_ERRORS:
        return False


async def opens(vault: Vault) -> bool:
    """Asked of a database that answers: its secrets may have been replaced while this process ran."""
    try:
        return await secrets_fit(vault)
    except DATABASE_ERRORS:
        return False
