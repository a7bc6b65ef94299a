"""A lender's JSON Lines: one bad row keeps everything out and is named, unless it is to be left out."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.intake.conftest import Terminal, lines, told

XIAOMING, ZHAO, CHEN = "JQ-2026-0001", "JQ-2026-0003", "JQ-2026-0004"


def changed(loan: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The loan with one field, by its path, set to another value."""
    copy: dict[str, Any] = json.loads(json.dumps(loan))
    *way, last = path.split(".")
    place: Any = copy
    for part in way:
        place = place[int(part)] if part.isdigit() else place[part]
    place[last] = value
    return copy


def test_a_good_file_lands_whole(terminal: Terminal) -> None:
    assert terminal.take(told(lines())) == 0
    assert terminal.said == ["16 rows, 16 loans, 0 bad, 16 added, 0 changed, 0 unchanged, 0 stale"]
    assert terminal.answer("position", XIAOMING, "--lender", "jq")["overdue"]["total"] == "3413.12"


def test_the_same_file_twice_changes_nothing(terminal: Terminal) -> None:
    terminal.take(told(lines()))
    terminal.run("events", "--lender", "jq", "--json")
    before = terminal.out
    assert terminal.take(told(lines()), "--json") == 0
    counts = json.loads(terminal.out)
    assert (counts["added"], counts["changed"], counts["unchanged"], counts["stale"]) == (0, 0, 16, 0)
    terminal.run("events", "--lender", "jq", "--json")
    assert terminal.out == before


def test_one_bad_row_keeps_every_row_out_and_every_bad_row_is_named(terminal: Terminal) -> None:
    loans = lines()
    loans[1] = changed(loans[1], "principal", "6000.005")
    loans[4] = changed(loans[4], "terms.method", "spiral")
    assert terminal.take(told(loans)) == 1
    assert terminal.said == [
        "portfolio.jsonl:2: principal: CNY has 2 decimal places; '6000.005' has more.",
        "portfolio.jsonl:5: terms.method: It must be one of 'level', 'equal-principal', 'flat', 'interest-only' or"
        " 'balloon'; 'spiral' is not.",
        "nothing was imported: 2 problems; mend them, or leave those rows out with --skip-bad",
    ]
    assert terminal.out == ""
    assert terminal.run("position", XIAOMING, "--lender", "jq") == 1
    assert terminal.said == [f"LOAN_NO: jq has no loan '{XIAOMING}'"]


def test_with_skip_bad_the_good_rows_land_and_the_exit_code_tells_that_some_did_not(terminal: Terminal) -> None:
    loans = lines()
    loans[1] = changed(loans[1], "principal", "6000.005")
    assert terminal.take(told(loans), "--skip-bad") == 3
    assert terminal.said[-1] == "16 rows, 15 loans, 1 bad, 15 added, 0 changed, 0 unchanged, 0 stale"
    assert terminal.run("position", XIAOMING, "--lender", "jq") == 0
    assert terminal.run("position", ZHAO, "--lender", "jq") == 1


def test_a_refused_loan_keeps_its_last_figures_marked_stale_until_it_is_good_again(terminal: Terminal) -> None:
    terminal.take(told(lines()))
    loans = lines()
    loans[0] = changed(loans[0], "annual_rate", "0.30")
    loans[0]["payments"] = []
    assert terminal.take(told(loans), "--skip-bad", "--json") == 3
    counts = json.loads(terminal.out)
    assert (counts["stale"], counts["unchanged"]) == (1, 15)
    assert terminal.answer("position", XIAOMING, "--lender", "jq")["overdue"]["total"] == "3413.12"
    assert terminal.take(told(lines()), "--json") == 0
    assert json.loads(terminal.out)["unchanged"] == 16


def test_a_dry_run_names_what_is_wrong_and_writes_nothing(terminal: Terminal) -> None:
    assert terminal.take(told(lines()), "--dry-run") == 0
    assert terminal.said == ["16 rows, 16 loans, 0 bad, 16 added, 0 changed, 0 unchanged, 0 stale (dry run)"]
    assert terminal.run("position", XIAOMING, "--lender", "jq") == 1
    loans = lines()
    loans[0]["colour"] = "red"
    assert terminal.take(told(loans), "--dry-run", "--skip-bad") == 3
    assert terminal.run("position", ZHAO, "--lender", "jq") == 1


def test_json_stands_alone_on_standard_output(terminal: Terminal) -> None:
    loans = lines()
    loans[0]["signed_on"] = "10.12.2025"
    assert terminal.take(told(loans), "--json") == 1
    assert json.loads(terminal.out) == {
        "rows": 16,
        "loans": 15,
        "bad": 1,
        "imported": False,
        "bad_rows": [
            {
                "line": 1,
                "loan_no": XIAOMING,
                "field": "signed_on",
                "problem": "A date is written like 2026-06-14; '10.12.2025' is not a date.",
            }
        ],
    }


def test_of_two_rows_of_one_loan_neither_is_taken(terminal: Terminal) -> None:
    loans = lines()
    loans[3] = changed(loans[2], "principal", "3000.00")
    assert terminal.take(told(loans), "--skip-bad") == 3
    assert terminal.said[:2] == [
        f"portfolio.jsonl:3: loan_no: The loan '{CHEN}' is on line 4 as well.",
        f"portfolio.jsonl:4: loan_no: The loan '{CHEN}' is on line 3 as well.",
    ]
    assert terminal.run("position", CHEN, "--lender", "jq") == 1


def test_a_file_that_is_cut_off_says_so(terminal: Terminal) -> None:
    whole = told(lines())
    assert terminal.take(whole[: len(whole) - 700]) == 1
    assert terminal.said[0] == (
        "portfolio.jsonl:16: line: The line ends in the middle of a value: the file seems cut off."
    )


def test_a_file_in_another_encoding_names_the_byte(terminal: Terminal) -> None:
    loans = told(lines()[:1]).decode().encode("gb18030")
    assert terminal.take(loans) == 1
    assert terminal.said[0].startswith("portfolio.jsonl:1: line: The line is not UTF-8: byte 0x")


def test_a_file_that_is_not_there_is_named(terminal: Terminal) -> None:
    assert terminal.run("import", str(terminal.folder / "none.jsonl"), "--lender", "jq") == 1
    assert terminal.said == ["FILE: there is no file 'none.jsonl'"]


def test_an_unknown_lender_is_named(terminal: Terminal) -> None:
    assert terminal.take(told(lines()), lender="jx") == 1
    assert terminal.said == ["--lender: there is no lender 'jx'; `lender add` makes one"]


BAD = [
    ("colour", "red", "colour", "There is no such field here. There are: loan_no, product, "),
    ("terms.colour", "red", "terms.colour", "There is no such field here. There are: annual_rate, method, "),
    ("principal", 12000, "principal", "It must be text in quotes; 12000 is not."),
    ("principal", "12,000.00", "principal", "An amount is written like 125.00, without signs, separators or spaces; "),
    ("principal", "-1.00", "principal", "The amount must be 0.00 or more; '-1.00' is below."),
    ("principal", "0.00", "principal", "It must be more than zero; '0.00' is not."),
    ("currency", "RMB", "currency", "'RMB' is not a currency code of ISO 4217, such as CNY."),
    ("loan_no", "", "loan_no", "String should have at least 1 character; found ''"),
    (
        "lender_kind",
        "consumer-finace",
        "lender_kind",
        "It must be one of auto-finance, bank, card, consumer-finance, marketplace, microloan, other, private, trust; "
        "'consumer-finace' is not. Perhaps consumer-finance was meant.",
    ),
    ("lender_kind", "Consumer Finance", "lender_kind", "It must be one of auto-finance, bank, "),
    ("lender_kind", "", "lender_kind", "String should have at least 1 character; found ''"),
    ("borrower.phone", "138 0000 0001", "borrower.phone", "A phone number is written like +8613800000001: "),
    ("borrower.id_last4", "12", "borrower.id_last4", "It must be the last four digits or letters of the ID number, "),
    ("borrower", [], "borrower", "It must be an object in braces; [] is not."),
    ("signed_on", "2025-12-20", "disbursed_on", "It must not be before signed_on, 2025-12-20; 2025-12-15 is."),
    (
        "terms.first_due",
        "2025-12-15",
        "terms.first_due",
        "It must be after disbursed_on, 2025-12-15; 2025-12-15 is not.",
    ),
    ("terms.every", "1y", "terms.every", "A period is a number from 1 to 999 and m, w or d, such as 1m, 2w or 15d; "),
    ("terms.day_count", "30/365", "terms.day_count", "It must be one of '30/360', 'actual/360', 'actual/365', "),
    ("terms.annual_rate", "18%", "terms.annual_rate", "A rate is a decimal fraction of one, such as 0.18 for 18 %; "),
    ("terms.annual_rate", "18", "terms.annual_rate", "It must be from 0 to 10 (1,000 %); '18' is not."),
    (
        "terms.annual_rate",
        "9",
        "terms.annual_rate",
        "'9' is a fraction of one, and above 1: write 9 % as 0.09. If",
    ),
    (
        "terms.penalty.rate",
        {"daily": "0.05"},
        "terms.penalty.rate.daily",
        "'0.05' is a fraction of one, and above",
    ),
    ("terms.installments", "12", "terms.installments", "It must be a whole number without quotes; '12' is not."),
    ("terms.penalty.kind", "hourly", "terms.penalty.kind", "It must be one of 'none', 'daily-simple', "),
    ("terms.penalty.clause", "9.9", "terms.penalty.clause", "There are the clauses 3.1, 5.1, 8.2, 8.4; '9.9' is none"),
    (
        "terms.cap.rule",
        "12-percent",
        "terms.cap.rule",
        "It must be one of 24-percent, 24-percent-together, 4x-lpr, 4x-lpr-together, none; '12-percent' is not",
    ),
    ("terms.allocation", ["costs"], "terms.allocation", "An order names each of costs, fees, penalty, interest, princ"),
    ("schedule.11.principal", "1083.94", "schedule", "The principal of the installments adds up to 12000.01; "),
    ("schedule.3.no", 5, "schedule.3.no", "Installments are numbered 1, 2, 3 and so on: 4 comes here, not 5."),
    ("schedule.3.due_on", "2026-03-15", "schedule.3.due_on", "It must be after the due date before it, 2026-03-15; "),
    ("payments.1.id", "P-1", "payments.1.id", "'P-1' is here twice; each must be different."),
    ("payments.0.received_on", "2025-12-14", "payments.0.received_on", "It must not be before disbursed_on, 2025-12-1"),
    ("payments.0.amount", None, "payments.0", "A payment has an amount (and, if stated, where it went); a reversal "),
    (
        "terms.penalty.changes",
        [
            {"from": "2026-05-01", "rate": {"annual": "0.36"}},
            {"from": "2026-04-01", "rate": {"annual": "0.30"}},
        ],
        "terms.penalty.changes.1.from",
        "It must be after the change before it, 2026-05-01; 2026-04-01 is not.",
    ),
    (
        "statement.as_of",
        "2026-02-30",
        "statement.as_of",
        "A date is written like 2026-06-14; '2026-02-30' is not a dat",
    ),
]


@pytest.mark.parametrize(("path", "value", "field", "words"), BAD)
def test_what_is_wrong_is_said_with_what_is_allowed_and_what_was_given(
    path: str, value: object, field: str, words: str, terminal: Terminal
) -> None:
    assert terminal.take(told([changed(lines()[0], path, value)])) == 1
    assert len(terminal.said) == 2, terminal.said
    assert terminal.said[0].startswith(f"portfolio.jsonl:1: {field}: {words}")


def test_a_rate_above_a_hundred_percent_is_taken_where_the_row_says_that_it_is_meant(terminal: Terminal) -> None:
    loan = changed(lines()[0], "terms.penalty.rate", {"daily": "0.05"}) | {"rate_is_meant": True}
    assert terminal.take(told([loan])) == 0


def test_a_field_that_is_missing_is_named(terminal: Terminal) -> None:
    loan = lines()[0]
    del loan["terms"]["first_due"]
    assert terminal.take(told([loan])) == 1
    assert terminal.said[0] == "portfolio.jsonl:1: terms.first_due: This field is needed and is not there."


def test_a_stated_installment_is_kept_and_the_last_takes_the_rest(terminal: Terminal) -> None:
    loan = changed(lines()[0], "terms.installment", "1101.00")
    del loan["schedule"]
    loan["payments"] = []
    del loan["statement"]
    assert terminal.take(told([loan])) == 0
    found = terminal.answer("position", XIAOMING, "--lender", "jq")
    rows = found["installments"]
    totals = [Decimal(row["principal"]) + Decimal(row["interest"]) for row in rows]
    assert totals[:11] == [Decimal("1101.00")] * 11
    # 0.84 more in each of eleven months grows at 1.5 % a month to 10.14: the last asks that much less, cents aside.
    assert totals[11] == Decimal("1090.04")
    assert found["schedule_generated"] is True


def test_how_far_a_lender_has_gone_by_law_is_one_of_five_words_and_no_word_is_none(terminal: Terminal) -> None:
    """A later row without it says that nothing of it goes on."""
    loan = lines()[0]
    assert terminal.take(told([changed(loan, "legal_stage", "arrested")])) == 1
    assert "legal_stage: It must be one of 'none', 'demand_letter', 'filed', 'judgment' or" in terminal.said[0]
    terminal.take(told([changed(loan, "legal_stage", "filed")]))
    for row, counts in ((changed(loan, "legal_stage", "filed"), (0, 1)), (loan, (1, 0))):
        assert terminal.take(told([row]), "--json") == 0
        answer = json.loads(terminal.out)
        assert (answer["changed"], answer["unchanged"]) == counts
    assert (answer["changes"][0]["old"], answer["changes"][0]["new"]) == (
        {"legal_stage": "filed"},
        {"legal_stage": "none"},
    )
