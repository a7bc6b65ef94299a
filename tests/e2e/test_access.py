"""Every page can be used by whoever sees little, hears it read, or has a keyboard or a thumb."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import follow
from tests.e2e.states import SUN_HAO, WRONG, XIAOMING, ZHU_LIN, State, proven
from tests.e2e.walk import DESK, LANGUAGES, Crowd, address

# Where the focus goes does not hang on the language: the second one is a proof.
IN_BOTH = pytest.mark.parametrize("language", [LANGUAGES[0], pytest.param(LANGUAGES[1], marks=pytest.mark.proof)])


@IN_BOTH
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_after_a_mistake_the_summary_has_the_focus_and_leads_to_each_field(
    crowd: Crowd, wrong: State, language: str
) -> None:
    with crowd.page(wrong.who, language) as page:
        page.goto(address(page, crowd.demo, wrong.path))
        wrong.act(page, crowd.demo)
        led_to_the_fields(page, WRONG[wrong])


def led_to_the_fields(page: Page, fields: tuple[str, ...]) -> None:
    """The summary is read first; an entry of it takes to its field, which is marked and says the same."""
    expect(page.locator(".problems")).to_be_focused()
    links = page.locator(".problems a")
    assert len({each.inner_text() for each in links.all()}) == len(fields), "two entries say the same"
    assert [(each.get_attribute("href") or "")[1:] for each in links.all()] == list(fields)
    for link, name in zip(links.all(), fields, strict=True):
        link.click()
        expect(page.locator(f"#{name}")).to_be_focused()
        assert link.inner_text().endswith(page.locator(f".wrong:has(#{name}) .error").first.inner_text())


@IN_BOTH
def test_who_signs_is_asked_again_and_led_to_what_is_missing(crowd: Crowd, language: str) -> None:
    with crowd.page(ZHU_LIN, language) as page:
        page.goto(address(page, crowd.demo, "proposal/sign"))
        proven(ZHU_LIN)(page, crowd.demo)
        follow(page, "form[action$='/sign'] button")
        led_to_the_fields(page, ("limitation", "confirmed"))


READ = (
    (XIAOMING, "/loans"),
    (XIAOMING, "loan"),
    (XIAOMING, "loan/plan?kind=plan"),
    (XIAOMING, "loan/pay"),
    (XIAOMING, "loan/problem"),
    (XIAOMING, "loan/penalties"),
    (SUN_HAO, "proposal"),
    (DESK, "/desk"),
)

# What has the focus, where it is drawn, how thick its outline is, and whether something lies over it.
FOCUSED = """() => {
    const at = document.activeElement;
    if (at === document.body) return null;
    if (!at.matches(':focus')) return 'within';
    const drawn = at.matches('.segments > input') ? at.labels[0] : at;
    const box = drawn.getClientRects()[0], style = getComputedStyle(drawn);
    const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const inner = at.closest('main') ? 1 : 0;
    return [at.textContent.trim().slice(0, 40) || at.id, box.left, box.top + scrollY, inner,
        style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth), drawn.contains(over)];
}"""


def focused(page: Page) -> Iterator[tuple[str, float, float, int, float, bool]]:
    """Everything that Tab reaches, in its order."""
    for _ in range(200):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            return
        if at != "within":  # the calendar that a browser draws in a field for a date has a ring of its own
            yield tuple(at)
    raise AssertionError("Tab goes round and round")


@pytest.mark.parametrize(("who", "path"), READ, ids=[f"{who}-{path.strip('/')}" for who, path in READ])
def test_the_focus_is_seen_and_goes_as_the_page_is_read(crowd: Crowd, who: str, path: str) -> None:
    with crowd.page(who, "zh-CN") as page:
        page.goto(address(page, crowd.demo, path))
        stops = list(focused(page))
    assert len(stops) > 8
    assert [name for name, *_, outline, _ in stops if outline < 2] == [], "no outline"
    assert [name for name, *_, seen in stops if not seen] == [], "hidden behind something"
    within = [(top, left, name) for name, left, top, inner, *_ in stops if inner]
    back = [
        (before[2], after[2])
        for before, after in pairwise(within)
        if after[0] < before[0] - 12 or (abs(after[0] - before[0]) <= 2 and after[1] < before[1])
    ]
    assert back == [], "the focus jumps back"


def test_who_hears_the_page_is_told_the_new_plan_in_a_sentence_and_keeps_the_place(crowd: Crowd) -> None:
    """3,413.12 in four: three of 853.28 and the last the same, accepted at once; in ninety a person has to look."""
    with crowd.page(XIAOMING, "en") as page:
        page.goto(address(page, crowd.demo, "loan/plan?kind=plan"))
        said = page.locator("#preview [aria-live=polite][aria-atomic=true]")
        page.fill("#installments", "4")
        page.locator("#preview summary").first.focus()
        expect(said).to_contain_text("¥853.28")
        assert re.sub(r"\s+", " ", said.inner_text()).startswith(
            "First payment ¥853.28 on 14 July 2026 Each ¥853.28, every month How many 4"
        )
        expect(page.locator("#preview summary").first).to_be_focused()
        page.fill("#installments", "12")
        expect(said).to_contain_text("A person answers")
        expect(page.locator("#installments")).to_be_focused()
        assert page.locator("[aria-live], [role=alert]:visible").count() == 1


def test_who_hears_the_till_is_told_what_a_payment_does(crowd: Crowd) -> None:
    """3,413.12 - 600.00 = 2,813.12."""
    with crowd.page(XIAOMING, "en") as page:
        page.goto(address(page, crowd.demo, "loan/pay"))
        said = page.locator("#preview [aria-live=polite][aria-atomic=true]")
        page.locator("#what").focus()
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#what-other")).to_be_focused()
        expect(said).to_contain_text("It appears here as soon as the amount fits.")
        page.keyboard.press("Tab")
        page.keyboard.type("600")
        expect(said).to_have_text(re.compile(r"If you pay ¥600\.00 today\s+¥2,813\.12 is then still overdue\."))
        expect(page.locator("#amount")).to_be_focused()
