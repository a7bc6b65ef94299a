"""How figures came about; worked by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.calendar import DayCount
from portal.domain.contract import drawn_up
from portal.domain.explanation import InterestWorking, entry_removed_on, growth, interest_workings, where_it_went
from portal.domain.loan import Installment, Payment
from portal.domain.position import position
from portal.domain.schedule import Method
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


def test_the_first_payment_went_to_the_first_installment() -> None:
    now = position(XIAOMING, ON)
    assert [(row.no, minor) for row, minor in where_it_went(XIAOMING, now.payments[0], ON)] == [(1, 110016)]
    assert [(row.no, minor) for row, minor in where_it_went(XIAOMING, now.payments[1], ON)] == [(2, 110016)]


def test_what_was_taken_back_reached_nothing_and_moves_what_came_later() -> None:
    """Without the first payment the second one pays the first installment, late: 31 days of penalty on it first."""
    back = Payment("R-1", date(2026, 3, 1), reverses=XIAOMING.payments[0].id)
    loan = replace(XIAOMING, payments=(*XIAOMING.payments, back))
    first, second = position(loan, ON).payments
    assert where_it_went(loan, first, ON) == ()
    # 920.16 x 23.4 % x 31 / 360 = 18.54
    assert [(row.no, minor) for row, minor in where_it_went(loan, second, ON)] == [(1, 110016 - 1854)]


def test_tomorrow_adds_a_day_to_each_of_three_lines() -> None:
    # 947.97 x .234 x 92/360 = 56.69, 962.19 x 61 days = 38.15, 976.62 x 31 days = 19.68: 114.52, today 112.64
    assert growth(XIAOMING, position(XIAOMING, ON)) == 188


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


def test_what_came_in_two_parts_is_told_part_by_part() -> None:
    """500.00 on 14 February and 600.16 a day later pay no. 2 together: each is told by itself."""
    first, _ = XIAOMING.payments
    parts = (Payment("P-2", date(2026, 2, 14), 50000), Payment("P-3", date(2026, 2, 15), 60016))
    loan = replace(XIAOMING, payments=(first, *parts))
    now = position(loan, ON)
    assert [[(row.no, minor) for row, minor in where_it_went(loan, each, ON)] for each in now.payments[1:]] == [
        [(2, 50000)],
        [(2, 60016)],
    ]


def test_what_is_taken_back_later_still_stands_on_the_day_before() -> None:
    back = Payment("R-1", date(2026, 3, 1), reverses=XIAOMING.payments[0].id)
    loan = replace(XIAOMING, payments=(*XIAOMING.payments, back))
    then = date(2026, 2, 28)
    assert [row.no for row, _ in where_it_went(loan, position(loan, then).payments[0], then)] == [1]
    on_the_day = date(2026, 3, 1)
    assert where_it_went(loan, position(loan, on_the_day).payments[0], on_the_day) == ()
