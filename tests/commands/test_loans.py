"""What a lender's scripts read of a loan: the promised keys, strings and figures, alone on standard output."""

import json
from pathlib import Path

from tests.commands.conftest import Terminal

XIAOMING = ("JQ-2026-0001", "--lender", "jq")


def test_the_position_of_xiaoming_is_the_published_one_key_by_key(demo: Terminal) -> None:
    said = demo("position", *XIAOMING, "--as-of", "2026-06-14", "--json")
    assert (said.code, said.err) == (0, "")
    given = said.json
    assert {
        name: given[name]
        for name in ("loan_no", "as_of", "valid_until", "currency", "days_past_due", "overdue", "outstanding_principal")
    } == {
        "loan_no": "JQ-2026-0001", "as_of": "2026-06-14", "valid_until": "2026-06-14", "currency": "CNY",
        "days_past_due": 91,
        "overdue": {"costs": "0.00", "fees": "0.00", "penalty": "112.64", "interest": "413.70",
                    "principal": "2886.78", "total": "3413.12"},
        "outstanding_principal": "10145.88",
    }  # fmt: skip
    assert given["installments"][0] == {
        "no": 3, "due_on": "2026-03-15", "principal": "947.97", "interest": "152.19", "fees": "0.00",
        "paid": "0.00", "overdue": "1100.16", "days_past_due": 91,
    }  # fmt: skip
    assert given["penalty_lines"][0].items() >= {
        "installment": 3, "base": "947.97", "rate": "0.234", "day_count": "actual/360", "from": "2026-03-15",
        "to": "2026-06-14", "days": 91, "contract": "56.07", "charged": "56.07", "not_charged": "0.00", "clause": "8.2",
    }.items()  # fmt: skip
    assert [line["charged"] for line in given["penalty_lines"]] == ["56.07", "37.53", "19.04"]
    assert given["payments"][0] == {
        "id": "P-1", "received_on": "2026-01-15", "amount": "1100.16",
        "allocated": {"interest": "180.00", "principal": "920.16"},
    }  # fmt: skip
    assert given["itemisation"] == {
        "opened_on": "2026-03-15", "opening": "0.00", "principal_due": "2886.78", "interest": "413.70",
        "penalty_fees_costs": "112.64", "credited": "0.00", "now": "3413.12",
    }  # fmt: skip
    assert given["lender_statement"] == {"as_of": "2026-06-14", "agrees": True, "differences": []}


def test_a_person_reads_the_position_in_lines(demo: Terminal) -> None:
    said = demo("position", *XIAOMING)
    assert said.out.splitlines()[0] == "JQ-2026-0001 on 2026-06-14: 91 days past due, CNY"
    assert "  overdue            3413.12" in said.out.splitlines()


def test_every_loan_of_the_lender_has_its_line(demo: Terminal, tmp_path: Path) -> None:
    said = demo("positions", "--lender", "jq", "--as-of", "2026-06-14")
    assert [line["loan_no"] for line in said.lines] == sorted(line["loan_no"] for line in said.lines)
    assert len(said.lines) == 16
    assert said.lines[0] == demo("position", *XIAOMING, "--as-of", "2026-06-14", "--json").json
    out = tmp_path / "positions.jsonl"
    written = demo("positions", "--lender", "jq", "--as-of", "2026-06-14", "--out", out)
    assert (written.code, written.out) == (0, "")
    assert out.read_text() == said.out


def test_a_quote_has_every_promised_key(demo: Terminal) -> None:
    given = demo("quote", *XIAOMING, "--installments", 6, "--first-due", "2026-07-01", "--json").json
    assert (given["total"], given["last_due_on"], given["accepted_at_once"], given["breaks"]) == (
        "3413.12", "2026-12-01", True, [],
    )  # fmt: skip
    assert given["policy_version"] == 1
    assert given["apr"] == "0"
    assert given["waived"] == {
        "costs": "0.00", "fees": "0.00", "penalty": "0.00", "interest": "0.00", "principal": "0.00", "total": "0.00",
    }  # fmt: skip
    # 3,413.12 / 6 = 568.853, so five of 568.85 and a last one of 568.87; penalty and interest are paid first.
    assert [row["total"] for row in given["rows"]] == ["568.85"] * 5 + ["568.87"]
    first = given["rows"][0]
    assert {"no", "due_on", "days", "principal", "interest", "total", "balance", "components"} <= set(first)
    assert first["components"] == {
        "costs": "0.00", "fees": "0.00", "penalty": "112.64", "interest": "413.70", "principal": "42.51",
    }  # fmt: skip


def test_a_quote_beyond_the_policy_says_what_is_allowed_and_what_was_asked(demo: Terminal) -> None:
    given = demo("quote", *XIAOMING, "--installments", 12, "--first-due", "2026-07-01", "--json").json
    assert given["accepted_at_once"] is False
    # Six months from 14 June end on 14 December; the twelfth of July first falls on 1 June; 3,413.12 / 12 = 284.4267.
    assert {(each["rule"], each["allowed"], each["asked"]) for each in given["breaks"]} == {
        ("max_months", "2026-12-14", "2027-06-01"), ("min_installment", "300.00", "284.43"),
    }  # fmt: skip


def test_a_quote_by_amount_counts_its_installments(demo: Terminal) -> None:
    flags = ("--amount", "600.00", "--first-due", "2026-07-01", "--every", "2w", "--down-payment", "413.12")
    given = demo("quote", *XIAOMING, *flags, "--json").json
    # 413.12 down, then five of 600.00
    assert [row["total"] for row in given["rows"]][-5:] == ["600.00"] * 5
    assert given["total"] == "3413.12"


def test_what_cannot_be_is_refused_by_its_place_in_one_line(demo: Terminal) -> None:
    for words, beginning in (
        (("position", "JQ-1", "--lender", "jq"), "LOAN_NO: jq has no loan 'JQ-1'"),
        (("position", "JQ-2026-0001", "--lender", "yh"), "LOAN_NO: yh has no loan 'JQ-2026-0001'"),
        (("position", "JQ-2026-0001", "--lender", "xx"), "--lender: there is no lender 'xx'"),
        (("position", *XIAOMING, "--as-of", "14.6.2026"), "--as-of: A date is written like 2026-06-14;"),
        (("quote", *XIAOMING, "--installments", 6, "--first-due", "2026-06-01"), "--first-due: "),
        (("quote", *XIAOMING, "--amount", "1e3", "--first-due", "2026-07-01"), "--amount: An amount is written like"),
        (("quote", *XIAOMING, "--installments", 0, "--first-due", "2026-07-01"), "--installments: "),
        (("positions", "--lender", "jq", "--as-of", "2026-06-14", "--out", "/no/such/folder/x"), "--out: "),
    ):
        said = demo(*words)
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1), words
        assert said.err.startswith(beginning)


def portfolio_line(loan_no: str, **other: object) -> str:
    line = {
        "loan_no": loan_no,
        "product": "现金分期",
        "lender_kind": "consumer-finance",
        "currency": "CNY",
        "borrower": {"external_id": "B-90", "name": "钱多", "phone": "+8613900000090", "id_last4": "9090"},
        "signed_on": "2025-12-10",
        "disbursed_on": "2025-12-15",
        "principal": "12000.00",
        "terms": {
            "annual_rate": "0.18", "method": "level", "installments": 12, "every": "1m", "first_due": "2026-01-15",
            "day_count": "30/360", "rounding": "half-up", "penalty": {"kind": "none"},
        },
    }  # fmt: skip
    return json.dumps({**line, **other}, ensure_ascii=False) + "\n"


def test_one_bad_row_and_nothing_is_imported(empty: Terminal, tmp_path: Path) -> None:
    empty("lender", "add", "jq", "--name", "佳泉消费金融")
    file = tmp_path / "p.jsonl"
    file.write_text(portfolio_line("A-1") + portfolio_line("A-2", principal="12e3"))
    said = empty("import", file, "--lender", "jq")
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[0].startswith(f"{file}:2: principal: ")
    assert empty("positions", "--lender", "jq", "--as-of", "2026-06-14").out == ""


def test_bad_rows_may_be_left_out_and_a_dry_run_leaves_no_trace(empty: Terminal, tmp_path: Path) -> None:
    empty("lender", "add", "jq", "--name", "佳泉消费金融")
    file = tmp_path / "p.jsonl"
    file.write_text(portfolio_line("A-1") + portfolio_line("A-2", principal="12e3"))
    before = empty("events", "--lender", "jq", "--json").out
    assert empty("import", file, "--lender", "jq", "--skip-bad", "--dry-run").code == 3
    assert empty("events", "--lender", "jq", "--json").out == before
    said = empty("import", file, "--lender", "jq", "--skip-bad", "--json")
    assert said.code == 3
    assert (said.json["added"], said.json["bad"], said.json["bad_rows"][0]["field"]) == (1, 1, "principal")
    assert [line["loan_no"] for line in empty("positions", "--lender", "jq", "--as-of", "2026-06-14").lines] == ["A-1"]
    file.write_text(portfolio_line("A-1"))
    again = empty("import", file, "--lender", "jq", "--json")
    assert (again.code, again.json["unchanged"], again.json["added"]) == (0, 1, 0)


def test_a_file_that_is_not_there_is_named(demo: Terminal, tmp_path: Path) -> None:
    for command in ("import", "payments"):
        for path in (tmp_path / "none.jsonl", tmp_path):
            said = demo(command, path, "--lender", "jq")
            assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
            assert said.err == (
                f"FILE: '{tmp_path}' cannot be read: Is a directory\n"
                if path == tmp_path
                else f"FILE: there is no file '{path}'\n"
            )


def test_what_pays_everything_is_told_line_by_line(demo: Terminal) -> None:
    said = demo("payoff", *XIAOMING, "--as-of", "2026-06-14", "--json")
    assert (said.code, said.err) == (0, "")
    found = said.json
    assert {name: found[name] for name in ("payoff", "total", "credit", "not_charged", "closed_on")} == {
        "payoff": "10777.48", "total": "10777.48", "credit": "0.00", "not_charged": "0.00", "closed_on": None,
    }  # fmt: skip
    lines = found["lines"]
    assert lines[:3] == [
        {"due": "contract:3", "due_on": "2026-03-15", "component": "interest", "amount": "152.19"},
        {"due": "contract:3", "due_on": "2026-03-15", "component": "principal", "amount": "947.97"},
        {"due": "contract:3", "due_on": "2026-03-15", "component": "penalty", "amount": "56.07"},
    ]
    # 108.89 x 29 / 30 days of 30/360: 105.26.
    assert lines[9] == {
        "due": "contract:6", "due_on": "2026-06-15", "component": "interest", "amount": "105.26",
        "runs": {"from": "2026-05-15", "to": "2026-06-14", "days": 29, "of_days": 30, "stated": "108.89"},
    }  # fmt: skip
    assert {line["component"] for line in lines[10:]} == {"principal"}
    assert sum(int(line["amount"].replace(".", "")) for line in lines) == 1077748


def test_what_pays_everything_can_be_read_at_the_terminal(demo: Terminal, tmp_path: Path) -> None:
    """6,800.00 of 14 June leave 3,386.88 of credit; a day later no. 6 is due and paid of it."""
    file = tmp_path / "paid.jsonl"
    paid = {"loan_no": "JQ-2026-0001", "id": "P-3", "received_on": "2026-06-14", "amount": "6800.00"}
    file.write_text(json.dumps(paid) + "\n")
    assert demo("payments", file, "--lender", "jq").code == 0
    text = demo("payoff", *XIAOMING).out.splitlines()
    assert text[0] == "JQ-2026-0001 on 2026-06-14: CNY 3977.48 pays everything"
    assert text[1].split() == [
        "2026-06-15",
        "contract:6",
        "interest",
        "105.26",
        "29",
        "of",
        "30",
        "days",
        "of",
        "108.89",
    ]
    assert text[-1].split() == ["less", "credit", "-3386.88"]
    assert demo("payoff", "JQ-9", "--lender", "jq").err.startswith("LOAN_NO: jq has no loan")


def test_what_was_paid_back_taken_back_and_let_go_stands_in_the_position(empty: Terminal, tmp_path: Path) -> None:
    empty("lender", "add", "jq", "--name", "佳泉消费金融")
    file, paid = tmp_path / "p.jsonl", {"id": "P-1", "received_on": "2026-01-15", "amount": "1200.00"}
    payments = [
        paid,
        {"id": "R-1", "received_on": "2026-01-16", "reverses": "P-1", "amount": "20.00"},
        {"id": "B-1", "received_on": "2026-01-17", "amount": "30.00", "refunds": True},
    ]
    waived = {"id": "W-1", "on": "2026-02-16", "interest": "500.00", "reason": "goodwill"}
    file.write_text(portfolio_line("A-1", payments=payments, credits=[waived]))
    assert empty("import", file, "--lender", "jq").code == 0
    found = empty("position", "A-1", "--lender", "jq", "--as-of", "2026-02-20", "--json").json
    assert found["payments"] == [
        {
            "id": "P-1", "received_on": "2026-01-15", "amount": "1200.00", "refunded": "30.00", "taken_back": "20.00",
            "allocated": {"interest": "229.84", "principal": "920.16"},
        }
    ]  # fmt: skip
    assert found["lender_credits"][0]["allocated"] == {"interest": "500.00"}
