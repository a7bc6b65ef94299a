"""A job while it is run, and how it ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portal import clock
from portal.actions.jobs import note_progress
from portal.actions.portfolio import LENDER_SYSTEM
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.jobs.spool import Spool
from portal.reads.cases import LenderFacts
from portal.reads.jobs import JobStatus
from portal.tables.transaction import lost_to_another_writer
from portal.vault import Vault

NOTED_EVERY_SECONDS = 1.0
BREATHER_SECONDS = 0.02
"""Between batches, for whoever waits to write."""


@dataclass(frozen=True, slots=True)
class Running:
    """A job as it is run: for whom, with what, and when; `at` of the moment may be fixed with the day, `now` is not."""

    job: JobStatus
    lender: LenderFacts
    vault: Vault
    spool: Spool
    moment: Callable[[], BusinessTime]
    base_url: str = ""

    @property
    def sender(self) -> Actor:
        """Whoever of the staff sent it, else the lender's own system."""
        kind, _, ref = self.job.asked_by.partition(":")
        return Actor("staff", ref) if kind == "staff" else LENDER_SYSTEM

    def now(self) -> datetime:
        return clock.now()


class ReadSoFar:
    """Notes how many rows were read, now and then, for whoever watches; where others write for too long it does not."""

    def __init__(self, job_id: int) -> None:
        self._job_id, self._noted = job_id, time.monotonic()

    async def note(self, rows: int) -> None:
        if time.monotonic() < self._noted + NOTED_EVERY_SECONDS:
            return
        self._noted = time.monotonic()
        try:
            await note_progress(self._job_id, read=rows)
        except Exception as error:
            if not lost_to_another_writer(error):
                raise


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """How a job ended: `done` or `refused`, and what is answered, with its HTTP status.

    `event` is what the lender's feed tells of it, written in the same transaction.
    """

    state: str
    status: int
    body: dict[str, object]
    event: NewEvent | None = None
