"""The lender's books against ours: 王小明's case, told by a lender that counts one thing otherwise."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import AllocationRule, Cap, Loan, Payment, Statement
from portal.domain.contract.penalty_terms import Grace, PenaltyBase, PenaltyTerms
from portal.domain.ledger.dated import known_to_lender, stated_on
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.reconciliation import BooksDiffer, Cause, Explanation, check_books, reconcile
from portal.domain.money import Money, Rounding
from tests.domain.agreed import agreed
from tests.domain.people import ON, XIAOMING


def told(penalty: int, *, interest: int = 41370, principal: int = 288678, loan: Loan = XIAOMING) -> Position:
    """The statement of 14 June: 2,886.78 of principal and 413.70 of interest where nothing else is said."""
    stated = Statement(ON, Amounts(penalty=penalty, interest=interest, principal=principal))
    return position(replace(loan, statement=stated), ON)


def test_where_both_say_112_64_there_is_nothing_to_explain() -> None:
    found = reconcile(told(11264))
    assert not found.differences
    assert found.likeliest is None


def test_a_lender_that_divides_by_365_says_111_09() -> None:
    # 55.30 + 37.01 + 18.78, the table of the domain
    found = reconcile(told(11109))
    assert [(d.component, d.stated, d.computed) for d in found.differences] == [("penalty", 11109, 11264)]
    assert found.likeliest == Explanation(Cause.DAY_COUNT, DayCount.ACTUAL_365)


def test_a_lender_that_charges_lateness_on_interest_too_says_129_43() -> None:
    # 152.19 x 23.4 % x 91/360 = 9.00; 137.97 x 60/360 = 5.38; 123.54 x 30/360 = 2.41: 112.64 + 16.79 = 129.43
    assert reconcile(told(12943)).likeliest == Explanation(Cause.BASE, PenaltyBase.PRINCIPAL_AND_INTEREST)


def test_a_lender_that_spares_the_first_three_days_says_107_01() -> None:
    # 947.97 x 23.4 % x 88/360 = 54.22; 962.19 x 57/360 = 35.65; 976.62 x 27/360 = 17.14
    assert reconcile(told(10701)).likeliest == Explanation(Cause.GRACE, (Grace.WAIVES, 3))


def test_a_lender_that_rounds_up_says_a_fen_or_two_more() -> None:
    # 56.0724… 37.5254… 19.0441… each up: 56.08 + 37.53 + 19.05
    assert reconcile(told(11266)).likeliest == Explanation(Cause.ROUNDING, Rounding.UP)


def test_a_lender_that_forgot_its_own_limit_charges_27_percent() -> None:
    dear = replace(XIAOMING.terms.penalty.rate, value=Fraction(3, 2))  # type: ignore[type-var]
    penalty = replace(XIAOMING.terms.penalty, rate=dear)
    capped = replace(XIAOMING.terms, penalty=penalty, cap=Cap("24-percent", Fraction(24, 100)))
    # charged 115.53, by contract 129.97
    assert reconcile(told(12997, loan=replace(XIAOMING, terms=capped))).likeliest == Explanation(
        Cause.CAP, "24-percent"
    )


def test_a_lender_that_counts_a_payment_of_500_we_do_not_know_is_found_out() -> None:
    # 500.00 on 14 June pays no. 3 first: 56.07 of penalty, 152.19 of interest, 291.74 of principal
    found = reconcile(told(5657, interest=26151, principal=259504))
    assert found.likeliest == Explanation(Cause.MISSING_HERE, Money(50000, "CNY"), ON)


def test_a_payment_the_lender_has_not_booked_is_named() -> None:
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", date(2026, 6, 10), 30000)))
    assert reconcile(told(11264, loan=paid)).likeliest == Explanation(Cause.MISSING_THERE, "P-3", date(2026, 6, 10))


def test_a_payment_of_the_statements_own_day_may_not_be_booked_yet() -> None:
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", ON, 30000)))
    assert reconcile(told(11264, loan=paid)).likeliest == Explanation(Cause.MISSING_THERE, "P-3", ON)


def test_a_lender_that_puts_interest_and_principal_before_penalty_is_found_out() -> None:
    """500.00 on 1 June: 152.19 of interest, 347.81 of principal; 600.16 x 23.4 % x 13/360 = 5.07 on what is left.

    48.06 + 5.07 + 37.53 + 19.04 = 109.70 of penalty.
    """
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", date(2026, 6, 1), 50000)))
    found = reconcile(told(10970, interest=41370 - 15219, principal=288678 - 34781, loan=paid))
    assert found.likeliest == Explanation(
        Cause.ALLOCATION, AllocationRule(due=("costs", "fees", "interest", "principal", "penalty"))
    )


def test_a_fen_less_may_be_a_fen_received() -> None:
    received = Explanation(Cause.MISSING_HERE, Money(1, "CNY"), ON)
    assert received in reconcile(told(11263)).explanations
    assert reconcile(told(11263)).likeliest == Explanation(Cause.ROUNDING, Rounding.DOWN)
    assert reconcile(told(11264)).explanations == reconcile(told(11264)).differences == ()


@pytest.mark.parametrize("penalty", [0, 99999])
def test_what_no_single_thing_explains_stays_unexplained(penalty: int) -> None:
    found = reconcile(told(penalty))
    assert found.differences
    assert found.likeliest is None


def test_an_installment_that_only_the_lender_counts_may_have_come_on_any_due_day_the_latest_first() -> None:
    """Without penalty every day explains 1,100.16 less: that of the statement first."""
    loan = replace(XIAOMING, terms=replace(XIAOMING.terms, penalty=PenaltyTerms()))
    found = reconcile(told(0, interest=41370 - 15219, principal=288678 - 94797, loan=loan))
    days = [each.on for each in found.explanations if each.cause is Cause.MISSING_HERE]
    assert days == [ON, date(2026, 5, 15), date(2026, 4, 15), date(2026, 3, 15)]


def test_books_that_differ_are_told_in_the_currency_of_the_loan() -> None:
    yen = replace(told(11200).loan, currency="JPY")
    check_books(yen, 64)
    with pytest.raises(BooksDiffer) as refused:
        check_books(yen, 63)
    assert refused.value.facts == {"difference": Money(64, "JPY")}


@pytest.mark.parametrize(("answered_on", "passes"), [(date(2026, 6, 13), True), (ON, False), (None, False)])
def test_the_lender_knows_an_agreement_of_the_day_after_it_was_booked(answered_on: date | None, passes: bool) -> None:
    signed = agreed(replace(XIAOMING, statement=None), as_of=date(2026, 6, 12))
    loan = replace(XIAOMING, agreements=(replace(signed, answered_on=answered_on),))
    assert stated_on(loan, ON) == (ON if passes else None)
    assert known_to_lender(loan).agreements == (loan.agreements if passes else ())
