"""Payments and reversals from a file: all of it or nothing, each once, and what is wrong in words."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Said, Terminal

PAID = {"loan_no": "JQ-2026-0001", "id": "P-3", "received_on": "2026-06-10", "amount": "1100.16"}
BACK = {"loan_no": "JQ-2026-0001", "id": "R-3", "received_on": "2026-06-12", "reverses": "P-3"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "payments.jsonl"


def hand_in(demo: Terminal, file: Path, *rows: dict[str, Any]) -> Said:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return demo("payments", file, "--lender", "jq", "--json")


def overdue(demo: Terminal) -> str:
    total: str = demo("position", "JQ-2026-0001", "--lender", "jq", "--json").json["overdue"]["total"]
    return total


def test_a_payment_counts_once_and_its_reversal_takes_it_back(demo: Terminal, file: Path) -> None:
    assert overdue(demo) == "3413.12"
    said = hand_in(demo, file, PAID)
    assert (said.code, said.err, said.json) == (0, "", {"payments": 1, "added": 1, "repeated": 0})
    # 53.61 penalty of no. 3 to 10 June, its interest 152.19, and 894.36 of its principal; 53.61 of principal stay,
    # with a penalty of 0.14 for four days: 3,413.12 - 1,100.16 - (56.07 - 53.61 - 0.14) = 2,310.64.
    assert overdue(demo) == "2310.64"
    assert hand_in(demo, file, PAID).json == {"payments": 1, "added": 0, "repeated": 1}
    assert hand_in(demo, file, BACK).json["added"] == 1
    assert overdue(demo) == "3413.12"


def test_more_than_everything_owed_is_kept_and_shown_as_unallocated(demo: Terminal, file: Path) -> None:
    assert hand_in(demo, file, {**PAID, "received_on": "2026-06-14", "amount": "20000.00"}).code == 0
    position = demo("position", "JQ-2026-0001", "--lender", "jq", "--json").json
    assert position["overdue"]["total"] == "0.00"
    assert position["payments"][-1]["amount"] == "20000.00"
    allocated = sum(int(text.replace(".", "")) for text in position["payments"][-1]["allocated"].values())
    assert allocated + int(position["unallocated"].replace(".", "")) == 2000000
    assert int(position["unallocated"].replace(".", "")) > 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({**PAID, "loan_no": "JQ-9"}, "{file}:2: loan_no: There is no loan 'JQ-9' at this lender."),
        ({**PAID, "id": "P-4", "currency": "USD"}, "{file}:2: currency: The loan is in CNY, not in 'USD'."),
        ({**PAID, "id": "P-4", "amount": "1e3"}, "{file}:2: amount: An amount is written like 125.00, "),
        (
            {**PAID, "id": "P-4", "received_on": "2026-06-15"},
            "{file}:2: received_on: Payment P-4 of loan JQ-2026-0001 is dated 2026-06-15, after today, 2026-06-14.",
        ),
        (
            {**PAID, "id": "P-4", "received_on": "2025-12-01"},
            "{file}:2: received_on: Payment P-4 of loan JQ-2026-0001 is dated 2025-12-01, before the loan was paid ",
        ),
        (
            {**PAID, "amount": "1.00"},
            "{file}:2: id: Payment P-3 of loan JQ-2026-0001 is here twice, of 1100.16 on 2026-06-10 and otherwise.",
        ),
        (
            {**BACK, "reverses": "P-8"},
            "{file}:2: reverses: Payment P-8 of loan JQ-2026-0001 is not there, or was reversed",
        ),
        (
            {**BACK, "received_on": "2026-06-09"},
            "{file}:2: received_on: Payment P-3 of loan JQ-2026-0001 was received on 2026-06-10; it cannot be ",
        ),
        (
            {**BACK, "amount": "1100.17"},
            "{file}:2: amount: Of payment P-3 of loan JQ-2026-0001 1100.16 are left; 1100.17 cannot be taken back.",
        ),
        ({**BACK, "amount": "0.00"}, "{file}:2: amount: "),
        ({**BACK, "installment": 5}, "{file}:2: installment: A payment that names an installment or a purpose"),
        ({**PAID, "id": "P-4", "refunds": True, "reverses": "P-3"}, "{file}:2: refunds: A payment has an "),
        (
            {**PAID, "id": "B-1", "refunds": True},
            "{file}:2: amount: Refund B-1 of loan JQ-2026-0001 is of 1100.16, and 0.00 of credit are there on its day.",
        ),
        (
            {**PAID, "id": "P-4", "purpose": "prepay"},
            "{file}:2: then: `then` says what a prepayment does to the rows to come: fewer, lower, next. It ",
        ),
        (
            {**PAID, "id": "P-4", "purpose": "payoff", "then": "lower"},
            "{file}:2: then: `then` says what a prepayment does to the rows to come: fewer, lower, next. It ",
        ),
        ({**PAID, "id": "P-4", "purpose": "gift"}, "{file}:2: purpose: "),
        ({**PAID, "id": "P-4", "purpose": "payoff", "installment": 5}, "{file}:2: purpose: A payment names"),
        ({**PAID, "note": "paid by her mother"}, "{file}:2: note: "),
    ],
)
def test_one_wrong_row_and_nothing_of_the_file_counts(
    demo: Terminal, file: Path, wrong: dict[str, str], says: str
) -> None:
    said = hand_in(demo, file, PAID, wrong)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(says.format(file=file))
    assert overdue(demo) == "3413.12"


def test_a_payment_is_reversed_once(demo: Terminal, file: Path) -> None:
    assert hand_in(demo, file, PAID, BACK).json["added"] == 2
    said = hand_in(demo, file, {**BACK, "id": "R-4"})
    assert (said.code, said.err.startswith(f"{file}:1: reverses: Payment P-3 of loan JQ-2026-0001")) == (1, True)


def test_a_payment_may_name_the_installment_it_is_for(demo: Terminal, file: Path) -> None:
    """No. 5 whole on 14 June: 1,100.16 and its penalty of 19.04; 3,413.12 - 1,119.20 stays."""
    named = {**PAID, "received_on": "2026-06-14", "amount": "1119.20", "installment": 5}
    assert hand_in(demo, file, named).code == 0
    position = demo("position", "JQ-2026-0001", "--lender", "jq", "--json").json
    assert position["overdue"]["total"] == "2293.92"
    assert [row["no"] for row in position["installments"][:3]] == [3, 4, 6]
    assert position["payments"][-1]["installment"] == 5


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"installment": 13}, "names installment 13; the loan has none of that number"),
        ({"installment": 5, "allocated": {"principal": "1.00"}}, "A payment that names an installment"),
    ],
)
def test_a_name_that_fits_no_debt_is_refused_and_nothing_is_counted(
    demo: Terminal, file: Path, more: dict[str, object], said: str
) -> None:
    answer = hand_in(demo, file, PAID, {**PAID, "id": "P-4", **more})
    assert answer.code == 1 and said in answer.err
    assert overdue(demo) == "3413.12"


def position(demo: Terminal) -> Any:
    return demo("position", "JQ-2026-0001", "--lender", "jq", "--json").json


# Owed in all on 14 June: 10,777.48.
ALL = {**PAID, "id": "P-9", "received_on": "2026-06-14", "amount": "10800.00", "purpose": "payoff"}
REFUND = {**ALL, "id": "B-1", "amount": "22.52", "refunds": True}
del REFUND["purpose"]


def test_money_goes_back_wherever_it_stands_in_the_file(demo: Terminal, file: Path) -> None:
    """22.52 are above what pays everything; a refund and a reversal stand before what they are of."""
    part = {**BACK, "id": "R-9", "received_on": "2026-06-14", "reverses": "P-9", "amount": "2.52"}
    said = hand_in(demo, file, REFUND, part, ALL)
    assert (said.code, said.err.startswith(f"{file}:1: amount: Refund B-1 of loan JQ-2026-0001 is of 22.52")) == (
        1,
        True,
    )
    assert "20.00 of credit" in said.err
    assert hand_in(demo, file, {**REFUND, "amount": "20.00"}, part, ALL).json["added"] == 3
    found = position(demo)
    assert (found["payoff"], found["credit"], found["overdue"]["total"]) == ("0.00", "0.00", "0.00")
    assert hand_in(demo, file, {**REFUND, "amount": "20.00"}, part, ALL).json["repeated"] == 3


def test_a_payoff_of_one_yuan_closes_nothing(demo: Terminal, file: Path) -> None:
    assert hand_in(demo, file, {**ALL, "amount": "1.00"}).code == 0
    found = position(demo)
    assert (found["payoff"], found["overdue"]["total"], found["credit"]) == ("10776.48", "3412.12", "0.00")


def test_a_prepayment_says_what_it_does_to_the_rows_to_come(demo: Terminal, file: Path) -> None:
    assert hand_in(demo, file, {**ALL, "amount": "5000.00", "purpose": "prepay", "then": "lower"}).code == 0
    found = position(demo)
    assert (found["payoff"], found["overdue"]["total"], found["credit"]) == ("5777.48", "0.00", "0.00")
