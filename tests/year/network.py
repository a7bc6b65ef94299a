"""What lies between the lender's core and the portal, and what goes wrong there: faults by name, each counted.

The core's side is synchronous, as the example core is; the portal runs in the loop of the test.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import httpx
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette

from portal.delivery.webhook_request import WebhookOutcome, WebhookRequest

CORE_DOWN, ERRORS, LOST_ANSWER = "core down", "answered 500", "time-out after commit"
TWICE, REORDERED, WORKER_KILLED = "sent twice", "out of order", "worker killed"
SKEW, LATE_FILE, RESTORE = "clock skew", "late file", "restore of last night"
FAULTS = (CORE_DOWN, ERRORS, LOST_ANSWER, TWICE, REORDERED, WORKER_KILLED, SKEW, LATE_FILE, RESTORE)
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


@dataclass
class ToCore:
    """What the portal pushes. Some of it is refused, some taken and not answered, some comes twice, some comes late."""

    receive: Callable[[bytes, dict[str, str]], int]
    secret: str
    faults: Faults
    held: list[bytes] = field(default_factory=list)
    down: bool = False

    async def __call__(self, request: WebhookRequest, wall: datetime) -> WebhookOutcome:
        assert list(request.secrets) == [self.secret]
        if self.down or self.faults.comes(ERRORS):
            return WebhookOutcome({}, 1, problem="unreachable")
        if self.faults.comes(REORDERED):
            self.held.append(request.body)
            return WebhookOutcome({}, 1, status=202)
        status = await self._comes(request.body)
        if self.faults.comes(TWICE):
            status = await self._comes(request.body)
        if self.faults.comes(LOST_ANSWER):
            return WebhookOutcome({}, 1, problem="time-out")
        return WebhookOutcome({}, 1, status=status, problem="" if status < 300 else "status")

    async def lets_go(self) -> None:
        """What was held up arrives, in another order; the portal was told long ago that it was taken."""
        held, self.held = self.held, []
        self.faults.rnd.shuffle(held)
        for body in held:
            await self._comes(body)

    async def _comes(self, body: bytes) -> int:
        at = datetime.now(UTC)
        signature = Webhook(self.secret).sign("one", at, body.decode())
        headers = {"webhook-id": "one", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
        return await asyncio.to_thread(self.receive, body, headers)
