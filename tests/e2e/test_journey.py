"""The whole way in a real browser: from the link to an agreed plan, in both languages, with and without script.

Each of its steps is told in the other files too; all of them in one go, through a counter, is a proof.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Demo, follow
from tests.e2e.walk import PHONE, READING_MS, Crowd, address, go_in, shows, sign

DESKTOP = {"width": 1280, "height": 900}
WAYS = [(language, script) for language in ("zh-CN", "en") for script in (True, False)]


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]}-{'script' if way[1] else 'no-script'}")
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


@pytest.mark.proof
def test_from_the_link_to_an_agreed_plan(
    demo: Demo, phone: BrowserContext, laptop: BrowserContext, way: tuple[str, bool]
) -> None:
    script = way[1]
    page = phone.new_page()
    page.goto(demo.link("JQ-2026-0001"))
    assert "王" not in page.content() and "3,413" not in page.content()
    go_in(page, demo, "JQ-2026-0001")
    assert "3,413.12" in page.content()
    page.goto(demo.url + (page.locator("main a[href*='/loans/']").first.get_attribute("href") or ""))
    assert "2,886.78" in page.content() and "413.70" in page.content() and "112.64" in page.content()
    loan = page.url
    page.goto(f"{loan}/penalties")
    for amount in ("56.07", "37.53", "19.04", "112.64"):
        assert amount in page.content()
    page.goto(f"{loan}/terms")

    propose(page, loan, "12", script)
    proposal = page.url
    answer(laptop.new_page(), demo)

    page.goto(proposal)
    follow(page, "form[action$='/accept'] button")
    assert "426.64" in page.content()
    sign(page, demo, "JQ-2026-0001", READING_MS)
    assert "3,413.12" in page.content()

    told = demo.events()
    assert [event["type"] for event in told if event["loan_no"] == "JQ-2026-0001" and event["proposal"]] == [
        "proposal.submitted",
        "proposal.under_review",
        "proposal.countered",
        "proposal.accepted",
        "agreement.signed",
    ]


def propose(page: Page, loan: str, installments: str, script: bool) -> None:
    page.goto(f"{loan}/plan?kind=plan")
    page.fill("#installments", installments)
    if script:
        shows(page, installments=installments)
    else:
        follow(page, "button[value=show]")
    assert "284.43" in page.content()  # 3,413.12 / 12
    page.fill("#note", "我病了 / I was ill")
    follow(page, "form[action$='/plan'] button.primary")
    assert "/proposals/" in page.url, page.content()


def answer(page: Page, demo: Demo) -> None:
    """The reviewer counters with eight installments, from a second window."""
    page.goto(f"{demo.url}/desk")
    page.fill("#email", "rui@jq.example")
    page.fill("#password", "desk-in-june")
    follow(page, "main button")
    expect(page).to_have_url(f"{demo.url}/desk")
    follow(page, "text=JQ-2026-0001")
    assert "我病了" in page.content()
    follow(page, "a[href$='/counter']")
    page.fill("#installments", "8")
    follow(page, "form[action$='/counter'] button[name=show]")
    follow(page, "form[action$='/counter'] button:not([name])")
    assert "/desk/proposals/" in page.url and not page.url.endswith("/counter"), page.content()


def test_whoever_types_keeps_the_focus_and_whoever_errs_is_led_to_the_field(crowd: Crowd) -> None:
    with crowd.page("JQ-2026-0001", "zh-CN") as page:
        page.goto(address(page, crowd.demo, "loan/plan?kind=plan"))
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
