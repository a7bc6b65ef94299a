"""What fails is logged, let be for a while and tried again; whatever else there is to do goes on."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.actions.attempts import WorkUnit
from portal.domain.refusal import Refusal
from portal.reads.health import WorkerPulse
from portal.reads.policy_file import BadPolicy
from portal.tables.connection import DATABASE_ERRORS

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 60.0, 3600.0
# What is tried again is so as soon as its pause is over; what is not has ended by itself.
FORGOTTEN_AFTER_SECONDS = 600.0
SAID_IN_WORDS = (Refusal, *DATABASE_ERRORS)

_log = logging.getLogger("portal.worker")


@dataclass(slots=True)
class _Failure:
    times: int
    again: float
    message: str
    at: datetime


class Tries:
    """Of one kind of work. What failed is tried again, and logged again, after 1, 2, 4 and so on up to 60 minutes."""

    def __init__(self, kind: str, stopping: Callable[[], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._kind, self._stopping, self._clock = kind, stopping, clock
        self._failures: dict[str, _Failure] = {}
        self._since = self._at = datetime.now(UTC)
        self.failed = 0

    async def attempt(self, what: str, act: WorkUnit) -> int:
        """Answers what the act does, 0 where it fails, is let be, or everything is about to stop."""
        return 0 if self._waits(what) else await self.persist(what, act)

    async def attempt_of_lender(self, what: str, act: WorkUnit) -> int:
        """The same for one of many acts at a lender. A policy that cannot be read is raised: all of them need it."""
        return 0 if self._waits(what) else await self.persist(what, act, BadPolicy)

    async def persist(self, what: str, act: WorkUnit, *raised: type[Exception]) -> int:
        """The same for what is asked again at once; what fails is not logged again before its pause is over."""
        try:
            done = await act()
        except raised:
            raise
        except Exception as error:
            self.failed += 1
            self._note(what, error)
            return 0
        finally:
            self._at = datetime.now(UTC)
        self._failures.pop(what, None)
        return done

    def pulse(self) -> WorkerPulse:
        """When anything was done last, and what failed last of all that still fails; nobody's data is in it."""
        now = self._clock()
        self._failures = {
            what: each for what, each in self._failures.items() if now < each.again + FORGOTTEN_AFTER_SECONDS
        }
        last = max(self._failures.values(), key=lambda each: each.at, default=None)
        problem = (last.message[:200], last.at) if last else ("", None)
        return WorkerPulse(self._kind, self._since, self._at, *problem)

    def _waits(self, what: str) -> bool:
        failure = self._failures.get(what)
        return self._stopping() or (failure is not None and self._clock() < failure.again)

    def _note(self, what: str, error: Exception) -> None:
        before, now = self._failures.get(what), self._clock()
        failure = f"{what}: {type(error).__name__}"
        if before and now < before.again:
            before.message, before.at = failure, datetime.now(UTC)
            return
        times = before.times + 1 if before else 1
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (times - 1), LONGEST_PAUSE_SECONDS)
        self._failures[what] = _Failure(times, now + pause, failure, datetime.now(UTC))
        words = ": " + "; ".join(str(error).splitlines()) if isinstance(error, SAID_IN_WORDS) else ""
        trace = None if words else error
        message = "%s: %s%s (failure %d; the next is told in %d minutes at the earliest)"
        _log.error(message, self._kind, failure, words, times, pause // 60, exc_info=trace)
