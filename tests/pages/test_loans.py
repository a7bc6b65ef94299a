"""What is owed and why: on one page, loan by loan, line by line, in both languages and for nobody else."""

import json
import logging
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.demo import JQ, TODAY, portfolio
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.files import read_portfolio
from tests.pages.conftest import (
    AN,
    CHEN_FANGS,
    HU_XUES,
    LIU_YANGS,
    MA_CHAOS,
    XIAOMINGS,
    ZHAO_QIANGS,
    ZHENG_LIS,
    ZHU_LINS,
    Cast,
)

pytestmark = pytest.mark.anyio

# A loan, a proposal and an agreement that nobody has.
NOBODYS = "a" * 16


async def capped(cast: Cast) -> str:
    """小明's loan as another contract has it: 1.5 times 18 %, so 27 %, and the cap of 24 % lies below."""
    line = json.loads(portfolio(JQ).splitlines()[0])
    line["loan_no"], line["borrower"]["external_id"] = "JQ-2026-0091", "B-1"
    line["terms"]["penalty"]["rate"] = {"multiple_of_contract": "1.5"}
    del line["statement"]
    reading = read_portfolio(json.dumps(line, ensure_ascii=False).encode() + b"\n", "consumer-finance")
    assert not reading.bad
    await import_portfolio(cast.moment(), await lender_by_slug(JQ), reading.records, [], cast.settings.vault())
    return await cast.loan("JQ-2026-0091")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_first_page_says_what_is_overdue_since_when_and_what_can_be_done(cast: Cast, language: str) -> None:
    bo = await cast.comes(XIAOMINGS, language)
    assert (bo.status, bo.path) == (200, "/loans")
    assert "3,413.12" in bo.text
    assert ("最早一期3月15日到期" if language == "zh-CN" else "since 15 March") in bo.text
    assert f'lang="{language}"' in bo.html


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_itemisation_closes_on_the_screen(cast: Cast, language: str) -> None:
    bo = await cast.comes(XIAOMINGS, language)
    await bo.open(await cast.loan(XIAOMINGS))
    for amount in ("2,886.78", "413.70", "112.64", "3,413.12", "1,100.16"):
        assert amount in bo.text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_penalty_lines_add_up_on_the_screen(cast: Cast, language: str) -> None:
    bo = await cast.comes(XIAOMINGS, language)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/penalties")
    for shown in ("56.07", "37.53", "19.04", "112.64", "947.97", "962.19", "976.62", "23.4%", "91", "60", "30"):
        assert shown in bo.text
    # 3 x 0.234 / 360 of the three principals, once per line: 56.69 + 38.16 + 19.67 on 15 June
    assert "1.88" in bo.text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_capped_penalty_shows_contract_charged_and_not_charged(cast: Cast, language: str) -> None:
    loan = await capped(cast)
    bo = await cast.comes(XIAOMINGS, language)
    await bo.open(f"{loan}/penalties")
    for shown in ("64.70", "43.30", "21.97", "57.51", "38.49", "19.53", "115.53", "14.44", "24%"):
        assert shown in bo.text
    assert "24-percent" not in bo.text, "a code is no word"


@pytest.mark.parametrize(("language", "says"), [("zh-CN", "最严格的上限"), ("en", "the strictest limit that may hold")])
async def test_a_loan_of_a_kind_nobody_knows_is_held_to_the_strictest_limit(
    cast: Cast, language: str, says: str
) -> None:
    contract = await tables.ContractRow.get(loan__loan_no=XIAOMINGS)
    terms = json.dumps({**json.loads(contract.terms), "cap": None})
    await tables.ContractRow.filter(id=contract.id).update(lender_kind="consumer-finace", terms=terms)
    bo = await cast.comes(XIAOMINGS, language)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/penalties")
    # 12 % of 947.97 for 91 days, of 962.19 for 60 and of 976.62 for 30; 112.64 by contract.
    for shown in ("28.76", "19.24", "9.77", "57.77", "54.87", "12%", says):
        assert shown in bo.text
    assert bo.status == 200 and "strictest-" not in bo.html


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_contract_says_in_plain_words_what_the_engine_counts(cast: Cast, language: str) -> None:
    bo = await cast.comes(XIAOMINGS, language)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/terms")
    for shown in ("12,000.00", "18%", "23.4%", "1,100.16", "8.2"):
        assert shown in bo.text
    assert ("逾期罚息" if language == "zh-CN" else "Penalty for late payment") in bo.text
    assert "130% times" not in bo.text


async def test_a_loan_paid_up_has_nothing_to_pay_and_nothing_to_plan(cast: Cast) -> None:
    bo = await cast.comes(CHEN_FANGS)
    assert "Paid up." in bo.text
    loan = await cast.loan(CHEN_FANGS)
    await bo.open(loan)
    assert "Nothing is left to pay." in bo.text and f"{loan}/plan" not in bo.html
    await bo.open(f"{loan}/penalties")
    assert "There is no penalty on this loan today." in bo.text
    await bo.open(f"{loan}/plan")
    assert bo.status == 422 and "nothing to make a plan for" in bo.text


async def test_the_days_of_grace_are_said_without_alarm(cast: Cast) -> None:
    bo = await cast.comes(ZHAO_QIANGS)
    assert "In its days of grace." in bo.text and "Paid by 17 June 2026, it costs no penalty." in bo.text


async def test_a_loan_tells_of_the_payment_and_the_problem_that_were_told(cast: Cast) -> None:
    bo = await cast.comes(MA_CHAOS)
    await bo.open(await cast.loan(MA_CHAOS))
    assert f"{bo.path}/pay#reports" in bo.links()
    assert "187.00 was reported as paid on 13 June and is being checked" in bo.text
    hu_xue = await cast.comes(HU_XUES)
    await hu_xue.open(await cast.loan(HU_XUES))
    assert re.search(r"They still call me, \d+ June 2026[^:]*:\d\d: Confirmed", hu_xue.text), hu_xue.text


async def test_everything_a_page_leads_to_is_there(cast: Cast) -> None:
    """Every link of every borrower's pages, four steps deep, in Chinese: no page is missing or half translated."""
    for loan_no in (XIAOMINGS, ZHAO_QIANGS, CHEN_FANGS, LIU_YANGS, *(f"JQ-2026-{n:04}" for n in range(6, 14))):
        bo = await cast.comes(loan_no, "zh-CN")
        seen, ahead = {"/loans"}, [href for href in bo.links() if href != "/"]
        for href in ahead:
            if href not in seen and len(seen) < 40:
                seen.add(href)
                await bo.open(href)
                assert bo.status == 200, (loan_no, href, bo.text)
                ahead += bo.links()
        assert any(href.endswith("/terms") for href in seen), seen


@pytest.mark.parametrize("page", ["", "/penalties", "/terms", "/plan"])
async def test_somebody_elses_loan_looks_like_no_loan(cast: Cast, page: str) -> None:
    bo = await cast.comes(ZHAO_QIANGS)
    token = {"csrf": bo.filled("/sign-out")["csrf"], "installments": "6"}
    nobodys = (await bo.open(f"/loans/{NOBODYS}{page}")).html
    theirs = (await bo.open(f"{await cast.loan(XIAOMINGS)}{page}")).html
    assert bo.status == 404 and theirs == nobodys
    if page == "/plan":
        nobodys = (await bo.post(f"/loans/{NOBODYS}{page}", token)).html
        theirs = (await bo.post(f"{await cast.loan(XIAOMINGS)}{page}", token)).html
        assert bo.status == 404 and theirs == nobodys


@pytest.mark.parametrize("move", ["", "/accept", "/withdraw", "/answer", "/submit", "/nonsense"])
async def test_somebody_elses_proposal_looks_like_no_proposal(cast: Cast, move: str) -> None:
    bo = await cast.comes(XIAOMINGS)
    token = {"csrf": bo.filled("/sign-out")["csrf"], "note": "x", "confirmed": "1", "expected_version": "1"}
    before = await cast.told()
    for loan_no in (ZHENG_LIS, ZHU_LINS):
        theirs = await cast.proposal(loan_no)
        if move:
            pages = [(await bo.post(f"{path}{move}", token)).html for path in (f"/proposals/{NOBODYS}", theirs)]
        else:
            pages = [(await bo.open(path)).html for path in (f"/proposals/{NOBODYS}", theirs)]
        assert bo.status == 404 and pages[0] == pages[1]
    assert await cast.told() == before


async def test_somebody_elses_agreement_looks_like_no_agreement(cast: Cast) -> None:
    agreed = await tables.AgreementRow.all().first()
    assert agreed is not None
    path = f"/agreements/{agreed.ref}"
    assert (await (await cast.comes(MA_CHAOS)).open(path)).status == 200
    bo = await cast.comes(XIAOMINGS)
    nobodys = (await bo.open(f"/agreements/{NOBODYS}")).html
    theirs = (await bo.open(path)).html
    assert bo.status == 404 and theirs == nobodys


async def test_staff_of_another_lender_see_nothing(cast: Cast) -> None:
    bo = await cast.reviewer(AN)
    assert "JQ-" not in bo.text
    token = {"csrf": bo.filled("/desk/sign-out")["csrf"], "reason": "too_long", "note": "x", "expected_version": "3"}
    proposal, loan = await cast.proposal(ZHENG_LIS), await cast.loan(ZHENG_LIS)
    nobodys = (await bo.open(f"/desk/proposals/{NOBODYS}")).html
    for path in (f"/desk{proposal}", f"/desk{proposal}/counter", f"/desk{loan}"):
        assert (await bo.open(path)).html == nobodys and bo.status == 404
    for move in ("accept", "decline", "ask", "take_up", "counter"):
        assert (await bo.post(f"/desk{proposal}/{move}", token)).html == nobodys and bo.status == 404
    await bo.open("/desk/loans?q=JQ")
    assert "No loan has that in its number." in bo.text
    assert "银河银行信用卡中心" in (await bo.open("/desk/policy")).html


@pytest.mark.parametrize("odd", ["%00", "%F0%9F%92%A9", "x" * 33, "x" * 3000, "%c3%28", "a%2F..%2Fb"])
async def test_an_address_of_nonsense_is_nothing_there(cast: Cast, odd: str) -> None:
    bo = await cast.comes(XIAOMINGS)
    for path in (f"/loans/{odd}/plan", f"/proposals/{odd}", f"/agreements/{odd}", f"/i/{odd}", f"/help/{odd}"):
        assert (await bo.client.get(path)).status_code == 404, path


class Counting(logging.Handler):
    """Counts the statements that reach the database, where each is logged."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.said: list[str] = []
        log = logging.getLogger("tortoise.db_client")
        monkeypatch.setattr(log, "handlers", [self])
        monkeypatch.setattr(log, "propagate", False)
        monkeypatch.setattr(log, "level", logging.DEBUG)
        log.manager._clear_cache()  # type: ignore[attr-defined]

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "%s: %s" and '"job"' not in record.getMessage():  # the worker beside it looks for files
            self.said.append(record.getMessage())


async def test_a_page_asks_the_database_little_however_many_loans_there_are(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, three = await cast.comes(XIAOMINGS), await cast.comes(LIU_YANGS)
    await cast.enter(three, "YH-88-2305")
    counting = Counting(monkeypatch)
    await one.open("/loans")
    few = len(counting.said)
    counting.said.clear()
    await three.open("/loans")
    assert "银河银行信用卡中心" in three.text
    assert (len(counting.said), few) == (few, len(counting.said)), counting.said
    assert 3 <= few <= 4, counting.said


async def test_a_proposal_asks_the_database_little(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bo = await cast.comes(ZHENG_LIS)
    proposal = await cast.proposal(ZHENG_LIS)
    counting = Counting(monkeypatch)
    await bo.open(proposal)
    assert 5 <= len(counting.said) <= 17, counting.said


async def test_a_loan_the_last_file_left_out_says_how_old_its_figures_are(cast: Cast) -> None:
    await tables.LoanRow.filter(loan_no=XIAOMINGS).update(stale_since="2026-06-12")
    bo = await cast.comes(XIAOMINGS)
    await bo.open(await cast.loan(XIAOMINGS))
    assert "12 June 2026" in bo.text


async def stated(cast: Cast, penalty: int) -> None:
    """The lender's file of today says another penalty of 王小明's than the 112.64 that the terms make."""
    records = read_portfolio(portfolio(JQ), "consumer-finance").records
    record = next(each for each in records if each.loan.loan_no == XIAOMINGS)
    assert record.loan.statement is not None
    owed = replace(record.loan.statement.overdue, penalty=penalty)
    changed = replace(record, loan=replace(record.loan, statement=replace(record.loan.statement, overdue=owed)))
    await import_portfolio(cast.moment(), await lender_by_slug(JQ), [changed], [], cast.settings.vault())


async def test_the_lenders_own_figures_stand_beside_ours_where_they_differ(cast: Cast) -> None:
    await stated(cast, 12800)
    bo = await cast.comes(XIAOMINGS)
    await bo.open(await cast.loan(XIAOMINGS))
    assert "128.00" in bo.text and "112.64" in bo.text and "books differ" in bo.text


async def test_staff_are_told_the_likeliest_cause_of_111_09(cast: Cast) -> None:
    await stated(cast, 11109)  # /365 instead of /360: 55.30 + 37.01 + 18.78
    rui = await cast.reviewer()
    await rui.open((await cast.loan(XIAOMINGS)).replace("/loans/", "/desk/loans/"))
    assert "days are counted otherwise (actual/365)" in rui.text


async def test_staff_are_told_that_nothing_single_explains_128_00(cast: Cast) -> None:
    await stated(cast, 12800)
    rui = await cast.reviewer()
    await rui.open((await cast.loan(XIAOMINGS)).replace("/loans/", "/desk/loans/"))
    assert "No single thing we tried explains it" in rui.text


async def on_day(bo: Browser, loan: str, day: str) -> Browser:
    await bo.open(f"{loan}/day?on={day}")
    return bo


async def test_a_day_before_the_lender_told_us_shows_what_is_known_of_it_now(cast: Cast) -> None:
    bo, loan = await cast.comes(XIAOMINGS), await cast.loan(XIAOMINGS)
    await on_day(bo, loan, "2026-04-15")
    # no. 3: 947.97 + 152.19, and 31 days of penalty 947.97 x 23.4 % x 31/360 = 19.10
    assert "had not told us" in bo.text and "1,119.26" in bo.text


async def test_a_payment_told_later_changes_the_day_and_both_figures_stand_there(cast: Cast) -> None:
    bo, loan = await cast.comes(XIAOMINGS), await cast.loan(XIAOMINGS)
    yesterday = datetime(2026, 6, 13, 4, tzinfo=UTC)
    row = await tables.LoanRow.get(loan_no=XIAOMINGS)
    for table in (tables.ContractRow, tables.PaymentRow, tables.StatementRow):
        await table.filter(loan_id=row.id).update(recorded_at=yesterday)
    await on_day(bo, loan, "2026-06-13")
    assert "have not changed since" in bo.text
    paid = Payment("P-3", date(2026, 6, 12), 50000)
    record = PaymentRecord(1, XIAOMINGS, paid)
    await record_payments(
        BusinessTime(datetime(2026, 6, 14, 9, tzinfo=UTC), TODAY),
        await lender_by_slug(JQ),
        [record],
        cast.settings.vault(),
    )
    await on_day(bo, loan, "2026-06-13")
    # without it 3,300.48 + 55.46 + 36.90 + 18.41; with it principal 2,593.81, interest 261.51,
    # penalty 0.43 + 36.90 + 18.41 (54.84 was paid)
    assert "told after that day" in bo.text and "3,411.25" in bo.text and "2,911.06" in bo.text


@pytest.mark.parametrize("day", ["2026-06-15", "2025-12-14", "yesterday", "", "2026-02-30"])
async def test_a_day_that_cannot_be_shown_is_asked_for_again(cast: Cast, day: str) -> None:
    bo, loan = await cast.comes(XIAOMINGS), await cast.loan(XIAOMINGS)
    await on_day(bo, loan, day)
    assert bo.status == 422 and "Please check this" in bo.text


async def test_looking_ahead_says_what_time_adds_when_an_entry_goes_and_what_a_court_takes(cast: Cast) -> None:
    """188 fen a day on what is overdue now; five years from 14 June 2026; 50 yuan, half of it, a third of it."""
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/ahead")
    for figure in ("1.88", "14 June 2031", "50.00", "25.00", "16.67"):
        assert figure in bo.text.replace("\xa0", " "), figure


async def test_where_nothing_is_overdue_there_is_nothing_to_look_ahead_to(cast: Cast) -> None:
    bo = await cast.comes(CHEN_FANGS)
    loan = await cast.loan(CHEN_FANGS)
    assert (await bo.open(f"{loan}/ahead")).path == loan


async def test_what_is_paid_of_an_overdue_installment_stands_beside_that_one_and_no_other(cast: Cast) -> None:
    """500.00 on 14 June: 56.07 of it is penalty of no. 3, and 443.93 of its 1,100.16 is paid."""
    bo, loan = await cast.comes(XIAOMINGS), await cast.loan(XIAOMINGS)
    assert " paid" not in beside_overdue(await bo.open(loan), 3)
    record = PaymentRecord(1, XIAOMINGS, Payment("P-3", TODAY, 50000))
    await record_payments(cast.moment(), await lender_by_slug(JQ), [record], cast.settings.vault())
    await bo.open(loan)
    assert "656.23" in beside_overdue(bo, 3) and ", ¥443.93 paid" in beside_overdue(bo, 3)
    assert " paid" not in beside_overdue(bo, 4) + beside_overdue(bo, 5)


def beside_overdue(bo: Browser, no: int) -> str:
    """What the page says of an installment among what is overdue, up to the next."""
    _, _, after = bo.text.partition(f"No. {no}, ")
    return after.partition("No. ")[0]
