"""The worker at the terminal, and a gateway that is really there."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from portal.delivery.senders import Message, posting
from tests.commands.conftest import Terminal

pytestmark = pytest.mark.anyio


class Gateway(HTTPServer):
    """Answers with `status`; keeps what it was sent."""

    status = 202

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.got: list[tuple[dict[str, str], dict[str, str]]] = []


class Answer(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("location", f"http://localhost:{self.server.server_port}/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.got.append((dict(self.headers), {}))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


async def test_a_message_is_posted_as_the_guide_says(gateway: Gateway) -> None:
    send = posting(f"http://127.0.0.1:{gateway.server_port}/sms", "gateway-token")
    await send(Message("d1", "code", "+8613800000001", "您的验证码是 123456"))
    headers, body = gateway.got[0]
    assert body == {"id": "d1", "kind": "code", "to": "+8613800000001", "text": "您的验证码是 123456"}
    assert headers["authorization"] == "Bearer gateway-token"
    assert headers["idempotency-key"] == "d1"


async def test_a_gateway_that_says_no_is_a_failure_to_be_tried_again(gateway: Gateway) -> None:
    gateway.status = 503
    with pytest.raises(OSError, match="503"):
        await posting(f"http://127.0.0.1:{gateway.server_port}/sms", "")(Message("d1", "code", "+86138", "x"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_delivers_nothing_and_gives_the_token_to_nobody(gateway: Gateway, status: int) -> None:
    gateway.status = status
    with pytest.raises(OSError, match=str(status)):
        await posting(f"http://127.0.0.1:{gateway.server_port}/sms", "t")(Message("d1", "code", "+86138", "x"))
    assert len(gateway.got) == 1


def test_one_round_of_the_worker_says_what_it_did(demo: Terminal) -> None:
    said = demo("worker", "--once")
    assert (said.code, said.out) == (0, "")
    assert "0 messages" in said.err and "0 erased" in said.err


def test_an_odd_time_is_refused_with_an_example(demo: Terminal) -> None:
    said = demo("worker", "--once", "--now", "tomorrow")
    assert said.code == 1 and "2026-06-14T23:59:59+08:00" in said.err and "tomorrow" in said.err


def test_a_gateway_without_an_address_is_an_unsafe_setting(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SMS", "http")
    said = terminal("serve")
    assert said.code == 1 and "PORTAL_SMS_URL" in said.err
