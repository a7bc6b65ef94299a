"""The usual loan, drawn up the shortest way, is what counting it out gives; what is not usual is left to the rule."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.calendar import add_months
from portal.domain.contract.fast_path import usual
from portal.domain.contract.schedule import generate
from portal.domain.money import MAX_MINOR
from tests.naive.days import months_on
from tests.naive.schedule import Ask, rows

EIGHTEEN = Fraction(18, 100)
JANUARY = date(2026, 1, 15)
FEW = settings(max_examples=600, derandomize=True, deadline=None)
MANY = settings(max_examples=20_000, derandomize=True, deadline=None)

first_dues = st.dates(date(1968, 1, 1), date(2102, 12, 31))
rates = st.integers(1, 100_000).map(lambda points: Fraction(points, 10_000))
principals = st.one_of(st.integers(1, 500), st.integers(1, 50_000_000))


def compare(principal: int, rate: Fraction, installments: int, first_due: date, stated: bool) -> None:
    """With the bounds looked at where `usual` left them to the rule: tiny loans, rates of ten times the loan."""
    before = months_on(first_due, -1)
    ask = Ask(principal, rate, installments, first_due, before, "level", "1m", "30/360", "half-up")
    drawn = generate(principal, rate, installments, first_due, disbursed=before if stated else None)
    assert [tuple(row) for row in drawn.rows] == rows(ask)
    assert drawn.installment == drawn.rows[0].total


given_loans = given(principals, rates, st.integers(1, 60), first_dues, st.booleans())
test_a_usual_loan_is_what_counting_gives = FEW(given_loans(compare))
test_very_many_usual_loans_are_what_counting_gives = pytest.mark.proof(MANY(given_loans(compare)))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.integers(100_000, 50_000_000), st.integers(1, 3600), st.integers(1, 60), first_dues)
def test_a_loan_of_1000_or_more_at_36_percent_or_less_is_usual(
    principal: int, points: int, installments: int, first_due: date
) -> None:
    assert usual(principal, Fraction(points, 10_000), installments, first_due, None)


@pytest.mark.parametrize("month_before", [date(2026, 1, 31), date(2026, 1, 28)])
def test_a_month_that_ends_early_is_a_whole_month(month_before: date) -> None:
    assert usual(1_200_000, EIGHTEEN, 12, date(2026, 2, 28), month_before)


@pytest.mark.parametrize(
    "odd",
    [
        {"principal": 0},
        {"principal": MAX_MINOR + 1},
        {"annual_rate": Fraction(0)},
        {"annual_rate": Fraction(-1, 100)},
        {"annual_rate": Fraction(1001, 100)},
        {"installments": None},
        {"installments": 0},
        {"installments": 1201},
        {"disbursed": JANUARY - timedelta(days=30)},  # the 16th of December
        {"disbursed": JANUARY},
        {"disbursed": add_months(JANUARY, -2)},
    ],
)
def test_what_is_not_usual_is_left_to_the_rule(odd: dict[str, Any]) -> None:
    plain = {"principal": 1_200_000, "annual_rate": EIGHTEEN, "installments": 12, "first_due": JANUARY}
    assert usual(**{**plain, "disbursed": None})
    assert usual(**{**plain, "disbursed": None, **odd}) is None


def test_a_loan_repaid_before_its_time_is_left_to_the_rule() -> None:
    """2 fen at 12 % in four months are 0.51, so 1 fen, a month, and after two months nothing is left to repay."""
    assert usual(2, Fraction(12, 100), 4, JANUARY, None) is None
    assert [row.principal for row in generate(2, Fraction(12, 100), 4, JANUARY).rows] == [1, 1, 0, 0]
    assert usual(2, Fraction(12, 100), 3, JANUARY, None) == generate(2, Fraction(12, 100), 3, JANUARY)
    assert [row.principal for row in generate(2, Fraction(12, 100), 3, JANUARY).rows] == [1, 1, 0]


def test_the_bounds_themselves_are_usual() -> None:
    """1,000 % a year on 1,000.00 is 833.33 in the first month, and of one payment that is all there is."""
    drawn = usual(100_000, Fraction(10), 1, JANUARY, None)
    assert drawn and [(row.principal, row.interest) for row in drawn.rows] == [(100_000, 83_333)]
    assert usual(MAX_MINOR, EIGHTEEN, 1200, JANUARY, None)
    assert usual(1, EIGHTEEN, 1, JANUARY, None)
