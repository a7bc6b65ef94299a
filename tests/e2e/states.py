"""What no link leads to: after a mistake, in the middle of something, once it is done, and on a later day."""

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page

from portal.demo import TODAY
from portal.web.cookies import BORROWER
from tests.e2e.conftest import Demo, follow, running
from tests.e2e.journeys import A_MONTH
from tests.e2e.walk import (
    DESK,
    DIGITS,
    OPEN_ALL,
    PHONES,
    READING_MS,
    SIGNED,
    WATCH,
    Crowd,
    address,
    code_for,
    new_number,
    prove,
)

XIAOMING, ZHAO_QIANG, CHEN_FANG, LI_JING = "JQ-2026-0001", "JQ-2026-0003", "JQ-2026-0004", "YH-88-2201"
LIU_YANG, ZHOU_MIN, ZHENG_LI, SUN_HAO, ZHU_LIN, MA_CHAO = (f"JQ-2026-{no:04}" for no in (5, 6, 8, 9, 10, 11))
OWN = "loan/plan?kind=plan"
"""Where somebody sets every term of a plan."""
LIN_FENG, GUO_TAO, HE_JING = "JQ-2026-0013", "JQ-2026-0016", "JQ-2026-0017"
JULY, AUGUST = "2026-07-13", "2026-08-28"

Act = Callable[[Page, Demo], object]


class State(NamedTuple):
    """Whose page, which (as `walk.address` reads it), what they do there, and the business day of it."""

    name: str
    who: str
    path: str
    act: Act = lambda page, demo: None
    day: str = TODAY.isoformat()


def pressed(button: str, *ticks: str, **typed: str) -> Act:
    """Fills in, ticks, and presses."""

    def act(page: Page, demo: Demo) -> None:
        page.evaluate(OPEN_ALL)
        for name, text in typed.items():
            page.fill(f"#{name}", text)
        for tick in ticks:
            page.check(tick)
        follow(page, button)

    return act


def _chosen(page: Page, demo: Demo) -> None:
    """A password too short, once it was said who it is."""
    if "/account/prove" in page.url:
        prove(page, demo, XIAOMING)
    pressed("main form button", password="1")(page, demo)


WRONG: dict[State, tuple[str, ...]] = {
    State("door", "", f"link {CHEN_FANG}", pressed("main button", digits="0000")): ("digits",),
    State("sign-in", "", "/sign-in", pressed("main button", phone="138", password="x")): ("phone",),
    State("code", "", "/sign-in/code", pressed("main button")): ("phone", "digits"),
    State("plan", XIAOMING, OWN, pressed("button[value=show]", installments="x")): ("installments",),
    State("pay", XIAOMING, "loan/pay?what=other&amount=x"): ("amount",),
    State("report", XIAOMING, "loan/pay", pressed("form[action$='/pay']:has(#paid) button", paid="x")): ("paid",),
    State("day", XIAOMING, "loan/day?on=x"): ("on",),
    State("afford", XIAOMING, "loan/plan/afford", pressed("main form button", income="x")): ("income",),
    State("problem", XIAOMING, "loan/problem", pressed("main form button")): ("kind",),
    State("password", XIAOMING, "/account/password", _chosen): ("password",),
    State("answer", ZHENG_LI, "proposal", pressed("form[action$='/answer'] button")): ("note",),
    State("desk", "", "/desk/sign-in", pressed("main button", email="x", password="x")): ("email",),
}
"""Forms that are sent with a mistake, each with the fields that the summary leads to."""


def _in_turn(*acts: Act) -> Act:
    def act(page: Page, demo: Demo) -> None:
        for each in acts:
            each(page, demo)

    return act


def proven(loan_no: str) -> Act:
    """What has been proven a moment ago is not asked again."""
    return lambda page, demo: prove(page, demo, loan_no) if "/account/prove" in page.url else None


def code_sent(loan_no: str) -> Act:
    """A code is on its way, and has come: whoever is proven next must not take this one for the one they ask for."""

    def act(page: Page, demo: Demo) -> None:
        sent = len(demo.messages(PHONES[loan_no]))
        follow(page, "button[value=send]")
        code_for(page, demo, PHONES[loan_no], after=sent)

    return act


def _older(name: str) -> Act:
    """The page was opened before something changed that it is about."""
    return lambda page, demo: page.evaluate(
        "name => document.querySelectorAll(`[name=${name}]`).forEach(each => each.value = '0')", name
    )


def _gone(page: Page, demo: Demo) -> None:
    """The session ended while the page stood there."""
    page.context.clear_cookies(name=BORROWER)


def _locked(page: Page, demo: Demo) -> None:
    """As the page does by itself once it covers what it shows."""
    page.evaluate("""() => fetch('/account/lock', {
        method: 'POST', body: new URLSearchParams({csrf: document.querySelector('[name=csrf]').value})})""")
    page.reload()


DIGITS_IN = pressed("main button", digits=DIGITS[ZHAO_QIANG])
ASKED = pressed("main button", phone="13800000002", digits=DIGITS[LI_JING])
SEND_PLAN = pressed("form:has(#preview) button.primary")
TELL = pressed("main form button", "input[value=other]", note="昨晚十一点还有人打电话。")
SIGN = pressed("form[action$='/sign'] button", *SIGNED)
PAID = pressed("form[action$='/pay']:has(#paid) button", paid="100", reference="T-1")

STATES = (
    State("not to be read before it is agreed to", "", f"link {ZHAO_QIANG}", DIGITS_IN),
    State("not agreed to", "", f"link {ZHAO_QIANG}", _in_turn(DIGITS_IN, pressed("main form button"))),
    State("a link that is not theirs", "", f"link {HE_JING}", lambda page, demo: page.goto(f"{page.url}/not-me")),
    State("a link that was ended", "", f"link {HE_JING}/not-me", pressed("main form button")),
    State("a code is on its way", "", "/sign-in/code", ASKED),
    State("another code", "", "/sign-in/code", _in_turn(ASKED, pressed("main button", code="000000"))),
    State("a plan at once", XIAOMING, "loan/plan?how=count&installments=3&every=1m&first_due=2026-07-01"),
    State(
        "a plan that a person looks at", XIAOMING, "loan/plan?how=count&installments=12&every=1m&first_due=2026-07-01"
    ),
    State(
        "less at the beginning",
        XIAOMING,
        "loan/plan?how=amount&amount=300&every=2w&first_due=2026-07-01&down_payment=50",
    ),
    State("nothing now", XIAOMING, "loan/plan?kind=pause"),
    State(
        "a plan for later", XIAOMING, "loan/plan?kind=plan", pressed("button[formaction$='/draft']", installments="9")
    ),
    State("a plan under other rules", XIAOMING, OWN, _in_turn(_older("policy"), SEND_PLAN)),
    State("what is left over", XIAOMING, "loan/plan/afford", pressed("main form .primary", **A_MONTH)),
    State(
        "nothing is left over", XIAOMING, "loan/plan/afford", pressed("main form .primary", income="100", food="900")
    ),
    State("what a payment does", XIAOMING, "loan/pay?what=other&amount=600"),
    State("a payment told of", XIAOMING, "loan/pay", PAID),
    State("a problem told of", XIAOMING, "loan/problem", TELL),
    State("another day", XIAOMING, "loan/day?on=2026-05-01"),
    State("one amount for two", LIU_YANG, "/together/jq?amount=900"),
    State("too little for two", LIU_YANG, "/together/jq?amount=1"),
    State(
        "a page from before",
        SUN_HAO,
        "proposal",
        _in_turn(_older("expected_version"), pressed("form[action$='/accept'] button")),
    ),
    State(
        "signed out meanwhile",
        ZHENG_LI,
        "proposal",
        _in_turn(_gone, pressed("form[action$='/answer'] button", note="每月十号")),
    ),
    State("is it you", ZHU_LIN, "proposal/sign"),
    State("six digits", ZHU_LIN, "proposal/sign", code_sent(ZHU_LIN)),
    State("read and sign", ZHU_LIN, "proposal/sign", proven(ZHU_LIN)),
    State("not understood", ZHU_LIN, "proposal/sign", pressed("form[action$='/sign'] button")),
    State("signed too soon", ZHU_LIN, "proposal/sign", SIGN),
    State("signed", ZHU_LIN, "proposal/sign", _in_turn(lambda page, demo: page.wait_for_timeout(READING_MS), SIGN)),
    State(
        "a number that changed",
        DESK,
        f"/desk/loans?q={LIN_FENG}",
        lambda page, demo: new_number(page, LIN_FENG, "+8613900000013"),
    ),
    State("locked", CHEN_FANG, "/account", _locked),
    State("about to close", LI_JING, "/account/close", proven(LI_JING)),
    State("no answer yet", ZHOU_MIN, "proposal", day=JULY),
    State("no time left to accept", SUN_HAO, "proposal", day=JULY),
    State("a payment is missing", GUO_TAO, "proposal", day=JULY),
    State("a payment is missing, of several things", GUO_TAO, "/loans", day=JULY),
    State("not in the books yet", MA_CHAO, "proposal", day=JULY),
    State("not looked for yet", MA_CHAO, "loan/pay", day=JULY),
    State("the plan has ended", GUO_TAO, "proposal", day=AUGUST),
    State("the pause is over", HE_JING, "proposal", day=AUGUST),
    State("long overdue", XIAOMING, "loan", day=AUGUST),
)


def states(browser: Browser, folder: Path, language: str, **more: Any) -> Iterator[tuple[State, Page]]:
    """Each state once, day by day, in a demo of its own whose data lies in `folder`."""
    for day, those in groupby((*WRONG, *STATES), key=lambda state: state.day):
        with running(folder, "--business-date", day) as demo:
            if day != TODAY.isoformat():
                demo.command("worker", "--once", "--now", f"{day}T03:00:00+08:00")
            crowd = Crowd(browser, demo)
            for state in those:
                with crowd.page(state.who, language, **more) as page:
                    page.add_init_script(WATCH)
                    page.set_default_timeout(10_000)
                    page.goto(address(page, demo, state.path))
                    state.act(page, demo)
                    yield state, page
