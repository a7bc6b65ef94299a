"""How figures came about; worked by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract.annual_cost import drawn_up
from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import Installment
from portal.domain.contract.schedule import Method
from portal.domain.ledger.explanation import InterestWorking, entry_removed_on, growth, interest_workings
from portal.domain.ledger.position import position
from tests.domain.people import ON, XIAOMING


def test_the_interest_of_the_third_installment_is_the_principal_left_for_thirty_days() -> None:
    # 12,000.00 - 920.16 - 933.96 = 10,145.88; x 18 % x 30 / 360 = 152.19
    assert interest_workings(XIAOMING)[3] == InterestWorking(1014588, 30, 360)
    assert sorted(interest_workings(XIAOMING)) == list(range(1, 13))


def test_an_installment_the_lender_worked_out_otherwise_claims_no_working() -> None:
    off = Installment(3, date(2026, 3, 15), 94797, 15220)
    loan = replace(XIAOMING, schedule=tuple(off if row.no == 3 else row for row in XIAOMING.schedule))
    assert 3 not in interest_workings(loan) and 4 in interest_workings(loan)


def test_terms_that_make_no_list_explain_nothing() -> None:
    loan = replace(XIAOMING, terms=replace(XIAOMING.terms, annual_rate=Fraction(11)))
    assert interest_workings(loan) == {}


def test_tomorrow_adds_a_day_to_each_of_three_lines() -> None:
    # 947.97 x .234 x 92/360 = 56.69, 962.19 x 61 days = 38.15, 976.62 x 31 days = 19.68: 114.52, today 112.64
    assert growth(position(XIAOMING, ON)) == 188


def test_a_bad_entry_is_gone_five_years_after_all_of_it_is_paid() -> None:
    assert entry_removed_on(ON) == date(2031, 6, 14)
    assert entry_removed_on(date(2028, 2, 29)) == date(2033, 2, 28)


def test_a_flat_rate_is_always_on_the_whole_amount_borrowed() -> None:
    terms = replace(XIAOMING.terms, method=Method.FLAT)
    rows = drawn_up(terms, 1200000, XIAOMING.disbursed_on)
    assert interest_workings(replace(XIAOMING, terms=terms, schedule=rows))[7] == InterestWorking(1200000, 30, 360)


def test_years_of_their_own_length_are_told_where_the_period_lies_within_one() -> None:
    """From 15 December 2027 on: no. 1 crosses into the leap year 2028, no. 2 is 31 of its 366 days."""
    terms = replace(XIAOMING.terms, day_count=DayCount.ACTUAL_ACTUAL, first_due=date(2028, 1, 15))
    rows = drawn_up(terms, 1200000, date(2027, 12, 15))
    loan = replace(XIAOMING, terms=terms, schedule=rows, disbursed_on=date(2027, 12, 15), payments=())
    assert interest_workings(loan)[2].year == 366
    before = replace(terms, first_due=date(2027, 2, 15))
    loan = replace(loan, terms=before, schedule=drawn_up(before, 1200000, date(2027, 1, 15)))
    assert interest_workings(replace(loan, disbursed_on=date(2027, 1, 15)))[2].year == 365


def test_a_first_period_out_of_step_is_told_by_its_own_days() -> None:
    early = date(2025, 12, 1)
    loan = replace(XIAOMING, disbursed_on=early, schedule=drawn_up(XIAOMING.terms, 1200000, early))
    assert interest_workings(loan)[1] == InterestWorking(1200000, 44, 360)


def test_a_list_longer_or_shorter_than_the_formula_is_explained_as_far_as_both_go() -> None:
    assert sorted(interest_workings(replace(XIAOMING, schedule=XIAOMING.schedule[:4]))) == [1, 2, 3, 4]
