"""The worker's loop: each kind of work at its own pace, clocks and imports in one process at a time over all."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from portal import clock
from portal.actions.pulses import write_pulses
from portal.commands.backoff import Tries
from portal.commands.setup import Context
from portal.domain.event import BusinessTime
from portal.reads.health import WORKER
from portal.reads.test_clock import look_at_clock
from portal.tables.alone import CLOCKS, NEXT, alone, alone_if_free, is_wanted
from portal.tables.connection import current

PULSE_SECONDS = 10
LOOK_SECONDS = 1.0
ASK_FOR_LOCK_SECONDS = 5.0
# What a kind of work is in has so long to come to its end; a file goes on where it stopped.
END_WITHIN_SECONDS = 20
# So long one round waits for the clocks, which a worker that runs lets go of when it is asked.
WAIT_FOR_CLOCKS_SECONDS = 60

_log = logging.getLogger("portal.worker")


@dataclass(frozen=True, slots=True)
class Round:
    """What each part of the work is given; `fixed` is the time to work as if it were."""

    context: Context
    tries: Tries
    stopping: Callable[[], bool]
    fixed: datetime | None = None

    @property
    def at(self) -> datetime:
        return self.fixed or clock.now()

    def moment(self, at: datetime, timezone: str) -> BusinessTime:
        """The business day there: that of the fixed time, of the settings of a demonstration, or of the clock."""
        if self.fixed is not None:
            return BusinessTime(self.fixed, self.fixed.astimezone(ZoneInfo(timezone)).date())
        return self.context.settings.moment(at, timezone)


RoundPart = Callable[[Round], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work, by the name of its pulse: every so many seconds, each part by what it is counted as.

    What is done `alone` is so in one process at a time, whatever number of workers run.
    """

    name: str
    every: float
    alone: bool
    parts: Mapping[str, RoundPart]


@dataclass(slots=True)
class Loop:
    """Works until it is told to stop, and ends what it is in; `parent` is the process without which it stops too."""

    context: Context
    works: Sequence[Work]
    parent: int | None = None
    fixed: datetime | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _tries: dict[str, Tries] = field(default_factory=dict)

    def stop(self) -> None:
        self._stop.set()

    def stopping(self) -> bool:
        return self._stop.is_set()

    async def run(self) -> None:
        with _stopped_by_signals(self.stop):
            shared = [self._repeat(work) for work in self.works if not work.alone]
            tasks = [asyncio.create_task(each) for each in (*shared, self._alone(), self._live())]
            await self._stop.wait()
            await _end(tasks)

    async def once(self) -> tuple[dict[str, int], bool]:
        """Everything once: how many of each, and whether another worker did not let go of the clocks."""
        done: dict[str, int] = {}
        for work in self.works:
            if not work.alone:
                done |= await self._round(work)
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(WAIT_FOR_CLOCKS_SECONDS):
                    await stack.enter_async_context(alone(current(), NEXT))
                    await stack.enter_async_context(alone(current(), CLOCKS))
            except TimeoutError:
                return done, True
            for work in self.works:
                if work.alone:
                    done |= await self._round(work)
        await self._write_pulses()
        return done, False

    @property
    def failed(self) -> int:
        return sum(each.failed for each in self._tries.values())

    async def _repeat(self, work: Work, leaving: Callable[[], bool] = lambda: False) -> None:
        while not (self.stopping() or leaving()):
            await self._round(work)
            until = time.monotonic() + work.every
            while (left := until - time.monotonic()) > 0 and not (self.stopping() or leaving()):
                await self._pause(min(left, LOOK_SECONDS))

    async def _round(self, work: Work) -> dict[str, int]:
        tries = self._of(work.name)
        given = Round(self.context, tries, self.stopping, self.fixed)
        return {name: await tries.persist(name, partial(_by_clock, part, given)) for name, part in work.parts.items()}

    async def _alone(self) -> None:
        while not self.stopping():
            await self._of(WORKER).persist("the lock of the clocks", self._while_alone)
            await self._pause(ASK_FOR_LOCK_SECONDS)

    async def _while_alone(self) -> int:
        """What another process has taken up in our place is left at once: a batch that is not whole was never begun.

        To one that waits for its round it is left once what is being done has come to its end.
        """
        if await is_wanted(current()):
            return 0
        async with alone_if_free(current(), CLOCKS) as held:
            if held is None:
                return 0
            works = [work for work in self.works if work.alone]
            leaving = asyncio.Event()
            tasks = [asyncio.create_task(self._repeat(work, leaving.is_set)) for work in works]
            try:
                while held() and not self.stopping() and not await is_wanted(current()):
                    await self._pause(LOOK_SECONDS)
                leaving.set()
                if held():
                    await asyncio.wait(tasks)
            finally:
                await _leave(tasks)
                for work in works:
                    self._tries.pop(work.name, None)
        return 0

    async def _live(self) -> None:
        """The sign of life, and a look whether whoever started us is still there."""
        looks = 0
        while not self.stopping():
            if self.parent is not None and os.getppid() != self.parent:
                _log.warning("The process that started this worker is gone; it ends")
                self.stop()
            if looks % PULSE_SECONDS == 0:
                await self._of(WORKER).persist("the sign of life", self._write_pulses)
            looks += 1
            await self._pause(LOOK_SECONDS)

    async def _write_pulses(self) -> int:
        now = datetime.now(UTC)
        own = replace(self._of(WORKER).pulse(), at=now)
        await write_pulses([own, *(tries.pulse() for name, tries in self._tries.items() if name != WORKER)])
        return 0

    def _of(self, name: str) -> Tries:
        return self._tries.setdefault(name, Tries(name, self.stopping))

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


async def _by_clock(part: RoundPart, given: Round) -> int:
    await look_at_clock()
    return await part(given)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Lets them come to the end of what they are in, for a while."""
    _, late = await asyncio.wait(tasks, timeout=END_WITHIN_SECONDS)
    await _leave(list(late))


async def _leave(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
