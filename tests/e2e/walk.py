"""Walks the pages of somebody as their links lead, and says of each what a person could not see, reach or hit there."""

import html
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect

from portal.commands.seed import SEED_PASSWORD
from portal.demo import PORTFOLIOS
from portal.web.cookies import BORROWER
from portal.web.cookies import DESK as DESK_COOKIE
from tests.browser import Reader
from tests.e2e.conftest import Demo, follow
from tests.pages.walk import one_card_more

PHONE = {"width": 360, "height": 740}
LANGUAGES = ("zh-CN", "en")
OWN = ("/loans", "/together", "/proposals", "/agreements", "/problems", "/account", "/help", "/privacy")
NOT_PAGES = ("/file", ".json", ".ics", ".csv", ".toml")
_FIRST = {(slug, loan.who.external_id): loan for slug, loans in PORTFOLIOS.items() for loan in reversed(loans)}
DIGITS = {loan.loan_no: loan.who.id_last4 for loan in _FIRST.values()}
PHONES = {loan.loan_no: loan.who.phone for loan in _FIRST.values()}
DESK = "lan@jq.example"
SIGNED = ("input[value=catch_up]", "input[value=next_day]", "input[value=tell]", "#limitation", "#confirmed")
SIGNED_PAUSE = (
    "input[name=q_held_all][value=nothing]",
    "input[name=q_moved][value=later]",
    "input[name=q_over][value=asked]",
)
READING_MS = 5500
"""What the demo's lender asks for before an agreement is signed, and a little."""
_TOPICS = ("advice", "words", "penalty", "plan", "credit-record", "court", "false-collectors")
_DOORS = ("/", "/sign-in", "/sign-in/code", "/sign-in/help", "/privacy", "/desk/sign-in", "/nothing-here", "/help/away")

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# A link within a sentence is as high as its line; whatever stands for itself has to be hit by a thumb.
LOOK = """() => {
    const said = [], words = each => each.textContent.replace(/\\s+/g, '');
    const named = each => `${each.tagName.toLowerCase()} “${words(each).slice(0, 30) || each.id}”`;
    const all = what => [...document.querySelectorAll(what)].filter(each => each.checkVisibility());
    if (all('h1').length !== 1) said.push(`${all('h1').length} h1`);
    if (all('.primary').length > 1) said.push(`several first actions: ${all('.primary').map(named)}`);
    const alone = each => getComputedStyle(each).display !== 'inline'
        || words(each.parentElement.closest('p, li, td, th, dd, dt, div, h1, h2, h3, main')) === words(each);
    for (const each of all('a[href], button, summary, select, textarea, input:not([type=hidden])')) {
        if (each.matches('.skip') || (each.matches('a') && !alone(each))) continue;
        const hit = (each.matches('[type=radio], [type=checkbox]') && each.labels[0]) || each;
        const {width, height} = hit.getBoundingClientRect();
        if (Math.min(width, height) < 43.9) said.push(`too small: ${named(hit)} ${width} x ${height}`);
    }
    return said;
}"""

# How far things moved by themselves, from the first drawing on.
WATCH = """window.moved = [];
new PerformanceObserver(list => list.getEntries().forEach(each => moved.push(
    each.value.toFixed(4) + ' ' + each.sources.map(source => source.node?.textContent?.trim().slice(0, 30)))))
.observe({type: 'layout-shift', buffered: true})"""

OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"


STILL_THERE = 15 * 60
"""Seconds after which whoever looks comes in anew: a session locks itself after twice as long."""


class Crowd:
    """Everybody of the cast and a reviewer, each come in once; whoever looks begins with their cookies."""

    def __init__(self, browser: Browser, demo: Demo) -> None:
        self.browser, self.demo = browser, demo
        self._in: dict[str, tuple[float, Any]] = {}
        self._kinds: dict[str, list[str]] = {}

    @contextmanager
    def page(self, who: str, language: str, **more: Any) -> Iterator[Page]:
        """A phone of theirs; `who` is a loan's number, an e-mail address, or nothing for a stranger."""
        since, cookies = self._in.get(who, (-STILL_THERE, None))
        if who and time.monotonic() - since >= STILL_THERE:
            context = self.browser.new_context(locale=language, viewport=PHONE)
            _come_in(context, self.demo, who)
            cookies = context.storage_state()
            self._in[who] = time.monotonic(), cookies
            context.close()
        begin = {"storage_state": cookies, "locale": language, "viewport": PHONE}
        context = self.browser.new_context(**{**begin, **more})
        yield context.new_page()
        self._renew(who, context.storage_state())
        context.close()

    def _renew(self, who: str, now: Any) -> None:
        """Whoever proved who they are has another session's token from then on; of all else they begin anew."""
        tokens = {cookie["name"]: cookie for cookie in now["cookies"] if cookie["name"] in (BORROWER, DESK_COOKIE)}
        if who in self._in:
            since, begin = self._in[who]
            kept = [tokens.get(cookie["name"], cookie) for cookie in begin["cookies"]]
            self._in[who] = since, {**begin, "cookies": kept}

    def pages(self, who: str, language: str) -> dict[str, str]:
        """What links lead to, each address once, with what kind of page it is."""
        start, within = ("/desk", ("/desk",)) if who == DESK else ("/loans", OWN)
        with self.page(who, language) as page:
            found = dict(_found(page.context, self.demo.url, start, within))
        return {path: kind for path, kind in found.items() if "/pay/square" not in path}  # a picture by itself

    def kinds(self) -> dict[str, list[str]]:
        """By person, addresses that together hold each kind of page that the cast sees."""
        seen: set[str] = set()
        for who in () if self._kinds else (*DIGITS, DESK):
            for path, kind in self.pages(who, LANGUAGES[0]).items():
                if kind not in seen:
                    self._kinds.setdefault(who, []).append(path)
                    seen.add(kind)
        return self._kinds


def _come_in(context: BrowserContext, demo: Demo, who: str) -> None:
    """Through their door without a page of it being drawn: the context has the cookies."""
    address = demo.link(who) if who in DIGITS else f"{demo.url}/desk/sign-in"
    typed = {"digits": DIGITS[who]} if who in DIGITS else {"email": who, "password": SEED_PASSWORD}
    answer = _typed_into(context, demo, context.request.get(address), typed)
    if answer.url.endswith("/consent") or answer.url == address:
        answer = _typed_into(context, demo, answer, {"notice": "1", "sensitive": "1"})
    assert answer.url in (f"{demo.url}/loans", f"{demo.url}/desk"), answer.text()


def _typed_into(context: BrowserContext, demo: Demo, shown: APIResponse, typed: dict[str, str]) -> APIResponse:
    """The one form in which all of that is asked for, filled in and sent."""
    reader = Reader()
    reader.feed(shown.text())
    form = next(each for each in reader.forms if each.method == "post" and "/language" not in each.action)
    address = urljoin(shown.url, form.action)
    return context.request.post(address, form={**form.fields, **typed}, headers={"origin": demo.url})


def go_in(page: Page, demo: Demo, loan_no: str) -> None:
    """Through the door by the printed link; the notice is agreed to where it is asked."""
    page.goto(demo.link(loan_no))
    page.fill("#digits", DIGITS[loan_no])
    follow(page, "main button")
    if page.locator("#notice").count():
        page.check("#notice")
        page.check("#sensitive")
        follow(page, "main button")
    assert page.url == f"{demo.url}/loans", page.url


def sign_in(page: Page, demo: Demo, email: str) -> None:
    page.goto(f"{demo.url}/desk/sign-in")
    page.fill("#email", email)
    page.fill("#password", SEED_PASSWORD)
    follow(page, "main button")
    assert page.url == f"{demo.url}/desk", page.url


def sign(page: Page, demo: Demo, loan_no: str, reading_ms: int = 0) -> None:
    """From an accepted plan to its agreement: a code from the phone, three answers, two ticks.

    `reading_ms` is as long as the lender's policy wants it to be read.
    """
    follow(page, "main a[href$='/sign']")
    prove(page, demo, loan_no)
    for tick in SIGNED_PAUSE if page.locator(SIGNED_PAUSE[0]).count() else SIGNED[:3]:
        page.check(tick)
    for tick in SIGNED[3:]:
        page.check(tick)
    page.wait_for_timeout(reading_ms)
    follow(page, "form[action$='/sign'] button")
    assert "/agreements/" in page.url, page.content()


def prove(page: Page, demo: Demo, loan_no: str) -> None:
    """Whoever is asked whether it is them has a code sent, and types it."""
    number = PHONES[loan_no]
    sent = len(demo.messages(number))
    follow(page, "button[value=send]")
    page.fill("#code", code_for(page, demo, number, after=sent))
    follow(page, "button[value=code]")


def new_number(page: Page, loan_no: str, phone: str) -> None:
    """From the loans that the desk found: one of the staff has checked who it is, and lays it before a colleague."""
    follow(page, f"main a:has-text('{loan_no}')")
    follow(page, "main a[href$='/number']")
    page.fill("#phone", phone)
    page.check("#checked")
    page.fill("#why", "号码换了，已核对证件。")
    follow(page, "main form[action$='/number'] button")


def code_for(page: Page, demo: Demo, number: str, after: int = 0) -> str:
    """The code as it stands in the message, the first after so many, within five seconds."""
    for _ in range(50):
        if len(demo.messages(number)) > after:
            break
        page.wait_for_timeout(100)
    found = re.search(r"[0-9]{6}", demo.messages(number)[-1])
    assert found
    return found[0]


def shows(page: Page, *, installments: str = "", first_due: str = "") -> None:
    """The plan that is shown is the one of these terms; none is, where they make none."""
    preview = page.locator("#preview")
    if installments.isdecimal():
        expect(preview).to_contain_text(re.compile(rf"· {installments} (次|payments) ·"))
    elif installments:
        expect(preview.locator("input[name=shown]")).to_have_value("")
    if first_due:
        expect(preview.locator(f"time[datetime='{first_due}']").first).to_be_attached()


def doors(demo: Demo) -> list[str]:
    """What a stranger sees, with a link of their own and with one that never was."""
    link = demo.link(next(iter(DIGITS))).removeprefix(demo.url)
    return [*_DOORS, *(f"/help/{topic}" for topic in _TOPICS), link, f"{link}/not-me", "/i/no-such-link"]


def address(page: Page, demo: Demo, path: str) -> str:
    """`link` and a loan's number, `loan/...` and `proposal...` stand for what belongs to whoever looks."""
    if path.startswith("link "):
        loan_no, *more = path.removeprefix("link ").split("/")
        return "/".join((demo.link(loan_no), *more))
    if path.startswith("loan"):
        return path.replace("loan", loan_of(page, demo), 1)
    if path.startswith("proposal"):
        page.goto(f"{demo.url}/loans")
        href = page.locator("main a[href*='/proposals/']:not(.why)").first.get_attribute("href") or ""
        return demo.url + path.replace("proposal", href, 1)
    return demo.url + path


def loan_of(page: Page, demo: Demo) -> str:
    """The address of the loan that stands first."""
    page.goto(f"{demo.url}/loans")
    return demo.url + (page.locator("main h2 a").first.get_attribute("href") or "")


def _found(context: BrowserContext, url: str, start: str, within: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    ahead, done = [start], set[str]()
    while ahead:
        path = ahead.pop(0).partition("#")[0]
        if path in done or not path.startswith(within) or path.partition("?")[0].endswith(NOT_PAGES):
            continue
        if one_card_more(path, done):
            continue
        done.add(path)
        answer = context.request.get(url + path)
        text = answer.text()
        assert answer.ok, (path, answer.status)
        yield path, kind_of(urlsplit(answer.url).path, text)
        links = (urljoin(answer.url, html.unescape(href)) for href in re.findall(r'<a[^>]* href="([^"]+)"', text))
        ahead += [link.removeprefix(url) for link in links]


def kind_of(path: str, text: str) -> str:
    """The address without its refs, and the parts that the page is made of."""
    main = text.partition("<main")[2]
    parts = re.findall(r'<(\w+)[^>]* class="([^"]*)"', main) + re.findall(r'<(form)[^>]* action="([^"]*)"', main)
    return " ".join(sorted({nameless(path), *(f"{tag} {nameless(what)}" for tag, what in parts)}))


def nameless(address: str) -> str:
    """Without the refs and tokens, which are others in every demo."""
    return re.sub(r"\b[a-z2-7]{16}\b|(?<=/i/)[\w-]{43}", "*", address)


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, with what is folded in opened."""
    page.evaluate(OPEN_ALL)
    options = {"runOnly": WCAG, "resultTypes": ["violations"], "preload": False}
    found = Axe().run(page, options=options).response["violations"]
    against = [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"][:3]]
    return _at(page, [*against, *page.evaluate(LOOK)])


def _at(page: Page, said: list[str]) -> list[str]:
    return [f"{re.sub('^https?://[^/]*', '', page.url)}: {each}" for each in said]
