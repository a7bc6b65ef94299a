"""One request to a lender's endpoint: signed, to an address that was looked at, and never longer than its time.

The name is looked up once, every address of it is judged, and the connection goes to one that was: what the name says
a moment later is not asked. No proxy, no redirection; of an answer without an end no more than its beginning is read.
"""

import asyncio
import http.client
import io
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from portal.domain.conduct.webhooks import may_be_reached

SECONDS_IN_ALL = 15
MOST_READ, MOST_KEPT = 64 * 1024, 4 * 1024

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Connect = Callable[..., Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

# Threads of their own: a name server that does not answer holds these and no others.
_LOOKING_UP = ThreadPoolExecutor(8, "webhook-names")


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """`secrets` sign in this order: while one replaces another there are two."""

    url: str
    id: str
    body: bytes
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class WebhookOutcome:
    """What came of a request; `status` is missing where nothing answered.

    `problem` is empty where it was accepted, else a code, and after a space what the net said.
    """

    headers: Mapping[str, str]
    milliseconds: int
    status: int | None = None
    answer: str = ""
    problem: str = ""


class _Failed(Exception):
    """The message is a code of `WebhookOutcome.problem`."""


async def look_up(host: str, port: int) -> Sequence[str]:
    """Every address of a name, in the order of the resolver."""
    found = await asyncio.get_running_loop().run_in_executor(
        _LOOKING_UP, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@cache
def _verified() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Sends from this process. `private` lets it reach addresses inside a network, as the setting says."""

    private: bool = False
    resolve: Resolve = look_up
    connect: Connect = asyncio.open_connection
    tls: Callable[[], ssl.SSLContext] = field(default=_verified)
    seconds: float = SECONDS_IN_ALL

    async def __call__(self, request: WebhookRequest, wall: datetime) -> WebhookOutcome:
        """`wall` is the time by the wall's clock, which the receiver compares with its own."""
        headers, began = headers_of(request, wall), time.monotonic()

        def came(**of: Any) -> WebhookOutcome:
            return WebhookOutcome(headers, round((time.monotonic() - began) * 1000), **of)

        try:
            async with asyncio.timeout(self.seconds):
                status, answer = await self._send(request, headers)
        except TimeoutError:
            return came(problem="time-out")
        except _Failed as failed:
            return came(problem=str(failed))
        except ssl.SSLError as error:
            return came(problem=f"certificate {_in_short(error)}")
        except OSError as error:
            return came(problem=f"unreachable {_in_short(error)}")
        except (ValueError, EOFError, asyncio.LimitOverrunError, http.client.HTTPException) as error:
            return came(problem=f"unreadable {_in_short(error)}")
        return came(status=status, answer=answer, problem=_problem_of(status))

    async def _send(self, request: WebhookRequest, headers: Mapping[str, str]) -> tuple[int, str]:
        where = urlsplit(request.url)
        encrypted, host = where.scheme == "https", where.hostname or ""
        if not (encrypted or self.private):
            raise _Failed("not-encrypted")
        port = where.port or (443 if encrypted else 80)
        reader, writer = await self._connected(host, port, encrypted)
        try:
            target = (where.path or "/") + (f"?{where.query}" if where.query else "")
            lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
            writer.write("\r\n".join((*lines, "", "")).encode() + request.body)
            await writer.drain()
            return _read(await _beginning(reader))
        finally:
            writer.transport.abort()

    async def _connected(
        self, host: str, port: int, encrypted: bool
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To the first of the addresses that answers, and only where each of them may be reached."""
        try:
            found = await self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise _Failed(f"unknown-name {_in_short(error)}") from error
        if refused := [each for each in found if not may_be_reached(each, self.private)]:
            raise _Failed(f"private-address {refused[0]}")
        tls = {"ssl": self.tls(), "server_hostname": host} if encrypted else {}
        last: OSError = OSError(f"{host} has no address")
        for address in found:
            try:
                return await self.connect(address, port, limit=MOST_READ, **tls)
            except ssl.SSLError:
                raise
            except OSError as error:
                last = error
        raise last


def headers_of(request: WebhookRequest, wall: datetime) -> dict[str, str]:
    """Of a request sent at that time by the wall's clock, signed with each of its secrets."""
    body = request.body.decode()
    signed = [Webhook(secret).sign(request.id, wall, body) for secret in request.secrets]
    return {
        "host": urlsplit(request.url).netloc,
        "content-type": "application/json",
        "content-length": str(len(request.body)),
        "user-agent": "repayment-portal",
        "connection": "close",
        "webhook-id": request.id,
        "webhook-timestamp": str(int(wall.timestamp())),
        "webhook-signature": " ".join(signed),
    }


async def _beginning(reader: asyncio.StreamReader) -> bytes:
    """The answer, or so much of it as is read of any: to its end by its own word, or by the line's."""
    head = await reader.readuntil(b"\r\n\r\n")
    told = http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2]))
    length = told.get("content-length", "")
    status = int((head.split(maxsplit=2)[1:2] or [b"0"])[0])
    if status in (204, 304) or 100 <= status < 200:
        return head
    wanted = min(int(length), MOST_READ) if length.isdecimal() else MOST_READ
    body = bytearray()
    while len(body) < wanted and not (not length and body.endswith(b"0\r\n\r\n")):
        if not (piece := await reader.read(wanted - len(body))):
            break
        body += piece
    return head + bytes(body)


class _Received:
    """What `http.client` reads from instead of a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._data)


def _read(data: bytes) -> tuple[int, str]:
    """The status, and the beginning of the answer as text."""
    found = http.client.HTTPResponse(cast(socket.socket, _Received(data)), method="POST")
    found.begin()
    try:
        body = found.read(MOST_KEPT)
    except http.client.IncompleteRead as cut:
        body = cut.partial[:MOST_KEPT]
    return found.status, body.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _problem_of(status: int) -> str:
    if 200 <= status < 300:
        return ""
    return "redirected" if 300 <= status < 400 else "status"


def _in_short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")[:150]
