"""A page walks a loan's ledger once. What is only supposed, or stood on another day, is another ledger, said here."""

from collections import Counter
from collections.abc import Callable

import pytest

from portal.domain.ledger.book import Book
from portal.domain.ledger.walk import Walk
from tests.pages.conftest import LAN, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

Walks = Callable[[], int]
OF_A_LOAN = ("", "/why", "/penalties", "/ahead", "/terms", "/plan", "/plan?installments=4&every=1m", "/day")


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> Walks:
    """How often a ledger was walked since it was last asked, of the loan where that was most."""
    seen: list[str] = []
    run = Walk.run

    def noting(walk: Walk) -> Book:
        seen.append(walk.book.loan.loan_no)
        return run(walk)

    monkeypatch.setattr(Walk, "run", noting)

    def count() -> int:
        found = max(Counter(seen).values(), default=0)
        seen.clear()
        return found

    return count


async def test_a_borrowers_page_walks_the_ledger_of_each_loan_once(cast: Cast, walks: Walks) -> None:
    bo, loan = await cast.comes(XIAOMINGS), await cast.loan(XIAOMINGS)
    for page in ("/loans", *(f"{loan}{below}" for below in OF_A_LOAN)):
        walks()
        await bo.open(page)
        assert (page, bo.status, walks()) == (page, 200, 1)
    await bo.open(f"{loan}/plan/afford")
    walks()
    await bo.send("/afford", income="7100.16", home="2500", food="1500", debts="800")
    assert bo.status == 200 and walks() == 1


async def test_a_payment_that_is_tried_and_a_statement_after_the_day_are_other_ledgers(
    cast: Cast, walks: Walks
) -> None:
    bo, loan = await cast.comes(XIAOMINGS), await cast.loan(XIAOMINGS)
    for page in ("/pay?what=other&amount=100", "/why?on=2026-05-20"):
        walks()
        await bo.open(loan + page)
        assert (page, bo.status, walks()) == (page, 200, 2)


async def test_a_page_of_a_proposal_walks_the_ledger_once_on_both_sides(cast: Cast, walks: Walks) -> None:
    proposal, loan = await cast.proposal(ZHOU_MINS), await cast.loan(ZHOU_MINS)
    zhou, lan = await cast.comes(ZHOU_MINS), await cast.reviewer(LAN)
    for bo, page in (
        (zhou, proposal),
        (lan, f"/desk{proposal}"),
        (lan, f"/desk{proposal}/why"),
        (lan, f"/desk{proposal}/counter"),
        (lan, f"/desk{loan}"),
        (lan, f"/desk{loan}/why"),
    ):
        walks()
        await bo.open(page)
        assert (page, bo.status, walks()) == (page, 200, 1)
