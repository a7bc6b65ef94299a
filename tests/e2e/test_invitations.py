"""The door at 00:40: from the message to an agreed plan, a number that changed hands, a password nobody remembers."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Demo, follow
from tests.e2e.walk import PHONE, READING_MS, code_for, go_in, new_number, prove, sign_in

OLD, NEW = "+8613800000001", "+8613900000002"
PASSWORD, ANOTHER = "a rainy walk home", "quiet evening by the sea"


@pytest.fixture(params=[("zh-CN", True), ("en", False)], ids=lambda way: f"{way[0]}-script-{way[1]}")
def way(request: pytest.FixtureRequest) -> tuple[str, bool]:
    found: tuple[str, bool] = request.param
    return found


@pytest.fixture
def phone(browser: Browser, way: tuple[str, bool]) -> Iterator[BrowserContext]:
    context = browser.new_context(locale=way[0], java_script_enabled=way[1], viewport=PHONE)
    yield context
    context.close()


# English without script is how tests/pages/test_number.py and test_codes.py go every step of these ways.
IN_ONE = pytest.mark.parametrize(
    "way", [("zh-CN", True), pytest.param(("en", False), marks=pytest.mark.proof)], ids=["zh-CN", "en"], indirect=True
)


class Thumb:
    """Does what a thumb does, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.typed = page, 0, 0

    def tap(self, what: str) -> None:
        self.page.locator(what).first.click()
        self.taps += 1

    def follow(self, what: str) -> None:
        follow(self.page, what)
        self.taps += 1

    def type(self, where: str, text: str) -> None:
        self.page.locator(where).click()
        self.page.keyboard.type(text)
        self.taps, self.typed = self.taps + 1, self.typed + len(text)


def test_the_address_of_a_link_goes_along_with_nothing(demo: Demo, phone: BrowserContext) -> None:
    """Style, script, help and the pages behind the door: none of their requests says which page was left for it."""
    page, told = phone.new_page(), []
    page.on("request", lambda request: told.append((request.method, request.url, request.all_headers())))
    link = demo.link("JQ-2026-0001")
    page.goto(link)
    page.locator("#digits").fill("000X")
    follow(page, "main button")
    assert page.locator("#digits").is_visible() and "/i/" in page.url
    page.locator("#digits").fill("123X")
    follow(page, "main button")
    page.locator("#notice").check()
    page.locator("#sensitive").check()
    follow(page, "main button")
    assert page.url == f"{demo.url}/loans"
    page.goto(link)
    follow(page, "footer a[href^='/'], main a[href^='/']")
    assert [method for method, _, _ in told].count("POST") == 3
    token = link.rpartition("/")[2]
    assert [(url, headers["referer"]) for _, url, headers in told if token in headers.get("referer", "")] == []
    sent = [(headers.get("origin"), headers.get("sec-fetch-site")) for method, _, headers in told if method == "POST"]
    assert set(sent) == {("null", "same-origin")}


def test_at_forty_past_midnight_from_the_message_to_a_plan_that_can_be_kept(
    demo: Demo, phone: BrowserContext, way: tuple[str, bool], capsys: pytest.CaptureFixture[str]
) -> None:
    """He can pay 600 a month: the whole loan in 22 of 578.39. Only what is on the screen is tapped, no address typed.

    Three fields are typed, digits, the 600 and the code; at three seconds a tap and one a character, with all waiting,
    it is less than three minutes.
    """
    page = phone.new_page()
    begun = time.monotonic()
    page.goto(demo.link("JQ-2026-0001"))
    page.set_default_timeout(5000)
    thumb = Thumb(page)
    thumb.type("#digits", "123X")
    thumb.follow("main button")
    thumb.tap("#notice")
    thumb.tap("#sensitive")
    thumb.follow("main button")
    assert "3,413.12" in page.content()
    thumb.follow("main h2 a")
    thumb.follow("main a[href$='/plan']")
    thumb.type("#a-month", "600")
    if not way[1]:
        thumb.follow("main form[method=get] button")
    page.locator("#ways article", has_text="578.39").wait_for()
    thumb.follow("article a.button.primary")
    thumb.follow("form[action$='/plan'] button.primary")
    assert "/proposals/" in page.url, page.content()
    thumb.follow("main a[href$='/sign']")
    thumb.follow("button[value=send]")
    thumb.type("#code", code_for(page, demo, OLD))
    thumb.follow("button[value=code]")
    for answer in ("catch_up", "next_day", "tell"):
        thumb.tap(f"input[value={answer}]")
    thumb.tap("#limitation")
    thumb.tap("#confirmed")
    page.wait_for_timeout(READING_MS)
    thumb.follow("form[action$='/sign'] button")
    assert "/agreements/" in page.url and "578.39" in page.locator("main").inner_text()
    thumb.follow("main a[href$='/pay']")
    assert page.locator("main details .copy").count(), "the lender's account stands there to be copied"
    seconds = time.monotonic() - begun
    with capsys.disabled():
        print(f" {way[0]}: {thumb.taps} taps, {thumb.typed} characters, {seconds:.1f} seconds of waiting", end="")
    # Into the field, open; two consents, go in; the loan, find a plan; the 600 (and shown, without script); choose it,
    # send it; to the signing, a code sent, typed and gone on; three answers, two ticks, sign; how to pay.
    assert (thumb.taps, thumb.typed) == (2 + 3 + 2 + (1 if way[1] else 2) + 2 + 4 + 6 + 1, 4 + 3 + 6)
    assert seconds < 30 and thumb.taps * 3 + thumb.typed + seconds < 180
    told = demo.events()
    assert [event["type"] for event in told if event["loan_no"] == "JQ-2026-0001"][-1] == "agreement.signed"


@IN_ONE
def test_a_number_that_changed_hands_takes_two_tells_the_old_phone_and_lets_the_new_one_in(
    demo: Demo, browser: Browser, phone: BrowserContext, way: tuple[str, bool]
) -> None:
    page = phone.new_page()
    go_in(page, demo, "JQ-2026-0001")
    link = change_number(browser, demo)
    assert len(demo.messages(OLD)) == 1, "the old number is told, once"

    page.goto(f"{demo.url}/loans")
    expect(page.locator(".notice.act")).to_contain_text("0002")
    phone.clear_cookies()
    ask_for_code(page, demo, OLD)
    assert "王" not in page.content()

    other = browser.new_context(locale=way[0], java_script_enabled=way[1], viewport=PHONE)
    page = other.new_page()
    page.goto(link)
    page.fill("#digits", "123X")
    follow(page, "main button")
    expect(page).to_have_url(f"{demo.url}/loans")
    assert "3,413.12" in page.content()
    other.clear_cookies()
    before = len(demo.messages(NEW))
    ask_for_code(page, demo, NEW)
    enter(page, demo, NEW, before)
    expect(page).to_have_url(f"{demo.url}/loans")
    assert len(demo.messages(OLD)) == 1, "nothing was sent to the old one when it was asked for, before the new one was"
    other.close()


@IN_ONE
def test_whoever_forgot_the_password_comes_in_by_a_code_and_sets_another(
    demo: Demo, browser: Browser, phone: BrowserContext, way: tuple[str, bool]
) -> None:
    page = phone.new_page()
    go_in(page, demo, "JQ-2026-0001")
    choose(page, demo, PASSWORD)

    other = browser.new_context(locale=way[0], java_script_enabled=way[1], viewport=PHONE)
    second = other.new_page()
    second.goto(f"{demo.url}/sign-in")
    follow(second, "main a[href*='/sign-in/code']")
    second.fill("#phone", "138 0000 0001")
    second.fill("#digits", "123x")
    before = len(demo.messages(OLD))
    follow(second, "main button")
    enter(second, demo, OLD, before)
    expect(second).to_have_url(f"{demo.url}/loans")
    choose(second, demo, ANOTHER)

    page.goto(f"{demo.url}/loans")
    assert "/sign-in" in page.url, "the new password ended the other session"
    page.fill("#phone", "13800000001")
    page.fill("#password", ANOTHER)
    follow(page, "main button")
    expect(page).to_have_url(f"{demo.url}/loans")
    other.close()


def change_number(browser: Browser, demo: Demo) -> str:
    """Rui has checked who it is, and Lan has again; the new link, which went to the new number alone."""
    for email in ("rui@jq.example", "lan@jq.example"):
        desk = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
        page = desk.new_page()
        sign_in(page, demo, email)
        page.goto(f"{demo.url}/desk/loans?q=JQ-2026-0001")
        if email.startswith("rui"):
            new_number(page, "JQ-2026-0001", NEW)
        else:
            follow(page, "main a:has-text('JQ-2026-0001')")
            follow(page, "main a[href$='/number']")
            page.check("#checked")
            follow(page, "button[value=approve]")
        assert "/i/" not in page.content()
        desk.close()
    for _ in range(50):
        if demo.messages(NEW):
            break
        time.sleep(0.1)
    return next(word for word in demo.messages(NEW)[-1].split() if "/i/" in word)


def ask_for_code(page: Page, demo: Demo, number: str) -> None:
    page.goto(f"{demo.url}/sign-in/code")
    page.fill("#phone", number)
    page.fill("#digits", "123X")
    follow(page, "main button")
    expect(page).to_have_url(f"{demo.url}/sign-in/code/enter")


def enter(page: Page, demo: Demo, number: str, before: int) -> None:
    """The code that came after so many messages."""
    page.fill("#code", code_for(page, demo, number, after=before))
    follow(page, "main button")


def choose(page: Page, demo: Demo, password: str) -> None:
    """The account leads there; who it is is asked for first, unless that was said a moment ago."""
    page.goto(f"{demo.url}/account")
    follow(page, "main a[href$='/account/password']")
    if "/account/prove" in page.url:
        prove(page, demo, "JQ-2026-0001")
    page.fill("#password", password)
    follow(page, "main button")
    expect(page).to_have_url(f"{demo.url}/account?done=password")
