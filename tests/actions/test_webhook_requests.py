"""One request to an endpoint that means no good, or knows no better."""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal.actions.endpoint_address import (
    EndpointNotEncrypted,
    EndpointNotPublic,
    EndpointWithPassword,
    NotAnEndpoint,
    check_endpoint,
)
from portal.delivery.webhook_request import MOST_KEPT, SECONDS_IN_ALL, WebhookOutcome, WebhookRequest, WebhookSender
from tests.endpoints import Answering, PushedCore, answered, drips, never_ends, pushed_core, verified

pytestmark = pytest.mark.anyio
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"stream":"loan:1","seq":1,"name":"一"}'.encode()
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture
def core() -> Iterator[PushedCore]:
    with pushed_core() as server:
        yield server


async def sent(url: str, **how: Any) -> WebhookOutcome:
    sender = WebhookSender(**{"private": True, **how})
    return await sender(WebhookRequest(url, "e1", BODY, [SECRET]), datetime.now(UTC))


def says(*addresses: str) -> Any:
    """A name server; what it said is counted by its list."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


def chunked(to: BaseHTTPRequestHandler) -> None:
    to.wfile.write(b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    to.wfile.flush()
    to.rfile.read(1)  # and the line stays open


def to_the_end(to: BaseHTTPRequestHandler) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nuntil the line ends\0")


def nonsense(to: BaseHTTPRequestHandler) -> None:
    to.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "status", "text", "problem"),
    [
        (answered(200, b"thank you"), 200, "thank you", ""),
        (answered(204, b""), 204, "", ""),
        (chunked, 201, "abcde", ""),
        (to_the_end, 200, "until the line ends\N{REPLACEMENT CHARACTER}", ""),
        (never_ends, 200, "x" * MOST_KEPT, ""),
        (answered(302, b"", location=METADATA), 302, "", "redirected"),
        (answered(404, "没有".encode()), 404, "没有", "status"),
        (answered(410, b"gone"), 410, "gone", "status"),
        (drips, None, "", "time-out"),
        (nonsense, None, "", "unreadable"),
    ],
)
async def test_an_answer_is_taken_as_what_it_is_and_none_for_longer_than_its_time(
    core: PushedCore, answer: Answering, status: int | None, text: str, problem: str
) -> None:
    core.usual = answer
    seconds = 0.4 if problem == "time-out" else SECONDS_IN_ALL  # a machine that is busy answers late, and answers
    outcome = await sent(f"{core.url}?of=portal", seconds=seconds)
    assert (outcome.status, outcome.answer, outcome.problem.split(" ")[0]) == (status, text, problem)
    ((headers, body),) = core.got
    assert body == BODY and verified(SECRET, headers, body)["name"] == "一"
    assert headers == outcome.headers
    assert outcome.milliseconds <= 600


async def test_nothing_answers_and_nothing_is_looked_up() -> None:
    with pushed_core() as gone:
        url = gone.url
    assert (await sent(url)).problem.startswith("unreachable ConnectionRefusedError")
    assert (await sent("http://no.such.name.invalid/")).problem.startswith("unknown-name")
    with pushed_core() as core:
        assert (await sent(core.url, private=False)).problem == "not-encrypted"
        assert core.got == []


async def test_a_name_is_looked_up_once_and_where_it_leads_to_is_judged_each_time() -> None:
    reached: list[str] = []

    async def connect(address: str, port: int, **_: Any) -> Any:
        reached.append(address)
        raise ConnectionRefusedError

    said = [["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "10.0.0.7"], ["169.254.169.254"], ["::ffff:10.0.0.1"]]
    asked = iter(said)

    async def resolve(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("core.lender.example", 443)
        return next(asked)

    how = {"private": False, "resolve": resolve, "connect": connect}
    problems = [(await sent("https://core.lender.example/hooks", **how)).problem for _ in said]
    assert reached == ["93.184.216.34"], "the address that was judged, and nothing else"
    assert problems == [
        "unreachable ConnectionRefusedError",
        *(f"private-address {each}" for each in ("127.0.0.1", "10.0.0.7", "169.254.169.254", "::ffff:10.0.0.1")),
    ]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of hooks.test, by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now, names = datetime.now(UTC), x509.SubjectAlternativeName([x509.DNSName("hooks.test")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(names, critical=True).add_extension(x509.BasicConstraints(True, None), critical=True)
    signed = made.sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    text = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + signed.public_bytes(pem)
    (path := tmp_path / "hooks.pem").write_bytes(text)
    return path


async def test_an_encrypted_line_is_the_one_of_that_name_or_nothing_is_said(
    core: PushedCore, certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    core.socket = context.wrap_socket(core.socket, server_side=True)
    trusted, here = lambda: ssl.create_default_context(cafile=certificate), says("127.0.0.1")
    good = await sent(f"https://hooks.test:{core.server_port}/", resolve=here, tls=trusted)
    assert (good.status, good.problem) == (200, "")
    other = await sent(f"https://other.test:{core.server_port}/", resolve=here, tls=trusted)
    unknown = await sent(f"https://hooks.test:{core.server_port}/", resolve=here)
    assert {each.problem.split()[0] for each in (other, unknown)} == {"certificate"}
    assert len(core.got) == 1


async def test_no_proxy_of_the_environment_sees_it(core: PushedCore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await sent(core.url)).status == 200


async def test_a_name_server_that_does_not_answer_costs_no_more_than_the_time(core: PushedCore) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(9)
        return []

    assert (await sent(core.url, resolve=resolve, seconds=0.05)).problem == "time-out"


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("", NotAnEndpoint),
        ("core.lender.example/hooks", NotAnEndpoint),
        ("ftp://core.lender.example/", NotAnEndpoint),
        ("https://", NotAnEndpoint),
        ("https://core.lender.example:99999/", NotAnEndpoint),
        ("https://core.lender.example/a b", NotAnEndpoint),
        ("https://core.lender.example/\r\nx: y", NotAnEndpoint),
        ("https://核心.example/", NotAnEndpoint),
        ("https://core.lender.example/#part", NotAnEndpoint),
        (f"https://core.lender.example/{'x' * 473}", NotAnEndpoint),
        ("http://core.lender.example/", EndpointNotEncrypted),
        ("https://core:secret@core.lender.example/", EndpointWithPassword),
        ("https://127.0.0.1/", EndpointNotPublic),
        ("https://[::1]/", EndpointNotPublic),
        ("https://169.254.169.254/latest", EndpointNotPublic),
    ],
)
async def test_an_address_that_will_not_do_is_refused_with_the_reason(url: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_endpoint(url, private=False)


async def test_an_address_that_will_do() -> None:
    check_endpoint(f"https://core.lender.example:8443/hooks?of=portal&{'x' * 450}", private=False)
    check_endpoint("https://93.184.216.34/", private=False)
    check_endpoint("http://localhost:9000/hooks", private=True)
    check_endpoint("http://127.0.0.1:9000/hooks", private=True)
    with pytest.raises(EndpointNotPublic):
        check_endpoint("http://169.254.169.254/", private=True)
