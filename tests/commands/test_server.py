"""Settings, migrations and starting: what is missing or unsafe is named in one line, and nothing starts on it."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from portal.actions.keys import check_secrets
from portal.app import create_app
from portal.commands import request_timeouts
from portal.commands.seed import seed
from portal.settings import Settings
from portal.tables import models as tables
from portal.tables.connection import Unusable, connected
from portal.vault import Vault
from tests.browser import Browser
from tests.commands.conftest import SECRET, TODAY, Terminal

MIGRATIONS = sorted(path.stem for path in (Path(__file__).parents[2] / "migrations").glob("0*.py"))
RAN = "".join(f"ran {name}\n" for name in MIGRATIONS)

POSITION = ("position", "JQ-2026-0001", "--lender", "jq", "--json")
GATEWAY = {"PORTAL_SMS": "http", "PORTAL_SMS_URL": "https://sms.example.com/send"}
SAFE = {"PORTAL_SECRET": SECRET, "PORTAL_BASE_URL": "https://pay.example.com", "PORTAL_BUSINESS_DATE": "", **GATEWAY}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORTAL_SECRET", "", "PORTAL_SECRET: needs 32 characters or more, found nothing"),
        ("PORTAL_SECRET", "short", "PORTAL_SECRET: needs 32 characters or more, found 5 characters"),
        ("PORTAL_DATA_KEY", f"{SECRET},x", "PORTAL_DATA_KEY: needs 32 characters or more, found 1 characters"),
        ("PORTAL_DATABASE", "mysql://root:hunter2@db/x", "PORTAL_DATABASE: has to begin with sqlite:// or postgres://"),
        ("PORTAL_DATABASE", "portal.db", "PORTAL_DATABASE: has to begin with sqlite:// or postgres://"),
        ("PORTAL_DATABASE", "sqlite://", "PORTAL_DATABASE: "),
        ("PORTAL_DATABASE", "postgres://u:hunter2@h:x/db", "PORTAL_DATABASE: "),
        ("PORTAL_DATABASE", "sqlite:///no/such/folder/x.db", "PORTAL_DATABASE: cannot be opened: unable to open"),
        ("PORTAL_DATABASE", "postgres://u:hunter2@127.0.0.1:1/x", "PORTAL_DATABASE: cannot be opened: "),
        ("PORTAL_SMS", "pigeon", "PORTAL_SMS: has to be log or http, found 'pigeon'"),
        ("PORTAL_BASE_URL", "pay.example.com", "PORTAL_BASE_URL: has to be like https://pay.example.com, found"),
        ("PORTAL_BASE_URL", "https://pay.example.com/portal", "PORTAL_BASE_URL: has to be like https://pay"),
        ("PORTAL_BUSINESS_DATE", "14.6.2026", "PORTAL_BUSINESS_DATE: has to be a date as 2026-06-14, found"),
    ],
)
def test_a_setting_that_cannot_be_is_named_in_one_line(
    demo: Terminal, environment: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    environment.setenv("PORTAL_BUSINESS_DATE", "")
    environment.setenv(name, value)
    for command in (POSITION, ("migrate",), ("serve",)):
        said = demo(*command)
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1), command
        assert said.err.startswith(says)
        assert "hunter2" not in said.err


@pytest.mark.parametrize(
    ("unsafe", "named"),
    [
        ({"PORTAL_BASE_URL": "http://pay.example.com"}, ["PORTAL_BASE_URL"]),
        ({"PORTAL_BASE_URL": "http://127.0.0.1.example.com"}, ["PORTAL_BASE_URL"]),
        ({"PORTAL_BUSINESS_DATE": "2026-06-14"}, ["PORTAL_BUSINESS_DATE"]),
        ({"PORTAL_DEBUG": "1"}, ["PORTAL_DEBUG"]),
        ({"PORTAL_SMS": ""}, ["PORTAL_SMS"]),
        ({"PORTAL_SMS": "log"}, ["PORTAL_SMS"]),
        ({"PORTAL_SMS_URL": ""}, ["PORTAL_SMS_URL"]),
        ({"PORTAL_SMS": "log", "PORTAL_BASE_URL": "http://192.0.2.1:8000"}, ["PORTAL_BASE_URL", "PORTAL_SMS"]),
        (
            {"PORTAL_BASE_URL": "http://pay.example.com", "PORTAL_BUSINESS_DATE": "2026-06-14"},
            ["PORTAL_BASE_URL", "PORTAL_BUSINESS_DATE"],
        ),
    ],
)
def test_serve_refuses_what_is_unsafe_and_names_all_of_it(
    demo: Terminal, environment: pytest.MonkeyPatch, unsafe: dict[str, str], named: list[str]
) -> None:
    for name, value in (SAFE | unsafe).items():
        environment.setenv(name, value)
    said = demo("serve")
    assert (said.code, said.out) == (1, "")
    assert [line.split(":")[0] for line in said.err.splitlines()] == named


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "portal.internal", ""])
def test_codes_are_printed_only_where_nobody_else_is_served(
    demo: Terminal, environment: pytest.MonkeyPatch, host: str
) -> None:
    for name, value in (SAFE | {"PORTAL_SMS": "log", "PORTAL_BASE_URL": "http://127.0.0.1:8000"}).items():
        environment.setenv(name, value)
    said = demo("serve", "--host", host)
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith("PORTAL_SMS: log prints phone numbers and codes on standard output")
    assert f"--host is {host!r}; set http, and PORTAL_SMS_URL" in said.err


def test_a_worker_prints_no_codes_either(demo: Terminal, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORTAL_BASE_URL", "https://pay.example.com")
    said = demo("worker", "--once")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("PORTAL_SMS: log prints") and "PORTAL_BASE_URL is 'https://pay.example.com'" in said.err
    environment.setenv("PORTAL_BASE_URL", "http://localhost:8000")
    assert demo("worker", "--once").code == 0


def test_a_file_that_is_no_database_is_said_to_be_none(
    terminal: Terminal, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "letter.db").write_text("Dear lender, " * 1000)
    environment.setenv("PORTAL_DATABASE", f"sqlite://{tmp_path / 'letter.db'}")
    for command in (POSITION, ("migrate",)):
        said = terminal(*command)
        assert (said.code, said.err) == (1, "PORTAL_DATABASE: cannot be opened: file is not a database\n")


def test_another_secret_than_the_one_that_sealed_is_said_in_words(
    demo: Terminal, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("PORTAL_SECRET", "quite another secret of more than 32 letters")
    said = demo("invite", "JQ-2026-0001", "--lender", "jq", "--phone", "+8613900000001")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("PORTAL_SECRET: is not the one this database was sealed with")


def test_a_database_named_without_a_folder_lies_in_the_working_folder(
    terminal: Terminal, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.chdir(tmp_path)
    assert terminal(*POSITION).code == 1
    assert (tmp_path / "portal.sqlite3").exists()
    environment.setenv("PORTAL_DATABASE", "sqlite://other.db")
    assert terminal(*POSITION).code == 1
    assert (tmp_path / "other.db").exists()


def test_before_migrate_every_command_says_what_to_do_and_after_it_nothing_is_left(
    terminal: Terminal, blank_url: str, environment: pytest.MonkeyPatch
) -> None:
    for name, value in (SAFE | {"PORTAL_DATABASE": blank_url}).items():
        environment.setenv(name, value)
    for command in (POSITION, ("audit", "verify"), ("serve",)):
        said = terminal(*command)
        assert (said.code, said.out) == (1, "")
        assert said.err == f"PORTAL_DATABASE: has not run {', '.join(MIGRATIONS)}; `python -m portal migrate` does\n"
    said = terminal("migrate")
    assert (said.code, said.out, said.err) == (0, "", RAN)
    said = terminal("migrate")
    assert (said.code, said.err) == (0, "nothing to do: the database is up to date\n")
    assert terminal("lender", "add", "jq", "--name", "佳泉消费金融").code == 0


@pytest.mark.proof  # tests/faults/test_migrations.py: four processes at once
def test_two_machines_that_migrate_at_once_do_it_once(blank_url: str) -> None:
    env = {**os.environ, "PORTAL_DATABASE": blank_url, "PORTAL_SECRET": SECRET}
    command = [sys.executable, "-m", "portal", "migrate"]
    both = [subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(one.communicate(timeout=60)[1] for one in both)
    assert [one.returncode for one in both] == [0, 0]
    assert said == ["nothing to do: the database is up to date\n", RAN]


@pytest.mark.parametrize("unset", ["PORTAL_SECRET", "PORTAL_DATABASE"])
def test_a_real_process_ends_without_a_traceback(unset: str, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    env |= {"PORTAL_SECRET": "", "PORTAL_DATABASE": "sqlite://x.db"} if unset == "PORTAL_SECRET" else {
        "PORTAL_SECRET": SECRET, "PORTAL_DATABASE": "mysql://x",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "portal", *POSITION], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(unset)
    assert not (tmp_path / "x.db").exists()


@pytest.mark.anyio
async def test_the_application_starts_on_no_database_that_lacks_its_tables(blank_url: str) -> None:
    app = create_app(Settings(database=blank_url, secret=SECRET))
    with pytest.raises(Unusable, match="has not run 0001_initial"):
        async with app.router.lifespan_context(app):
            pass


@pytest.mark.anyio
async def test_an_application_that_runs_says_so_until_its_tables_are_gone(each_database: str) -> None:
    from portal.tables.connection import current

    browser = Browser(create_app(Settings(database=each_database, secret=SECRET), own_database=False), "en")
    await browser.open("/readyz")
    assert browser.status == 200
    await current().execute_query("DELETE FROM tortoise_migrations WHERE name = '0001_initial'")
    try:
        await browser.open("/readyz")
        assert browser.status == 503
        await browser.open("/healthz")
        assert browser.status == 200
    finally:
        await current().execute_query(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('portal', '0001_initial', '2026-06-14')"
        )


@pytest.mark.anyio
async def test_an_application_whose_secret_was_replaced_under_it_is_not_ready(each_database: str) -> None:
    await check_secrets(Vault(SECRET), datetime.now(UTC))
    for settings, status in (
        (Settings(each_database, SECRET), 200),
        (Settings(each_database, SECRET, data_keys=("n" * 40, SECRET)), 200),
        (Settings(each_database, SECRET, data_keys=("n" * 40,)), 503),
        (Settings(each_database, "x" * 40, data_keys=(SECRET,)), 503),
    ):
        browser = Browser(create_app(settings, own_database=False), "en")
        await browser.open("/readyz")
        assert browser.status == status


def test_asgi_refuses_what_serve_refuses(environment: pytest.MonkeyPatch) -> None:
    env = {**os.environ, **SAFE, "PORTAL_BASE_URL": "http://pay.example.com", "PORTAL_DATABASE": "sqlite://x.db"}
    done = subprocess.run([sys.executable, "-c", "import asgi"], env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("portal.settings.UnsafeSetting: PORTAL_BASE_URL: has to begin with")


FORGED = [
    pytest.param("10.0.0.9", "203.0.113.{n}", id="from nobody we trust"),
    pytest.param("127.0.0.1", "203.0.113.{n}, 198.51.100.7", id="before what our proxy wrote"),
]


@pytest.mark.parametrize(("trusted", "forwarded"), FORGED)
def test_a_forged_address_buys_no_more_guesses(staged_url: str, trusted: str, forwarded: str) -> None:
    with serving(staged_url, FORWARDED_ALLOW_IPS=trusted) as url:
        answers = [_guess(url, forwarded.format(n=n)) for n in range(1, 22)]
    assert answers == [422] * 20 + [429]


def test_behind_our_own_proxy_everybody_has_guesses_of_their_own(staged_url: str) -> None:
    with serving(staged_url, FORWARDED_ALLOW_IPS="127.0.0.1") as url:
        answers = [_guess(url, f"203.0.113.{n}") for n in range(1, 23)]
    assert answers == [422] * 22


@contextmanager
def serving(database: str, **more: str) -> Iterator[str]:
    """A real server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    env = {**os.environ, **SAFE, "PORTAL_BASE_URL": url, "PORTAL_DATABASE": database, **more}
    command = [sys.executable, "-m", "portal", "serve", "--no-worker", "--port", port]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            answers_at(f"{url}/readyz", tries=200)
            yield url
        finally:
            server.terminate()
            server.wait(20)


def _guess(url: str, forwarded: str) -> int:
    """The answer to a guessed code that says to come from elsewhere."""
    with httpx2.Client(base_url=url, headers={"x-forwarded-for": forwarded, "origin": url}) as bo:
        found = re.search(r'name="csrf" value="([^"]+)"', bo.get("/sign-in/code/enter").text)
        assert found
        answer = bo.post("/sign-in/code/enter", data={"csrf": found[1], "code": "000000"})
        return int(answer.status_code)


def answers_at(address: str, tries: int) -> None:
    """Waits until the server answers at all, with whatever status."""
    for left in reversed(range(tries)):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError as answer:
            answer.close()
        except OSError:
            assert left, f"{address} does not answer"
            time.sleep(0.1)
            continue
        return


def test_the_demo_says_where_it_cannot_keep_its_data(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = terminal("demo", "--data-dir", tmp_path / "file")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("--data-dir: ")
    assert terminal("demo", "--business-date", "June").err.startswith("--business-date: A date is written like")


@pytest.mark.anyio
async def test_the_demo_starts_as_often_as_one_likes(staged_url: str, tmp_path: Path) -> None:
    links, settings = tmp_path / "links.json", Settings(staged_url, SECRET, business_date=TODAY)
    async with connected(staged_url):
        told = [await seed(settings, links) for _ in range(25)]
        assert all(each == told[0] for each in told), "the links of the first start are handed out again"
        assert oct(links.stat().st_mode & 0o777) == "0o600"
        await tables.InvitationRow.filter(loan__loan_no="JQ-2026-0001").update(ended_at=datetime.now(UTC))
        again = await seed(settings, links)
    changed = [line for line, before in zip(again, told[0], strict=True) if line != before]
    assert len(changed) == 1 and "JQ-2026-0001" in changed[0], "one that opens nothing any more is made anew"


@pytest.mark.anyio
async def test_the_demo_starts_for_all_others_where_somebody_was_sent_every_link_of_a_day(
    staged_url: str, tmp_path: Path
) -> None:
    links, settings = tmp_path / "links.json", Settings(staged_url, SECRET, business_date=TODAY)
    async with connected(staged_url):
        for _ in range(22):
            told = await seed(settings, links)
            await tables.InvitationRow.filter(loan__loan_no="JQ-2026-0001").update(ended_at=datetime.now(UTC))
    out = [line for line in told if "no new link" in line]
    assert len(out) == 1 and "JQ-2026-0001" in out[0] and "was sent 20 links within a day" in out[0]
    assert sum("/i/" in line for line in told) == 16


SENT = {
    "nothing": b"",
    "half a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-",
    "a second one by half": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n",
    "a body nobody asked for": b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
}


@pytest.mark.anyio
@pytest.mark.parametrize("sent", list(SENT))
async def test_what_is_sent_by_half_is_closed_and_what_is_whole_is_answered(
    sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_timeouts, "HEADERS_WITHIN_SECONDS", 0.2)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.4)
        await PlainTextResponse("ok")(scope, receive, send)

    config = uvicorn.Config(slow, log_config=None, timeout_keep_alive=1)
    state = ServerState()

    def connection() -> asyncio.Protocol:
        return request_timeouts.Impatient(config=config, server_state=state, app_state={})

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        lines = [await asyncio.open_connection(host, port) for _ in range(40)]
        for _, writer in lines:
            writer.write(SENT[sent])
        for reader, writer in lines:
            answer = await asyncio.wait_for(reader.read(), 5)
            assert answer.count(b"200 OK") == (sent in ("a second one by half", "a body nobody asked for"))
            writer.close()
            await writer.wait_closed()
    assert not state.connections
