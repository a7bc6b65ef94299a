"""Schedules that other systems publish as their own tests, row by row; a file's inputs say its convention."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from portal.domain.contract.calendar import DayCount, Every, whole_months
from portal.domain.contract.schedule import Method, generate
from portal.domain.contract.schedule_values import Schedule
from portal.domain.money import Rounding
from tests.oracle.cases import cases

Case = dict[str, Any]

DAY_COUNTS = {
    ("DAYS_360", "DAYS_30"): DayCount.THIRTY_360,
    ("DAYS_360", "ACTUAL"): DayCount.ACTUAL_360,
    ("DAYS_364", "ACTUAL"): DayCount.ACTUAL_364,
    ("DAYS_365", "ACTUAL"): DayCount.ACTUAL_365,
    ("ACTUAL", "ACTUAL"): DayCount.ACTUAL_ACTUAL,
}


def minor(amount: str) -> int:
    cents = Decimal(amount) * 100
    assert cents == int(cents)
    return int(cents)


def rate(inputs: Case) -> Fraction:
    return Fraction(inputs["annual_rate_percent"]) / 100


@pytest.mark.parametrize("case", [each for each in cases("A") if "periods" not in each.values[0].get("inputs", {})])
def test_a_published_schedule_comes_out_row_by_row(case: Case) -> None:
    if "rows" in case["expected"]:
        check_whole_units(case["inputs"], case["expected"])
    else:
        check_rows(case["inputs"], [row for row in case["expected"]["schedule"] if row["nr"]])


def check_rows(inputs: Case, expected: list[Case]) -> None:
    schedule = generate(
        minor(inputs["principal"]),
        rate(inputs),
        inputs["number_of_repayments"],
        date.fromisoformat(expected[0]["due_date"]),
        disbursed=date.fromisoformat(inputs["start_date"]),
        method=method(inputs),
        day_count=DayCount.ACTUAL_365 if inputs["interest_calculation_period"] == "DAILY" else DayCount.THIRTY_360,
        rounding=Rounding.HALF_EVEN,
        round_to=minor(inputs.get("instalment_in_multiples_of", "0.01")),
        principal_grace=inputs["grace_on_principal"],
        interest_grace=inputs["grace_on_interest"],
    )
    got = [(row.due_on.isoformat(), row.principal, row.interest, row.total, row.balance) for row in schedule.rows]
    amounts = ("principal", "interest", "due", "balance_after")
    assert got == [(row["due_date"], *(minor(row[name]) for name in amounts)) for row in expected]


def method(inputs: Case) -> Method:
    if inputs["interest_type"] == "FLAT":
        return Method.FLAT
    return Method.EQUAL_PRINCIPAL if inputs["amortization_type"] == "EQUAL_PRINCIPAL_PAYMENTS" else Method.LEVEL


def check_whole_units(inputs: Case, expected: Case) -> None:
    """Amounts stated in whole units, so within half of one."""
    terms = minor(inputs["principal"]), rate(inputs)
    first_due = date(2026, 1, 1)
    schedule = generate(*terms, inputs["number_of_repayments"], first_due, rounding=Rounding.UP, round_to=100)
    assert schedule.installment == minor(expected["instalment"])
    near(schedule.total_interest, expected["total_interest"])
    for row in expected["rows"]:
        got = schedule.rows[row["index"]]
        near(got.principal, row["principal"])
        near(got.interest, row["interest"])
        near(got.balance, row["balance_after"])
    stated = generate(*terms, None, first_due, installment=minor(inputs["alternative_fixed_payment"]))
    assert len(stated.rows) == expected["fixed_14000"]["number_of_repayments"]
    near(stated.total_interest, expected["fixed_14000"]["total_interest"])


def near(got: int, expected: str) -> None:
    assert abs(got - minor(expected)) <= 50


@pytest.mark.parametrize("case", [each for each in cases("A") if "periods" in each.values[0].get("inputs", {})])
def test_a_level_schedule_follows_its_day_count(case: Case) -> None:
    inputs, expected = case["inputs"], case["expected"]["schedule"]
    schedule = by_periods(inputs)
    assert [(row.total, row.interest, row.principal, row.balance) for row in schedule.rows] == [
        tuple(minor(row[name]) for name in ("emi", "interest", "principal", "balance_after")) for row in expected
    ]


def by_periods(inputs: Case) -> Schedule:
    days = [[date.fromisoformat(day) for day in period] for period in inputs["periods"]]
    start, first_due = days[0]
    months = whole_months(start, first_due)
    schedule = generate(
        minor(inputs["principal"]),
        rate(inputs),
        len(days),
        first_due,
        disbursed=start,
        every=Every(months, "m") if months else Every((first_due - start).days, "d"),
        day_count=DAY_COUNTS[inputs["days_in_year"], inputs["days_in_month"]],
        rounding=Rounding.HALF_EVEN,
    )
    assert [row.due_on for row in schedule.rows] == [end for _, end in days]
    return schedule
