"""Takes up one job after the other, and sees to it that each ends: with an answer, or after so many tries without."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from portal import clock
from portal.actions.jobs import MOST_ATTEMPTS, end_job, put_back_job, take_job
from portal.domain.event import BusinessTime
from portal.jobs.bulk import answer_in_bulk, answered_so_far
from portal.jobs.bulk_preview import preview_bulk
from portal.jobs.feed_statement import make_feed_statement
from portal.jobs.invitations import made_so_far, send_invitations
from portal.jobs.payments import record_payment_file
from portal.jobs.portfolio import land_portfolio
from portal.jobs.reach import count_reach
from portal.jobs.replay import replay_policy
from portal.jobs.running import JobAnswer, Running
from portal.jobs.spool import Cut, Spool, full
from portal.reads.bulk import BULK, BULK_PREVIEW
from portal.reads.cases import lenders
from portal.reads.feed import FEED_STATEMENT
from portal.reads.jobs import JobStatus, spooled_files
from portal.reads.replays import REACH, REPLAY
from portal.tables.transaction import lost_to_another_writer, out_of_room
from portal.vault import Vault

_log = logging.getLogger(__name__)

JobKind = Callable[[Running], Awaitable[JobAnswer]]
JOB_KINDS: dict[str, JobKind] = {
    "portfolio": land_portfolio,
    "payments": record_payment_file,
    "invitations": send_invitations,
    REPLAY: replay_policy,
    REACH: count_reach,
    BULK_PREVIEW: preview_bulk,
    BULK: answer_in_bulk,
    FEED_STATEMENT: make_feed_statement,
}
"""By the kind of job, what runs it."""
MADE: dict[str, Callable[[Running], Awaitable[dict[str, object]]]] = {
    "invitations": made_so_far,
    BULK: answered_so_far,
}
"""By the kind of job, what one that cannot be brought to its end has to hand over."""

_PAUSE_SECONDS = 30
SWEPT_EVERY_SECONDS, KEPT_UNNAMED_SECONDS = 600, 3600
NOT_WHOLE = "The file is not whole any more. Please send it again."
GIVEN_UP = "It failed again and again; the log says why."


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs jobs one after the other; whoever calls holds the lock under which they run one at a time over all.

    After something went wrong a lender's jobs rest for PAUSE_SECONDS, and those of others go on. One who is not patient
    is told of it at once.
    """

    vault: Vault
    spool: Spool
    moment: Callable[[datetime, str], BusinessTime]
    base_url: str = ""
    patient: bool = True
    _resting: dict[int, float] = field(default_factory=dict)
    _swept: list[float] = field(default_factory=list)

    async def run_waiting(self, lender_id: int | None = None) -> bool:
        """Runs the oldest job, of this lender alone where one is named; answers whether there was one.

        What goes wrong is logged, and the job tried again; what has nothing to do with it counts as no try.
        """
        now = time.monotonic()
        besides = [each for each, until in self._resting.items() if until > now]
        job = await take_job(self.vault, clock.now(), lender_id=lender_id, besides=besides)
        if job is None:
            await self._sweep(now)
            return False
        try:
            running = await self._running(job)
            await self._end(running, await self._answer(running))
        except asyncio.CancelledError:
            await put_back_job(job, "stopped", counted=False)
            raise
        except Exception as error:
            self._resting[job.lender_id] = time.monotonic() + _PAUSE_SECONDS
            await put_back_job(job, _in_words(error), counted=not _passes(error))
            if not self.patient:
                raise
            _log.exception("Job %s (%s) failed in try %d", job.ref, job.kind, job.attempts)
        return True

    async def _answer(self, running: Running) -> JobAnswer:
        """Raises whatever went wrong, as long as it may be tried again."""
        job = running.job
        if job.attempts > MOST_ATTEMPTS:  # it took the process with it, each time
            return await self._broken_off(running, GIVEN_UP)
        try:
            return await JOB_KINDS[job.kind](running)
        except Cut:
            return await self._broken_off(running, NOT_WHOLE)
        except Exception as error:
            if job.attempts < MOST_ATTEMPTS or _passes(error):
                raise
            _log.exception("Job %s (%s) failed in try %d, the last", job.ref, job.kind, job.attempts)
            return await self._broken_off(running, GIVEN_UP)

    async def _broken_off(self, running: Running, problem: str) -> JobAnswer:
        """With what it had made by then, where nobody else could make that known."""
        kind = running.job.kind
        so_far = await MADE[kind](running) if kind in MADE else {}
        return JobAnswer("failed", 500, {**so_far, "problem": problem})

    async def _running(self, job: JobStatus) -> Running:
        found = next(each for each in await lenders() if each.id == job.lender_id)

        def moment() -> BusinessTime:
            return self.moment(clock.now(), found.timezone)

        return Running(job, found, self.vault, self.spool, moment, self.base_url)

    async def _end(self, running: Running, answer: JobAnswer) -> None:
        event = None if answer.event is None else (answer.event, running.moment())
        await end_job(running.job, answer.state, answer.status, answer.body, self.vault, running.now(), event)
        self.spool.remove(running.job.file)

    async def _sweep(self, now: float) -> None:
        """Where there is nothing to run: files that no job names, left by a process that died."""
        if not self._swept or self._swept[-1] + SWEPT_EVERY_SECONDS < now:
            self._swept[:] = [now]
            self.spool.sweep(await spooled_files(), time.time() - KEPT_UNNAMED_SECONDS)


def _passes(error: Exception) -> bool:
    """What has nothing to do with the job: others write for too long, or there is no room."""
    return lost_to_another_writer(error) or out_of_room(error) or full(error)


def _in_words(error: Exception) -> str:
    """By its kind alone, for the text of an exception may quote what stands in the file."""
    return "no room" if out_of_room(error) or full(error) else type(error).__name__
