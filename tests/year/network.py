"""What lies between the lender's core and the portal, and what goes wrong there: faults by name, each counted.

The core's side is synchronous, as the example core is; the portal runs in the loop of the test.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import httpx
from starlette.applications import Starlette

CORE_DOWN, ERRORS, LOST_ANSWER = "core down", "answered 500", "time-out after commit"
TWICE, WORKER_KILLED = "sent twice", "worker killed"
SKEW, LATE_FILE, RESTORE = "clock skew", "late file", "restore of last night"
FAULTS = (CORE_DOWN, ERRORS, LOST_ANSWER, TWICE, WORKER_KILLED, SKEW, LATE_FILE, RESTORE)
LOST, ALTERED, DOUBLED = "event lost", "event altered", "event doubled"
PLANTED = (LOST, ALTERED, DOUBLED)
_ANSWER_SECONDS = 120


@dataclass
class Faults:
    """How often each came, and the chance of one at each occasion."""

    rnd: Random
    chance: float
    came: Counter[str] = field(default_factory=Counter)

    def comes(self, fault: str, chance: float | None = None) -> bool:
        found = self.rnd.random() < (self.chance if chance is None else chance)
        self.came[fault] += found
        return found


class ToPortal(httpx.BaseTransport):
    """The requests of the core: some are answered 500 unseen, some are done and the answer is lost, some come twice."""

    def __init__(self, app: Starlette, loop: asyncio.AbstractEventLoop, faults: Faults) -> None:
        self._inside, self._loop, self._faults = httpx.ASGITransport(app), loop, faults

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if self._faults.comes(ERRORS):
            return httpx.Response(500, content=b"upstream is gone", request=request)
        said = self._asks(request)
        if self._faults.comes(LOST_ANSWER):
            raise httpx.ReadTimeout("nothing came", request=request)
        if request.method == "POST" and self._faults.comes(TWICE):
            said = self._asks(request)
        return said

    def _asks(self, request: httpx.Request) -> httpx.Response:
        asked = asyncio.run_coroutine_threadsafe(self._ask(request), self._loop)
        return asked.result(_ANSWER_SECONDS)

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        again = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        said = await self._inside.handle_async_request(again)
        body = b"".join([part async for part in said.stream])  # as it was sent, compressed perhaps
        return httpx.Response(said.status_code, headers=said.headers, content=body, request=request)
