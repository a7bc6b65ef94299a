"""王小明 pays more than is due: 12,000.00 at 18 %, twelve installments of 1,100.16 from 15 January 2026 on."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Loan, Payment, ToleratedArrears
from portal.domain.contract.prepayment import PrepaidInterest, Purpose, Surplus, Then
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.prepayment import prepay
from tests.domain.agreed import CASE

FIRST = Payment("P-1", date(2026, 1, 15), 110016, installment=1)
FIVE = tuple(Payment(f"P-{row.no}", row.due_on, row.total) for row in CASE.schedule[:5])
EXTRA = Payment("X-1", date(2026, 1, 15), 500000, purpose=Purpose.PREPAY)


def paying(*payments: Payment) -> Loan:
    return replace(CASE, payments=payments)


def interest(loan: Loan) -> list[int]:
    return [row.interest for row in position(loan, date(2026, 1, 15)).installments]


@pytest.mark.parametrize(("then", "in_all"), [(Then.FEWER, 51674), (Then.LOWER, 74076), (Then.NEXT, 96634)])
def test_five_thousand_prepaid_with_the_first_installment(then: Then, in_all: int) -> None:
    loan = paying(FIRST, replace(EXTRA, then=then))
    assert (interest(loan)[1], sum(interest(loan))) == (9120, in_all)
    assert position(loan, date(2026, 2, 15)).payoff == 617104


def test_fewer_leaves_the_last_rows_nothing_to_ask_and_lower_each_a_part() -> None:
    fewer = position(paying(FIRST, EXTRA), date(2026, 1, 15)).installments
    assert [row.no for row in fewer if not row.left] == [1, 9, 10, 11, 12]
    lower = position(paying(FIRST, replace(EXTRA, then=Then.LOWER)), date(2026, 1, 15)).installments
    principal = [row.left - row.interest for row in lower if row.left]
    assert sum(principal) == 1107984 - 500000
    assert principal[0] == 93396 - 500000 * 93396 // 1107984


def test_principal_that_the_lender_states_beyond_what_is_due_is_prepaid_to_the_next_rows() -> None:
    stated = paying(FIRST, replace(EXTRA, purpose=None, allocated=Amounts(principal=500000)))
    assert sum(interest(stated)) == 96634


def test_in_the_middle_of_a_period_interest_runs_on_it_until_that_day() -> None:
    """Ten of thirty days on 11,079.84, twenty on 6,079.84: 166.20 x 232,395.20 / 332,395.20 = 116.20."""
    assert interest(paying(FIRST, replace(EXTRA, received_on=date(2026, 1, 25))))[1] == 16620
    loan = paying(FIRST, replace(EXTRA, received_on=date(2026, 1, 25)))
    assert position(loan, date(2026, 1, 25)).installments[1].interest == 11620
    assert position(loan, date(2026, 1, 30)).payoff == 607984 + 7060, "ten days of the whole, five of what is left"


def test_a_contract_may_keep_its_interest_whatever_is_prepaid() -> None:
    flat = replace(CASE.terms, prepayment=PrepaidInterest.AS_SCHEDULED)
    loan = replace(paying(FIRST, EXTRA), terms=flat)
    assert sum(interest(loan)) == sum(row.interest for row in CASE.schedule)
    assert position(loan, date(2026, 1, 15)).credit == 0


def test_a_due_that_is_named_early_and_credit_save_no_interest() -> None:
    named = paying(FIRST, replace(EXTRA, purpose=None, amount=110016, installment=2))
    waiting = paying(FIRST, replace(EXTRA, purpose=None))
    assert interest(named) == interest(waiting) == [row.interest for row in CASE.schedule]
    assert position(waiting, date(2026, 1, 15)).credit == 500000


def test_what_a_row_was_paid_above_what_it_now_asks_is_credit() -> None:
    named = Payment("P-2", date(2026, 1, 15), 110016, installment=2)
    found = position(paying(FIRST, named, EXTRA), date(2026, 1, 15))
    assert found.installments[1].interest == 16620 * (1107984 - 500000) // 1107984 == 9119 or 9120
    assert found.credit == 16620 - found.installments[1].interest


def test_a_contract_may_take_every_surplus_as_prepaid() -> None:
    terms = replace(CASE.terms, surplus=Surplus.PREPAY)
    found = position(replace(paying(FIRST, replace(EXTRA, purpose=None)), terms=terms), date(2026, 1, 15))
    assert (found.credit, sum(row.interest for row in found.installments)) == (0, 51674)


def test_what_is_due_comes_first() -> None:
    found = position(paying(EXTRA), date(2026, 1, 15))
    assert found.overdue.total == 0
    assert found.paid_on("contract:1") == (("X-1", 110016),)


@pytest.mark.parametrize(
    "said", [{}, {"purpose": Purpose.PAYOFF}, {"allocated": Amounts(principal=725910, interest=9074)}]
)
def test_who_pays_everything_on_the_tenth_of_june_owes_nothing_on_any_later_day(said: dict[str, object]) -> None:
    assert position(paying(*FIVE), date(2026, 6, 10)).payoff == 734984
    loan = paying(*FIVE, Payment("X-1", date(2026, 6, 10), 734984, **said))  # type: ignore[arg-type]
    for day in (date(2026, 6, 10), date(2026, 6, 16), date(2026, 11, 29), date(2027, 1, 20)):
        found = position(loan, day)
        assert (found.overdue.total, found.payoff, found.credit) == (0, 0, 0)
        assert found.closed_on == date(2026, 6, 10)


def two_days_late(on: date, **said: object) -> Position:
    money = Payment("X-1", date(2026, 6, 12), 734984, **said)  # type: ignore[arg-type]
    return position(paying(*FIVE, money), on)


def test_a_payoff_that_is_short_closes_nothing_and_is_prepaid() -> None:
    found = two_days_late(date(2026, 6, 12), purpose=Purpose.PAYOFF)
    assert (found.closed_on, found.payoff) == (None, 726)
    assert found.next_to_pay is not None
    assert (found.next_to_pay.due_on, found.next_to_pay.amount) == (date(2026, 6, 15), 726)
    assert two_days_late(date(2026, 6, 15), purpose=Purpose.PAYOFF).payoff == 726


def test_without_a_purpose_it_waits_as_credit_and_interest_goes_on() -> None:
    found = two_days_late(date(2026, 6, 12))
    assert (found.credit, found.payoff) == (734984, 726)
    assert two_days_late(date(2026, 6, 15)).payoff == 726 + 1089


def test_money_short_of_everything_by_what_the_policy_overlooks_is_prepaid() -> None:
    money = Payment("X-1", date(2026, 6, 12), 734984)
    overlooks = {most: (ToleratedArrears(date(2026, 1, 1), most),) for most in (725, 726)}
    found = position(replace(paying(*FIVE, money), arrears_tolerance=overlooks[726]), date(2026, 6, 15))
    assert found.payoff == 726
    short = position(replace(paying(*FIVE, money), arrears_tolerance=overlooks[725]), date(2026, 6, 15))
    assert short.payoff == 726 + 1089


def test_a_prepayment_that_is_taken_back_saves_nothing() -> None:
    back = Payment("R-1", date(2026, 3, 1), reverses="X-1")
    found = position(paying(FIRST, EXTRA, back), date(2026, 3, 2))
    assert [row.interest for row in found.installments] == [row.interest for row in CASE.schedule]
    assert (found.overdue.principal, found.overdue.interest) == (93396, 16620)
    part = position(paying(FIRST, EXTRA, replace(back, amount=200000)), date(2026, 3, 2))
    assert part.installments[1].interest == 12120, "166.20 x 8,079.84 / 11,079.84"


def test_a_schedule_that_is_restated_counts_what_was_prepaid_before() -> None:
    loan = replace(paying(FIRST, EXTRA), restated_on=date(2026, 1, 20))
    assert interest(loan) == [row.interest for row in CASE.schedule]


def test_nothing_more_than_the_principal_to_come_is_prepaid() -> None:
    found = position(paying(*FIVE), date(2026, 6, 10))
    book = found.book
    assert prepay(book, book.entries[-1], 800000, Then.LOWER, date(2026, 6, 10)) == 800000 - 725910


def test_of_a_prepayment_in_part_taken_back_the_last_rows_open_first() -> None:
    """Of 5,000.00 in proportion the last row had 489.08 of its 1,083.81: it alone asks for 200.00 more."""
    lower = paying(FIRST, replace(EXTRA, then=Then.LOWER))
    part = paying(*lower.payments, Payment("R-1", date(2026, 1, 20), 20000, reverses="X-1"))
    before, after = (position(loan, date(2026, 1, 20)).installments for loan in (lower, part))
    principal = [(row.left - row.interest) - (old.left - old.interest) for old, row in zip(before, after, strict=True)]
    assert principal == [0] * 11 + [20000]


def test_in_a_contract_that_pays_in_advance_the_payoff_closes_the_loan() -> None:
    terms = replace(CASE.terms, allocation=replace(CASE.terms.allocation, in_advance=("principal", "interest")))
    loan = replace(paying(*FIVE, Payment("X-1", date(2026, 6, 10), 734984)), terms=terms)
    found = position(loan, date(2026, 11, 29))
    assert (found.closed_on, found.payoff, found.credit) == (date(2026, 6, 10), 0, 0)


def test_principal_that_found_nothing_counts_no_more_once_it_is_taken_back() -> None:
    """All of 7,259.10 that is left, and 100.00 beyond that."""
    stated = Payment("X-1", date(2026, 6, 10), 735910, allocated=Amounts(principal=735910))
    assert position(paying(*FIVE, stated), date(2026, 6, 10)).outstanding_principal == 0
    back = Payment("R-1", date(2026, 6, 11), reverses="X-1")
    assert position(paying(*FIVE, stated, back), date(2026, 6, 11)).outstanding_principal == 725910
