"""examples/core.py, the lender's core in small, beside a real server of the demo."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOLDS = (": collection paused", ": its hold is over")
PAID = {"loan_no": "JQ-2026-0001", "id": "P-9", "received_on": "2026-06-12", "amount": "500.00"}


@dataclass(frozen=True)
class Demo:
    url: str
    folder: Path
    environment: dict[str, str]

    def portal(self, *words: str) -> str:
        return self._run([sys.executable, "-m", "portal", *words]).stdout

    def core(self, key: str, *words: str) -> subprocess.CompletedProcess[str]:
        script = [sys.executable, "examples/core.py", "--url", self.url, "--cursor", str(self.folder / "cursor")]
        return self._run([*script, *words], PORTAL_KEY=key)

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


def test_the_core_books_what_was_agreed_tells_of_payments_and_goes_on_where_it_stopped(demo: Demo) -> None:
    key = demo.portal("key", "add", "--lender", "jq").strip()
    payments = demo.folder / "payments.jsonl"
    payments.write_text(json.dumps(PAID) + "\n")

    first = demo.core(key, "--payments", str(payments))
    assert (first.returncode, first.stderr) == (0, "")
    told, *booked = first.stdout.splitlines()
    assert told == "1 payments told: 1 new, 0 known"
    # 马超's plan waits for the core; 郭涛's and 何静's are booked under numbers of its own already.
    *others, booking = sorted(booked, key=lambda line: "booked" in line)
    known = [line for line in others if not line.endswith(HOLDS)]
    assert known == ["JQ-2026-0016: already settled otherwise", "JQ-2026-0017: already settled otherwise"]
    assert booking.startswith("JQ-2026-0011: booked as CORE-") and booking.endswith(", active")

    events = demo.events()
    types = [event["type"] for event in events]
    assert (types.count("plan.activated"), types.count("payment.received")) == (3, 2)

    # From where it stopped nothing is left to do; from the beginning nothing is done twice.
    again = demo.core(key, "--payments", str(payments))
    assert again.stdout == "1 payments told: 0 new, 1 known\n"
    (demo.folder / "cursor").unlink()
    last_told = demo.core(key).stdout.splitlines()
    assert [line for line in last_told if not line.endswith(HOLDS)] == [
        each for each in booked if not each.endswith(HOLDS)
    ]
    assert len(demo.events()) == len(events)

    # 100.00 of before 马超's plan, which took in 2,243.95: somebody has to look at what is booked for it.
    early = {**PAID, "loan_no": "JQ-2026-0011", "amount": "100.00", "received_on": "2026-06-13", "id": "P-10"}
    payments.write_text(json.dumps(early) + "\n")
    last = demo.core(key, "--payments", str(payments)).stdout.splitlines()[-1]
    assert last == "JQ-2026-0011: its plan took in 2243.95, and 2143.95 was owed on 2026-06-14; to be looked at"


def test_what_the_portal_refuses_the_core_says_and_stops(demo: Demo) -> None:
    key = demo.portal("key", "add", "--lender", "jq", "--purpose", "payments").strip()
    payments = demo.folder / "payments.jsonl"
    payments.write_text(json.dumps({**PAID, "loan_no": "JQ-2026-9999"}) + "\n")
    unknown = demo.core(key, "--payments", str(payments))
    assert unknown.returncode == 1 and "JQ-2026-9999" in unknown.stderr and "422 rows" in unknown.stderr
    assert "403 purpose" in demo.core(key).stderr
    assert "401 key" in demo.core("rp_guessed").stderr
    assert "PORTAL_KEY" in demo.core("").stderr
    astray = demo.core(key, "--url", f"{demo.url}/elsewhere")  # the last of two counts; a page answers
    assert astray.returncode == 1 and "404" in astray.stderr and "Traceback" not in astray.stderr
