"""What an operator reads of each request, and what must not be there to be read: a real server, and all it wrote."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from portal.web.static import StaticFiles
from tests.commands.test_server import SAFE, answers_at

CANARY = "a-link-that-nobody-was-given-0123456789_abc"
PHONE = "13912345678"
LINE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z INFO portal\.request "
    r"id=(?P<id>[a-z2-7]{16}) (?P<told>method=[A-Z]+ route=\S+ status=[0-9]{3}) ms=[0-9]+"
)


@dataclass(frozen=True)
class Evening:
    """What was asked of the server with the answer, in order, and all that it wrote."""

    answers: list[httpx2.Response]
    log: str

    @property
    def lines(self) -> list[re.Match[str]]:
        return [found for line in self.log.splitlines() if (found := LINE.fullmatch(line))]


@pytest.fixture(scope="module")
def evening(staged_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Evening:
    """Links, queries with a number, a file, an address that is nowhere; then the table of links is gone."""
    path = shutil.copy(staged_file, tmp_path_factory.mktemp("evening") / "portal.db")
    with _server(f"sqlite://{path}") as (server, url), httpx2.Client(base_url=url) as bo:
        answers = [
            bo.get(f"/i/{CANARY}"),
            bo.get(f"/desk/activate/{CANARY}", headers={"x-request-id": "chosen-by-the-caller"}),
            bo.get("/sign-in", params={"next": "/loans", "phone": PHONE}),
            bo.get(StaticFiles().url("portal.css")),
            bo.get(f"/nowhere/{CANARY}"),
            bo.post("/sign-in", data={"phone": PHONE, "password": CANARY}),
            bo.get(f"/api/v1/{CANARY}"),
        ]
        with sqlite3.connect(path) as database:
            database.execute("ALTER TABLE invitation RENAME TO elsewhere")
        database.close()
        chinese = {"accept-language": "zh-CN"}
        answers += [bo.get(f"/i/{CANARY}", headers=chinese, params={"phone": PHONE}), httpx2.get(f"{url}/help/words")]
        server.terminate()
        log, _ = server.communicate(timeout=20)
    return Evening(answers, log)


def test_each_request_is_one_line_with_time_id_route_status_and_ms(evening: Evening) -> None:
    told = {found["id"]: found["told"] for found in evening.lines}
    assert [told.pop(answer.headers["x-request-id"]) for answer in evening.answers] == [
        "method=GET route=invitation status=404",
        "method=GET route=desk_activate status=410",
        "method=GET route=sign_in status=200",
        "method=GET route=static status=200",
        "method=GET route=- status=404",
        "method=POST route=sign_in status=403",
        "method=GET route=- status=404",
        "method=GET route=invitation status=500",
        "method=GET route=help status=200",
    ]
    assert list(told.values()) == ["method=GET route=readyz status=200"]
    assert evening.log.count("portal.request") == len(evening.lines) == len(evening.answers) + 1


def test_no_id_is_one_that_a_caller_chose(evening: Evening) -> None:
    ids = [answer.headers["x-request-id"] for answer in evening.answers]
    assert len(set(ids)) == len(ids) and "chosen-by-the-caller" not in "".join(ids) + evening.log


def test_no_link_no_number_and_nothing_typed_is_in_what_the_server_wrote(evening: Evening) -> None:
    assert "Uvicorn running" in evening.log
    assert CANARY not in evening.log and PHONE not in evening.log


def test_the_trace_of_what_broke_carries_the_id_that_the_page_tells_to_quote(evening: Evening) -> None:
    broken = evening.answers[-2]
    number = broken.headers["x-request-id"]
    assert broken.status_code == 500 and "联系我们时，请提供这个编号" in broken.text
    shown = re.search(r'<b class="code"><span class="copy">(.*?)</span></b>', broken.text)
    assert shown and re.sub("<.*?>", "", shown[1]) == number
    assert f" ERROR uvicorn.error id={number} Exception in ASGI application\nTraceback" in evening.log.replace(
        "  +", ""
    )
    assert "Traceback" in evening.log and "no such table: invitation" in evening.log


def test_a_machine_reads_the_id_in_the_problem(evening: Evening) -> None:
    answer = evening.answers[6]
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_where_json_is_asked_for_every_line_is_one_object(staged_file: Path, tmp_path: Path) -> None:
    path = shutil.copy(staged_file, tmp_path / "portal.db")
    with _server(f"sqlite://{path}", PORTAL_LOG="json") as (server, url), httpx2.Client(base_url=url) as bo:
        fine = bo.get("/help/words")
        with sqlite3.connect(path) as database:
            database.execute("ALTER TABLE invitation RENAME TO elsewhere")
        database.close()
        broken = bo.get(f"/i/{CANARY}", params={"phone": PHONE})
        server.terminate()
        log, _ = server.communicate(timeout=20)
    told = [json.loads(line) for line in log.splitlines()]
    assert all({"time", "level", "logger"} <= set(each) for each in told)
    assert "Uvicorn running" in "".join(each.get("message", "") for each in told)
    (page,) = [each for each in told if each.get("id") == fine.headers["x-request-id"]]
    assert page.items() >= {"method": "GET", "route": "help", "status": 200}.items()
    assert "message" not in page and isinstance(page["ms"], int)
    (fault,) = [each for each in told if each["level"] == "ERROR"]
    assert fault["id"] == broken.headers["x-request-id"] and "no such table: invitation" in fault["trace"]
    assert CANARY not in log and PHONE not in log


@contextmanager
def _server(database: str, **more: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    env |= {**SAFE, "PORTAL_DATABASE": database, **more}
    command = [sys.executable, "-m", "portal", "serve", "--port", port]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            answers_at(f"http://127.0.0.1:{port}/readyz", tries=200)
            yield server, f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
