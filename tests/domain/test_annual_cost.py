"""What 小明's contract costs a year, and what its list says otherwise than the formula."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.annual_cost import Deviation, cost, deviations, drawn_up, formula
from portal.domain.contract.calendar import DayCount, Every
from portal.domain.contract.loan import Installment, Terms
from portal.domain.contract.schedule import Method
from portal.domain.money import Rounding
from portal.languages import languages
from tests.domain.people import XIAOMING


def test_twelve_level_installments_at_eighteen_percent_cost_eighteen() -> None:
    """12 x 1.5 % = 18 %; what rounding adds is beyond the places that a page shows."""
    found = cost(XIAOMING)
    assert found is not None and found != Fraction("0.18")
    assert round(found, 4) == Fraction("0.18") and languages()["en"].percent(found, 2) == "18%"


def test_a_loan_without_a_list_has_no_rate_to_tell() -> None:
    assert cost(replace(XIAOMING, schedule=())) is None


def test_a_list_that_follows_the_formula_has_no_note() -> None:
    assert deviations(XIAOMING) == ()


def test_an_installment_stated_otherwise_is_noted_and_not_corrected() -> None:
    rows = list(XIAOMING.schedule)
    rows[4] = rows[4]._replace(interest=rows[4].interest + 100)
    assert deviations(replace(XIAOMING, schedule=tuple(rows))) == (Deviation(5, 110116, 110016),)


def test_fees_are_no_departure_they_stand_beside_the_formula() -> None:
    rows = tuple(row._replace(fees=500) for row in XIAOMING.schedule)
    assert deviations(replace(XIAOMING, schedule=rows)) == ()


def test_a_list_shorter_than_the_formula_is_compared_as_far_as_it_goes() -> None:
    assert deviations(replace(XIAOMING, schedule=XIAOMING.schedule[:2])) == ()


def test_the_list_that_the_terms_make_says_number_day_principal_and_interest() -> None:
    made = drawn_up(XIAOMING.terms, 1200000, date(2025, 12, 15))
    assert made[0] == Installment(1, date(2026, 1, 15), 92016, 18000)
    assert made[11] == Installment(12, date(2026, 12, 15), 108393, 1626)


def test_a_longer_first_period_costs_its_days() -> None:
    """Paid out on 1 December: 44 days of 30/360 to 15 January, 12,000 x 18 % x 44 / 360 = 264.00."""
    assert formula(XIAOMING.terms, 1200000, date(2025, 12, 1)).rows[0].interest == 26400
    early = replace(XIAOMING, disbursed_on=date(2025, 12, 1))
    assert deviations(early) != ()


@pytest.mark.parametrize(
    ("terms", "interest", "total"),
    [
        (replace(XIAOMING.terms, method=Method.EQUAL_PRINCIPAL), 18000, 118000),  # 12,000 / 12 and 180.00
        (replace(XIAOMING.terms, installment=115000), 18000, 115000),
        (replace(XIAOMING.terms, every=Every(1, "w"), first_due=date(2025, 12, 22)), 4200, None),  # 7 days of 360
        (replace(XIAOMING.terms, day_count=DayCount.ACTUAL_365), 18345, None),  # 12,000 x 18 % x 31 / 365
    ],
)
def test_every_term_of_the_contract_is_in_its_list(terms: Terms, interest: int, total: int | None) -> None:
    row = drawn_up(terms, 1200000, date(2025, 12, 15))[0]
    assert row.interest == interest and row.total == (total or row.total)


def test_a_rounding_of_the_contract_is_in_its_list() -> None:
    # no. 2: 11,079.84 x 1.5 % = 166.1976
    down = replace(XIAOMING.terms, rounding=Rounding.DOWN)
    assert drawn_up(down, 1200000, date(2025, 12, 15))[1].interest == 16619


def test_a_generated_list_is_the_formula_and_terms_that_cannot_be_drawn_have_no_note() -> None:
    assert deviations(replace(XIAOMING, schedule_generated=True)) == ()
    late = replace(XIAOMING, disbursed_on=date(2026, 12, 1))
    assert isinstance(deviations(late), tuple)
