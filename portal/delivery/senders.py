"""Ways to send a message to a phone: printed, or posted to the lender's gateway."""

import asyncio
import json
import urllib.request
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

TIMEOUT_SECONDS = 10
AT_ONCE = 20
"""So many messages are on their way to the gateway at the same time, over all who send in this process."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """`id` is the same however often the message is sent: a gateway that knows it sends nothing twice."""

    id: str
    kind: str
    to: str
    text: str


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirection)
# Threads of their own: a gateway that hangs holds these and no others, and never more of them.
_THREADS = ThreadPoolExecutor(AT_ONCE, "gateway")

Sender = Callable[[OutgoingMessage], Awaitable[None]]


async def printed(message: OutgoingMessage) -> None:
    print(f"SMS to {message.to}: {message.text}", flush=True)


async def kept(message: OutgoingMessage) -> None:
    """Nowhere: what a test deployment has to say stays in its database, to be read there."""


def posting(url: str, token: str) -> Sender:
    """Posts `{"id", "kind", "to", "text"}`; anything but a 2xx answer within ten seconds is a failure (OSError).

    So is a redirection: following it would carry the token elsewhere, and the message nowhere.
    """

    def post(message: OutgoingMessage) -> None:
        body = {"id": message.id, "kind": message.kind, "to": message.to, "text": message.text}
        headers = {"content-type": "application/json", "idempotency-key": message.id}
        if token:
            headers["authorization"] = f"Bearer {token}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS):
            pass

    async def send(message: OutgoingMessage) -> None:
        await asyncio.get_running_loop().run_in_executor(_THREADS, post, message)

    return send
