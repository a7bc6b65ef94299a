"""Two people owe one loan: each has a plan of their own there, and of the other's is told that there is one."""

import pytest

from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import XIAOMINGS, ZHAO_QIANGS, Cast

pytestmark = pytest.mark.anyio

HAS_ONE = "Another borrower of this loan has sent 佳泉消费金融 a plan for it"
PLAN = "?how=count&installments=6&every=1m&first_due=2026-07-01"
EACH = "568.85"  # 3,413.12 in six, rounded down; the last takes the rest


async def zhao_owes_it_too(cast: Cast, language: str = "en") -> tuple[Browser, str]:
    """Zhao Qiang, signed in, and the address of Xiaoming's loan, which he owes as well."""
    zhao = await tables.PartyRow.get(loan__loan_no=ZHAO_QIANGS, role="borrower")
    loan = await tables.LoanRow.get(loan_no=XIAOMINGS)
    await tables.PartyRow.create(loan_id=loan.id, borrower_id=zhao.borrower_id, role="co-borrower")  # type: ignore[attr-defined]
    return await cast.comes(ZHAO_QIANGS, language), f"/loans/{loan.ref}"


async def xiaoming_sends_a_plan(cast: Cast, loan: str) -> str:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{loan}/plan{PLAN}")
    await bo.send("/plan")
    assert bo.path.startswith("/proposals/") and EACH in bo.text
    return bo.path


@pytest.mark.parametrize("signed", [False, True])
async def test_zhao_pays_and_reads_that_xiaoming_has_a_plan_and_no_figure_of_it(cast: Cast, signed: bool) -> None:
    zhao, loan = await zhao_owes_it_too(cast)
    before = await zhao.open(f"{loan}/pay")
    assert HAS_ONE not in before.text
    plan = await xiaoming_sends_a_plan(cast, loan)
    if signed:
        assert (await cast.signs(await cast.comes(XIAOMINGS), plan)).path.startswith("/agreements/")
    for page in ("/loans", loan, f"{loan}/pay"):
        await zhao.open(page)
        assert zhao.status == 200 and HAS_ONE in zhao.text, page
        assert not [href for href in zhao.links() if "/proposals/" in href or href.endswith("/plan")], page
        assert EACH not in zhao.text, page
    await zhao.send("/pay", paid="500", paid_on="2026-06-13")
    assert zhao.status == 200 and await tables.PaymentClaimRow.filter(loan__loan_no=XIAOMINGS).count() == 1


@pytest.mark.parametrize("query", ["", PLAN, "?kind=pause"])
async def test_zhao_who_wants_to_make_a_plan_is_led_to_the_loan_and_reads_why_not(cast: Cast, query: str) -> None:
    zhao, loan = await zhao_owes_it_too(cast)
    await xiaoming_sends_a_plan(cast, loan)
    await zhao.open(f"{loan}/plan{query}")
    assert (zhao.status, zhao.path) == (200, loan) and HAS_ONE in zhao.text


async def test_a_plan_zhao_was_typing_while_xiaoming_sent_his_is_not_sent_and_not_lost(cast: Cast) -> None:
    zhao, loan = await zhao_owes_it_too(cast)
    await zhao.open(f"{loan}/plan{PLAN}")
    await xiaoming_sends_a_plan(cast, loan)
    await zhao.send("/plan", note="from the fifteenth on I have work")
    assert zhao.status == 409 and "Another borrower of this loan has sent a plan for it" in zhao.text
    assert "from the fifteenth on I have work" in zhao.html and "/proposals/" not in zhao.html
    assert await tables.ProposalLineRow.filter(loan__loan_no=XIAOMINGS, open_loan__isnull=False).count() == 1


async def test_xiaoming_himself_reads_where_his_own_plan_stands(cast: Cast) -> None:
    _, loan = await zhao_owes_it_too(cast)
    plan = await xiaoming_sends_a_plan(cast, loan)
    bo = await (await cast.comes(XIAOMINGS)).open(loan)
    assert HAS_ONE not in bo.text and plan in bo.links()
