"""A lender's system that is pushed to, as a real server in threads: it answers as it is told, by loan or to all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

from portal.actions.act import Acting, Author, FormToken, change_of_lender
from portal.actions.journal import Journal
from portal.actions.webhooks import add_webhook, shown_once
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.reads.cases import LenderFacts
from portal.vault import Vault

ADMIN = Actor("staff", "lan")
WEBHOOK_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
Answering = Callable[[BaseHTTPRequestHandler], None]


def answered(status: int, text: bytes = b"ok", **headers: str) -> Answering:
    def answer(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name, value)
        to.send_header("content-length", str(len(text)))
        to.end_headers()
        to.wfile.write(text)

    return answer


class PushedCore(ThreadingHTTPServer):
    """`got` is what came, in order; `by_stream` answers for some streams, `usual` for all others."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.usual: Answering = answered(200)
        self.by_stream: dict[str, Answering] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks"

    def seqs(self, stream: str) -> list[int]:
        """The numbers of what came of one stream, in the order in which it came."""
        return [event["seq"] for event in self.events() if event.get("stream") == stream]

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    def handle_error(self, *_: object) -> None:
        """Whoever is cut off in the middle of an answer is part of the tests."""


class _Receiver(BaseHTTPRequestHandler):
    server: PushedCore

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.server.by_stream.get(json.loads(body).get("stream", ""), self.server.usual)(self)

    def log_message(self, *_: object) -> None:
        pass


def drips(to: BaseHTTPRequestHandler) -> None:
    """An answer that is always about to come to its end."""
    to.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        to.wfile.write(b"x-more: 1\r\n")
        to.wfile.flush()
        time.sleep(0.05)


def never_ends(to: BaseHTTPRequestHandler) -> None:
    """Five gigabytes, as fast as they are taken."""
    to.send_response(200)
    to.send_header("content-length", str(5 * 2**30))
    to.end_headers()
    for _ in range(5 * 2**14):
        to.wfile.write(b"x" * 2**16)


@contextmanager
def pushed_core() -> Iterator[PushedCore]:
    with PushedCore() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def staff_acting(vault: Vault, moment: BusinessTime) -> Acting:
    return Acting(Author(ADMIN, vault), FormToken(0, drawn=False), moment)


async def endpoint_at(
    url: str, lender: LenderFacts, vault: Vault, moment: BusinessTime, *types: str, after: int | None = None
) -> tuple[str, str]:
    """Ref and secret of a new one."""
    answer = await add_webhook(staff_acting(vault, moment), lender, "core", url, types, after, private=True)
    return shown_once(answer, vault)


@change_of_lender
async def happens(log: Journal, lender: LenderFacts, *events: tuple[str, str]) -> None:
    """Events of a kind in a stream each, as an act writes them."""
    for stream, kind in events:
        await log.write(stream, NewEvent(kind, Actor("system", "test"), {}))


def verified(secret: str, headers: dict[str, str], body: bytes) -> Any:
    """What a receiver does. Raises WebhookVerificationError."""
    return Webhook(secret).verify(body, {name: headers[name] for name in WEBHOOK_HEADERS})
