"""What a person comes for, each journey told once, done with a thumb or with nothing but keys, and counted.

Nobody is timed: what a hand at a machine's pace would take is worked out from what it did, a second for each tap, for a
tap has to be found first, and 200 ms for each key. Scrolling is not counted, and neither is waiting for a page.
"""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.walk import Crowd

SECONDS_A_TAP, SECONDS_A_KEY = 1.0, 0.2
MOST_TABS = 200
A_MONTH = {"income": "6000", "home": "2500", "food": "1500", "debts": "800"}
WORDS = "昨晚十一点还有人打电话。"


class Hand:
    """`taps` are what was tapped or pressed, `fields` what was filled in, `keys` every other key."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.fields, self.keys = page, 0, 0, 0

    @property
    def seconds(self) -> float:
        return self.taps * SECONDS_A_TAP + self.keys * SECONDS_A_KEY

    def tap(self, what: str) -> None:
        raise NotImplementedError

    def choose(self, name: str, value: str) -> None:
        raise NotImplementedError

    def enter(self, where: str) -> None:
        raise NotImplementedError

    def follow(self, what: str) -> None:
        """Taps what leads on, and is back when the next page is there."""
        with self.page.expect_navigation():
            self.tap(what)

    def fill(self, where: str, text: str) -> None:
        self.enter(where)
        self.page.keyboard.type(text)
        self.fields, self.keys = self.fields + 1, self.keys + len(text)


class Thumb(Hand):
    """On a screen that is touched: a field has to be tapped before it is filled in."""

    def tap(self, what: str) -> None:
        self.taps += 1
        self.page.locator(what).first.tap()

    def choose(self, name: str, value: str) -> None:
        self.tap(f"main label:has(input[name={name}][value={value}])")

    def enter(self, where: str) -> None:
        self.tap(where)


class Keys(Hand):
    """Without a pointer: Tab until it is there, then Enter; among several, arrows and Space."""

    def tap(self, what: str) -> None:
        self.enter(what)
        self.taps += 1
        self.page.keyboard.press("Enter")

    def choose(self, name: str, value: str) -> None:
        group = f"main input[name={name}]"
        self.enter(group)
        for _ in range(self.page.locator(group).count()):
            if self._is_at(f"{group}[value={value}]"):
                break
            self._key("ArrowDown")
        self.taps += 1
        self.page.keyboard.press("Space")

    def enter(self, where: str) -> None:
        for _ in range(MOST_TABS):
            if self._is_at(where):
                return
            self._key("Tab")
        raise AssertionError(f"{where} is not reached by Tab on {self.page.url}")

    def _is_at(self, what: str) -> bool:
        return self.page.locator(":focus").and_(self.page.locator(what)).count() > 0

    def _key(self, name: str) -> None:
        self.keys += 1
        self.page.keyboard.press(name)


def why(hand: Hand) -> None:
    """小明 sees three lines of penalty, 56.07 + 37.53 + 19.04 = 112.64, and how each is worked out."""
    hand.follow("main h2 a")
    hand.tap("main details:has(tfoot) summary")
    hand.follow("main li a[href$='/penalties']")
    for amount in ("56.07", "37.53", "19.04", "112.64"):
        expect(hand.page.locator("main")).to_contain_text(amount)


def plan(hand: Hand) -> None:
    """6,000 come in and 4,800 go out: half of the 1,200.00 that he can find a month is 600.00.

    The whole loan in 22 payments of 578.39 fits it, and is accepted at once.
    """
    hand.follow("main a.button[href$='/plan']")
    hand.follow("main a[href$='/afford']")
    for name, amount in A_MONTH.items():
        hand.fill(f"#{name}", amount)
    hand.follow("main form[action$='/afford'] button")
    hand.follow("main section a.button.primary")
    hand.follow("main article a.button.primary")
    expect(hand.page.locator("#preview")).to_contain_text("578.39")
    hand.follow("form:has(#preview) button.primary")
    expect(hand.page.locator("main a[href$='/sign']")).to_be_visible()


def accept(hand: Hand) -> None:
    """孙浩 asked for twelve payments; the lender answered with eight, and he takes them."""
    hand.follow("main article a.button")
    expect(hand.page.locator("main table.compare")).to_contain_text("8")
    hand.follow("form[action$='/accept'] button")
    expect(hand.page.locator("main a[href$='/sign']")).to_be_visible()


def problem(hand: Hand) -> None:
    """小明 tells that they still call, and has a receipt number in his hand."""
    hand.follow("main h2 a")
    hand.follow("main a[href$='/problem']")
    hand.choose("kind", "still_calling")
    hand.fill("#note", WORDS)
    hand.follow("main form[action$='/problem'] button")
    expect(hand.page.locator("main blockquote")).to_have_text(WORDS)
    expect(hand.page.locator("main .amount strong")).to_have_text(hand.page.url.rpartition("/")[2])


def leave(hand: Hand) -> None:
    """Somebody looks over his shoulder: nothing of a loan, a lender or an amount is left on the screen."""
    expect(hand.page.locator("body")).to_contain_text("3,413.12")
    hand.follow("a[href$='/help/away']")
    expect(hand.page.locator("main h1")).to_be_visible()
    expect(hand.page.locator("body")).not_to_contain_text("佳泉")
    expect(hand.page.locator("body")).not_to_contain_text("3,413.12")


Journey = Callable[[Hand], None]
XIAOMING, SUN_HAO = "JQ-2026-0001", "JQ-2026-0009"
JOURNEYS: dict[str, tuple[str, Journey]] = {
    "see why I owe what I owe": (XIAOMING, why),
    "find a plan I can pay, and send it": (XIAOMING, plan),
    "accept a counter": (SUN_HAO, accept),
    "report a problem": (XIAOMING, problem),
    "leave in a hurry": (XIAOMING, leave),
}
WAYS: dict[str, tuple[type[Hand], dict[str, Any]]] = {
    "touch": (Thumb, {"has_touch": True}),
    "keyboard": (Keys, {"viewport": {"width": 1280, "height": 900}}),
    "no script": (Thumb, {"has_touch": True, "java_script_enabled": False}),
}


def walked(crowd: Crowd, journey: str, way: str) -> Hand:
    """The hand of somebody who was signed in, stood before their loans, and has arrived."""
    (who, act), (kind, context) = JOURNEYS[journey], WAYS[way]
    with crowd.page(who, "zh-CN", **context) as page:
        page.set_default_timeout(10_000)
        page.goto(f"{crowd.demo.url}/loans")
        hand = kind(page)
        act(hand)
        return hand
