"""How often the ledger is walked for an answer: as often for twenty years of payments as for one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.contract.annual_cost import drawn_up
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger import position as positions
from portal.domain.ledger.payment_preview import preview_payment
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import basis
from portal.domain.restructuring.together import Together, quotes_together
from portal.web.explained import of_loan
from tests.domain.people import XIAOMING

Walks = Callable[[], int]


def long(rows: int, paid: int) -> Loan:
    """王小明's terms over `rows` months, of which the first `paid` were paid three days late each."""
    terms = replace(XIAOMING.terms, installments=rows, first_due=date(2006, 1, 15))
    schedule = drawn_up(terms, 24_000_000, date(2005, 12, 15))
    late = tuple(Payment(f"P-{row.no}", row.due_on + timedelta(days=3), row.total) for row in schedule[:paid])
    loan = replace(XIAOMING, principal=24_000_000, disbursed_on=date(2005, 12, 15), statement=None)
    return replace(loan, terms=terms, schedule=schedule, payments=late)


HISTORIES = [long(12, 7), long(240, 190)]


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> Walks:
    """How often the ledger was walked since it was last asked."""
    seen: list[None] = []
    walk = positions._Ledger.walk
    monkeypatch.setattr(positions._Ledger, "walk", lambda ledger: (seen.append(None), walk(ledger)))

    def count() -> int:
        found = len(seen)
        seen.clear()
        return found

    return count


def looked_at(loan: Loan) -> date:
    """Three installments after the last payment."""
    return loan.schedule[len(loan.payments) + 2].due_on + timedelta(days=10)


@pytest.mark.parametrize("loan", HISTORIES)
def test_why_asks_for_the_day_and_the_next(loan: Loan, walks: Walks) -> None:
    found = of_loan(loan, looked_at(loan))
    assert len(found["now"].payments) == len(loan.payments)
    assert walks() == 2


@pytest.mark.parametrize("loan", HISTORIES)
def test_a_payment_is_tried_with_and_without_today_and_in_thirty_days(loan: Loan, walks: Walks) -> None:
    preview_payment(loan, 10_000, looked_at(loan))
    assert walks() == 4


@pytest.mark.parametrize("loan", HISTORIES)
def test_the_nearest_yes_is_looked_for_over_one_position(loan: Loan, walks: Walks) -> None:
    on = looked_at(loan)
    asked = Offer(Every(1, "w"), on + timedelta(days=7), installments=250)
    least = basis(loan, on).position.overdue.total // 9
    walks()
    found = nearest_yes(loan, asked, Policy(max_months=60, max_installments=260, min_installment=least), on)
    assert found is not None and found.offer.installments == 9
    assert walks() == 1


@pytest.mark.parametrize("loan", HISTORIES)
def test_one_amount_for_two_loans_is_spread_as_often_as_one_likes_over_one_position_of_each(
    loan: Loan, walks: Walks
) -> None:
    on = looked_at(loan)
    over = [basis(loan, on), basis(loan, on)]
    walks()
    for each in (500_000, 600_000, 700_000):
        quotes_together(over, Together(each, Every(1, "m"), on + timedelta(days=7)), Policy())
    assert walks() == 0
