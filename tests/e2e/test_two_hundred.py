"""Two hundred proposals answered at machine pace: by keys alone, and by forms alone where there is no script."""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from portal.commands.seed import SEED_PASSWORD
from tests.e2e.conftest import ROOT, Demo, running
from tests.e2e.two_hundred import is_within

WIDE = {"width": 1280, "height": 720}
NUMBER = re.compile(r"KB-2026-(\d{4})")


def test_ten_are_answered_by_keys_alone(browser: Browser, staged: Callable[[], Path]) -> None:
    _answers_all(browser, staged(), 10, True)


@pytest.mark.proof
@pytest.mark.parametrize("script", [True, False])
def test_two_hundred_are_answered_by_keys_or_without_a_script(
    browser: Browser, staged: Callable[[], Path], script: bool
) -> None:
    _answers_all(browser, staged(), 200, script)


def _answers_all(browser: Browser, folder: Path, many: int, script: bool) -> None:
    """Each is answered once, as its number says, and the next of the list comes by itself."""
    with running(folder) as demo:
        _are_asked(demo, many)
        with _at_the_desk(browser, demo, script) as page:
            began, done = time.monotonic(), Counter[str]()
            page.goto(f"{demo.url}/desk?queue=answer&sort=asked")
            Hand(page, script).goes("j", "Enter") if script else page.locator("[data-row]").first.click()
            while True:
                onward, found = page.locator("[data-key=n]").count(), NUMBER.search(page.locator("h1").inner_text())
                if found:
                    done[_answer(Hand(page, script), int(found[1]))] += 1
                elif onward:
                    Hand(page, script).leads("n")
                if not onward:
                    break
        print(f"{many} in {time.monotonic() - began:.0f} s: {dict(done)}")
        told = Counter(each["type"] for each in demo.events() if str(each["loan_no"]).startswith("KB-"))
    assert sum(done.values()) == many
    assert told["proposal.accepted"] == done["accept"] + done["accept all the same"]
    assert told["proposal.countered"] == done["another plan"] + done["the nearest yes"]
    assert told["proposal.declined"] == done["decline"]


class Hand:
    """Presses keys, or where there is no script what the keys would have pressed."""

    def __init__(self, page: Page, script: bool) -> None:
        self.page, self.script = page, script

    def goes(self, *keys: str) -> None:
        """The last of the keys leads to another page."""
        for key in keys[:-1]:
            self.page.keyboard.press(key)
        with self.page.expect_navigation():
            self.page.keyboard.press(keys[-1])

    def leads(self, key: str) -> None:
        if self.script:
            return self.goes(key)
        with self.page.expect_navigation():
            self.page.locator(f"[data-key={key}]").first.click()


def _answer(hand: Hand, number: int) -> str:
    """What is inside the policy takes one key, what is beyond it two; declining three; another plan two and a field."""
    page = hand.page
    if is_within(number):
        hand.leads("a")
        return "accept"
    if number % 5 == 2 and number % 2:
        hand.leads("a")
        assert "?" in page.locator(".answers").inner_text()
        hand.leads("a")
        return "accept all the same"
    if number % 5 == 2:
        hand.leads("y")
        return "the nearest yes"
    if number % 5 == 3:
        _counters(hand)
        return "another plan"
    _declines(hand)
    return "decline"


def _counters(hand: Hand) -> None:
    page = hand.page
    hand.leads("c")
    page.locator("#installments").fill("8")
    if hand.script:
        page.locator("#preview").get_by_text("315.5").first.wait_for()
        return hand.goes("Control+Enter")
    with page.expect_navigation():
        page.locator("button[name=show]").click()
    hand.leads("send")


def _declines(hand: Hand) -> None:
    if hand.script:
        return hand.goes("d", "Space", "Enter")
    page = hand.page
    page.locator("summary[data-key=d]").click()
    page.locator("input[name=reason]").first.check()
    with page.expect_navigation():
        page.locator("form[action$='/decline'] button").first.click()


def _are_asked(demo: Demo, many: int) -> None:
    printed = re.search(r"PORTAL_DATABASE='(\S+)' PORTAL_SECRET='(\S+)'", demo.printed)
    assert printed
    env = {"PORTAL_DATABASE": printed[1], "PORTAL_SECRET": printed[2], "MANY": str(many), "PATH": os.defpath}
    subprocess.run([sys.executable, "-m", "tests.e2e.two_hundred"], cwd=ROOT, env=env, check=True)


@contextmanager
def _at_the_desk(browser: Browser, demo: Demo, script: bool) -> Iterator[Page]:
    context = browser.new_context(locale="en", viewport=WIDE, java_script_enabled=script)
    page = context.new_page()
    page.goto(f"{demo.url}/desk/sign-in")
    page.locator("#email").fill("rui@jq.example")
    page.locator("#password").fill(SEED_PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    yield page
    context.close()
