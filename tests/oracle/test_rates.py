"""Rates that regulators, the Commission and numpy publish; the shape of a file's inputs says its convention."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from portal.domain.contract.apr import Flow, eu_effective, irr_per_period, us_actuarial
from portal.domain.contract.calendar import Every, due_date
from tests.oracle.cases import cases

Case = dict[str, Any]


def minor(amount: str) -> int:
    return int(Decimal(amount) * 100)


@pytest.mark.parametrize("case", cases("C"))
def test_a_published_rate_comes_out(case: Case) -> None:
    got, expected, tolerance = answer(case["inputs"], case["expected"])
    assert abs(got - Fraction(expected)) <= tolerance


def answer(inputs: Case, expected: Case) -> tuple[Fraction, str, Fraction]:
    """What comes out, what was published, and half of the last digit published."""
    if "cashflows" in inputs:
        published = expected["irr_per_period"]
        return internal(inputs["cashflows"]), published, half_a_digit(published)
    if "payment_interval" in inputs:
        published = expected["apr_percent"]
        return actuarial(inputs) * 100, published, half_a_digit(published)
    if "flows" in inputs:
        return effective_by_months(inputs["flows"]) * 100, expected["apr_percent"], Fraction("0.000002")
    published = expected["apr_percent_2dp"]
    advances, payments = dated(inputs["advances"]), dated(inputs["payments"])
    return eu_effective(advances, payments, "days") * 100, published, half_a_digit(published)


def half_a_digit(published: str) -> Fraction:
    return Fraction(1, 2 * 10 ** len(published.partition(".")[2]))


def actuarial(inputs: Case) -> Fraction:
    number, unit = inputs["payment_interval"].split()
    every = Every(int(number), unit[0])
    first_due, groups = date.fromisoformat(inputs["first_payment_date"]), inputs["payment_groups"]
    payments = [
        (
            due_date(first_due, every, group["first_unit_period"] - groups[0]["first_unit_period"] + index),
            minor(group["amount"]),
        )
        for group in groups
        for index in range(group["count"])
    ]
    advance = date.fromisoformat(inputs["advance_date"]), minor(inputs["amount_advanced"])
    return us_actuarial([advance], payments)


def effective_by_months(flows: Case) -> Fraction:
    start = date(2015, 1, 1)
    payments = [
        (
            due_date(start, Every(1, "m"), months(group["first_years"]) + months(group["step_years"]) * index),
            minor(group["amount"]),
        )
        for group in flows["payment_groups"]
        for index in range(group["count"])
    ]
    return eu_effective([(start, minor(flows["advance_at_0"]))], payments, "months")


def months(years: str) -> int:
    return round(Fraction(years) * 12)


def dated(flows: list[Case]) -> list[Flow]:
    return [(date.fromisoformat(flow["date"]), minor(flow["amount"])) for flow in flows]


def internal(cashflows: list[str]) -> Fraction:
    sides: dict[bool, list[Flow]] = {True: [], False: []}
    for number, amount in enumerate(map(minor, cashflows)):
        sides[amount < 0].append((date(2020, 1, 1) + timedelta(number), abs(amount)))
    return irr_per_period(sides[True], sides[False])
