"""What every response has: a static policy of what may load, and nothing personal left in a cache."""

import asyncio
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.web.style import DESK_STYLE, STYLE, source
from portal.web.urls import WITH_TOKEN

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; "
    f"style-src 'self' {source(STYLE)} {source(DESK_STYLE)}; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
_ALWAYS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
_ON_HTTPS = [*_ALWAYS, (b"strict-transport-security", b"max-age=31536000; includeSubDomains")]
SILENT_SECONDS = 30


def secured(headers: MutableHeaders, secure: bool) -> None:
    """Adds what every response has; what a response says for itself stays."""
    said = {name for name, _ in headers.raw}
    headers.raw.extend(each for each in (_ON_HTTPS if secure else _ALWAYS) if each[0] not in said)


class BodyLimit:
    """Refuses a body beyond the limit, or one that does not go on, where a page reads it: the refusal is a page too."""

    def __init__(self, app: ASGIApp, most_bytes: int, more: Mapping[str, int]) -> None:
        """`more` are the limits of addresses that begin so; the longest beginning decides."""
        self.app = app
        self.most_bytes = most_bytes
        self.more = more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken, whole = 0, False
        begins = [prefix for prefix in self.more if scope.get("path", "").startswith(prefix)]
        most = self.more[max(begins, key=len)] if begins else self.most_bytes

        async def receiving() -> Message:
            nonlocal taken, whole
            message = await (receive() if whole else _soon(receive))
            taken, whole = taken + len(message.get("body", b"")), not message.get("more_body", False)
            if taken > most:
                raise HTTPException(413)
            return message

        await self.app(scope, receiving if scope["type"] == "http" else receive, send)


async def _soon(receive: Receive) -> Message:
    """Once the body is whole, what is waited for is that somebody leaves: until then there is a limit."""
    try:
        async with asyncio.timeout(SILENT_SECONDS):
            return await receive()
    except TimeoutError:
        raise HTTPException(408, headers={"connection": "close"}) from None


class SecurityHeaders:
    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith(WITH_TOKEN):
                    headers["referrer-policy"] = "no-referrer"
                secured(headers, self.secure)
            await send(message)

        await self.app(scope, receive, sending)
