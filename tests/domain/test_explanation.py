"""How figures came about; worked by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.explanation import InterestWorking, interest_workings, tomorrow, where_it_went
from portal.domain.loan import Installment, Payment
from portal.domain.position import position
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
    assert tomorrow(XIAOMING, ON) == 188
