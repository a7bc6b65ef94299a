"""Plans that other systems drew up for a debt in trouble, through the one function that draws up ours."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from portal.domain.contract.agreement import Covers
from portal.domain.contract.calendar import DayCount, Every
from portal.domain.ledger.position import Position, position
from portal.domain.money import Rounding
from portal.domain.restructuring.comparison import compare
from portal.domain.restructuring.drawing import draw_up
from portal.domain.restructuring.offer import Offer
from tests.oracle.cases import cases
from tests.oracle.loans import loan, minor, money, schedule_of

Case = dict[str, Any]


def standing(case: Case, on: date) -> Position:
    """The loan as its rows before the change have it, what is paid in them paid on their day."""
    rows = [row for row in case["inputs"]["before_schedule"] if row["nr"]]
    paid = [
        {"id": f"P-{row['nr']}", "received_on": row["due_date"], "amount": money(row["paid"])}
        for row in rows
        if Decimal(row["paid"])
    ]
    start = (date.fromisoformat(rows[0]["due_date"]) - timedelta(days=1)).isoformat()
    return position(loan(schedule_of(rows), disbursed=start, payments=paid), on)


def due_from(rows: list[Case], first: str) -> list[tuple[date, int]]:
    return [
        (date.fromisoformat(row["due_date"]), minor(row["principal"]))
        for row in rows
        if row["principal"] and row["due_date"] >= first
    ]


@pytest.mark.parametrize("case", cases("D01"))
def test_two_more_terms_spread_what_is_left(case: Case) -> None:
    first = date(2023, 9, 1)  # "from": what fell due before it is left as it is
    now = standing(case, first - timedelta(days=1))
    terms = len([row for row in now.installments if row.due_on >= first]) + int(case["inputs"]["change"]["extraTerms"])
    offer = Offer(Every(1, "m"), first, installments=terms, covers=Covers.TO_COME)
    plan = draw_up(now, offer, Rounding.HALF_UP, DayCount.THIRTY_360, first)
    got = [(row.due_on, row.total) for row in plan.rows]
    expected = due_from(case["expected"]["after_schedule"], first.isoformat())
    assert got == expected


@pytest.mark.parametrize("case", cases("D05"))
def test_three_missed_installments_become_six_new_ones(case: Case) -> None:
    change = case["inputs"]["change"]
    now = standing(case, date.fromisoformat(change["date"]))
    offer = Offer(Every(1, "m"), date.fromisoformat(change["start_date"]), installments=change["number_of_instalments"])
    plan = draw_up(now, offer, Rounding.HALF_UP, DayCount.THIRTY_360, now.as_of)
    got = [(row.due_on, row.total) for row in plan.rows]
    assert got == due_from(case["expected"]["after_schedule"], change["start_date"])


@pytest.mark.parametrize("case", cases("D07"))
def test_a_missed_installment_is_spread_over_those_to_come(case: Case) -> None:
    on = case["inputs"]["change"]["date"]
    now = standing(case, date.fromisoformat(on))
    to_come = [row.due_on for row in now.installments if row.due_on >= now.as_of]
    step = Every((to_come[1] - to_come[0]).days, "d")
    offer = Offer(step, to_come[0], installments=len(to_come), round_to=100)
    plan = draw_up(now, offer, Rounding.HALF_EVEN, DayCount.THIRTY_360, now.as_of)
    changes = compare(now, plan, offer.covers).changes
    got = [(change.on, change.after) for change in changes if change.on > now.as_of]
    assert got == due_from(case["expected"]["after_schedule"], on)


@pytest.mark.parametrize("case", cases("D13"))
def test_hardship_plans_ask_the_interest_of_the_month_and_nothing_else(case: Case) -> None:
    projected = {
        row["id"]: row["projected"] for row in case["expected"]["projected_interest_equals_3_x_hardship_amount"]
    }
    for plan in case["expected"]["interest_only_payment_on_outstanding_principal"]:
        rows = [{"no": 1, "due_on": "2020-01-01", "principal": money(plan["out_prncp"]), "interest": "0.00"}]
        now = position(loan(rows, disbursed="2018-12-31"), date(2019, 1, 1))
        rate = Fraction(plan["int_rate"]) / 100
        offer = Offer(
            Every(1, "m"), date(2019, 2, 1), installments=4, covers=Covers.ALL, interest_rate=rate, interest_only=3
        )
        months = draw_up(now, offer, Rounding.HALF_UP, DayCount.THIRTY_360, now.as_of).rows[:3]
        assert [row.total for row in months] == [minor(plan["hardship_amount"])] * 3
        assert sum(row.plan_interest for row in months) == minor(projected[plan["id"]])
