"""On the day that a plan is of, whoever signed it sees what it changes, and money of that day is the plan's."""

import pytest

from portal.demo import TODAY
from portal.domain.ledger.payment_preview import PaymentEffect, preview_payment
from portal.domain.ledger.position import position
from portal.reads.cases import cases_by_id
from portal.tables import models as tables
from tests.pages.conftest import GUO_TAOS, HE_JINGS, MA_CHAOS, Cast

pytestmark = pytest.mark.anyio


async def _pays(loan_no: str, amount: int) -> PaymentEffect:
    row = await tables.LoanRow.get(loan_no=loan_no)
    (case,) = await cases_by_id([row.id])
    return preview_payment(position(case.loan, TODAY), amount)


@pytest.mark.usefixtures("cast")
async def test_money_of_that_day_is_the_plans_and_no_installments_that_it_took_in() -> None:
    """187.00 of 12: it pays what was taken in, the penalty first, and counts for the plan's first row."""
    effect = await _pays(MA_CHAOS, 18700)
    assert [(row.no, row.left, paid) for row, paid in effect.plan_rows] == [(1, 18700, 18700)]
    assert (effect.installments, effect.beside, effect.after.overdue.total) == ((), 0, 0)


@pytest.mark.usefixtures("cast")
async def test_more_than_one_payment_of_the_plan_reaches_the_next() -> None:
    """500.00 = 404.79 + 95.21."""
    effect = await _pays(GUO_TAOS, 50000)
    assert [(row.no, row.left, paid) for row, paid in effect.plan_rows] == [(1, 40479, 40479), (2, 40479, 9521)]


async def test_until_it_is_booked_the_plan_stands_beside_what_the_contract_asked_for_without_it(cast: Cast) -> None:
    """2,243.95 overdue on 14 June, then nos. 7 to 11 with 733.44 each and no. 12 with 733.45: 6,644.60 both ways."""
    bo = await (await cast.comes(MA_CHAOS)).open(await cast.proposal(MA_CHAOS))
    assert "14 June 2026 ¥2,243.95 ¥0.00" in bo.text
    assert "In all ¥6,644.60 ¥6,644.60" in bo.text


@pytest.mark.parametrize("loan_no", [GUO_TAOS, HE_JINGS])
async def test_who_has_a_plan_or_a_pause_may_ask_for_another_in_its_place(cast: Cast, loan_no: str) -> None:
    bo = await (await cast.comes(loan_no)).open(await cast.proposal(loan_no))
    asks = "Ask for another plan in its place" if loan_no == GUO_TAOS else "Make a plan in its place"
    assert f"{await cast.loan(loan_no)}/plan" in bo.links() and asks in bo.text
