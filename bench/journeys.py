"""Five journeys in three ways: what somebody has to tap, fill in and type for what they came for.

    .venv/bin/python bench/journeys.py

A real browser walks them through a demo of its own, one for each way, as tests/e2e/journeys.py tells them. The seconds
are those of a hand at a machine's pace and are not measured with a clock: one for each tap, 0.2 for each key, Tab
included; what is read, scrolled and waited for is left out. So a run says the same on every machine.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser_binary import ARGUMENTS, MISSING, chromium
from tests.e2e.conftest import running
from tests.e2e.journeys import JOURNEYS, WAYS, Hand, walked
from tests.e2e.walk import Crowd

WANTED = {"see why I owe what I owe": "3 taps", "find a plan I can pay, and send it": "8 fields, 90 s"}


def main() -> None:
    found = {way: walk_all(way) for way in WAYS}
    print(f"{'':36}{'way':11}{'taps':>5}{'fields':>8}{'keys':>6}{'seconds':>9}  at most wanted")
    for journey in JOURNEYS:
        for way, hands in found.items():
            hand = hands[journey]
            name, wanted = (journey, WANTED.get(journey, "")) if way == next(iter(WAYS)) else ("", "")
            line = f"{name:36}{way:11}{hand.taps:5}{hand.fields:8}{hand.keys:6}{hand.seconds:9.1f}  {wanted}"
            print(line.rstrip())


def walk_all(way: str) -> dict[str, Hand]:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium() or sys.exit(MISSING), args=ARGUMENTS)
        crowd = Crowd(browser, demo)
        hands = {journey: walked(crowd, journey, way) for journey in JOURNEYS}
        browser.close()
    return hands


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
