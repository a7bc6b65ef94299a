"""Nobody has to tap or type more than this for what they came for: with a thumb, with a keyboard, without script.

How long pages take is measured by bench/journeys.py and never asserted.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import running
from tests.e2e.journeys import JOURNEYS, WAYS, walked
from tests.e2e.walk import Crowd

# At a second a tap and a fifth of one a key, the waiting left out; nothing here depends on the machine.
MOST_SECONDS = 90
# The most taps, and the most fields that are filled in.
MOST = {
    "see why I owe what I owe": (3, 0),
    "find a plan I can pay, and send it": (10, 8),
    "accept a counter": (2, 0),
    "report a problem": (5, 1),
    "leave in a hurry": (1, 0),
}


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def street(way: str, browser: Browser, staged: Callable[[], Path]) -> Iterator[Crowd]:
    """A demo for each way, for a plan can be sent only once."""
    with running(staged()) as demo:
        yield Crowd(browser, demo)


@pytest.mark.parametrize("journey", JOURNEYS)
def test_what_people_come_for_is_a_few_taps_away(street: Crowd, way: str, journey: str) -> None:
    hand = walked(street, journey, way)
    most_taps, most_fields = MOST[journey]
    assert hand.taps <= most_taps and hand.fields <= most_fields, (hand.taps, hand.fields)
    assert hand.seconds <= MOST_SECONDS, hand.seconds
