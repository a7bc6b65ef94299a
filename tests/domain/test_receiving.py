"""What a lender lets go, pays back, takes back in part, and how it ends a loan. 1,200.00 is due on 15 January 2026."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.closing import ClosingReason, LenderCredit, LoanClosing
from portal.domain.contract.loan import Charge, Installment, Loan, Payment
from portal.domain.contract.penalty_terms import PenaltyTerms
from portal.domain.contract.prepayment import Purpose
from portal.domain.ledger.book import Book
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import position
from portal.domain.ledger.receiving import receive
from tests.domain.agreed import CASE, SIX, agreed, contract_money, lived, plan_money
from tests.domain.people import ON

DUE = date(2026, 1, 15)
TWO_ROWS = (Installment(1, DUE, 100000, 20000), Installment(2, date(2026, 2, 15), 100000, 10000))
OWING = replace(
    CASE, principal=200000, schedule=TWO_ROWS, terms=replace(CASE.terms, penalty=PenaltyTerms()), payments=()
)
PAID = Payment("P-1", DUE, 130000)


def owing(*payments: Payment, **said: object) -> Loan:
    return replace(OWING, payments=payments, **said)


def test_money_goes_to_what_fell_due_and_the_rest_waits() -> None:
    book = Book(owing(PAID), DUE)
    receive(book, PAID)
    assert [(line.item.component, line.amount) for line in book.entries[0].lines] == [
        ("interest", 20000),
        ("principal", 100000),
    ]
    assert book.credit == 10000


def test_a_fee_told_later_is_paid_out_of_credit_and_a_refund_gives_the_rest_back() -> None:
    fee = Charge("F-1", date(2026, 1, 20), date(2026, 1, 20), "fees", 6000)
    refund = Payment("B-1", date(2026, 1, 25), 4000, is_refund=True)
    assert position(owing(PAID, charges=(fee,)), date(2026, 1, 24)).credit == 4000
    found = position(owing(PAID, refund, charges=(fee,)), date(2026, 1, 25))
    assert (found.credit, found.overdue.total) == (0, 0)
    assert [(each.id, each.amount) for each in found.payments] == [("P-1", 130000)]
    assert found.payments[0].refunded == 4000


def test_where_a_late_fact_used_the_credit_a_refund_takes_back_of_the_latest_payment() -> None:
    """100.00 were there and paid back; then a fee of 60.00 of the day before is told: it had used them."""
    fee = Charge("F-1", date(2026, 1, 20), date(2026, 1, 20), "fees", 6000)
    refund = Payment("B-1", date(2026, 1, 25), 10000, is_refund=True)
    found = position(owing(PAID, refund, charges=(fee,)), date(2026, 1, 25))
    assert (found.credit, found.overdue.fees) == (0, 6000)


def test_a_part_that_is_taken_back_is_the_credit_first_and_then_what_was_paid_last() -> None:
    back = Payment("R-1", date(2026, 1, 20), 30000, reverses="P-1")
    found = position(owing(PAID, back), date(2026, 1, 20))
    assert (found.credit, found.overdue.principal, found.overdue.interest) == (0, 20000, 0)
    assert found.payments[0].reversed_on is None
    twice = position(owing(PAID, back, replace(back, id="R-2", amount=100000)), date(2026, 1, 20))
    assert (twice.overdue.total, twice.payments[0].reversed_on) == (120000, date(2026, 1, 20))


def test_a_part_of_the_payment_that_closed_the_loan_opens_it_again() -> None:
    everything = Payment("P-1", DUE, 230000)
    closed = owing(everything)
    assert position(closed, DUE).closed_on == DUE
    assert position(closed, DUE).credit == 10000, "no interest of a period that has not begun"
    back = Payment("R-1", date(2026, 1, 20), 50000, reverses="P-1")
    found = position(replace(closed, payments=(everything, back)), date(2026, 3, 1))
    assert found.closed_on is None
    assert found.overdue.total == 110000 - (230000 - 120000 - 50000)


def test_what_the_lender_lets_go_is_no_payment_and_what_finds_nothing_is_no_credit() -> None:
    gone = LenderCredit("W-1", date(2026, 1, 20), Amounts(penalty=500, interest=20000), "goodwill")
    found = position(owing(lender_credits=(gone,)), date(2026, 1, 20))
    assert (found.overdue.interest, found.overdue.principal, found.credit) == (0, 100000, 0)
    assert (found.payments, [each.amount for each in found.lender_credits]) == ((), [20000])


def test_interest_to_come_that_is_let_go_is_not_asked_for_on_its_day() -> None:
    gone = LenderCredit("W-1", DUE, Amounts(interest=30000), "goodwill")
    found = position(owing(replace(PAID, amount=100000), lender_credits=(gone,)), date(2026, 2, 16))
    assert (found.overdue.interest, found.overdue.principal) == (0, 120000)


@pytest.mark.parametrize("reason", list(ClosingReason))
def test_a_closed_loan_asks_for_nothing_more_and_its_credit_stands(reason: ClosingReason) -> None:
    closing = LoanClosing(date(2026, 1, 20), reason)
    found = position(owing(PAID, closing=closing), date(2026, 3, 1))
    assert (found.overdue.total, found.payoff, found.credit, found.closed_on) == (0, 0, 10000, closing.on)
    assert not found.next_dues


def test_a_plan_ends_with_the_loan() -> None:
    closing = LoanClosing(date(2026, 8, 1), ClosingReason.SOLD)
    loan = replace(lived([*contract_money(last=7, named=True), *plan_money(last=1)], agreed(CASE)), closing=closing)
    found = position(loan, date(2026, 12, 20))
    assert (found.plans[0].status, found.plans[0].ended_on, found.overdue.total) == (PlanStatus.ENDED, closing.on, 0)
    assert position(loan, date(2026, 7, 31)).plans[0].status is PlanStatus.ACTIVE


def test_nothing_grows_on_what_the_lender_wrote_off_and_the_plan_goes_on() -> None:
    loan = replace(CASE, written_off_on=ON)
    assert position(loan, date(2026, 6, 15)).overdue.total == position(CASE, ON).overdue.total
    assert position(loan, date(2026, 12, 31)).overdue.penalty == position(CASE, ON).overdue.penalty
    kept = replace(lived([*contract_money(named=True), *plan_money()], agreed(CASE)), written_off_on=date(2026, 8, 1))
    assert position(kept, date(2026, 12, 15)).plans[0].status is PlanStatus.COMPLETED


def test_in_a_plan_too_only_its_own_component_is_let_go_and_nobody_paid_that() -> None:
    """The first row is penalty 112.64, interest 413.70 and principal 42.51; of costs there are none."""
    gone = LenderCredit("W-1", date(2026, 7, 1), Amounts(costs=5000, penalty=11264), "goodwill")
    loan = lived(contract_money(last=6, named=True), agreed(CASE))
    found = position(replace(loan, lender_credits=(gone,)), date(2026, 7, 1)).plans[0]
    assert (found.rows[0].received, found.rows[0].left, found.received) == (0, 56885 - 11264, 0)
    assert found.rows[1].left == 56885


def test_a_plan_that_was_completed_before_the_lender_ended_the_loan_stays_so() -> None:
    closing = LoanClosing(date(2026, 12, 20), ClosingReason.PAID)
    loan = lived([*contract_money(named=True), *plan_money()], agreed(CASE))
    found = position(replace(loan, closing=closing), date(2026, 12, 31))
    assert found.plans[0].status is PlanStatus.COMPLETED


def test_after_the_lender_ended_the_loan_nothing_is_asked_for_again() -> None:
    """Not a charge that is told later, not what a reversal opens; credit of others stays."""
    fee = Charge("F-1", date(2026, 1, 25), date(2026, 1, 25), "fees", 6000)
    more = Payment("P-2", date(2026, 1, 26), 5000)
    back = Payment("R-1", date(2026, 1, 30), 130000, reverses="P-1")
    closing = LoanClosing(date(2026, 1, 20), ClosingReason.SOLD)
    found = position(owing(PAID, more, back, charges=(fee,), closing=closing), date(2026, 3, 1))
    assert (found.overdue.total, found.payoff, found.credit, found.closed_on) == (0, 0, 5000, closing.on)


def test_money_that_is_credit_and_nothing_else_is_taken_back_without_a_word_to_the_closing() -> None:
    first, second = Payment("P-1", DUE, 220000), Payment("P-2", date(2026, 1, 20), 3000)
    back = Payment("R-1", date(2026, 1, 25), reverses="P-2")
    found = position(owing(first, second, back), date(2026, 1, 25))
    assert (found.closed_on, found.credit) == (DUE, 0)


def test_a_reversal_brings_back_more_interest_than_a_plan_took_in() -> None:
    """Signed over half of the interest, as 500.00 of 1,000.00 were prepaid in December: the other half is owed beside.

    100.00 of interest on row 2 are for 1,000.00; row 1 and all else is paid on its day.
    """
    prepaid = Payment("X-1", DUE, 50000, purpose=Purpose.PREPAY)
    kept = owing(replace(PAID, amount=120000), prepaid)
    plan = agreed(kept, replace(SIX, first_due=date(2026, 3, 20), installments=1), as_of=date(2026, 2, 20))
    back = Payment("R-1", date(2026, 2, 25), reverses="X-1")
    found = position(replace(kept, payments=(*kept.payments, back), agreements=(plan,)), date(2026, 2, 25))
    assert plan.plan.taken_in == Amounts(principal=50000, interest=5000)
    assert (found.overdue.principal, found.overdue.interest) == (50000, 5000)


def test_a_closing_voids_the_penalty_of_its_own_day_and_none_grows_after_it() -> None:
    closed = replace(CASE, closing=LoanClosing(ON, ClosingReason.SETTLED))
    for day in (ON, date(2027, 1, 1)):
        found = position(closed, day)
        assert (found.overdue.total, found.payoff, found.closed_on) == (0, 0, ON)


def test_of_a_plan_that_ended_with_its_loan_only_what_came_counts_as_kept() -> None:
    loan = replace(lived(plan_money(last=2), agreed(CASE)), closing=LoanClosing(date(2026, 8, 20), ClosingReason.SOLD))
    (plan,) = position(loan, date(2026, 10, 1)).plans
    assert (plan.status, plan.kept, plan.received) == (PlanStatus.ENDED, 2, 113770)
    assert [row.status.value for row in plan.rows] == ["paid", "paid", "to_come", "to_come", "to_come", "to_come"]


def test_what_is_left_of_a_payment_is_taken_back_whole_after_a_part() -> None:
    back = (Payment("R-1", DUE, 30000, reverses="P-1"), Payment("R-2", date(2026, 1, 16), reverses="P-1"))
    (paid,) = position(owing(PAID, *back), date(2026, 1, 20)).payments
    assert (paid.taken_back, paid.reversed_on) == (130000, date(2026, 1, 16))
