"""On the day that a plan is of, whoever signed it sees what it changes and what money does now."""

import re

import pytest

from tests.pages.conftest import GUO_TAOS, HE_JINGS, MA_CHAOS, Cast

pytestmark = pytest.mark.anyio


async def _pays(cast: Cast, loan_no: str, amount: str) -> str:
    bo = await cast.comes(loan_no)
    await bo.open(f"{await cast.loan(loan_no)}/pay?what=other&amount={amount}")
    found = re.search(r"If you pay .* How to pay it", bo.text)
    assert found
    return found[0]


async def test_the_plans_own_payment_is_shown_as_that_and_no_installment_it_took_in_is(cast: Cast) -> None:
    """187.00 of 12: it pays what was taken in, the penalty first, and counts for the plan's first row, due 10 July."""
    said = await _pays(cast, MA_CHAOS, "187.00")
    assert "Payment of the plan, 10 July 2026 Of this payment of the plan CN¥187.00 was left. paid in full" in said
    assert "No. 4" not in said and "-CN¥" not in said and "Penalty, fees and costs" not in said


async def test_more_than_one_payment_of_the_plan_reaches_the_next_and_says_what_is_left_of_it(cast: Cast) -> None:
    """500.00 = 404.79 + 95.21, and 404.79 - 95.21 = 309.58."""
    said = await _pays(cast, GUO_TAOS, "500.00")
    assert "was left. paid in full CN¥404.79" in said and "CN¥309.58 is left of it CN¥95.21" in said


async def test_until_it_is_booked_the_plan_stands_beside_what_the_contract_asked_for_without_it(cast: Cast) -> None:
    """2,243.95 overdue on 14 June, then nos. 7 to 11 with 733.44 each and no. 12 with 733.45: 6,644.60 both ways."""
    bo = await (await cast.comes(MA_CHAOS)).open(await cast.proposal(MA_CHAOS))
    assert "14 June 2026 CN¥2,243.95 CN¥0.00" in bo.text
    assert "In all CN¥6,644.60 CN¥6,644.60" in bo.text


@pytest.mark.parametrize("loan_no", [GUO_TAOS, HE_JINGS])
async def test_who_has_a_plan_or_a_pause_may_ask_for_another_in_its_place(cast: Cast, loan_no: str) -> None:
    bo = await (await cast.comes(loan_no)).open(await cast.proposal(loan_no))
    assert f"{await cast.loan(loan_no)}/plan" in bo.links() and "Ask for another plan in its place" in bo.text
