"""`schedule` and `apr` at the command line: JSON alone on standard output, refusals by flag on standard error."""

import argparse
import io
import json
from decimal import Decimal
from typing import Any

import pytest

from portal.commands import calculators

XIAOMING = ["--principal", "12000", "--annual-rate", "0.18", "--installments", "12", "--first-due", "2026-01-15"]
LENT = {"on": "1994-01-01", "amount": "1000"}
REPAID = {"on": "1995-07-01", "amount": "1200"}
DIRECTIVE = {"advances": [LENT], "payments": [REPAID], "convention": "eu-effective", "interval": "days"}


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    calculators.add_figures_commands(parser.add_subparsers(required=True))
    chosen = parser.parse_args(arguments)
    code: int = chosen.run(chosen)
    return code


def test_a_schedule_in_json_has_the_promised_keys_and_strings(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schedule", *XIAOMING, "--json") == 0
    out, err = capsys.readouterr()
    given = json.loads(out)
    assert (list(given), err) == (["currency", "installment", "rows", "total_interest"], "")
    assert (given["currency"], given["installment"], given["total_interest"]) == ("CNY", "1100.16", "1201.95")
    assert given["rows"][2] == {
        "no": 3, "due_on": "2026-03-15", "days": 30,
        "principal": "947.97", "interest": "152.19", "total": "1100.16", "balance": "9197.91",
    }  # fmt: skip
    assert given["rows"][-1]["total"] == "1100.19"


def test_without_json_a_person_reads_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schedule", *XIAOMING) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["no", "due", "on", "days", "principal", "interest", "total", "balance"]
    assert lines[12].split() == ["12", "2026-12-15", "30", "1083.93", "16.26", "1100.19", "0.00"]
    assert lines[13] == "Installment CNY 1100.16, interest in all CNY 1201.95."


def test_yen_have_no_decimals_going_in_or_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schedule", *XIAOMING, "--currency", "JPY", "--json") == 0
    assert json.loads(capsys.readouterr().out)["installment"] == "1100"
    assert run("schedule", *XIAOMING, "--currency", "JPY", "--principal", "12000.00") == 1
    assert capsys.readouterr().err == "schedule: --principal: JPY has 0 decimal places; '12000.00' has more.\n"


def test_every_flag_reaches_the_schedule(capsys: pytest.CaptureFixture[str]) -> None:
    flags = "--method balloon --balloon 4000 --every 2w --day-count actual/364 --rounding half-even --round-to 10"
    grace = "--principal-grace 1 --interest-grace 1 --disbursed 2026-01-01 --json"
    assert run("schedule", *XIAOMING, *flags.split(), *grace.split()) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["due_on"] for row in rows[:2]] == ["2026-01-15", "2026-01-29"]
    assert (rows[0]["days"], rows[0]["total"]) == (14, "0.00")
    # 12000 x 18 % x 14/364 = 83.0769, put off once
    assert rows[1]["interest"] == "166.16"
    assert Decimal(rows[-2]["balance"]) > 4000


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--principal 1e3", "--principal: An amount is written like 125.00, "),
        ("--principal 0", "--principal: It must be from CNY 0.01 to CNY 10000000000000.00; CNY 0.00 is not."),
        ("--annual-rate 10.5", "--annual-rate: It must be from 0 to 10; 10.5 is not."),
        ("--installments 0", "--installments: It must be from 1 to 1200; 0 is not."),
        ("--first-due 15.1.2026", "--first-due: A date is written like 2026-06-14; '15.1.2026' is not a date."),
        ("--disbursed 2026-02-01", "--first-due: The first due date must be after 2026-02-01, "),
        ("--every 1y", "--every: A period is a number from 1 to 999 and m, w or d, "),
        ("--principal-grace 12", "--principal-grace: It must be from 0 to 11; 12 is not."),
        ("--currency RMB", "--currency: 'RMB' is not a currency code of ISO 4217, such as CNY."),
        ("--first-due 9999-12-01", "Dates must lie between 0001-01-01 and 9999-12-31; "),
    ],
)
def test_a_refusal_names_the_flag_and_says_what_is_allowed(
    flags: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("schedule", *XIAOMING, *flags.split(), "--json") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"schedule: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("flags", ["--installments twelve", "--method spiral", "--day-count 365", "--no-such-flag"])
def test_a_command_line_that_makes_no_sense_is_a_usage_error(flags: str) -> None:
    with pytest.raises(SystemExit) as left:
        run("schedule", *XIAOMING, *flags.split())
    assert left.value.code == 2


def apr(given: object, monkeypatch: pytest.MonkeyPatch, *flags: str) -> int:
    text = given if isinstance(given, str) else json.dumps(given)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    return run("apr", *flags)


@pytest.mark.parametrize(
    ("asked", "rate"),
    [
        ({}, "0.1296"),
        ({"digits": 7}, "0.1296204"),
        # a year and a half: (1 + i)(1 + i / 2) = 1.2
        ({"convention": "us-actuarial"}, "0.1279"),
        ({"convention": "irr-per-period"}, "0.2000"),
        ({"convention": "irr-per-period", "digits": 0}, "0"),
        ({"payments": [{"on": "1995-07-01", "amount": "800"}], "convention": "irr-per-period"}, "-0.2000"),
    ],
)
def test_a_rate_has_four_places_unless_more_are_asked_for(
    asked: dict[str, Any], rate: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apr({**DIRECTIVE, **asked}, monkeypatch, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"apr": rate}


def test_without_json_the_rate_stands_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apr(DIRECTIVE, monkeypatch) == 0
    assert capsys.readouterr().out == "0.1296\n"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "standard input: Expected one JSON object, got something else."),
        ("[" * 100_000, "standard input: Expected one JSON object, got something else."),
        ([], "standard input: Expected one JSON object, got []."),
        ({**DIRECTIVE, "x": 1}, "standard input: Expected no keys but advances, "),
        ({**DIRECTIVE, "advances": []}, "advances: Expected a list of 1 to 5000 flows"),
        ({**DIRECTIVE, "advances": [{"on": "1994-01-01"}]}, 'advances[0]: Expected "on" and "amount", got '),
        ({**DIRECTIVE, "payments": [{**REPAID, "amount": 1200}]}, "payments[0].amount: An amount is written like "),
        ({**DIRECTIVE, "payments": [REPAID, {**REPAID, "on": "1995"}]}, "payments[1].on: A date is written like "),
        ({**DIRECTIVE, "payments": [{**REPAID, "on": "1993-01-01"}]}, "payments: The first advance is on 1994-01-01; "),
        ({**DIRECTIVE, "convention": "simple"}, "convention: Expected us-actuarial, irr-per-period, eu-effective, "),
        ({**DIRECTIVE, "convention": ["us-actuarial"]}, "convention: Expected us-actuarial, "),
        ({**DIRECTIVE, "interval": None}, "interval: Expected months or days, got null."),
        ({**DIRECTIVE, "digits": True}, "digits: Expected a number from 0 to 16, got true."),
        ({**DIRECTIVE, "currency": "RMB"}, "currency: 'RMB' is not a currency code"),
        ({**DIRECTIVE, "payments": [{**REPAID, "on": "1994-01-01"}]}, "payments: No rate makes these"),
    ],
)
def test_flows_that_are_none_are_refused_by_place(
    given: object, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apr(given, monkeypatch, "--json") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"apr: {message}")
