"""What lies between the lender's core and the portal, and what goes wrong there: faults by name, each counted.

The core's side is synchronous, as the example core is; the portal runs in the loop of the test.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Thread

import httpx
from starlette.applications import Starlette

from portal.delivery.webhook_request import WebhookOutcome, WebhookRequest, headers_of

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
    chance: float = 0.0
    came: Counter[str] = field(default_factory=Counter)

    def comes(self, fault: str, chance: float | None = None) -> bool:
        found = self.rnd.random() < (self.chance if chance is None else chance)
        self.came[fault] += found
        return found

    @contextmanager
    def none(self) -> Iterator[None]:
        chance, self.chance = self.chance, 0.0
        yield
        self.chance = chance


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
    faults: Faults
    held: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    down: bool = False
    taken: set[str] = field(default_factory=set)

    def arrives(self, body: bytes, headers: dict[str, str]) -> int | None:
        """The status that is answered, or None where no answer comes; `taken` are the ids of what is there by then."""
        if self.down:
            return None
        if self.faults.comes(ERRORS):
            return 500
        if self.faults.comes(REORDERED):
            self.taken.add(headers["webhook-id"])
            self.held.append((body, headers))
            return 202
        status = self.receive(body, headers)
        self.taken |= {headers["webhook-id"]} if status < 300 else set()
        if self.faults.comes(TWICE):
            status = self.receive(body, headers)
        return None if self.faults.comes(LOST_ANSWER) else status

    def lets_go(self) -> None:
        """What was held up arrives, in another order; the portal was told long ago that it was taken."""
        held, self.held = self.held, []
        self.faults.rnd.shuffle(held)
        for body, headers in held:
            self.receive(body, headers)

    async def __call__(self, request: WebhookRequest, wall: datetime) -> WebhookOutcome:
        """As the portal sends, where both are one process."""
        headers = headers_of(request, wall)
        status = await asyncio.to_thread(self.arrives, request.body, headers)
        if status is None:
            return WebhookOutcome(headers, 1, problem="time-out")
        return WebhookOutcome(headers, 1, status=status, problem="" if status < 300 else "status")


@contextmanager
def listening(pushes: ToCore) -> Iterator[str]:
    """The core's door for those who push from other processes; answers its address."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = pushes.arrives(body, {name.lower(): value for name, value in self.headers.items()})
            if status is not None:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """What comes is counted."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()
