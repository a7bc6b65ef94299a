"""Where counting by hand once gave another figure than the product."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import (
    AllocationRule,
    Charge,
    Grace,
    Loan,
    Payment,
    PenaltyKind,
    PenaltyRate,
    PenaltyTerms,
    RateForm,
)
from portal.domain.contract.prepayment import Purpose
from portal.domain.ledger.position import position
from tests.domain.people import XIAOMING
from tests.naive.cases import FIVE, WHOLE, paid, under
from tests.naive.signing import signed


def charged(penalty: PenaltyTerms, *payments: Payment) -> Loan:
    terms = replace(XIAOMING.terms, penalty=penalty)
    return replace(XIAOMING, terms=terms, payments=(*XIAOMING.payments, *payments))


GRACE_FROM_DUE_DATE = PenaltyTerms(
    PenaltyKind.DAILY_SIMPLE,
    rate=PenaltyRate(RateForm.ANNUAL, Fraction(36, 100)),
    grace_days=7,
    grace=Grace.COUNTS_FROM_DUE_DATE,
)


def test_an_installment_paid_within_its_grace_has_no_penalty_line_afterwards() -> None:
    """No. 3 fell due on 15 March and was paid on the 18th; a week is free. Nothing was ever charged."""
    now = position(charged(GRACE_FROM_DUE_DATE, Payment("P-3", date(2026, 3, 18), 110016)), date(2026, 3, 25))
    assert now.overdue.total == 0
    assert now.penalty_lines == ()


def test_the_itemisation_of_a_loan_with_nothing_overdue_has_no_terms() -> None:
    now = position(charged(GRACE_FROM_DUE_DATE, Payment("P-3", date(2026, 3, 18), 110016)), date(2026, 3, 25))
    assert (now.itemisation.penalty_fees_costs, now.itemisation.credited) == (0, 0)


def test_penalty_that_has_been_paid_no_longer_compounds() -> None:
    """1 % a day: on 14 April 329.77 of penalty are paid in full, so the 15th costs 1 % of 947.97 alone."""
    daily = PenaltyTerms(PenaltyKind.DAILY_COMPOUND, rate=PenaltyRate(RateForm.DAILY, Fraction(1, 100)))
    assert position(charged(daily), date(2026, 4, 14)).overdue.penalty == 32977
    paid_up = charged(daily, Payment("P-3", date(2026, 4, 14), 32977))
    assert position(paid_up, date(2026, 4, 14)).overdue.penalty == 0
    assert position(paid_up, date(2026, 4, 15)).overdue.penalty == 948


def test_a_payment_is_allocated_once_whatever_is_charged_later() -> None:
    fee = Charge("C-1", date(2026, 4, 1), date(2026, 3, 15), "fees", 1500, 3)
    part = replace(charged(XIAOMING.terms.penalty, Payment("P-3", date(2026, 3, 20), 50000)), charges=(fee,))
    before, after = position(part, date(2026, 3, 31)), position(part, date(2026, 4, 1))
    assert after.payments[-1].allocated == before.payments[-1].allocated


def test_more_principal_allocated_by_the_lender_than_was_lent_leaves_nothing_and_not_less() -> None:
    stated = Payment("P-3", date(2026, 6, 1), 1014688, allocated=Amounts(principal=1014688))
    assert position(charged(XIAOMING.terms.penalty, stated), date(2026, 6, 14)).outstanding_principal == 0


def test_of_a_schedule_that_gave_way_each_row_is_told_as_it_was_then() -> None:
    """Its first row missed, 36 rows of 389.18 give way on 20 July; 5,000.00 prepaid in August save interest since."""
    whole = under(WHOLE)
    gave_way = replace(whole, agreements=(WHOLE, signed(whole, "B", date(2026, 7, 20), [date(2026, 8, 20)])))
    prepaid = Payment("P-3", date(2026, 8, 15), 500000, purpose=Purpose.PREPAY)
    now = position(replace(gave_way, payments=(*gave_way.payments, prepaid)), date(2026, 8, 15))
    assert [(row.asked, row.received) for row in now.plans[0].rows] == [(38918, 0)] * 36
    saved = position(gave_way, date(2026, 8, 15)).open_by_schedule - now.open_by_schedule
    assert saved > 500000


def test_money_that_pays_everything_pays_in_the_contracts_order() -> None:
    """7,259.10 and 90.74 on 10 June, 25 of 30 days of 108.89: all principal first, over all rows, and then interest."""
    rule = AllocationRule(due=("fees", "principal", "interest", "penalty", "costs"), across="component")
    loan = replace(FIVE, terms=replace(FIVE.terms, allocation=rule))
    now = position(paid(loan, (date(2026, 6, 10), 725910, {}), (date(2026, 6, 10), 9074, {})), date(2026, 6, 10))
    assert now.closed_on == date(2026, 6, 10)
    assert [each.allocated for each in now.payments[-2:]] == [Amounts(principal=725910), Amounts(interest=9074)]
