"""One line for each request: when, its id, the route by name, how it ended and how long it took.

No address stands in it: invitations and activations have their secret there, and what people type stands in queries.
"""

import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.vault import new_ref

HEADER = "x-request-id"
LONG_ENOUGH_TO_HIDE = 4

_log = logging.getLogger("portal.request")
_current: ContextVar[Scope | None] = ContextVar("request", default=None)


class RequestLog:
    """Gives every request an id of our own; what a caller sends as one is not asked.

    What is logged later in the same task, the server's trace of an exception too, carries the id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = new_ref()
        _current.set(scope)
        begun, status = perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = scope["state"]["request_id"]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            name = getattr(scope.get("route"), "name", None) or "-"
            ms = round((perf_counter() - begun) * 1000)
            _log.info("method=%s route=%s status=%s ms=%s", scope["method"], name, status, ms)


class Line(logging.Formatter):
    """Time in UTC, level, logger, the request's id where there is one, and what is said; a trace below it."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        head, said = f"{at}Z {record.levelname} {record.name} ", record.getMessage().strip()
        if record.exc_info:
            said += f"\n{self.formatException(record.exc_info)}"
        scope = _current.get()
        return f"{head}id={scope['state']['request_id']} {_hidden(said, scope)}" if scope else head + said


def log_config(requests: str = "INFO") -> dict[str, Any]:
    """For `logging.config.dictConfig` and uvicorn: everything to standard error as `Line`, and no access log of paths.

    `requests` is the level from which requests are logged; each is INFO.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Line}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            _log.name: {"level": requests},
            "uvicorn": {"level": "INFO", "propagate": True},
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
    }


def _hidden(text: str, scope: Scope) -> str:
    """Without what this request's address had in it, which an exception may quote."""
    token = scope.get("path_params", {}).get("token", "")
    query = scope.get("query_string", b"").decode("latin-1")
    for secret in (token, query, *(value for _, value in parse_qsl(query))):
        if len(secret) >= LONG_ENOUGH_TO_HIDE:
            text = text.replace(secret, "[hidden]")
    return text
