"""Two sides come to terms, or do not: a borrower's phone and a reviewer's desk; Chinese with script, English without.

That a plan inside the policy is accepted at once at forty past midnight, and signed, is told in test_door.py.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from portal.demo import DEMO_POLICY, TODAY
from tests.e2e.conftest import Demo, follow, running
from tests.e2e.walk import PHONE, go_in, loan_of, shows, sign, sign_in

XIAOMING, ZHOU_MIN, HU_XUE, LIN_FENG = "JQ-2026-0001", "JQ-2026-0006", "JQ-2026-0012", "JQ-2026-0013"
GAO_MIN = "JQ-2026-0018"
LIU_YANG, LIU_YANGS_OTHER = "JQ-2026-0005", "JQ-2026-0015"


class Town:
    """The demo on one business day after another, with one set of data; everybody who comes speaks one language."""

    def __init__(self, browser: Browser, folder: Path, language: str, script: bool) -> None:
        self.browser, self.folder, self.language, self.script = browser, folder, language, script
        self.day, self._stack = "", ExitStack()

    def on(self, day: str = TODAY.isoformat()) -> Demo:
        """The demo on that day; whoever was signed in still is."""
        if day != self.day:
            self.close()
            self.demo, self.day = self._stack.enter_context(running(self.folder, "--business-date", day)), day
        return self.demo

    def close(self) -> None:
        self._stack.close()
        self.day = ""

    def page(self, size: dict[str, int]) -> Page:
        context = self.browser.new_context(locale=self.language, java_script_enabled=self.script, viewport=size)
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    def said(self, page: Page, zh: str, en: str = "") -> None:
        """This stands on the page; where it is words, in the language of whoever reads it."""
        expect(page.locator("main")).to_contain_text(en if en and self.language == "en" else zh)


@pytest.fixture(
    scope="module", params=[("zh-CN", True), ("en", False)], ids=lambda way: f"{way[0]}-{'' if way[1] else 'no-'}script"
)
def town(request: pytest.FixtureRequest, browser: Browser, staged: Callable[[], Path]) -> Iterator[Town]:
    """One in which an agreement can be signed as soon as it is shown; test_door.py waits until it may be."""
    found = Town(browser, staged(), *request.param)
    policy = found.folder / "policy.toml"
    unread = DEMO_POLICY.replace("reading_seconds = 5", "reading_seconds = 0")
    policy.write_text(unread.replace("hold_days = 14", "hold_days = 14\npause_days = 30"))
    found.on().command("policy", "set", "jq", str(policy))
    yield found
    found.close()


@pytest.fixture(scope="module")
def desk(town: Town) -> Iterator[Page]:
    """The reviewer's, signed in."""
    page = town.page({"width": 1280, "height": 900})
    sign_in(page, town.on(), "rui@jq.example")
    yield page
    page.context.close()


@pytest.fixture
def phone(town: Town) -> Iterator[Page]:
    page = town.page(PHONE)
    yield page
    page.context.close()


def ask(town: Town, page: Page, **typed: str) -> None:
    """Fills in what is asked for, waits until the plan that is shown is that one, and sends it."""
    for name, text in typed.items():
        page.fill(f"#{name}", text)
    if not town.script:
        follow(page, "button[value=show]")
    shows(page, **typed)
    follow(page, "form:has(#preview) button.primary")
    assert "/proposals/" in page.url, page.content()


def before(desk: Page, phone: Page) -> Page:
    """The desk, before what the phone shows."""
    desk.goto(phone.url.replace("/proposals/", "/desk/proposals/"))
    return desk


def counter(desk: Page, **typed: str) -> None:
    follow(desk, "main a[href$='/counter']")
    for name, text in typed.items():
        if not desk.locator(f"#{name}").is_visible():
            desk.locator("main form summary").first.click()
        desk.fill(f"#{name}", text)
    follow(desk, "form[action$='/counter'] button[name=show]")
    follow(desk, "form[action$='/counter'] button:not([name])")
    assert not desk.url.endswith("/counter"), desk.content()


def side_by_side(page: Page) -> list[list[str]]:
    """The rows of the three columns as they are read, money without its sign; all of it is on the screen."""
    rows = [row.locator("th, td").all() for row in page.locator("main table.compare tr").all()]
    for cell in rows[0][1:] + [cell for row in rows[1:] for cell in row]:
        box = cell.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["height"] > 0, cell.inner_text()
    return [[_plain(cell) for cell in row] for row in rows]


def _plain(cell: Locator) -> str:
    return " ".join(cell.inner_text().replace("¥", "").split())


HEADS = {"zh-CN": ["", "合同", "您的", "机构的"], "en": ["", "Contract", "Yours", "Theirs"]}
ROWS = {
    "zh-CN": ("还款次数", "一次", "每次", "合计", "减免", "不同"),
    "en": ("Payments", "all at once", "Each time", "In all", "Waived", "differs"),
}


def test_he_is_countered_twice_and_accepts_what_then_lies_beside_his_own(town: Town, phone: Page, desk: Page) -> None:
    """小明 owes 3,413.12: twelve payments, then ten; she says eight, then eight with 56.00 of the penalty let go."""
    payments, at_once, each, in_all, waived, differs = ROWS[town.language]
    go_in(phone, town.on(), XIAOMING)
    phone.goto(f"{loan_of(phone, town.demo)}/plan?kind=plan")
    ask(town, phone, installments="12")
    counter(before(desk, phone), installments="8")
    phone.reload()
    rows = side_by_side(phone)
    assert rows[0] == HEADS[town.language]
    assert [payments, at_once, "12", f"8 {differs}"] in rows
    assert [each, "3,413.12", "284.43", f"426.64 {differs}"] in rows
    assert [in_all, "3,413.12", "3,413.12", "3,413.12"] in rows, "the same is not said to differ"

    follow(phone, "main .actions a")
    ask(town, phone, installments="10")
    town.said(before(desk, phone), "341.31")
    counter(desk, installments="8", waiver_penalty="56", note="罚息少收 56 元，八期。")
    phone.reload()
    town.said(phone, "罚息少收 56 元，八期。")
    town.said(phone, "有效期到2026年6月17日", "It is valid until 17 June 2026")
    rows = side_by_side(phone)
    assert [payments, at_once, "10", f"8 {differs}"] in rows
    assert [each, "3,413.12", "341.31", f"419.64 {differs}"] in rows, "3,357.12 / 8"
    assert [waived, "–", "0.00", f"56.00 {differs}"] in rows
    assert [in_all, "3,413.12", "3,413.12", f"3,357.12 {differs}"] in rows

    follow(phone, "form[action$='/accept'] button")
    town.said(phone, "您已接受机构的方案。", "You accepted what the lender offered.")
    town.said(phone, "419.64")
    assert happened(town, XIAOMING) == [
        *("proposal.submitted", "proposal.under_review", "proposal.countered") * 2,
        "proposal.accepted",
    ]


def signed_and_booked(town: Town, phone: Page, loan_no: str) -> str:
    """What is accepted is signed on the phone, and a colleague of who decided books it; the proposal's address."""
    proposal = phone.url
    books = town.page({"width": 1280, "height": 900})
    sign_in(books, town.demo, "lan@jq.example")
    before(books, phone)
    sign(phone, town.demo, loan_no)
    books.reload()
    books.fill("#core_id", f"P-{loan_no}")
    follow(books, "form[action$='/book'] button")
    books.context.close()
    return proposal.removeprefix(town.demo.url)


def has_come(demo: Demo, loan_no: str, amount: str, *days: str) -> None:
    """The lender's core tells of payments, one a day."""
    paid = [{"loan_no": loan_no, "id": f"R-{day}", "received_on": day, "amount": amount} for day in days]
    file = demo.log.with_name(f"payments-{loan_no}.jsonl")
    file.write_text("".join(json.dumps(each) + "\n" for each in paid))
    told = json.loads(demo.command("payments", str(file), "--lender", "jq", "--json", today=max(days)))
    assert told == {"payments": len(days), "added": len(days), "repeated": 0}


def happened(town: Town, *loan_nos: str, kind: str = "proposal.") -> list[str]:
    """In the order in which the lender's systems are told."""
    told = town.demo.events()
    return [each["type"] for each in told if each["loan_no"] in loan_nos and each["type"].startswith(kind)]


def test_she_is_declined_with_a_reason_and_sends_back_what_would_be_accepted(
    town: Town, phone: Page, desk: Page
) -> None:
    """周敏 asked for twelve payments of 210.37; half a year is the most at once: 2,524.44 / 6 = 420.74."""
    go_in(phone, town.on(), ZHOU_MIN)
    follow(phone, "main article a.button")
    town.said(phone, "210.37")
    before(desk, phone).locator("details", has=desk.locator("form[action$='/decline']")).locator("summary").click()
    desk.check("input[value=too_long]")
    desk.fill("form[action$='/decline'] textarea", "半年以内我们可以接受。")
    follow(desk, "form[action$='/decline'] button:not([name])")

    phone.reload()
    town.said(phone, "机构没有同意。", "Not agreed.")
    town.said(phone, "原因：方案时间太长。", "The reason: The plan takes longer than we can agree to.")
    town.said(phone, "半年以内我们可以接受。")
    town.said(phone, "这样的方案会立即被接受", "This would be accepted at once")
    town.said(phone, "分 6 期，每期 420.74 元，从2026年7月10日开始。", "6 payments of ¥420.74, from 10 July 2026 on.")
    town.said(phone, "有效期到2026年6月17日。", "It is valid until 17 June 2026.")
    follow(phone, "main a[href*='/plan?']")
    town.said(phone, "系统当场同意", "It is accepted at once")
    follow(phone, "form:has(#preview) button.primary")
    town.said(phone, "机构同意了您的方案。", "The lender accepted your plan.")
    assert _plain(phone.locator("main .amount strong").first).removesuffix(" 元") == "420.74"
    assert happened(town, ZHOU_MIN)[-3:] == ["proposal.declined", "proposal.submitted", "proposal.accepted"]


def test_he_can_pay_nothing_now_and_is_let_be_until_august(town: Town, phone: Page, desk: Page) -> None:
    """林峰 asks until 13 August, sixty days; at once it may last 30 days, until 14 July, so that the desk decides."""
    go_in(phone, town.on(), LIN_FENG)
    phone.goto(f"{loan_of(phone, town.demo)}/plan?kind=pause")
    town.said(phone, "系统当场同意", "It is accepted at once")
    ask(town, phone, first_due="2026-08-13")
    town.said(phone, "机构会在2026年6月17日前（含当天）答复您", "You have an answer by 17 June 2026")
    town.said(before(desk, phone), "不晚于2026年7月14日的，可以当场同意", "at once it may last until 14 July 2026")
    follow(desk, "form[action$='/accept'] button:not([name])")
    town.said(desk, "有 1 项超出你们的规则。", "It breaks one rule of your policy.")
    follow(desk, "form[action$='/accept'] button:not([name])")

    phone.reload()
    proposal = signed_and_booked(town, phone, LIN_FENG)
    for address in (town.demo.url + proposal, loan_of(phone, town.demo)):
        phone.goto(address)
        town.said(phone, "已暂停。", "Paused.")
        town.said(
            phone,
            "到2026年8月13日为止，逾期部分先不要求您还。",
            "Until 13 August 2026 you need not pay what is overdue.",
        )
        town.said(phone, "暂停的部分不增加罚息。", "No penalty is added to what is paused.")


def test_one_amount_for_two_loans_is_spread_and_both_are_accepted_at_once(town: Town, phone: Page, desk: Page) -> None:
    """刘洋 owes 1,490.73 and 459.39, 1,950.12 in all; 1,500.00 each month is 1,146.65 and 353.35, then the rest."""
    go_in(phone, town.on(), LIU_YANG)
    town.said(phone, "1,950.12")
    follow(phone, "main a[href$='/together/jq']")
    phone.fill("#amount", "1500")
    if not town.script:
        follow(phone, "button[value=show]")
    parts = {LIU_YANG: ("1,146.65", "344.08"), LIU_YANGS_OTHER: ("353.35", "106.04")}
    for loan_no, amounts in parts.items():
        for amount in amounts:
            expect(phone.locator("#preview article", has_text=loan_no)).to_contain_text(amount)
    follow(phone, "form:has(#preview) button.primary")
    town.said(phone, "机构同意了您的方案。", "The lender accepted your plan.")
    town.said(phone, f"{LIU_YANGS_OTHER} · 已同意", f"{LIU_YANGS_OTHER} · Accepted")
    follow(phone, "main a:has-text('JQ-2026-0015')")
    town.said(phone, "353.35")
    town.said(phone, f"{LIU_YANG} · 已同意", f"{LIU_YANG} · Accepted")
    desk.goto(f"{town.demo.url}/desk?queue=borrower")
    for loan_no, (amount, _) in parts.items():
        expect(desk.locator("main tr", has_text=loan_no)).to_contain_text(amount)
    assert sorted(happened(town, *parts)) == [*["proposal.accepted"] * 2, *["proposal.submitted"] * 2]


# It stands last: what the worker does in November, it does to everybody in town.
def test_a_plan_is_kept_three_times_and_breaks_at_its_fourth_installment(town: Town, phone: Page, desk: Page) -> None:
    """胡雪 owes 5,613.06 on 15 June, six times 935.51. The fourth is due on 15 October, to be cured by the 29th.

    Three working days more it is being checked, Friday to Tuesday, so it breaks on 4 November. Of the 5,500.80
    and 112.26 taken in 2,806.53 was paid, penalty and interest first, so 2,806.53 of principal is back. Of the contract
    beside it nos. 7 to 10 were never paid: 4 x 1,833.60, and penalty of 117, 86, 55 and 25 days on 1,676.90, 1,702.06,
    1,727.59 and 1,753.50: 127.53 + 95.15 + 61.76 + 28.49 = 312.93. In all 10,453.86.
    """
    demo = town.on("2026-06-15")
    go_in(phone, demo, HU_XUE)
    loan = loan_of(phone, demo).removeprefix(demo.url)
    phone.goto(f"{demo.url}{loan}/plan?kind=plan")
    ask(town, phone, installments="6")
    proposal = signed_and_booked(town, phone, HU_XUE)

    demo = town.on("2026-09-15")
    has_come(demo, HU_XUE, "935.51", "2026-07-15", "2026-08-14", "2026-09-15")
    phone.goto(demo.url + proposal)
    town.said(phone, "下一次还款：2026年10月15日，935.51 元。", "The next payment, ¥935.51, is due on 15 October 2026.")
    for page in (phone, before(desk, phone)):
        town.said(page, "5,613.06 元，已还 2,806.53 元，还剩 2,806.53 元", "¥2,806.53 of ¥5,613.06 is paid")

    for night in ("2026-10-16", "2026-10-30", "2026-11-03"):
        demo.command("worker", "--once", "--now", f"{night}T03:00:00+08:00")
    demo = town.on("2026-11-03")
    phone.goto(demo.url + proposal)
    town.said(phone, "到2026年11月3日为止，正在核对", "It is being checked until 3 November 2026 whether you paid it.")
    demo.command("worker", "--once", "--now", "2026-11-04T03:00:00+08:00")
    demo = town.on("2026-11-04")
    phone.goto(demo.url + proposal)
    town.said(phone, "方案已终止。", "The plan has ended.")
    town.said(phone, "已还的仍算已还", "What you paid stays paid")
    town.said(phone, "方案共 5,613.06 元，已还 2,806.53 元", "¥2,806.53 of ¥5,613.06 was paid")
    town.said(before(desk, phone), "已还 2,806.53 元，还剩 2,806.53 元", "¥2,806.53 is left")
    town.said(desk, "没有按方案还", "Not kept")
    town.said(desk, "10,453.86")
    phone.goto(f"{demo.url}{loan}/penalties")
    for part in ("68.80", "38.09", "5.37", "127.53", "95.15", "61.76", "28.49"):
        town.said(phone, part)
    phone.goto(demo.url + loan)
    town.said(phone, "10,453.86")
    expect(phone.locator(f"main a[href='{loan}/plan']"), "another plan can be made at once").to_be_visible()
    paid, ended = ["plan.installment_paid"] * 3, ["plan.installment_missed", "plan.strained", "plan.broken"]
    assert happened(town, HU_XUE, kind="plan.") == ["plan.activated", *paid, *ended]


def test_before_it_is_late_three_taps_ask_for_another_day_and_nothing_is_overdue(town: Town, phone: Page) -> None:
    """高敏 owes nothing, and tomorrow's 550.08 cannot be paid: on 29 June it can."""
    go_in(phone, town.on(), GAO_MIN)
    phone.goto(f"{town.demo.url}/loans")
    follow(phone, "main a[href$='/next']")
    follow(phone, "#move a.button")
    follow(phone, "#chosen button.primary")
    assert "/proposals/" in phone.url, phone.content()
    town.said(phone, "再读一遍并签署", "Read it once more and sign")
    town.said(phone, "6月29日", "29 June")
    town.said(phone, "550.08")
