"""Takes up one job after the other, and sees to it that each ends: with an answer, or after so many tries without."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.actions.jobs import MOST_ATTEMPTS, end_job, put_back_job, take_job
from portal.domain.event import Moment
from portal.jobs.running import Answer, Running
from portal.jobs.spool import Cut, Spool
from portal.reads.cases import lenders
from portal.reads.jobs import Job
from portal.vault import Vault

_log = logging.getLogger(__name__)

Kind = Callable[[Running], Awaitable[Answer]]
KINDS: dict[str, Kind] = {}
"""By the kind of job, what runs it."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs jobs one after the other; whoever calls holds the lock under which they run one at a time over all."""

    vault: Vault
    spool: Spool
    moment: Callable[[datetime, str], Moment]
    base_url: str = ""

    async def run_waiting(self) -> bool:
        """Runs the oldest job; answers whether there was one. What goes wrong is logged, and the job tried again."""
        job = await take_job(self.vault, datetime.now(UTC))
        if job is None:
            return False
        try:
            answer = await self._run(job)
        except Cut:
            answer = Answer("failed", 500, {"problem": "The file is not whole any more. Please send it again."})
        except Exception as error:
            _log.exception("Job %s (%s) failed in try %d", job.ref, job.kind, job.attempts)
            if job.attempts < MOST_ATTEMPTS:
                await put_back_job(job, type(error).__name__)
                return True
            answer = Answer("failed", 500, {"problem": "It failed again and again; the log says why."})
        await end_job(job, answer.state, answer.status, answer.body, self.vault, datetime.now(UTC))
        self.spool.remove(job.file)
        return True

    async def _run(self, job: Job) -> Answer:
        found = next(each for each in await lenders() if each.id == job.lender_id)

        def moment() -> Moment:
            return self.moment(datetime.now(UTC), found.timezone)

        return await KINDS[job.kind](Running(job, found, self.vault, self.spool, moment, self.base_url))
