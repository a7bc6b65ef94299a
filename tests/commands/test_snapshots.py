"""At the terminal: what a later row of a loan may say otherwise, and how that is answered."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Said, Terminal
from tests.snapshots import REFUSED, TAKEN, Row, named, numbered, paid, row, terms, told


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "p.jsonl"


def tells(demo: Terminal, file: Path, *rows: Row, flags: tuple[str, ...] = ("--json",), what: str = "import") -> Said:
    file.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return demo(what, file, "--lender", "jq", *flags)


def events(demo: Terminal, number: str, after: int = 0) -> list[Any]:
    found = demo("events", "--lender", "jq", "--json", "--after", after).lines
    return [each for each in found if each["loan_no"] == number]


def test_what_may_not_change_costs_its_own_loan_and_is_named_once_with_both(demo: Terminal, file: Path) -> None:
    befores, nows = numbered(REFUSED.values())
    assert tells(demo, file, *befores).code == 0
    stopped = tells(demo, file, *nows)
    assert (stopped.code, stopped.json["imported"], stopped.json["loans"]) == (1, False, 0)
    said = tells(demo, file, *nows, row(loan_no="S-99"), flags=("--json", "--skip-bad"))
    assert (said.code, said.json["added"], said.json["stale"]) == (3, 1, len(nows))
    assert said.json["bad_rows"] == stopped.json["bad_rows"]
    for line, (name, case) in enumerate(REFUSED.items(), 1):
        bad = [each for each in said.json["bad_rows"] if each["line"] == line]
        assert named(case, bad), (name, bad)
        assert len(bad) == len({each["problem"] for each in bad}) and f"{file}:{line}: {case.field}: " in said.err


def test_what_may_change_is_answered_and_told_old_and_new(demo: Terminal, file: Path) -> None:
    befores, nows = numbered(TAKEN.values())
    assert tells(demo, file, *befores).code == 0
    last = demo("events", "--lender", "jq", "--json").lines[-1]["feed"]
    dry = tells(demo, file, *nows, flags=("--dry-run", "--json")).json
    said = tells(demo, file, *nows).json
    assert (said["changed"], said["changes"]) == (len(nows), dry["changes"])
    assert said["changed_fields"]["payments"] == 4
    for number, (name, case) in enumerate(TAKEN.items()):
        assert told(case, said["changes"][number]), (name, said["changes"][number])
        first, *rest = events(demo, f"S-{number}", last)
        assert first["type"] == "loan.changed" and told(case, first["data"])
        assert tuple(each["type"] for each in rest)[: len(case.events)] == case.events, name
    again = tells(demo, file, *nows).json
    assert (again["changed"], again["unchanged"], "changes" in again) == (0, len(nows), False)


def test_the_answer_in_words_has_a_line_for_each_field_old_and_new(demo: Terminal, file: Path) -> None:
    borrower = {**row()["borrower"], "phone": "+8613800000099"}
    told = {**terms(annual_rate="0.12"), "payments": paid(P2={"amount": "1000.16"})["payments"], "borrower": borrower}
    said = tells(demo, file, told, flags=())
    assert said.err.splitlines()[1:] == [
        "JQ-2026-0001: payments: P-2 2026-02-15 1100.16 -> P-2 2026-02-15 1000.16",
        "JQ-2026-0001: terms.annual_rate: 0.18 -> 0.12",
        "JQ-2026-0001: borrower B-1: phone changed",
    ]
    assert "+86" not in said.err


def test_what_a_complete_file_does_not_have_is_told_and_nothing_happens_to_it(demo: Terminal, file: Path) -> None:
    closed = row(loan_no="S-1", closed={"on": "2026-06-10", "reason": "paid"})
    assert tells(demo, file, closed, row(loan_no="S-2")).code == 0
    said = tells(demo, file, row(), flags=("--json", "--complete")).json
    assert said["unchanged"] == 1 and "S-2" in said["missing_loans"] and "S-1" not in said["missing_loans"]
    assert said["missing"] == len(said["missing_loans"]) > 1 and said["stale"] == 0
    (told,) = demo("events", "--lender", "jq", "--json").lines[-1:]
    assert (told["type"], told["data"]["missing"]) == ("portfolio.imported", said["missing"])
    assert "S-2: not in the file" in tells(demo, file, row(), flags=("--complete",)).err


def test_a_corrected_payment_of_a_payments_file_is_answered_and_known_as_it_was_told(
    demo: Terminal, file: Path
) -> None:
    was = {"id": "P-3", "loan_no": "JQ-2026-0001", "received_on": "2026-06-10", "amount": "500.00"}
    assert tells(demo, file, was, what="payments").json == {"payments": 1, "added": 1, "repeated": 0}
    said = tells(demo, file, {**was, "amount": "400.00", "received_on": "2026-06-11"}, what="payments")
    (correction,) = said.json["corrections"]
    assert (said.json["corrected"], correction["payment"]) == (1, "P-3")
    assert (correction["old"]["amount"], correction["new"]["amount"]) == ("500.00", "400.00")
    (told,) = [each for each in events(demo, "JQ-2026-0001") if each["type"] == "payment.corrected"]
    assert told["data"]["old"] == {"id": "P-3", "received_on": "2026-06-10", "amount": "500.00"}
    assert told["data"]["moved"][-1]["payment"] == "P-3"
    now = demo("position", "JQ-2026-0001", "--lender", "jq", "--json").json["payments"][-1]
    then = demo(
        "position", "JQ-2026-0001", "--lender", "jq", "--json", "--known-at", _before(told["occurred_at"])
    ).json["payments"][-1]
    assert (now["amount"], now["received_on"]) == ("400.00", "2026-06-11")
    assert (then["amount"], then["received_on"]) == ("500.00", "2026-06-10")
    words = tells(demo, file, was, what="payments", flags=()).err
    assert (
        words == "0 added, 0 known before, 1 corrected\nJQ-2026-0001: P-3 2026-06-11 400.00 -> P-3 2026-06-10 500.00\n"
    )


def _before(time: str) -> str:
    """A thousandth of a second earlier."""
    return (datetime.fromisoformat(time) - timedelta(milliseconds=1)).isoformat()


def test_one_bad_payment_of_many_is_named_and_costs_itself_alone(demo: Terminal, file: Path) -> None:
    rows = [
        {"id": f"N-{n}", "loan_no": "JQ-2026-0001", "received_on": "2026-06-10", "amount": "1.00"} for n in range(40)
    ]
    rows[17]["amount"] = "0.00"
    stopped = tells(demo, file, *rows, what="payments", flags=())
    assert stopped.code == 1 and stopped.err.startswith(f"{file}:18: amount: It must be more than zero")
    said = tells(demo, file, *rows, what="payments", flags=("--json", "--skip-bad"))
    assert (said.code, said.json["added"], said.json["bad"]) == (3, 39, 1)
    assert said.json["bad_rows"][0]["line"] == 18


@pytest.mark.parametrize("by_file", [False, True])
def test_a_payment_told_in_a_row_after_a_file_told_it_is_missed_where_the_row_loses_it(
    demo: Terminal, file: Path, by_file: bool
) -> None:
    """What was never in a row is no loss of the row's; and what it named is not taken back by a row that is silent."""
    told = {"id": "P-3", "received_on": "2026-06-10", "amount": "500.00"}
    named = {**told, "loan_no": "JQ-2026-0001", "installment": 5}
    assert tells(demo, file, named, what="payments").json["added"] == 1
    assert tells(demo, file, row(product="A")).json["changed"] == 1
    if by_file:
        assert tells(demo, file, paid(told)).json["changed"] == 1
        said = tells(demo, file, row(product="A"))
        assert said.code == 1 and "P-3 of 500.00, received on 2026-06-10, stood in the row" in said.err
    assert "payment.corrected" not in [each["type"] for each in events(demo, "JQ-2026-0001")]
