"""How often the ledger is walked for an answer: as often for twenty years of payments as for one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.annual_cost import drawn_up
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Loan, Payment, Statement
from portal.domain.ledger.payment_preview import preview_payment
from portal.domain.ledger.position import position
from portal.domain.ledger.walk import Walk
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Policy
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
    run = Walk.run
    monkeypatch.setattr(Walk, "run", lambda walk: (seen.append(None), run(walk))[1])

    def count() -> int:
        found = len(seen)
        seen.clear()
        return found

    return count


def stated(loan: Loan) -> Loan:
    """With the lender's statement of ten days before it is looked at, a yuan less penalty than there is."""
    day = looked_at(loan) - timedelta(days=10)
    owed = position(loan, day).overdue
    return replace(loan, statement=Statement(day, owed - Amounts(penalty=100)))


def looked_at(loan: Loan) -> date:
    """Three installments after the last payment."""
    return loan.schedule[len(loan.payments) + 2].due_on + timedelta(days=10)


@pytest.mark.parametrize("loan", HISTORIES)
def test_why_tells_of_the_day_the_next_one_and_the_statement_by_one_walk(loan: Loan, walks: Walks) -> None:
    told = stated(loan)
    walks()
    found = of_loan(position(told, looked_at(loan)))
    assert len(found["now"].payments) == len(loan.payments)
    assert found["more"] and found["differ"]
    assert walks() == 1


@pytest.mark.parametrize("loan", HISTORIES)
def test_a_payment_that_is_tried_is_another_ledger_and_walked_once(loan: Loan, walks: Walks) -> None:
    now = position(loan, looked_at(loan))
    walks()
    assert preview_payment(now, 10_000).spares
    assert walks() == 1


@pytest.mark.parametrize("loan", HISTORIES)
def test_the_nearest_yes_is_looked_for_over_one_position(loan: Loan, walks: Walks) -> None:
    on = looked_at(loan)
    asked = Offer(Every(1, "w"), on + timedelta(days=7), installments=250)
    now = position(loan, on)
    least = now.overdue.total // 9
    walks()
    lenient = Policy(max_months=60, max_installments=260, min_installment=least)
    found = nearest_yes(now, asked, lenient)
    assert found is not None and found.offer.installments == 39  # a ninth a month, paid by the week: 9 x 52 / 12
    assert walks() == 0


@pytest.mark.parametrize("loan", HISTORIES)
def test_one_amount_for_two_loans_is_spread_as_often_as_one_likes_over_one_position_of_each(
    loan: Loan, walks: Walks
) -> None:
    on = looked_at(loan)
    over = [position(loan, on), position(loan, on)]
    walks()
    for each in (500_000, 600_000, 700_000):
        quotes_together(over, Together(each, Every(1, "m"), on + timedelta(days=7)), Policy())
    assert walks() == 0
