"""What lateness costs by other lenders' published examples; a file's inputs say its convention."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal.domain.ledger.position import Position, position
from tests.oracle.cases import cases
from tests.oracle.loans import Case, day, loan, minor, money, schedule_of

DUE = date(2026, 1, 31)


def late(amount: str, days: int, penalty: Case, *, rate: str = "0", paid: str = "0", rows: int = 1) -> Position:
    """One installment of `amount`, all principal, `days` days late; further ones fall due a month apart."""
    stated = loan(
        [
            {
                "no": n + 1,
                "due_on": (DUE + timedelta(days=30 * n)).isoformat(),
                "principal": money(amount),
                "interest": "0.00",
            }
            for n in range(rows)
        ],
        disbursed="2026-01-01",
        rate=rate,
        terms={"penalty": {"base": "overdue-principal", **penalty}},
        payments=[{"id": "P-1", "received_on": DUE.isoformat(), "amount": money(paid)}] if Decimal(paid) else [],
    )
    return position(stated, DUE + timedelta(days=days))


def fraction(percent: str) -> str:
    return str(Decimal(percent) / 100)


@pytest.mark.parametrize("case", cases("B"))
def test_a_published_penalty_comes_out(case: Case) -> None:
    inputs, expected = case["inputs"], case["expected"]
    if "late_fee_percent" in inputs:
        one_off(inputs, expected)
    elif "missed_months" in inputs:
        by_the_month(inputs, expected)
    elif "debt_by_day" in expected:
        compounding(inputs, expected)
    else:
        simple(inputs, expected)


def one_off(inputs: Case, expected: Case) -> None:
    stated = loan(
        schedule_of(expected["schedule"]),
        disbursed=inputs["start_date"],
        terms={
            "penalty": {
                "kind": "one-off-percent",
                "base": inputs["late_fee_base"].replace(" ", "-"),
                "percent": fraction(inputs["late_fee_percent"]),
            }
        },
    )
    now = position(stated, day(inputs["as_of"]))
    assert [line.charged for line in now.penalty_lines] == [minor(each["Due"]) for each in expected["charges"]]
    assert now.overdue.penalty == sum(minor(each["Outstanding"]) for each in expected["charges"])
    assert now.overdue.total == minor(expected["total"]["Outstanding"])


def simple(inputs: Case, expected: Case) -> None:
    contract = fraction(inputs.get("contract_rate_percent", "0"))
    margin = inputs.get("penalty_margin_percent")
    form = {"margin_over_contract": fraction(margin)} if margin else {"annual": fraction(inputs["annual_rate_percent"])}
    penalty = {
        "kind": "daily-simple",
        "rate": form,
        "day_count": f"actual/{inputs['day_count']}",
        # The bank of B04 counts the due date as the first of its days.
        "grace_days": max(inputs.get("grace_days", 0) - 1, 0),
        "grace": "counts-from-due-date",
    }
    days = inputs.get("days", inputs.get("late_days"))
    now = late(inputs["overdue_amount"], days, penalty, rate=contract)
    assert now.overdue.penalty == minor(expected["penalty"])
    if "total" in expected:
        assert now.overdue.total == minor(expected["total"])


def by_the_month(inputs: Case, expected: Case) -> None:
    penalty = {
        "kind": "daily-simple",
        "rate": {"monthly": fraction(inputs["monthly_rate_percent"])},
        "day_count": "actual/360",
    }
    ends = [30 * (month + 1) for month in range(inputs["missed_months"])]
    totals = [late(inputs["instalment"], on, penalty, rows=inputs["missed_months"]).overdue.penalty for on in ends]
    by_month = [now - before for now, before in zip(totals, [0, *totals], strict=False)]
    assert by_month == [minor(amount) for amount in expected["penalty_by_month"]]
    assert totals[-1] == minor(expected["total"])


def compounding(inputs: Case, expected: Case) -> None:
    penalty = {"kind": "daily-compound", "rate": {"daily": fraction(inputs["daily_rate_percent"])}}
    debts = [
        late(inputs["instalment"], day + 1, penalty, paid=inputs["paid"]).overdue.total for day in range(inputs["days"])
    ]
    assert debts == [minor(amount) for amount in expected["debt_by_day"]]
