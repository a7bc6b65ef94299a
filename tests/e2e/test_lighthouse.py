"""Lighthouse, as on a phone, has nothing to say about any kind of page that a borrower sees. Needs `npx`."""

import json
import os
import shutil
import subprocess

import pytest

from tests.browser_binary import chromium
from tests.e2e.walk import DIGITS, Crowd, doors

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not shutil.which("npx"), reason="Lighthouse comes through npx, which is not installed here"),
]

LIGHTHOUSE = "lighthouse@13.5.0"
CATEGORIES = ("performance", "accessibility", "best-practices")
NOT_THEIRS = ("/desk/sign-in", "/nothing-here", "/i/no-such-link")
TRIES = 3
"""Speed is measured, and a busy machine is slow: the best of so many counts."""


def scores(address: str, cookies: str) -> dict[str, float]:
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", "--output-path=stdout"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--extra-headers={json.dumps({'Cookie': cookies})}"]
    command += ["--chrome-flags=--headless=new --no-sandbox"]
    environment = {**os.environ, "CHROME_PATH": str(chromium())}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=180)
    if done.returncode:
        print(f"{address}: {done.stderr.strip()[-300:]}")
        return {}
    return {name: found["score"] for name, found in json.loads(done.stdout)["categories"].items()}


def best(address: str, cookies: str) -> dict[str, float]:
    found = dict.fromkeys(CATEGORIES, 0.0)
    for _ in range(TRIES):
        again = scores(address, cookies)
        found = {name: max(found[name], again.get(name) or 0) for name in CATEGORIES}
        if set(found.values()) == {1}:
            break
    return found


@pytest.mark.parametrize("who", ["", *DIGITS])
def test_every_kind_of_page_has_a_hundred_three_times(crowd: Crowd, who: str) -> None:
    """Each kind is looked at where the first of the cast sees it; many minutes, person by person.

    Whoever stands before the doors has no cookies; what is not there, and the desk's door, are no pages of a borrower.
    """
    paths = crowd.kinds().get(who, []) if who else [each for each in doors(crowd.demo) if each not in NOT_THEIRS]
    with crowd.page(who, "zh-CN") as page:
        page.goto(f"{crowd.demo.url}/")
        cookies = "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())
    found = {path: best(crowd.demo.url + path, cookies) for path in paths}
    less = {path: marks for path, marks in found.items() if set(marks.values()) != {1}}
    assert not less, json.dumps(less, indent=1)
