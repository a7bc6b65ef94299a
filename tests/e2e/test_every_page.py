"""Every kind of page, for whoever sees little, hears it read, has a thumb, a small screen or very large letters."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page

from tests.e2e.walk import DESK, DIGITS, LANGUAGES, OPEN_ALL, PHONE, WATCH, Crowd, doors, faults

ColorScheme = Literal["light", "dark"]

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


def cut(page: Page, path: str) -> list[str]:
    said = [f"{path} moved: {each}" for each in page.evaluate("moved")]
    page.evaluate(OPEN_ALL)
    for width, height, letters in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("size => document.documentElement.style.fontSize = size", letters)
        said += [f"{path} at {width} x {height}, {letters}: {each}" for each in page.evaluate(CUT)]
    page.set_viewport_size(PHONE)
    return said


def wrong_with(page: Page, path: str) -> list[str]:
    """What a ruler, axe and a thumb find wrong with the page from its top, in the colours it has."""
    page.evaluate("scrollTo(0, 0)")
    return [*cut(page, path), *faults(page)]


def looked_at(crowd: Crowd, who: str, language: str, paths: list[str], *schemes: ColorScheme) -> Iterator[str]:
    """A busy machine may draw a page before all of it has come, once in hundreds: what jumps has to jump again."""
    for scheme in schemes:
        with crowd.page(who, language, color_scheme=scheme) as page:
            page.add_init_script(WATCH)
            for path in paths:
                page.goto(crowd.demo.url + path)
                if page.evaluate("moved"):
                    page.goto(crowd.demo.url + path)
                yield from wrong_with(page, path)


def test_any_kind_of_page_can_be_seen_heard_and_hit_and_nothing_is_cut_or_jumps(crowd: Crowd) -> None:
    """In the language of the longer words, in the dark; what no link leads to is looked at in the other, by day."""
    seen = {**crowd.kinds(), "": doors(crowd.demo)}
    found = [each for who, paths in seen.items() for each in looked_at(crowd, who, "en", paths, "dark")]
    assert not found, "\n".join(found)


@pytest.mark.proof
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", ["", *DIGITS, DESK])
def test_and_any_page_of_anybody(crowd: Crowd, who: str, language: str) -> None:
    paths = list(crowd.pages(who, language)) if who else doors(crowd.demo)
    found = list(looked_at(crowd, who, language, paths, "light", "dark"))
    assert not found, "\n".join(found)
