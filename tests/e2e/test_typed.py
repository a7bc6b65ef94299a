"""What is typed stays: over a reload, the way back, a line that breaks, another language; and with nobody else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Demo, follow
from tests.e2e.walk import OPEN_ALL, Crowd, address, shows

XIAOMING, ZHENG_LI = "JQ-2026-0001", "JQ-2026-0008"
# Whose form, on which page, where it goes, and what is typed.
FORMS = {
    "plan": (XIAOMING, "loan/plan?kind=plan", "/plan", {"installments": "9", "note": "我病了"}),
    "pay": (XIAOMING, "loan/pay", "/pay", {"paid": "100", "reference": "T-1"}),
    "problem": (XIAOMING, "loan/problem", "/problem", {"should_be": "3000", "note": "我已经还过"}),
    "afford": (XIAOMING, "loan/plan/afford", "/plan/afford", {"income": "5000", "food": "1200"}),
    "answer": (ZHENG_LI, "proposal", "/answer", {"note": "工资单在这里"}),
    "reached": (XIAOMING, "/account", "/reached", {"hours": "12-18"}),
}
form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture
def town(busy: Demo, crowd: Crowd) -> Crowd:
    return Crowd(crowd.browser, busy)


def field(page: Page, form: str, name: str) -> Locator:
    return page.locator(f"form[method=post][action$='{FORMS[form][2]}'] [name={name}]:not([type=hidden])").first


@pytest.fixture
def typed(town: Crowd, form: str) -> Iterator[Page]:
    """A page on which somebody has typed and sent nothing."""
    who, path, _, text = FORMS[form]
    with town.page(who, "zh-CN") as page:
        page.goto(address(page, town.demo, path))
        page.evaluate(OPEN_ALL)
        for name, value in text.items():
            typing = field(page, form, name)
            typing.select_option(value) if name == "hours" else typing.fill(value)
        yield page


def stands(page: Page, form: str) -> None:
    for name, value in FORMS[form][3].items():
        expect(field(page, form, name)).to_have_value(value)


@form
def test_a_reload_and_the_way_back_lose_nothing(typed: Page, form: str) -> None:
    typed.reload()
    stands(typed, form)
    typed.locator(".foot a").first.click()
    typed.wait_for_url("**/help/advice")
    typed.go_back()
    stands(typed, form)


@pytest.mark.parametrize("form", ["plan"])
def test_the_plan_that_is_shown_is_of_what_came_back(typed: Page, form: str) -> None:
    shows(typed, installments="9")
    typed.reload()
    shows(typed, installments="9")
    expect(typed.locator("#preview")).to_contain_text("9 次")


@form
def test_another_language_loses_nothing(typed: Page, form: str) -> None:
    follow(typed, "form[action='/language'] button")
    expect(typed.locator("html")).to_have_attribute("lang", "en")
    stands(typed, form)


@form
def test_a_line_that_breaks_while_it_is_sent_loses_nothing(typed: Page, form: str) -> None:
    """The line was there when it was asked, and gone a moment later; the browser shows a page of its own."""
    at = typed.url
    typed.route("**/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    with typed.expect_event("requestfailed"):
        typed.locator(f"form[method=post][action$='{FORMS[form][2]}'] button:not([value=show])").first.click()
    expect(typed.locator("#gone")).not_to_be_attached()
    typed.unroute("**/*")
    typed.go_back()
    if typed.url != at:  # a page that failed at the form's own address has taken its place
        typed.evaluate("address => location.assign(address)", at)
    stands(typed, form)


@pytest.mark.parametrize("form", ["plan"])
def test_a_gateway_that_answers_for_a_portal_that_is_down_is_no_line(typed: Page, form: str) -> None:
    typed.route("**/*", lambda route: route.fulfill(status=502, body="Bad gateway"))
    typed.locator("form[action$='/plan'] button.primary").click()
    expect(typed.locator("#gone")).to_be_visible()
    stands(typed, form)


@pytest.mark.parametrize("form", ["afford"])
def test_what_was_sent_or_signed_out_of_or_is_somebody_elses_does_not_come_back(typed: Page, form: str) -> None:
    at = typed.url
    kept = "JSON.stringify(sessionStorage)"
    assert "5000" in typed.evaluate(kept)
    follow(typed, "form[action$='/plan/afford'] .primary")
    assert "5000" not in typed.evaluate(kept)
    typed.goto(at)
    expect(typed.locator("[name=income]")).to_have_value("")
    typed.fill("[name=income]", "7000")
    typed.evaluate(
        "sessionStorage.setItem('typed', sessionStorage.getItem('typed').replace(/\"me\":\"./, '\"me\":\"x'))"
    )
    typed.goto(at)
    expect(typed.locator("[name=income]")).to_have_value("")
    typed.fill("[name=income]", "7000")
    follow(typed, "form[action$='/sign-out'] button")
    assert "7000" not in typed.evaluate(kept)


@pytest.mark.parametrize("form", ["plan"])
def test_an_offer_that_is_taken_has_its_own_terms_and_the_note_that_was_written(typed: Page, form: str) -> None:
    typed.goto(f"{typed.url}?how=count&installments=3&every=1m&first_due=2026-07-01")
    expect(field(typed, form, "installments")).to_have_value("3")
    expect(field(typed, form, "note")).to_have_value("我病了")
