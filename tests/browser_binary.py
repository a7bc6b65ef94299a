"""Finds the Chromium to test with. `python -m tests.browser_binary` prints its path, or says what to do."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

# The shell draws the same pages without a window to draw them in, in half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = """No Chromium was found. One of these helps:
  apt-get install chromium-headless-shell fonts-noto-cjk    Debian, as root
  .venv/bin/playwright install chromium                     anywhere, without root
  PORTAL_CHROMIUM=/path/to/chromium                         one you have already"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """What pytest-playwright starts its browser with."""
    found = chromium()
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    return browser_type_launch_args | {"executable_path": str(found), "args": ARGUMENTS}


def chromium() -> Path | None:
    """PORTAL_CHROMIUM, else the system's, else the newest that Playwright has installed for this user."""
    if told := os.environ.get("PORTAL_CHROMIUM"):
        return Path(told) if os.access(told, os.X_OK) else None
    for name in NAMES:
        if path := shutil.which(name):
            return Path(path)
    return max(_cache().glob("chromium-*/chrome-linux*/chrome"), key=os.path.getmtime, default=None)


def _cache() -> Path:
    told = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    return Path(told) if told else Path.home() / ".cache" / "ms-playwright"


if __name__ == "__main__":
    print(chromium() or sys.exit(MISSING))
