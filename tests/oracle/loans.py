"""A loan of an oracle file as a lender's portfolio would state it, read by the product's own reader."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from portal.domain.contract.loan import Loan
from tests.files import read_portfolio

Case = dict[str, Any]


def minor(amount: str) -> int:
    cents = Decimal(amount) * 100
    assert cents == int(cents)
    return int(cents)


def money(amount: str) -> str:
    return f"{Decimal(amount):.2f}"


def loan(rows: list[Case], *, disbursed: str, rate: str = "0", terms: Case | None = None, **facts: Any) -> Loan:
    """`rows` are the stated installments: no, due_on, principal, interest."""
    line = {
        "loan_no": "O-1",
        "currency": "USD",
        "lender_kind": "private",
        "borrower": {"external_id": "B-1"},
        "signed_on": disbursed,
        "disbursed_on": disbursed,
        "principal": money(str(sum(Decimal(row["principal"]) for row in rows))),
        "terms": {
            "annual_rate": rate,
            "method": "flat",
            "installments": len(rows),
            "every": "1m",
            "first_due": rows[0]["due_on"],
            "day_count": "30/360",
            "penalty": {"kind": "none"},
            "cap": {"rule": "none"},
            **(terms or {}),
        },
        "schedule": rows,
        **facts,
    }
    reading = read_portfolio(json.dumps(line).encode(), "private")
    assert not reading.bad, reading.bad
    return reading.records[0].loan


def schedule_of(expected: list[Case]) -> list[Case]:
    numbered = [row for row in expected if row["nr"]]
    return [
        {
            "no": number,
            "due_on": row["due_date"],
            "principal": money(row["principal"]),
            "interest": money(row["interest"]),
        }
        for number, row in enumerate(numbered, 1)
    ]


def day(text: str) -> date:
    return date.fromisoformat(text)
