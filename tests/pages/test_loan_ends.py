"""What the lender cancelled, paid back or took back, and a loan that it closed or wrote off, as both sides see it."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.app import create_app
from portal.demo import JQ, TODAY, portfolio
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.closing import ClosingReason, LenderCredit, LoanClosing
from portal.domain.contract.loan import Payment, Terms
from portal.domain.contract.penalty_terms import PenaltyBand, PenaltyBase, PenaltyKind, PenaltyTerms
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.files import read_portfolio
from tests.pages.conftest import GUO_TAOS, XIAOMINGS, Cast
from tests.pages.explained import unexplained

pytestmark = pytest.mark.anyio

SOLD = LoanClosing(date(2026, 6, 10), ClosingReason.SOLD)


async def states(cast: Cast, loan_no: str = XIAOMINGS, today: date = TODAY, **changed: Any) -> None:
    """The lender's file of a day says so of a loan."""
    records = read_portfolio(portfolio(JQ), "consumer-finance").records
    record = next(each for each in records if each.loan.loan_no == loan_no)
    loan = replace(record.loan, statement=None, **changed)
    moment = BusinessTime(cast.moment().at, today)
    await import_portfolio(moment, await lender_by_slug(JQ), [replace(record, loan=loan)], [], cast.settings.vault())


async def books(cast: Cast, *payments: Payment) -> None:
    records = [PaymentRecord(1, XIAOMINGS, payment) for payment in payments]
    await record_payments(cast.moment(), await lender_by_slug(JQ), records, cast.settings.vault())


async def his(cast: Cast, page: str = "", loan_no: str = XIAOMINGS) -> Browser:
    bo = await cast.comes(loan_no)
    return await bo.open(f"{await cast.loan(loan_no)}{page}")


async def at_the_desk(cast: Cast, loan_no: str = XIAOMINGS) -> Browser:
    rui = await cast.reviewer()
    return await rui.open((await cast.loan(loan_no)).replace("/loans/", "/desk/loans/"))


async def explains_itself(bo: Browser) -> list[str]:
    async def read(path: str) -> str:
        return str((await bo.client.get(path, follow_redirects=True)).text)

    return await unexplained(bo.path, bo.html, read)


async def test_a_loan_that_was_sold_asks_for_nothing_and_says_whom_to_ask(cast: Cast) -> None:
    await states(cast, closing=SOLD)
    for page in ("", "/pay"):
        bo = await his(cast, page)
        assert "Since 10 June 2026 nothing more is asked for here." in bo.text, page
        assert "ask it to whom, and pay nobody before it has told you" in bo.text and "400-820-0001" in bo.text
        assert "Overdue today" not in bo.text and "Make a plan" not in bo.text and "How to pay it" not in bo.text
    assert "Closed by the lender." in (await bo.open("/loans")).text
    assert "Closed on 10 June 2026: the loan was sold." in (await at_the_desk(cast)).text


@pytest.mark.parametrize("reason", list(ClosingReason))
async def test_each_reason_has_words_in_both_languages(cast: Cast, reason: ClosingReason) -> None:
    await states(cast, closing=replace(SOLD, reason=reason))
    assert "Closed by the lender." in (await his(cast)).text
    bo = await cast.comes(XIAOMINGS, "zh-CN")
    assert "机构已关闭这笔贷款" in (await bo.open(await cast.loan(XIAOMINGS))).text


async def test_a_plan_that_ran_has_ended_with_its_loan(cast: Cast) -> None:
    day = date(2026, 7, 2)
    await states(cast, GUO_TAOS, day, closing=replace(SOLD, on=day))
    july = Cast(create_app(replace(cast.settings, business_date=day), own_database=False), cast.settings)
    bo = await his(july, loan_no=GUO_TAOS)
    assert "Closed by the lender." in bo.text and "The plan is running" not in bo.text
    await bo.open(await july.proposal(GUO_TAOS))
    assert "The plan has ended with the loan." in bo.text and "The plan is running" not in bo.text
    assert "Closed on 2 July 2026: the loan was sold." in (await at_the_desk(july, GUO_TAOS)).text


async def test_what_the_lender_let_go_is_listed_with_its_reason_and_never_as_paid(cast: Cast) -> None:
    gone = LenderCredit("W-1", TODAY, Amounts(penalty=11264, interest=10000), "goodwill")
    await states(cast, lender_credits=(gone,))
    bo = await his(cast)
    # 3,413.12 - 112.64 - 100.00, the interest from no. 3, of whose 152.19 nothing was paid.
    for words in ("¥3,200.48", "What the lender cancelled", "Nobody paid this", "¥212.64", "goodwill"):
        assert words in bo.text, words
    assert "¥100.00 cancelled" in bo.text and "¥100.00 paid" not in bo.text and "¥212.64 paid" not in bo.text
    assert await explains_itself(bo) == []
    rui = await at_the_desk(cast)
    assert "goodwill" in rui.text and "¥0.00 paid · ¥100.00 cancelled" in rui.text
    assert await explains_itself(rui) == []


async def test_what_was_paid_back_and_taken_back_stands_beside_the_payment(cast: Cast) -> None:
    back = Payment("R-1", TODAY, 10000, reverses="P-9")
    await books(cast, Payment("P-9", date(2026, 6, 13), 400000), back)
    (row,) = await tables.PaymentRow.filter(external_id="P-9", loan__loan_no=XIAOMINGS)
    await tables.PaymentRow.create(
        loan_id=row.loan_id,  # type: ignore[attr-defined]
        external_id="F-1",
        received_on=TODAY,
        amount_minor=20000,
        purpose="refund",
        recorded_at=row.recorded_at,
    )
    bo = await his(cast)
    assert "¥200.00 paid back to you" in bo.text and "¥100.00 taken back on 14 June 2026" in bo.text
    assert "Paid back to you" in bo.text and await explains_itself(bo) == []
    assert "Paid back" in (await at_the_desk(cast)).text


async def test_credit_of_a_closed_loan_stays_his(cast: Cast) -> None:
    await books(cast, Payment("P-9", date(2026, 6, 9), 400000))
    payments = read_portfolio(portfolio(JQ), "consumer-finance").records[0].loan.payments
    await states(cast, closing=SOLD, payments=(*payments, Payment("P-9", date(2026, 6, 9), 400000)))
    bo = await his(cast)
    assert "of what was paid is left, and nothing is asked for any more that it could pay" in bo.text
    assert await explains_itself(bo) == []


async def test_written_off_says_what_stays_and_what_stops(cast: Cast) -> None:
    await states(cast, written_off_on=date(2026, 6, 1))
    for page in ("", "/pay"):
        bo = await his(cast, page)
        assert "what falls due stays due, no penalty grows from that day on, and what you pay counts" in bo.text
        assert "400-820-0001" in bo.text
    assert "Written off on 1 June 2026: what falls due stays due" in (await at_the_desk(cast)).text


async def test_nobody_is_told_that_so_little_is_overdue(cast: Cast) -> None:
    """王小明 owes 3,300.48 and the penalty to the day before: 55.46, 36.90 and 18.41."""
    await set_policy(cast.moment(), await lender_by_slug(JQ), '[arrears]\ntolerance = "3413.12"\n', OPERATOR)
    bo = await his(cast)
    assert not re.search(r"overdue|days late", bo.text, re.I)
    assert "¥1,100.16 open, too little to be asked for" in bo.text
    why = await bo.open(f"{bo.path}/why")
    assert "¥3,411.25 of what has fallen due is still open." in why.text


def twice_charged(terms: Terms) -> Terms:
    """His penalty of 23.4 % by clause 8.2, and 60.00 once by clause 8.3 from 1,000.00 on."""
    late = [replace(clause, ref="8.3") for clause in terms.clauses if clause.ref == "8.2"]
    bands = (PenaltyBand(1, 4000), PenaltyBand(100000, 6000))
    base = PenaltyBase.PRINCIPAL_AND_INTEREST
    fee = PenaltyTerms(PenaltyKind.ONE_OFF_BY_BAND, base, bands=bands, clause="8.3")
    return replace(terms, further_penalties=(fee,), clauses=(*terms.clauses, *late))


async def test_each_charge_for_one_lateness_is_told_by_its_clause(cast: Cast) -> None:
    """Each of the three installments is of 1,100.16, so 60.00 each beside 112.64; the limit holds each line."""
    records = read_portfolio(portfolio(JQ), "consumer-finance").records
    his_terms = next(each.loan.terms for each in records if each.loan.loan_no == XIAOMINGS)
    await states(cast, terms=twice_charged(his_terms))
    bo = await his(cast, "/penalties")
    assert "¥292.64" in bo.text and "more than once. Each line says by which clause." in bo.text
    assert bo.text.count("A fixed amount for a debt of ¥1,100.16, once: ¥60.00") == 3
    assert "No. 3, clause 8.2" in bo.text and "No. 3, clause 8.3" in bo.text
    assert bo.text.count("By clause 8.3 of your contract.") == 3
    terms = await bo.open(f"{await cast.loan(XIAOMINGS)}/terms")
    assert "From ¥0.01: ¥40.00" in terms.text and "From ¥1,000.00: ¥60.00" in terms.text
    assert "8.2" in terms.text and 'id="clause-8.3"' in terms.html
    zh = await cast.comes(XIAOMINGS, "zh-CN")
    page = await zh.open(f"{await cast.loan(XIAOMINGS)}/penalties")
    assert "第 3 期，第 8.3 条" in page.text and "一次性收取固定金额：60.00 元" in page.text
