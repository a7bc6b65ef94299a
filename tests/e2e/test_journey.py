"""The whole way in a real browser: from the link to an agreed plan, in both languages, with and without script."""

import json
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Demo, follow
from tests.e2e.walk import code_for, shows

PHONE = {"width": 360, "height": 740}
NARROW = 280
DESKTOP = {"width": 1280, "height": 900}
WAYS = [
    pytest.param((language, script), id=f"{language}-{'script' if script else 'no-script'}", marks=marks)
    for language, script, marks in (
        ("zh-CN", True, ()),
        ("en", False, ()),
        ("zh-CN", False, pytest.mark.proof),
        ("en", True, pytest.mark.proof),
    )
]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[str, bool]:
    found: tuple[str, bool] = request.param
    return found


@pytest.fixture
def phone(browser: Browser, way: tuple[str, bool]) -> Iterator[BrowserContext]:
    scheme = "dark" if way[0] == "en" else "light"
    context = browser.new_context(locale=way[0], java_script_enabled=way[1], viewport=PHONE, color_scheme=scheme)
    yield context
    context.close()


@pytest.fixture
def laptop(browser: Browser, way: tuple[str, bool]) -> Iterator[BrowserContext]:
    context = browser.new_context(locale=way[0], java_script_enabled=way[1], viewport=DESKTOP)
    yield context
    context.close()


# What a thumb has to hit; links within a sentence are as high as their line.
TARGETS = (
    "main button, main a.button, main summary, .onward a, nav a, nav button, select, textarea, .segments > label, .pick"
)
TOO_SMALL = """targets => [...document.querySelectorAll(targets)]
    .filter(each => each.offsetParent && each.getBoundingClientRect().height < 43.9)
    .map(each => each.textContent.trim())"""


def well(page: Page, script: bool) -> None:
    """Nothing wider than the screen, even a very small one; nothing too small to hit, and nothing serious for axe."""
    if not script:
        return
    size = page.viewport_size
    assert size
    for width in (NARROW, size["width"]):
        page.set_viewport_size({**size, "width": width})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (page.url, width)
    assert page.evaluate(TOO_SMALL, TARGETS) == [], page.url
    found = Axe().run(page).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, (page.url, serious)


def come_in(page: Page, demo: Demo, loan_no: str, digits: str, script: bool) -> None:
    page.goto(demo.link(loan_no))
    assert "王" not in page.content() and "3,413" not in page.content()
    well(page, script)
    page.fill("#digits", digits)
    follow(page, "main button")
    if page.locator("#notice").count():
        well(page, script)
        page.check("#notice")
        page.check("#sensitive")
        follow(page, "main button")
    expect(page).to_have_url(f"{demo.url}/loans")


def test_from_the_link_to_an_agreed_plan(
    demo: Demo, phone: BrowserContext, laptop: BrowserContext, way: tuple[str, bool]
) -> None:
    script = way[1]
    page = phone.new_page()
    come_in(page, demo, "JQ-2026-0001", "123X", script)
    assert "3,413.12" in page.content()
    well(page, script)
    page.goto(demo.url + (page.locator("main a[href*='/loans/']").first.get_attribute("href") or ""))
    assert "2,886.78" in page.content() and "413.70" in page.content() and "112.64" in page.content()
    well(page, script)
    loan = page.url
    page.goto(f"{loan}/penalties")
    for amount in ("56.07", "37.53", "19.04", "112.64"):
        assert amount in page.content()
    well(page, script)
    page.goto(f"{loan}/terms")
    well(page, script)

    propose(page, loan, "12", script)
    proposal = page.url
    well(page, script)
    answer(laptop.new_page(), demo, script)

    page.goto(proposal)
    well(page, script)
    follow(page, "form[action$='/accept'] button")
    assert "426.64" in page.content()
    sign(page, demo, "+8613800000001", script)
    assert "3,413.12" in page.content()
    well(page, script)

    told = [json.loads(line) for line in demo.events().splitlines()]
    assert [event["type"] for event in told if event["loan_no"] == "JQ-2026-0001" and event["proposal"]] == [
        "proposal.submitted",
        "proposal.under_review",
        "proposal.countered",
        "proposal.accepted",
        "agreement.signed",
    ]


def sign(page: Page, demo: Demo, number: str, script: bool) -> None:
    """From the accepted plan to the agreement: a code from the phone, reading, three answers, two ticks."""
    follow(page, "main a[href$='/sign']")
    well(page, script)
    follow(page, "button[value=send]")
    page.fill("#code", code_for(page, demo, number))
    follow(page, "button[value=code]")
    expect(page).to_have_url(re.compile("/sign$"))
    well(page, script)
    for answer in ("catch_up", "next_day", "tell"):
        page.check(f"input[value={answer}]")
    page.check("#limitation")
    page.check("#confirmed")
    page.wait_for_timeout(5500)
    follow(page, "form[action$='/sign'] button")
    expect(page).to_have_url(re.compile("/agreements/"))


def propose(page: Page, loan: str, installments: str, script: bool) -> None:
    page.goto(f"{loan}/plan")
    well(page, script)
    page.fill("#installments", installments)
    if script:
        shows(page, installments=installments)
    else:
        follow(page, "button[value=show]")
    assert "284.43" in page.content()  # 3,413.12 / 12
    page.fill("#note", "我病了 / I was ill")
    follow(page, "form[action$='/plan'] button.primary")
    assert "/proposals/" in page.url, page.content()


def answer(page: Page, demo: Demo, script: bool) -> None:
    """The reviewer counters with eight installments, from a second window."""
    page.goto(f"{demo.url}/desk")
    well(page, script)
    page.fill("#email", "rui@jq.example")
    page.fill("#password", "desk-in-june")
    follow(page, "main button")
    expect(page).to_have_url(f"{demo.url}/desk")
    well(page, script)
    follow(page, "text=JQ-2026-0001")
    assert "我病了" in page.content()
    well(page, script)
    follow(page, "a[href$='/counter']")
    well(page, script)
    page.fill("#installments", "8")
    follow(page, "form[action$='/counter'] button:not([name])")
    assert "/desk/proposals/" in page.url and not page.url.endswith("/counter"), page.content()


def test_inside_the_policy_a_plan_is_accepted_at_once(demo: Demo, phone: BrowserContext, way: tuple[str, bool]) -> None:
    page = phone.new_page()
    come_in(page, demo, "JQ-2026-0005", "5059", way[1])
    loan = demo.url + (page.locator("main a[href*='/loans/']").first.get_attribute("href") or "")
    page.goto(f"{loan}/plan")
    follow(page, "form[action$='/plan'] button.primary")
    assert page.locator("main a[href$='/sign']").count() == 1
    well(page, way[1])


STATES = (
    ("JQ-2026-0006", "6066", None),
    ("JQ-2026-0007", "7073", None),
    ("JQ-2026-0008", "8080", "answer"),
    ("JQ-2026-0009", "9097", "accept"),
    ("JQ-2026-0010", "1004", "sign"),
    ("JQ-2026-0011", "1101", None),
    ("JQ-2026-0012", "1208", None),
    ("JQ-2026-0013", "1315", None),
    ("JQ-2026-0016", "1412", None),
    ("JQ-2026-0017", "151X", None),
)


def test_a_proposal_in_each_state_says_where_it_stands(
    demo: Demo, phone: BrowserContext, way: tuple[str, bool]
) -> None:
    """One sentence first, and one way on: the move that is the borrower's, or none while the lender has it."""
    for loan_no, digits, move in STATES:
        phone.clear_cookies()
        page = phone.new_page()
        come_in(page, demo, loan_no, digits, way[1])
        page.goto(demo.url + (page.locator("main a[href*='/proposals/']:not(.why)").first.get_attribute("href") or ""))
        expect(page.locator("main .status")).to_have_count(1)
        expect(page.locator("main .button.primary")).to_have_count(
            0 if move is None and loan_no < "JQ-2026-0011" else 1
        )
        if move == "sign":
            expect(page.locator("main a[href$='/sign'].button.primary")).to_have_count(1)
        elif move:
            expect(page.locator(f"form[action$='/{move}'] .button.primary")).to_have_count(1)
        well(page, way[1])
        if page.locator("a[href*='/agreements/']").count():
            follow(page, "a[href*='/agreements/']")
            well(page, way[1])
        page.close()


@pytest.mark.parametrize("way", [("zh-CN", True)], ids=["script"], indirect=False)
def test_whoever_types_keeps_the_focus_and_whoever_errs_is_led_to_the_field(
    demo: Demo, phone: BrowserContext, way: tuple[str, bool]
) -> None:
    page = phone.new_page()
    come_in(page, demo, "JQ-2026-0001", "123X", way[1])
    loan = demo.url + (page.locator("main h2 a").first.get_attribute("href") or "")
    page.goto(f"{loan}/plan")
    page.fill("#installments", "4")
    shows(page, installments="4")
    expect(page.locator("#installments")).to_be_focused()
    page.check("#how-amount", force=True)
    expect(page.locator("#installments")).to_be_hidden()
    page.fill("#amount", "abc")
    page.press("#amount", "Enter")
    expect(page.locator(".problems")).to_be_focused()
    page.click(".problems a")
    expect(page.locator("#amount")).to_be_focused()
    assert page.locator("#amount").input_value() == "abc"
