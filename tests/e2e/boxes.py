"""Where the elements stand on the twenty pages that matter most: `python -m tests.e2e.boxes` writes down how it is now.

Boxes, not pixels: a letter may be drawn otherwise on another machine, but nothing may move, grow or go.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from playwright.sync_api import sync_playwright

from tests.browser_binary import ARGUMENTS, chromium
from tests.e2e.conftest import running
from tests.e2e.walk import DESK, Crowd, address

FILE = Path(__file__).with_name("boxes.json")
SCREENS = {"360": ("zh-CN", {"width": 360, "height": 740}), "1280": ("en", {"width": 1280, "height": 900})}
XIAOMING, LIU_YANG, ZHOU_MIN, SUN_HAO, ZHU_LIN, GUO_TAO, HE_JING = (
    f"JQ-2026-{no:04}" for no in (1, 5, 6, 9, 10, 16, 17)
)
NAMED = "header, nav.bar, main, h1, h2, .amount, .status, .notice, .panel, .card, .field, .button, table, details, svg"
ELEMENTS = """named => [...document.querySelectorAll(named + ', footer')]
    .filter(each => each.checkVisibility())
    .map(each => [[each.tagName.toLowerCase(), each.classList[0]], each.getBoundingClientRect()])
    .map(([names, box]) => [names.filter(Boolean).join('.'), box.x, box.y + scrollY, box.width, box.height])
    .map(([name, ...box]) => [name, ...box.map(Math.round)])"""
LETTERS = """() => {
    const line = document.createElement('span');
    line.textContent = '还款方案，逾期三期 Repayment plan, 3,413.12';
    line.style.whiteSpace = 'nowrap';
    document.body.append(line);
    return Math.round(line.getBoundingClientRect().width);
}"""
Boxes = list[list[str | int]]


class Shown(NamedTuple):
    """`path` as `walk.address` reads it."""

    who: str
    path: str


PAGES = {
    "home": Shown("", "/"),
    "sign in": Shown("", "/sign-in"),
    "the link": Shown("", f"link {HE_JING}"),
    "false collectors": Shown("", "/help/false-collectors"),
    "loans": Shown(LIU_YANG, "/loans"),
    "loan": Shown(XIAOMING, "loan"),
    "penalties": Shown(XIAOMING, "loan/penalties"),
    "why": Shown(XIAOMING, "loan/why"),
    "terms": Shown(XIAOMING, "loan/terms"),
    "looking ahead": Shown(XIAOMING, "loan/ahead"),
    "plan": Shown(XIAOMING, "loan/plan?kind=plan"),
    "afford": Shown(XIAOMING, "loan/plan/afford"),
    "pay": Shown(XIAOMING, "loan/pay"),
    "something is wrong": Shown(XIAOMING, "loan/problem"),
    "account": Shown(XIAOMING, "/account"),
    "sent": Shown(ZHOU_MIN, "proposal"),
    "countered": Shown(SUN_HAO, "proposal"),
    "accepted": Shown(ZHU_LIN, "proposal"),
    "running": Shown(GUO_TAO, "proposal"),
    "desk": Shown(DESK, "/desk"),
}


def boxes(crowd: Crowd, shown: Shown, screen: str) -> Boxes:
    """Name, left, top, width and height of each element, in whole pixels."""
    language, viewport = SCREENS[screen]
    with crowd.page(shown.who, language, viewport=viewport) as page:
        page.goto(address(page, crowd.demo, shown.path))
        page.evaluate("document.fonts.ready")
        found: Boxes = page.evaluate(ELEMENTS, NAMED)
        return found


def letters(crowd: Crowd) -> int:
    """How wide one line is here: where it is another, the machine has other letters, and boxes say nothing."""
    with crowd.page("", "zh-CN") as page:
        page.goto(f"{crowd.demo.url}/")
        found: int = page.evaluate(LETTERS)
        return found


def main() -> None:
    with TemporaryDirectory() as data, running(Path(data)) as demo, sync_playwright() as playwright:
        crowd = Crowd(playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS), demo)
        kept = {f"{name}, {screen}": boxes(crowd, shown, screen) for name, shown in PAGES.items() for screen in SCREENS}
        width = letters(crowd)
        crowd.browser.close()
    lines = [f' "letters": {width}', *(f" {json.dumps(name)}: {json.dumps(found)}" for name, found in kept.items())]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
