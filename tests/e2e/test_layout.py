"""Nothing is cut and nothing jumps: on a very small screen, with letters twice as large, lying on its side."""

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.walk import DESK, DIGITS, LANGUAGES, OPEN_ALL, PHONE, Crowd, doors, loan_of, shows

XIAOMING = "JQ-2026-0001"

# Width, height, and the size of the letters.
SCREENS = ((280, 653, "100%"), (360, 740, "100%"), (360, 740, "200%"), (640, 360, "100%"))

# Wider than the screen, beyond its edge, or cut within its own box; what only screen readers see may be.
CUT = """() => {
    const said = [], wide = document.documentElement.clientWidth, far = document.documentElement.scrollWidth - wide;
    if (far > 0) said.push(`sideways by ${far}`);
    for (const each of document.querySelectorAll('body *')) {
        if (!each.checkVisibility() || each.closest('.unseen, .skip, svg, thead, [type=radio]')) continue;
        const {left, right} = each.getBoundingClientRect();
        const kept = getComputedStyle(each).overflowX !== 'visible' && !each.matches('input, select');
        if (left < -.5 || right > wide + .5 || (kept && each.scrollWidth - each.clientWidth > 1))
            said.push(`cut: ${each.tagName} “${each.textContent.trim().slice(0, 30)}”`);
    }
    return said.slice(0, 3);
}"""

# How far things moved by themselves, from the first drawing on.
WATCH = """window.moved = [];
new PerformanceObserver(list => list.getEntries().forEach(each => moved.push(
    each.value.toFixed(4) + ' ' + each.sources.map(source => source.node?.textContent?.trim().slice(0, 30)))))
.observe({type: 'layout-shift', buffered: true})"""


def cut(page: Page, path: str) -> list[str]:
    said = [f"{path} moved: {each}" for each in page.evaluate("moved")]
    page.evaluate(OPEN_ALL)
    for width, height, letters in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("size => document.documentElement.style.fontSize = size", letters)
        said += [f"{path} at {width} x {height}, {letters}: {each}" for each in page.evaluate(CUT)]
    page.set_viewport_size(PHONE)
    return said


def looked_at(crowd: Crowd, who: str, language: str, paths: list[str]) -> list[str]:
    said = []
    with crowd.page(who, language) as page:
        page.add_init_script(WATCH)
        for path in paths:
            page.goto(crowd.demo.url + path)
            said += cut(page, path)
    return said


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_kind_of_page_is_cut_or_jumps(crowd: Crowd, language: str) -> None:
    seen = {**crowd.kinds(), "": doors(crowd.demo)}
    found = [each for who, paths in seen.items() for each in looked_at(crowd, who, language, paths)]
    assert not found, "\n".join(found)


@pytest.mark.proof
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", [*DIGITS, DESK])
def test_nor_any_page_of_anybody(crowd: Crowd, who: str, language: str) -> None:
    assert looked_at(crowd, who, language, list(crowd.pages(who, language))) == []


def test_a_new_preview_moves_nothing_that_is_being_looked_at(crowd: Crowd) -> None:
    """From six payments to four, to twelve that a person looks at, to a number that does not fit, and back."""
    with crowd.page(XIAOMING, "zh-CN") as page:
        page.add_init_script(WATCH)
        page.goto(f"{loan_of(page, crowd.demo)}/plan")
        page.locator("#installments").scroll_into_view_if_needed()
        for typed in ("4", "12", "x", "6"):
            page.fill("#installments", typed)
            shows(page, installments=typed)
        assert page.evaluate("moved") == []
        page.goto(f"{page.url.removesuffix('/plan')}/pay")
        page.locator("label[for=what-other]").click()
        expect(page.locator("#preview")).to_contain_text("这里就会显示")
        page.locator("#amount").scroll_into_view_if_needed()
        page.evaluate("moved.length = 0")  # the field that was asked for has come in between
        page.fill("#amount", "500")
        expect(page.locator("#preview")).to_contain_text("¥2,913.12")
        assert page.evaluate("moved") == []


def test_a_first_visit_asks_for_three_things_and_no_page_needs_a_picture(crowd: Crowd) -> None:
    """The page, its icon and one small script; what a page draws stands in it."""
    asked: list[Request] = []
    with crowd.page("", "zh-CN") as page:
        page.on("request", lambda request: asked.append(request))
        page.goto(crowd.demo.link("JQ-2026-0004"), wait_until="networkidle")
    assert [each.url.rpartition("/")[2] for each in asked[1:]] in (["line.js"], ["line.js", "icon.svg"])
    with crowd.page(XIAOMING, "zh-CN") as page:
        page.route("**/*.svg", lambda route: route.abort())
        loan = loan_of(page, crowd.demo)
        for tail in ("", "/plan", "/pay", "/penalties"):
            page.goto(loan + tail)
            assert page.evaluate("document.images.length") == 0
            assert page.locator("svg:not([aria-hidden=true], [role=img])").count() == 0


def test_without_script_nothing_that_only_a_script_can_fill_is_shown(crowd: Crowd) -> None:
    with crowd.page(XIAOMING, "en", java_script_enabled=False) as page:
        page.goto(f"{loan_of(page, crowd.demo)}/plan")
        for name in ("gone", "preview-lost", "preview-wait"):
            expect(page.locator(f"#{name}")).not_to_be_visible()
        expect(page.locator("button[value=show]")).to_be_visible()
