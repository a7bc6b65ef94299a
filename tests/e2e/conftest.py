"""The product itself, running: the demo on a port of its own, and what it printed."""

import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page

if TYPE_CHECKING:
    from tests.e2e.walk import Crowd

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Demo:
    url: str
    printed: str
    log: Path

    def link(self, loan_no: str) -> str:
        found = re.search(rf"{loan_no}\s+(\S+/i/\S+)", self.printed)
        assert found, self.printed
        return found[1]

    def messages(self, phone: str) -> list[str]:
        """What was sent to a phone so far, the newest last."""
        return re.findall(rf"^SMS to {re.escape(phone)}: (.*)$", self.log.read_text(), re.M)

    def events(self) -> list[dict[str, Any]]:
        """What happened at the first lender, in the order in which its systems are told."""
        file = re.search(r"PORTAL_DATABASE='sqlite://([^']+)'", self.printed)
        assert file
        with closing(sqlite3.connect(f"file:{file[1]}?mode=ro", uri=True)) as database:
            told = [json.loads(body) for (body,) in database.execute("SELECT body FROM event ORDER BY feed")]
        return [each for each in told if each["lender"] == "jq"]

    def command(self, *asked: str, today: str = "") -> str:
        """What `python -m portal` answers of the demo's own data, on another business day where one is named."""
        printed = re.search(r"PORTAL_DATABASE='(\S+)' PORTAL_SECRET='(\S+)'", self.printed)
        assert printed
        env = {"PORTAL_DATABASE": printed[1], "PORTAL_SECRET": printed[2], "PORTAL_BUSINESS_DATE": today, "PATH": ""}
        whole = [sys.executable, "-m", "portal", *asked]
        return subprocess.run(whole, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout


def follow(page: Page, what: str) -> None:
    """Clicks what leads on, and is back when the next page is there, also one at the same address."""
    with page.expect_navigation():
        page.locator(what).first.click()


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Gives folders, each with the data of a demo that nobody has touched: a copy is there sooner than another one."""
    first = tmp_path_factory.mktemp("first")
    with running(first):
        pass
    return lambda: Path(shutil.copytree(first, tmp_path_factory.mktemp("demo"), dirs_exist_ok=True))


@pytest.fixture
def demo(staged: Callable[[], Path]) -> Iterator[Demo]:
    with running(staged()) as found:
        yield found


@pytest.fixture(scope="session")
def still(staged: Callable[[], Path]) -> Iterator[Demo]:
    """A demo that is only looked at: one serves everybody who changes nothing."""
    with running(staged()) as found:
        yield found


@pytest.fixture(scope="session")
def crowd(browser: Browser, still: Demo) -> "Crowd":
    """Everybody, looking."""
    from tests.e2e.walk import Crowd  # which imports this module

    return Crowd(browser, still)


@pytest.fixture(scope="module")
def busy(staged: Callable[[], Path]) -> Iterator[Demo]:
    """A demo in which each test of a module acts as somebody of its own."""
    with running(staged()) as found:
        yield found


@contextmanager
def running(folder: Path, *more: str) -> Iterator[Demo]:
    """The demo with its data in `folder`, until the block ends; it may run there on two business days at once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / f"demo-{port}.log"
    # Without a worker: what a night brings is run by the tests, on the day they say.
    given = ["--no-worker", "--port", str(port), "--data-dir", str(folder / "data"), *more]
    command = [sys.executable, "-m", "portal", "demo", *given]
    with log.open("w") as out, subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out) as server:
        try:
            _wait(f"http://127.0.0.1:{port}/healthz", log)
            yield Demo(f"http://127.0.0.1:{port}", log.read_text(), log)
        finally:
            server.terminate()
            server.wait(10)


def _wait(url: str, log: Path) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=1)
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(log.read_text())
