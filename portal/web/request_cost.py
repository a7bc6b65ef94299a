"""What a request cost, at the foot of its page: for whoever works on the portal, in a demo started with `--debug`.

Statements and events are counted where Tortoise logs a statement, walks where a loan's ledger is walked; before the
first `CountCost` is made nothing is counted and nothing slower.
"""

import logging
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.domain.ledger.book import Book
from portal.domain.ledger.walk import Walk

STATEMENT, WRITES_EVENTS = "%s: %s", 'INSERT INTO "event"'


@dataclass(slots=True)
class RequestCost:
    """`before` is that of the change that led here by a redirect: what it cost shows on no page of its own."""

    method: str
    before: str = ""
    statements: int = 0
    walks: int = 0
    events: int = 0
    began: float = field(default_factory=perf_counter)

    def __str__(self) -> str:
        """Up to now, so that a page tells of all but its own end."""
        ms = round((perf_counter() - self.began) * 1000)
        counts = f"statements {self.statements}, ledger walks {self.walks}, events {self.events}, ms {ms}"
        return f"{self.before}{self.method}: {counts}"


_counted: ContextVar[RequestCost | None] = ContextVar("request_cost", default=None)


class CountCost:
    """The page finds what was counted as `request.state.cost`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.before: dict[str, str] = {}
        _begin_to_count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        cost = RequestCost(scope["method"], self.before.pop(scope["path"], ""))
        scope.setdefault("state", {})["cost"] = cost
        _counted.set(cost)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 303:
                onward = urlsplit(Headers(raw=message["headers"]).get("location", "")).path
                self.before = {onward: f"{cost}; "}
            await send(message)

        await self.app(scope, receive, sending)


@cache
def _begin_to_count() -> None:
    log = logging.getLogger("tortoise.db_client")
    log.addFilter(_count_statement)
    log.setLevel(logging.DEBUG)
    run = Walk.run

    def counted_run(walk: Walk) -> Book:
        if cost := _counted.get():
            cost.walks += 1
        return run(walk)

    Walk.run = counted_run  # type: ignore[assignment, method-assign]


def _count_statement(record: logging.LogRecord) -> bool:
    """Whether it is logged, too: statements are not, for what people typed stands in them."""
    if record.levelno > logging.DEBUG:
        return True
    cost = _counted.get()
    if cost and record.msg == STATEMENT and isinstance(record.args, tuple):
        query, values = record.args
        cost.statements += 1
        if str(query).startswith(WRITES_EVENTS) and isinstance(values, list):
            cost.events += len(values) if values and isinstance(values[0], list | tuple) else 1
    return False
