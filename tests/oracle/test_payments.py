"""Where other systems put the money of a payment: their order is a parameter of the contract, never a case of ours."""

from datetime import date, datetime
from typing import Any

import pytest

from portal.domain.ledger.position import position
from tests.oracle.cases import cases
from tests.oracle.loans import day, loan, minor, money, schedule_of

Case = dict[str, Any]

# The published conventions as an allocation of the portfolio format; costs, which they do not know, come first.
ORDERS = {
    "DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PRINCIPAL_PENALTY_FEE_INTEREST": {
        "due": ["costs", "penalty", "fees", "interest", "principal"],
        "in_advance": ["costs", "principal", "penalty", "fees", "interest"],
    },
}
KINDS = {"penalty": "penalty", "fee": "fees"}


@pytest.mark.parametrize("case", cases("E"))
def test_every_cent_of_a_payment_goes_where_the_published_system_puts_it(case: Case) -> None:
    inputs, expected = case["inputs"], case["expected"]
    charges = [each for each in inputs["events"] if each["type"] == "charge"]
    payments = [each for each in inputs["events"] if each["type"] == "payment"]
    stated = loan(
        schedule_of(expected["schedule"]),
        disbursed=inputs["start_date"],
        terms={"allocation": ORDERS[inputs["allocation_strategy"]]},
        charges=[
            {"id": f"C-{n}", "on": c["on"], "due_on": c["due"], "kind": KINDS[c["kind"]], "amount": money(c["amount"])}
            for n, c in enumerate(charges)
        ],
        payments=[
            {"id": f"P-{n}", "received_on": p["date"], "amount": money(p["amount"])} for n, p in enumerate(payments)
        ],
    )
    now = position(stated, max(day(each["date"]) for each in payments))
    repayments = [row for row in expected["transactions"] if row["Transaction Type"] == "Repayment"]
    got = [
        (p.received_on, p.amount, p.allocated.principal, p.allocated.interest, p.allocated.fees, p.allocated.penalty)
        for p in now.payments
    ]
    columns = ("Amount", "Principal", "Interest", "Fees", "Penalties")
    assert got == [(written(row["Transaction date"]), *(minor(row[name]) for name in columns)) for row in repayments]
    rows = [row for row in expected["schedule"] if row["nr"]]
    assert [row.left for row in now.installments] == [
        minor(row["outstanding"]) - charges_left(row, inputs["events"], now.as_of) for row in rows
    ]


def written(text: str) -> date:
    return datetime.strptime(text, "%d %B %Y").date()


def charges_left(row: Case, events: list[Case], as_of: date) -> int:
    """Their rows take charges in, ours stand beside: what of a row's charges is unpaid is not left of the row."""
    asked = minor(row["fees"]) + minor(row["penalties"])
    return asked if asked and row["paid"] == "0.0" else 0
