"""Plans that other systems drew up for a debt in trouble: the parts of them that are a schedule of their own."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from portal.domain.calendar import Every
from portal.domain.money import Rounding
from portal.domain.schedule import Method, generate
from tests.oracle.cases import cases

Case = dict[str, Any]
NOTHING = Fraction(0)


def minor(amount: str) -> int:
    return int(Decimal(amount) * 100)


def due_from(rows: list[Case], first: str) -> list[tuple[str, int]]:
    return [(row["due_date"], minor(row["principal"])) for row in rows if row["principal"] and row["due_date"] >= first]


@pytest.mark.parametrize("case", cases("D01"))
def test_two_more_terms_spread_what_is_left(case: Case) -> None:
    left = due_from(case["inputs"]["before_schedule"], "2023-09-01")
    spread = generate(
        sum(amount for _, amount in left),
        NOTHING,
        len(left) + int(case["inputs"]["change"]["extraTerms"]),
        date.fromisoformat(left[0][0]),
    )
    got = [(row.due_on.isoformat(), row.principal) for row in spread.rows]
    assert got == due_from(case["expected"]["after_schedule"], "2023-09-01")


@pytest.mark.parametrize("case", cases("D05"))
def test_three_missed_installments_become_six_new_ones(case: Case) -> None:
    change = case["inputs"]["change"]
    missed = [row for row in case["inputs"]["before_schedule"] if row["nr"] and row["outstanding"] != "0.0"]
    spread = generate(
        sum(minor(row["outstanding"]) for row in missed),
        NOTHING,
        change["number_of_instalments"],
        date.fromisoformat(change["start_date"]),
        disbursed=date.fromisoformat(change["date"]),
    )
    got = [(row.due_on.isoformat(), row.principal) for row in spread.rows]
    assert got == due_from(case["expected"]["after_schedule"], change["start_date"])


@pytest.mark.parametrize("case", cases("D07"))
def test_a_missed_installment_is_spread_over_those_to_come(case: Case) -> None:
    on = case["inputs"]["change"]["date"]
    rows = [row for row in case["inputs"]["before_schedule"] if row["nr"]]
    missed = sum(minor(row["outstanding"]) for row in rows if row["due_date"] < on)
    to_come = due_from(rows, on)
    spread = generate(
        missed, NOTHING, len(to_come), date.fromisoformat(to_come[0][0]),
        every=Every(15, "d"), rounding=Rounding.HALF_EVEN, round_to=100,
    )  # fmt: skip
    got = [(day, amount + row.principal) for (day, amount), row in zip(to_come, spread.rows, strict=True)]
    assert got == due_from(case["expected"]["after_schedule"], on)


@pytest.mark.parametrize("case", cases("D13"))
def test_hardship_plans_ask_the_interest_of_the_month_and_nothing_else(case: Case) -> None:
    projected = {
        row["id"]: row["projected"] for row in case["expected"]["projected_interest_equals_3_x_hardship_amount"]
    }
    for plan in case["expected"]["interest_only_payment_on_outstanding_principal"]:
        months = generate(
            minor(plan["out_prncp"]), Fraction(plan["int_rate"]) / 100, 4, date(2019, 2, 1),
            method=Method.INTEREST_ONLY,
        ).rows[:3]  # fmt: skip
        assert [row.total for row in months] == [minor(plan["hardship_amount"])] * 3
        assert sum(row.interest for row in months) == minor(projected[plan["id"]])
