"""When something goes wrong there is a page with words, in both languages, and a way on."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from portal.actions.pulses import write_pulses
from portal.domain.contract.loan import Loan
from portal.reads.health import WORKER, WorkerPulse
from portal.web import help as pages
from portal.web import middleware
from portal.web.request_log import LogLine, RequestLog
from tests.browser import Browser
from tests.pages.conftest import XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

A_FILE = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nx\r\n--x--'


async def test_an_address_nobody_has_is_a_page(cast: Cast) -> None:
    for language in ("en", "zh-CN"):
        bo = await cast.browser(language).open("/nothing/of/the/kind")
        assert bo.status == 404 and f'lang="{language}"' in bo.html and bo.links()
    assert "这里没有内容" in bo.text


async def test_a_method_that_does_not_fit_is_a_page_and_names_those_that_do(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    for method, path, allowed in (
        ("POST", "/loans", {"GET", "HEAD"}),
        ("DELETE", "/loans", {"GET", "HEAD"}),
        ("PUT", "/sign-in", {"GET", "HEAD", "POST"}),
        ("GET", "/sign-out", {"POST"}),
    ):
        answer = await bo.client.request(method, path)
        assert answer.status_code == 405 and "This cannot be done here" in answer.text, path
        assert set(answer.headers["allow"].replace(" ", "").split(",")) == allowed


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_something_broken_is_a_page_with_every_header(
    cast: Cast, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: object, **values: object) -> None:
        raise RuntimeError("王小明 owes 3,413.12")

    monkeypatch.setattr("portal.web.borrower.loans.position", breaks)
    bo = Browser(cast.app, language, breaks=False)
    await cast.enter(bo, XIAOMINGS)
    assert bo.status == 500 and f'lang="{language}"' in bo.html
    assert "RuntimeError" not in bo.html and "王小明" not in bo.html and "3,413" not in bo.html
    assert ("This is our mistake, not yours" in bo.text) is (language == "en")
    assert "/loans" in bo.links()
    assert bo.headers["x-request-id"] in re.sub("<[^>]*>", "", bo.html), "the number to quote"
    assert {"content-security-policy", "cache-control"} <= set(bo.headers)


async def test_a_trace_that_quotes_the_address_is_written_without_it_and_with_the_id(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(f"{link}?phone=%2B8613900001111&n=3")
    quoted = RuntimeError(f"{link}?phone=%2B8613900001111&n=3 of +8613900001111")
    told = (RuntimeError, quoted, None)
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 1, "Exception in ASGI application\n", None, told)
    _, _, said = LogLine().format(record).partition("Z ")
    assert said == (
        f"ERROR uvicorn.error id={bo.headers['x-request-id']} Exception in ASGI application\n"
        "RuntimeError: /i/[hidden]?[hidden] of [hidden]"
    )


class Quotes:
    """Stands in the place of a function, and breaks with sentences that quote all it was given."""

    error: BaseException

    async def __call__(self, *given: object) -> None:
        try:
            try:
                raise KeyError(given[1])
            except KeyError as error:
                texts = [str(each) for each in given]
                raise ExceptionGroup(
                    "two", [ValueError(texts), OSError("\n".join(texts), json.dumps(texts))]
                ) from error
        except ExceptionGroup as error:
            self.error = error
            raise

    def written(self) -> str:
        """What an operator reads of it, as the server logs it."""
        told = (ExceptionGroup, self.error, self.error.__traceback__)
        return LogLine().format(logging.LogRecord("uvicorn.error", logging.ERROR, "", 1, "ASGI", None, told))  # type: ignore


@pytest.fixture
def quotes(monkeypatch: pytest.MonkeyPatch) -> Quotes:
    found = Quotes()
    for place in ("borrower.code.ask_code", "borrower.complaints.file_complaint", "desk.cases.find_loans"):
        monkeypatch.setattr(f"portal.web.{place}", found)
    return found


def hidden(log: str, *typed: str) -> None:
    for each in typed:
        assert each not in log and json.dumps(each)[1:-1] not in log, each
    assert log.count("[hidden]") >= len(typed) and log.count("raise ExceptionGroup") == 1, "its frames stay"


async def test_the_number_and_the_four_that_were_posted_are_not_in_the_trace(cast: Cast, quotes: Quotes) -> None:
    bo = await Browser(cast.app, "en", breaks=False).open("/sign-in/code")
    await bo.send("/sign-in/code", phone="139 9999-9999", digits="12３x")
    assert bo.status == 500
    hidden(quotes.written(), "139 9999-9999", "13999999999", "123X", "12３x")


async def test_what_somebody_wrote_and_of_whom_is_not_in_the_trace(cast: Cast, quotes: Quotes) -> None:
    bo = await cast.enter(Browser(cast.app, "en", breaks=False), XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/problem")
    await bo.send("/problem", kind="still_calling", who="李四", number="021", note="他说 “还钱”\n天天打我家")
    assert bo.status == 500
    hidden(quotes.written(), "李四", "021", "他说 “还钱”", "天天打我家")


async def test_a_name_of_two_signs_that_was_looked_for_is_not_in_the_trace(cast: Cast, quotes: Quotes) -> None:
    rui = await cast.reviewer()
    rui.client._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
    for name in ("王明", "raise"):
        await rui.open(f"/desk/loans?q={name}")
        assert rui.status == 500
        log = quotes.written()
        hidden(log, *([name] if name == "王明" else ()))
    assert "KeyError: '[hidden]'" in log


async def test_what_a_lenders_system_posted_is_not_in_the_trace() -> None:
    """Its form is JSON; nothing is looked for where nothing was sent."""
    deep = b'{"of":' * 100_000
    for body, log in (
        (b'{"of": [{"phone": "+8613999999999"}], "digits": "12\xef\xbc\x93x"}', "ASGI [hidden] [hidden]"),
        (b"{", "ASGI +8613999999999 123X"),
        (deep, "ASGI +8613999999999 123X"),
    ):

        async def reads(scope: Scope, receive: Receive, send: Send, log: str = log) -> None:
            await receive()
            record = logging.LogRecord("portal", logging.ERROR, "", 1, "ASGI +8613999999999 123X", None, None)
            assert LogLine().format(record).endswith(log)

        async def sent(body: bytes = body) -> Message:
            return {"type": "http.request", "body": body}

        await RequestLog(reads)({"type": "http", "method": "POST"}, sent, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [True, False])
async def test_too_much_is_a_page_and_not_read_to_the_end(cast: Cast, length: bool) -> None:
    bo = await cast.comes(ZHOU_MINS)
    taken = 0

    async def flood():  # type: ignore[no-untyped-def]
        nonlocal taken
        for _ in range(200):
            taken += 1
            yield b"note=" + b"x" * 65536 + b"&"

    headers = {"content-type": "application/x-www-form-urlencoded", "origin": bo.base}
    content = b"note=" + b"x" * 10**6 if length else flood()
    answer = await bo.client.post("/account/password", content=content, headers=headers)
    assert answer.status_code == 413 and "This is too large" in answer.text
    assert answer.headers["cache-control"] == "no-store" and "content-security-policy" in answer.headers
    assert taken < 20


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(100))),
        ("multipart/form-data; boundary=x", A_FILE),
        ("multipart/form-data", b"x"),
        ("application/json", b'{"csrf": "x"}'),
        ("text/plain", b"csrf=x"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%ff%zz&&&="),
        ("", b""),
    ],
)
async def test_a_body_that_is_no_form_is_a_page(cast: Cast, content_type: str, body: bytes) -> None:
    bo = await cast.comes(XIAOMINGS)
    headers = {"content-type": content_type, "origin": bo.base}
    answer = await bo.client.post("/account/password", content=body, headers=headers)
    assert answer.status_code in (400, 403) and "<h1>" in answer.text
    assert "our mistake" not in answer.text


async def test_head_answers_like_get_without_the_page(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    loan, link = await cast.loan(XIAOMINGS), await cast.link(XIAOMINGS)
    before = await cast.told()
    for path in (
        *("/", "/sign-in", "/sign-in/help", "/privacy", "/help/words", "/loans", "/account", "/account/password"),
        *(loan, f"{loan}/penalties", f"{loan}/terms", f"{loan}/plan", link, f"{link}/consent", f"{link}/not-me"),
        *("/desk/sign-in", "/desk/activate/x", "/nothing", "/healthz", "/readyz"),
    ):
        head, get = await bo.client.head(path), await bo.client.get(path)
        assert head.status_code == get.status_code < 500, path
    rui = await cast.reviewer()
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    for path in ("/desk", desk, f"{desk}/counter", "/desk/loans", "/desk/policy"):
        assert (await rui.client.head(path)).status_code == 200, path
    assert await cast.told() == before


async def test_a_machine_that_asks_whether_we_live_gets_a_word(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bo = cast.browser()
    assert (await bo.open("/healthz")).text == "ok" and bo.headers["content-type"].startswith("text/plain")
    assert (await bo.client.get("/readyz")).text.splitlines()[0] == "ready"
    assert not bo.client.cookies

    async def no() -> bool:
        return False

    monkeypatch.setattr(pages, "answers", no)
    assert (await bo.client.get("/readyz")).text.splitlines()[0] == "not ready"
    assert ((await bo.open("/readyz")).status, (await bo.open("/healthz")).status) == (503, 200)


@pytest.mark.parametrize(
    ("ago", "told"), [(4, r"worker: [4-9] s ago"), (90, "worker: no sign of life"), (-86400, "worker: no sign of life")]
)
async def test_whoever_asks_whether_we_are_ready_hears_of_the_worker(cast: Cast, ago: int, told: str) -> None:
    bo = cast.browser()
    assert (await bo.client.get("/readyz")).text == "ready\nworker: no sign of life\n"
    at = datetime.now(UTC) - timedelta(seconds=ago)
    await write_pulses([WorkerPulse(WORKER, at, at, "", None)])
    answer = await bo.client.get("/readyz")
    assert answer.status_code == 200, "a missing worker makes no page unready"
    assert re.fullmatch(f"ready\n{told}\n", answer.text)


async def test_a_form_that_stops_halfway_is_given_up_and_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "SILENT_SECONDS", 0.05)
    bo = await cast.browser("zh-CN").open("/sign-in")

    async def half() -> AsyncIterator[bytes]:
        yield b"phone=138"
        await asyncio.sleep(60)

    form = {"content-type": "application/x-www-form-urlencoded", "origin": str(bo.client.base_url).rstrip("/")}
    answer = await bo.client.post("/sign-in", content=half(), headers=form)
    assert (answer.status_code, answer.headers["connection"]) == (408, "close") and "内容没有传完" in answer.text
    told = await bo.client.post("/api/v1/invitations", content=half())
    assert told.status_code == 401, "nobody waits for the body of somebody without a key"


@pytest.mark.parametrize("status", [400, 403, 404, 405, 408, 409, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_each_error_has_words_of_its_own(
    cast: Cast, status: int, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def goes_wrong(loan: Loan, on: date) -> None:
        raise HTTPException(status)

    bo = await cast.comes(XIAOMINGS, language)
    monkeypatch.setattr("portal.web.borrower.loans.position", goes_wrong)
    await bo.open("/loans")
    assert bo.status == status and bo.links()
    ours = "Something went wrong on our side" if language == "en" else "我们这边出了问题"
    assert (ours in bo.text) is (status == 500)
