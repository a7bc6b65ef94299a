"""On the twenty pages that matter most nothing has moved, grown or gone since somebody last looked at them."""

import json
from typing import Any

import pytest

from tests.e2e.boxes import FILE, PAGES, SCREENS, Boxes, boxes, letters
from tests.e2e.walk import Crowd

KEPT: dict[str, Any] = json.loads(FILE.read_text())
# Across a page nothing depends on letters; down it every line adds what the machine's letters differ by.
ACROSS, DOWN, SHARE = 3, 8, 0.04


def moved(before: Boxes, now: Boxes) -> list[str]:
    if [each[0] for each in before] != [each[0] for each in now]:
        return [f"{[each[0] for each in before]} became {[each[0] for each in now]}"]
    return [f"{was} became {is_now}" for was, is_now in zip(before, now, strict=True) if _differ(was, is_now)]


def _differ(was: list[str | int], now: list[str | int]) -> bool:
    left, top, width, height = (abs(int(b) - int(a)) for a, b in zip(was[1:], now[1:], strict=True))
    down = (DOWN + SHARE * int(was[n]) for n in (2, 4))
    return max(left, width) > ACROSS or any(off > most for off, most in zip((top, height), down, strict=True))


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_has_moved(crowd: Crowd, screen: str) -> None:
    """Where a page was changed on purpose and looked at: `python -m tests.e2e.boxes`."""
    if letters(crowd) != KEPT["letters"]:
        pytest.skip("this machine has other letters than the one where the boxes were written down")
    found = {name: moved(KEPT[f"{name}, {screen}"], boxes(crowd, shown, screen)) for name, shown in PAGES.items()}
    assert not {name: said for name, said in found.items() if said}, found


def test_what_moves_is_seen() -> None:
    before: Boxes = [["h1", 16, 100, 328, 32]]
    assert not moved(before, [["h1", 17, 108, 330, 30]])
    assert moved(before, [["h1", 24, 100, 328, 32]])
    assert moved(before, [["h1", 16, 100, 328, 64]])
    assert moved(before, [["h1", 16, 100, 328, 32], ["p", 0, 0, 1, 1]])
