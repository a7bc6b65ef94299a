"""What 小明's contract costs a year, and what its list says otherwise than the formula."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract import Departure, cost, departures
from tests.domain.people import XIAOMING


def test_twelve_level_installments_at_eighteen_percent_cost_eighteen_and_nineteen_and_a_half() -> None:
    """Nominal 12 x 1.5 % = 18 %, effective 1.015^12 - 1 = 19.56 %; rounding does not reach the fourth place."""
    found = cost(XIAOMING)
    assert found is not None
    assert round(found.us, 4) == Fraction("0.18")
    assert round(found.eu, 4) == Fraction("0.1956")


def test_a_loan_without_a_list_has_no_rate_to_tell() -> None:
    assert cost(replace(XIAOMING, schedule=())) is None


def test_a_list_that_follows_the_formula_has_no_note() -> None:
    assert departures(XIAOMING) == ()


def test_an_installment_stated_otherwise_is_noted_and_not_corrected() -> None:
    rows = list(XIAOMING.schedule)
    rows[4] = replace(rows[4], interest=rows[4].interest + 100)
    assert departures(replace(XIAOMING, schedule=tuple(rows))) == (Departure(5, 110116, 110016),)


def test_a_generated_list_is_the_formula_and_terms_that_cannot_be_drawn_have_no_note() -> None:
    assert departures(replace(XIAOMING, schedule_generated=True)) == ()
    late = replace(XIAOMING, disbursed_on=date(2026, 12, 1))
    assert isinstance(departures(late), tuple)
