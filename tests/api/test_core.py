"""examples/core/, the lender's core in small, on a generated client beside a real server of the demo."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
HOLDS = (": collection paused", ": the hold is over")
PAID = {"loan_no": "JQ-2026-0001", "id": "P-9", "received_on": "2026-06-12", "amount": "500.00"}


@dataclass(frozen=True)
class Demo:
    url: str
    folder: Path
    environment: dict[str, str]

    def portal(self, *words: str) -> str:
        return self._run([sys.executable, "-m", "portal", *words]).stdout

    def key(self, *words: str) -> str:
        return self.portal("key", "add", "--lender", "jq", *words).strip()

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.portal("events", "--lender", "jq", "--json").splitlines()]

    def _run(self, command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **more}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`python -m portal demo` in a process of its own, and its settings as it prints them."""
    tmp_path = tmp_path_factory.mktemp("demo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    words = [sys.executable, "-m", "portal", "demo", "--port", str(port), "--data-dir", str(tmp_path)]
    said = tmp_path / "said"
    with said.open("w") as out, subprocess.Popen(words, cwd=ROOT, env=clean, stdout=out, stderr=out) as server:
        try:
            _answers(f"http://127.0.0.1:{port}/api/v1/openapi.json")
            settings = dict(re.findall(r"(PORTAL_\w+)='([^']*)'", said.read_text()))
            yield Demo(f"http://127.0.0.1:{port}", tmp_path, {**clean, **settings})
        finally:
            server.terminate()
            server.wait(20)


def _answers(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


class Terminal:
    """The core as somebody starts it, with what it says."""

    def __init__(self, portal: Any, books: Any) -> None:
        from core.core import Core

        self.said: list[str] = []
        self.books = books
        self.core = Core(portal, books, say=self.said.append)

    def pulls(self) -> list[str]:
        self.said.clear()
        self.core.pull()
        return list(self.said)


Starts = Callable[[str, Path, str], Terminal]


@pytest.fixture
def starts(example_core: None) -> Iterator[Starts]:
    from core.books import Books
    from core.connection import Portal

    with ExitStack() as stack:

        def start(url: str, file: Path, key: str) -> Terminal:
            return Terminal(*(stack.enter_context(closing(each)) for each in (Portal(url, key, waits=()), Books(file))))

        yield start


def test_the_core_books_what_was_agreed_tells_of_payments_and_goes_on_where_it_stopped(
    demo: Demo, starts: Starts
) -> None:
    terminal = starts(demo.url, demo.folder / "core.sqlite3", demo.key())
    assert terminal.core.pay([PAID]) == {"payments": 1, "added": 1, "repeated": 0}
    first = terminal.pulls()
    # 马超's plan waits for the core; 郭涛's and 何静's are booked under numbers of its own already.
    assert len([line for line in first if line.endswith("already settled otherwise")]) == 2
    (booking,) = (line for line in first if "booked as CORE-" in line)
    assert booking.endswith(", active")
    assert len([line for line in first if line.endswith(HOLDS)]) == len(first) - 3
    events = demo.events()
    types = [event["type"] for event in events]
    assert (types.count("plan.activated"), types.count("payment.received")) == (3, 2)

    # From where it stopped nothing is left to do; by another core, from the beginning, nothing is done twice.
    assert terminal.core.pay([PAID])["repeated"] == 1 and terminal.pulls() == []
    another = starts(demo.url, demo.folder / "another.sqlite3", demo.key())
    assert sorted(line for line in another.pulls() if not line.endswith(HOLDS)) == sorted(
        line for line in first if not line.endswith(HOLDS)
    )
    assert len(demo.events()) == len(events) + 1, "the second key, and nothing else"

    # 100.00 of before 马超's plan, which took in 2,243.95: somebody has to look at what is booked for it.
    early = {**PAID, "loan_no": "JQ-2026-0011", "amount": "100.00", "received_on": "2026-06-13", "id": "P-10"}
    terminal.core.pay([early])
    why = "its plan took in 2243.95, and 2143.95 was owed on 2026-06-14"
    assert terminal.pulls() == [f"JQ-2026-0011: {why}; to be looked at"]
    assert terminal.books.to_look_at == [("JQ-2026-0011", why)]


def test_what_was_lost_or_altered_on_the_way_is_found_by_the_signed_statement_and_read_again(
    demo: Demo, starts: Starts
) -> None:
    from core.reconcile import NotSigned, check_signature, reconcile

    terminal = starts(demo.url, demo.folder / "third.sqlite3", demo.key())
    assert (
        reconcile(terminal.core) == [] and reconcile(terminal.core, key=demo.portal("key", "statement").strip()) == []
    )
    with terminal.books.act():
        # 陈芳's last event never came, and one of 郭涛's came otherwise.
        terminal.books._database.execute(
            "DELETE FROM event WHERE name = 'JQ-2026-0004' AND seq = "
            "(SELECT max(seq) FROM event WHERE name = 'JQ-2026-0004')"
        )
        terminal.books._database.execute(
            "UPDATE event SET body = replace(body, 'CNY', 'USD') WHERE name = 'JQ-2026-0016' AND seq = 2"
        )
    assert reconcile(terminal.core) == ["JQ-2026-0004", "JQ-2026-0016"]
    assert reconcile(terminal.core) == []
    assert [loan_no for loan_no, _ in terminal.books.to_look_at][-1] == "JQ-2026-0016"
    statement = terminal.core.portal.ask("events.get_statement")
    with pytest.raises(NotSigned):
        check_signature({**statement, "events": 1})
    with pytest.raises(NotSigned):
        check_signature(statement, key="another")


def test_it_asks_before_a_call_and_tells_what_came_of_it(demo: Demo, starts: Starts) -> None:
    """小明 is overdue; whether it is day or night here, the answer says so, and a stranger's letter goes nowhere."""
    core = starts(demo.url, demo.folder / "calls.sqlite3", demo.key()).core
    said = core.may_contact("JQ-2026-0001", "call")
    assert said["allowed"] or (said["reason"], said["allowed_from"] is None) == ("hours", False)
    refused = core.may_contact("JQ-2026-0001", "visit")
    assert (refused["allowed"], refused["reason"]) in ((False, "hours"), (False, "no_appointment"))
    told = core.was_contacted(refused["contact"], "nobody_there")
    assert (told["outcome"], told["against"]) == ("nobody_there", True)


def test_what_the_portal_refuses_the_core_says_and_stops(demo: Demo, starts: Starts, generated_client: str) -> None:
    from core.connection import Refused, Unreachable

    key = demo.key("--purpose", "payments")
    for secret, problem in ((key, "403 purpose"), ("rp_guessed", "401 key")):
        with pytest.raises(Refused, match=problem):
            starts(demo.url, demo.folder / "none.sqlite3", secret).core.pull()
    with pytest.raises(Refused, match="422 rows"):
        starts(demo.url, demo.folder / "none.sqlite3", key).core.pay([{**PAID, "loan_no": "JQ-2026-9999"}])
    with pytest.raises(Unreachable, match="is not the portal's"):
        starts(f"{demo.url}/elsewhere", demo.folder / "none.sqlite3", key).core.pull()
    with pytest.raises(Unreachable):
        starts("http://127.0.0.1:9", demo.folder / "none.sqlite3", key).core.pull()
    client = Path(sys.modules[generated_client].__file__ or "").parents[1]
    said = subprocess.run(
        [sys.executable, "-m", "core", "--books", str(demo.folder / "none.sqlite3"), "--url", demo.url, "follow"],
        env={**demo.environment, "PORTAL_KEY": key, "PYTHONPATH": f"{client}{os.pathsep}{EXAMPLES}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.returncode == 1 and "403 purpose" in said.stderr and "Traceback" not in said.stderr
