"""Whoever walks away leaves nothing to be read, and whoever comes back finds what they typed."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Demo, follow
from tests.e2e.walk import OPEN_ALL, Crowd, loan_of, prove

XIAOMING = "JQ-2026-0001"
COVERED = "您离开了一会儿，先锁上了"


@pytest.fixture
def page(busy: Demo, crowd: Crowd) -> Iterator[Page]:
    """小明 at a plan of nine payments that is typed and not sent, half an hour ago."""
    with Crowd(crowd.browser, busy).page(XIAOMING, "zh-CN") as found:
        found.clock.install()
        found.goto(f"{loan_of(found, busy)}/plan?kind=plan")
        found.fill("#installments", "9")
        found.evaluate(OPEN_ALL)
        found.fill("[name=note]", "我病了")
        yield found


def long_ago(demo: Demo) -> None:
    """The server saw everybody last more than half an hour ago."""
    file = re.search(r"PORTAL_DATABASE='sqlite://([^']+)'", demo.printed)
    assert file
    with closing(sqlite3.connect(file[1])) as database, database:
        database.execute(
            "UPDATE session SET seen_at = ?", ((datetime.now(UTC) - timedelta(minutes=31)).isoformat(" "),)
        )


def test_a_page_that_was_left_open_covers_itself_and_gives_back_what_was_typed(busy: Demo, page: Page) -> None:
    page.clock.fast_forward("29:00")
    expect(page.locator("main")).to_be_visible()
    long_ago(busy)
    page.clock.fast_forward("02:00")
    expect(page.locator("#locked")).to_contain_text(COVERED)
    expect(page.locator("main")).not_to_be_visible()
    assert "3,413.12" not in page.locator("body").inner_text()
    follow(page, "#locked a")
    prove(page, busy, XIAOMING)
    assert page.input_value("#installments") == "9" and page.input_value("[name=note]") == "我病了"


def test_it_opens_by_itself_where_the_session_was_used_elsewhere(page: Page) -> None:
    page.clock.fast_forward("31:00")
    expect(page.locator("main")).to_be_visible()
    assert page.input_value("#installments") == "9" and page.input_value("[name=note]") == "我病了"


def test_without_a_line_it_stays_covered_and_says_why(busy: Demo, page: Page) -> None:
    page.route("**/*", lambda route: route.abort())
    page.clock.fast_forward("31:00")
    expect(page.locator("#gone")).to_be_visible()
    expect(page.locator("main")).not_to_be_visible()
    page.unroute("**/*")
    page.locator("#locked a").click()
    expect(page.locator("[name=note]")).to_have_value("我病了")
    expect(page.locator("#gone")).not_to_be_visible()


def test_who_leaves_in_a_hurry_leaves_nothing_behind_the_way_back(busy: Demo, page: Page) -> None:
    with page.expect_request("**/account/lock"):
        page.locator(".leave").click()
    page.wait_for_url("**/help/away")
    page.wait_for_timeout(500)
    page.go_back()
    expect(page.locator("h1")).to_have_text("请确认是您本人")
    assert "3,413.12" not in page.locator("body").inner_text()


def test_who_leaves_without_a_line_sees_an_empty_page_at_once(page: Page) -> None:
    page.context.set_offline(True)
    glass = page.context.new_cdp_session(page)  # Playwright itself would wait for an answer
    seen = "[getComputedStyle(document.body).display, document.title, sessionStorage.length].join()"
    seen = f"document.querySelector('.leave').click(); {seen}"
    assert glass.send("Runtime.evaluate", {"expression": seen})["result"]["value"] == "none,,0"
