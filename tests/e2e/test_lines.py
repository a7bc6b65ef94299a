"""On a line that is slow or breaks, and where somebody taps twice: nothing typed is lost, nothing happens twice."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.e2e.conftest import Demo, follow
from tests.e2e.walk import DESK, OPEN_ALL, Crowd, address, doors, loan_of, nameless, shows

XIAOMING, ZHENG_LI = "JQ-2026-0001", "JQ-2026-0008"


@pytest.fixture(scope="module")
def town(busy: Demo, crowd: Crowd) -> Crowd:
    """A crowd that acts; in each test another person of it."""
    return Crowd(crowd.browser, busy)


@contextmanager
def broken(context: BrowserContext, line: str) -> Iterator[None]:
    """`off`: the phone knows that it has no line. `dead`: it does not. `silent`: nothing ever answers."""
    if line == "off":
        context.set_offline(True)
    else:
        context.route("**/*", lambda route: route.abort() if line == "dead" else None)
    yield
    context.set_offline(False)
    context.unroute("**/*")


LEADS = "each => `${each.form.method} ${each.getAttribute('formaction') || each.form.action} ${each.value}`"
FORMS = (
    ("", "/sign-in", "main form button", {"phone": "13800000001", "password": "a rainy walk home"}),
    ("", "/sign-in/code", "main form button", {"phone": "13800000001", "digits": "123X"}),
    (XIAOMING, "loan/plan?kind=plan", "form[action$='/plan'] button.primary", {"note": "我病了"}),
    (XIAOMING, "loan/pay", "form[action$='/pay']:has(#paid) button", {"paid": "100", "reference": "T-1"}),
    (XIAOMING, "loan/problem", "main form button", {"should_be": "3000", "note": "我已经还过"}),
    (XIAOMING, "loan/plan/afford", "main form button", {"income": "5000", "food": "1200"}),
    (XIAOMING, "loan/day", "main form button", {"on": "2026-05-01"}),
    (ZHENG_LI, "proposal", "form[action$='/answer'] button", {"note": "工资单在这里"}),
    (DESK, "/desk/loans", "main form button", {"q": "JQ-2026"}),
)


SENT = [(form, "dead") for form in FORMS] + [(FORMS[2], "off"), (FORMS[2], "silent")]


@pytest.mark.parametrize(("form", "line"), SENT, ids=[f"{form[0]}{form[1]}-{line}" for form, line in SENT])
def test_a_form_waits_for_the_line_and_says_so(
    crowd: Crowd, form: tuple[str, str, str, dict[str, str]], line: str
) -> None:
    """What was typed is still there, and the sentence stands above the button that was pressed."""
    who, path, button, typed = form
    with crowd.page(who, "zh-CN") as page:
        page.clock.install()
        page.goto(address(page, crowd.demo, path))
        page.evaluate(OPEN_ALL)
        for name, text in typed.items():
            page.fill(f"#{name}", text)
        with broken(page.context, line):
            page.locator(button).first.click()
            page.clock.run_for(8000)
            expect(page.locator("#gone")).to_have_text("没有网络连接，什么也没有发送。您填写的内容还在，请稍后再试。")
            expect(page.locator("#gone[role=alert] + button")).to_be_in_viewport()
        assert {name: page.input_value(f"#{name}") for name in typed} == typed


@pytest.mark.proof
def test_no_form_of_any_page_goes_off_without_a_line(crowd: Crowd) -> None:
    """Each button of each kind of form, where the first of the cast meets it."""
    met: set[str] = set()
    for who, paths in {"": doors(crowd.demo), **crowd.kinds()}.items():
        with crowd.page(who, "zh-CN") as page:
            for path in paths:
                page.goto(crowd.demo.url + path)
                at = page.url
                page.evaluate(OPEN_ALL)
                buttons = [each for each in page.locator("form button").all() if each.is_visible()]
                new = {nameless(each.evaluate(LEADS)): each for each in buttons}
                with broken(page.context, "off"):
                    for form in set(new) - met:
                        new[form].click()
                        said = new[form].locator("xpath=preceding-sibling::*[1][@id='gone']")
                        expect(said, f"{path}: {form}").to_be_visible()
                        assert page.url == at
                met |= set(new)
    assert len(met) > 45, met


def happened(demo: Demo, loan_no: str, what: str) -> int:
    told = demo.events()
    return len([event for event in told if event["loan_no"] == loan_no and event["type"] == what])


def test_once_the_line_is_back_the_same_button_sends_it(town: Crowd) -> None:
    with town.page("JQ-2026-0003", "zh-CN") as page:
        page.goto(f"{loan_of(page, town.demo)}/problem")
        page.check("input[value=other]")
        page.fill("#note", "电话打错了")
        with broken(page.context, "off"):
            page.locator("main form button").click()
            expect(page.locator("#gone")).to_be_visible()
        follow(page, "main form button")
        expect(page.locator("blockquote")).to_have_text("电话打错了")
    assert happened(town.demo, "JQ-2026-0003", "complaint.opened") == 1


ACTS = (
    ("plan", "/plan?kind=plan", "form[action$='/plan'] button.primary", "proposal.submitted", "/proposals/"),
    ("report", "/pay", "form[action$='/pay']:has(#paid) button", "payment.reported", "/pay#reports"),
    ("problem", "/problem", "main form button", "complaint.opened", "/problems/"),
)
PEOPLE = {
    ("plan", True): "JQ-2026-0005",
    ("plan", False): "JQ-2026-0012",
    ("report", True): "JQ-2026-0006",
    ("report", False): "JQ-2026-0007",
    ("problem", True): "JQ-2026-0009",
    ("problem", False): "JQ-2026-0010",
}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("act", ACTS, ids=[act[0] for act in ACTS])
def test_two_taps_a_reload_and_the_way_back_do_it_once(
    town: Crowd, act: tuple[str, str, str, str, str], script: bool
) -> None:
    """Then the page says what was done, also after the way back."""
    name, path, button, event, leads_to = act
    who = PEOPLE[name, script]
    before = happened(town.demo, who, event)
    with town.page(who, "zh-CN", java_script_enabled=script) as page:
        page.goto(loan_of(page, town.demo) + path)
        _fill(page, name)
        page.locator(button).first.dblclick()
        # Not `expect_navigation`: the second tap may call off the first one's way, which is no failure of the page.
        expect(page).to_have_url(re.compile(re.escape(leads_to)))
        page.wait_for_load_state()
        expect(page.locator("main .status").first).to_be_visible()
        page.reload()
        expect(page.locator("main .status").first).to_be_visible()
        page.go_back()
        expect(page.locator("main h1")).to_be_visible()
        assert happened(town.demo, who, event) == before + 1
        if name == "plan":
            assert "/proposals/" in page.url or page.locator("main a[href*='/proposals/']").count(), page.url


def _fill(page: Page, name: str) -> None:
    if name == "report":
        page.locator("summary", has_text="告知").first.click()
        page.fill("#paid", "100")
    elif name == "problem":
        page.check("input[value=other]")
        page.fill("#note", "电话打错了")


@contextmanager
def plan_page(crowd: Crowd) -> Iterator[Page]:
    """The plan of 小明, where time passes only as it is told to."""
    with crowd.page(XIAOMING, "zh-CN") as page:
        page.clock.install()
        page.goto(f"{loan_of(page, crowd.demo)}/plan?kind=plan")
        page.clock.pause_at(datetime.now() + timedelta(minutes=1))
        yield page


def held(page: Page, installments: str, then: Callable[[Route], None] | None = None) -> None:
    """The preview of so many payments is not answered, or as `then` says."""

    def answer(route: Route) -> None:
        if not asks_for(installments)(route.request):
            route.fallback()
        elif then:
            then(route)

    page.route("**/plan", answer)


def asks_for(installments: str) -> Callable[[Request], bool]:
    """Whether a request is the live preview of so many payments."""
    return lambda request: (
        "hx-request" in request.headers and f"installments={installments}&" in (request.post_data or "")
    )


def test_an_early_answer_that_comes_late_changes_nothing(crowd: Crowd) -> None:
    """The question for four payments is still open when five are asked for: it is dropped, not waited for."""
    with plan_page(crowd) as page:
        dropped: list[str] = []
        page.on("requestfailed", lambda request: dropped.append(request.post_data or ""))
        held(page, "4")
        with page.expect_request(asks_for("4")):
            page.fill("#installments", "4")
            page.clock.run_for(400)
        with page.expect_event("requestfailed"):
            page.fill("#installments", "5")
            page.clock.run_for(400)
        shows(page, installments="5")
        assert len(dropped) == 1 and "installments=4&" in dropped[0]
        expect(page.locator("#preview-lost")).to_be_hidden()


def test_a_slow_preview_says_that_it_is_being_worked_out_and_gives_up_with_words(crowd: Crowd) -> None:
    """After three tenths of a second a line says so; after fifteen seconds what stands is said to be the older one."""
    with plan_page(crowd) as page:
        wait, lost = page.locator("#preview-wait"), page.locator("#preview-lost")
        assert wait.evaluate("each => getComputedStyle(each).visibility") == "hidden"
        held(page, "4")
        with page.expect_request(asks_for("4")):
            page.fill("#installments", "4")
            page.clock.run_for(400)
        assert wait.evaluate("each => getComputedStyle(each).transitionDelay") == "0.3s"
        expect(wait).to_have_css("visibility", "visible")
        page.clock.run_for(14_000)
        expect(lost).to_be_hidden()
        page.clock.run_for(1000)
        expect(lost).to_be_visible()
        expect(wait).to_have_css("visibility", "hidden")
        shows(page, installments="6")
        page.fill("#installments", "5")
        page.clock.run_for(400)
        shows(page, installments="5")
        expect(lost).to_be_hidden()


@pytest.mark.parametrize("answer", [404, 503, 0], ids=["gone", "busy", "no-line"])
def test_a_preview_that_cannot_be_had_leaves_the_last_one_and_says_so(crowd: Crowd, answer: int) -> None:
    with plan_page(crowd) as page:
        held(page, "4", lambda route: route.fulfill(status=answer, body="<h1>x</h1>") if answer else route.abort())
        page.fill("#installments", "4")
        page.clock.run_for(400)
        expect(page.locator("#preview-lost")).to_contain_text("下面是您最近一次修改之前的结果")
        expect(page.locator("#preview h1")).to_have_count(0)
        shows(page, installments="6")
        page.unroute_all()
        follow(page, "button[value=show]")
        shows(page, installments="4")
