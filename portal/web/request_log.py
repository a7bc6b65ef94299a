"""One line for each request: when, its id, the route by name, how it ended and how long it took.

No address stands in it: invitations and activations have their secret there, and what people type stands in queries.
Nor does what somebody typed come in by an exception that quotes it: see `_hiding`.
"""

import json
import logging
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from time import perf_counter
from traceback import TracebackException
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.vault import new_ref

HEADER = "x-request-id"
LONG_ENOUGH_TO_HIDE = 2
# So much of a body, a whole form, is kept while its request lasts; so many values of it are looked for.
MOST_BYTES, MOST_VALUES = 1 << 20, 1000

_log = logging.getLogger("portal.request")
_current: ContextVar[Scope | None] = ContextVar("request", default=None)
# A frame of a trace, also within a group: it quotes our own lines and nothing that was typed.
_FRAME = re.compile(r'[\s|]*File "')


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
        body = bytearray()
        scope.setdefault("state", {}).update(request_id=new_ref(), body=body)
        _current.set(scope)
        begun, status = perf_counter(), 500

        async def receiving() -> Message:
            message = await receive()
            body.extend(message.get("body", b"")[: MOST_BYTES - len(body)])
            return message

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = scope["state"]["request_id"]
            await send(message)

        try:
            await self.app(scope, receiving, sending)
        finally:
            name = getattr(scope.get("route"), "name", None) or "-"
            ms = round((perf_counter() - begun) * 1000)
            fields = {"method": scope["method"], "route": name, "status": status, "ms": ms}
            _log.info("method=%(method)s route=%(route)s status=%(status)s ms=%(ms)s", fields)


class LogLine(logging.Formatter):
    """Time in UTC, level, logger, the request's id where there is one, and what is said; a trace below it."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _told(record)
        number = f"id={fields['id']} " if "id" in fields else ""
        trace = f"\n{fields['trace']}" if "trace" in fields else ""
        return f"{fields['time']} {fields['level']} {fields['logger']} {number}{fields['message']}{trace}"


class JsonLine(logging.Formatter):
    """The same as one JSON object, all of it in ASCII and on one line; of a request its fields, and no message."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _told(record)
        if record.name == _log.name and isinstance(record.args, Mapping):
            del fields["message"]
            fields |= record.args
        return json.dumps(fields, default=str)


def _told(record: logging.LogRecord) -> dict[str, Any]:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    fields: dict[str, Any] = {"time": f"{at}Z", "level": record.levelname, "logger": record.name}
    scope = _current.get()
    if scope:
        fields["id"] = scope["state"]["request_id"]
    hide = _hiding(scope) if scope and record.name != _log.name else str
    fields["message"] = hide(record.getMessage().strip())
    if record.exc_info and record.exc_info[1]:
        fields["trace"] = _trace(record.exc_info[1], hide)
    return fields


FORMS = {"text": LogLine, "json": JsonLine}


def log_config(form: str, requests: str = "INFO") -> dict[str, Any]:
    """For `logging.config.dictConfig` and uvicorn: everything to standard error, and no access log of paths.

    `form` is one of FORMS; `requests` the level from which requests are logged, each of which is INFO.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": FORMS[form]}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "portal": {"level": "INFO"},
            _log.name: {"level": requests},
            "uvicorn": {"level": "INFO", "propagate": True},
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
    }


def _trace(error: BaseException, hide: Callable[[str], str]) -> str:
    fields = TracebackException(type(error), error, error.__traceback__).format()
    return "".join(each if _FRAME.match(each) else hide(each) for each in fields).rstrip("\n")


def _hiding(scope: Scope) -> Callable[[str], str]:
    """Takes out of a text what this request had in its address, its form or its JSON, the longest first.

    Lines of a file sent with a key are not looked for.
    """
    query = scope.get("query_string", b"").decode(errors="replace")
    body = scope["state"]["body"].decode(errors="replace")
    typed = [*map(str, scope.get("path_params", {}).values()), query, *_values(query), *_values(body)]
    ways = {way for value in typed[:MOST_VALUES] for way in _ways(value) if len(way) >= LONG_ENOUGH_TO_HIDE}
    if not ways:
        return str
    found = re.compile("|".join(map(re.escape, sorted(ways, key=len, reverse=True))), re.IGNORECASE)
    return lambda text: found.sub("[hidden]", text)


def _values(sent: str) -> list[str]:
    """What was typed into the fields of a query, a form or a JSON object."""
    if not sent.startswith(("{", "[")):
        return [value for _, value in parse_qsl(sent)]
    try:
        return list(_leaves(json.loads(sent)))
    except (ValueError, RecursionError):
        return []


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _leaves(each)
    else:
        yield str(value)


def _ways(value: str) -> Iterator[str]:
    """A value as an exception may quote it: line by line, as it is compared, without its spaces, and escaped."""
    plain = unicodedata.normalize("NFKC", value)
    for way in (value, *value.splitlines(), plain, re.sub(r"[\s-]", "", plain)):
        yield from (way.strip(), repr(way.strip())[1:-1], json.dumps(way.strip())[1:-1])
