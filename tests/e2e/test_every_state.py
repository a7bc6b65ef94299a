"""Every state of a page that no link leads to, looked at as every page is; a file of its own, for its length."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.states import states
from tests.e2e.test_every_page import ColorScheme, wrong_with

STATES = (("zh-CN", "light"), pytest.param("en", "dark", marks=pytest.mark.proof))


@pytest.mark.parametrize(("language", "scheme"), STATES)
def test_what_no_link_leads_to_can_be_seen_heard_and_hit_as_well(
    browser: Browser, staged: Callable[[], Path], language: str, scheme: ColorScheme
) -> None:
    found = []
    for state, page in states(browser, staged(), language, color_scheme=scheme):
        found += [f"{state.name}, {each}" for each in wrong_with(page, page.url)]
    assert not found, "\n".join(found)
