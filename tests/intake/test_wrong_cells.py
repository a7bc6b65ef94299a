"""A cell that looks right and is not is refused before it does harm, in JSON Lines and in a mapped CSV alike."""

import json
from pathlib import Path
from typing import Any

import pytest

from portal.domain.contract.portfolio import BorrowerFacts
from tests.domain.people import ON
from tests.files import read_file, read_portfolio
from tests.intake.conftest import Terminal, lines, told
from tests.intake.haitang import MAPPING, QIN, TIAN, table
from tests.intake.test_csv import haitang, take
from tests.intake.test_portfolio_files import changed

__all__ = ["haitang"]

XIAOMING = "JQ-2026-0001"

IN_JSON = [
    ("loan_no", "JQ-1 ", "An id neither begins nor ends with a blank; 'JQ-1 ' does. Take it out."),
    ("loan_no", "1.23E+15", "'1.23E+15' is no id but what a spreadsheet made of one. Export it again, "),
    ("borrower.external_id", "\u3000B-1", "An id neither begins nor ends with a blank; '\\u3000B-1' does."),
    ("borrower.external_id", "Jose\u0301", "An id is written in composed letters (Unicode NFC); 'Jose\\u0301' is not."),
    ("borrower.external_id", "20260001.0", "'20260001.0' is no id but what a spreadsheet made of one."),
    ("payments.0.id", "#N/A", "'#N/A' is no id but what a spreadsheet made of one."),
    ("payments.0.id", "P-1\u200b", "A letter that cannot be seen is at position 4: U+200B, zero width space."),
    ("charges.0.id", "'0001", '"\'0001" is no id but what a spreadsheet made of one.'),
    ("product", "现金\u00ad分期", "A letter that cannot be seen is at position 3: U+00AD, soft hyphen."),
    (
        "terms.clauses.0.title",
        "\ufeff罚息",
        "A letter that cannot be seen is at position 1: U+FEFF, zero width no-",
    ),
    ("borrower.name", "王\u202e小明", "A letter that cannot be seen is at position 2: U+202E, right-to-left over"),
    ("borrower.phone", "+86008613800000001", "A country code is before a number that already has one, "),
    ("borrower.phone", "+8686138" + "00000001", "A country code is before a number that already has one, "),
    ("borrower.phone", "+861380000001", "A number of +86 has 11 digits after its country code; this one has 10."),
    ("borrower.phone", "+8612800000001", "A mobile number of mainland China begins with 13 to 19 after +86; "),
    ("borrower.entry_code", "7K2", "It must be 4 to 12 letters or digits, such as 7K2M; what is here is not."),
    ("borrower.entry_code", "七K2M", "It must be 4 to 12 letters or digits, such as 7K2M; what is here is not."),
]


@pytest.mark.parametrize(("field", "given", "words"), IN_JSON)
def test_a_line_is_refused_by_its_field(field: str, given: str, words: str, terminal: Terminal) -> None:
    loan = {**lines()[0], "charges": [{"id": "C-1", "on": "2026-04-01", "due_on": "2026-04-01", "kind": "fees",
                                       "amount": "15.00"}]}  # fmt: skip
    assert terminal.take(told([changed(loan, field, given)])) == 1
    assert len(terminal.said) == 2, terminal.said
    assert terminal.said[0].startswith(f"portfolio.jsonl:1: {field}: {words}")


IN_CSV = [
    ("0001;K1", "0001 ;K1", "合同号", "An id neither begins nor ends with a blank; '0001 ' does. Take it out."),
    ("0001;K1", "1.23E+15;K1", "合同号", "'1.23E+15' is no id but what a spreadsheet made of one. Export it again, "),
    ("0001;K1", "20260001.0;K1", "合同号", "'20260001.0' is no id but what a spreadsheet made of one."),
    ("0001;K1", "0001;#####", "客户号", "'#####' is no id but what a spreadsheet made of one."),
    ("0001;K1", "0001;'K1", "客户号", '"\'K1" is no id but what a spreadsheet made of one.'),
    ("0001;K1", "0001;\u3000K1", "客户号", "An id neither begins nor ends with a blank; "),
    ("田甜", "田\u200b甜", "姓名", "A letter that cannot be seen is at position 2: U+200B, zero width space."),
    ("13900000001", "008613900000001", "手机", "A country code is before a number that already has one, "),
    ("13900000001", "8613900000001", "手机", "A country code is before a number that already has one, "),
    ("13900000001", "+8613900000001", "手机", "A country code is before a number that already has one, "),
    ("13900000001", "1390000001", "手机", "A number of +86 has 11 digits after its country code; this one has 10."),
    ("13900000001", "12900000001", "手机", "A mobile number of mainland China begins with 13 to 19 after +86; "),
]


@pytest.mark.parametrize(("old", "new", "column", "words"), IN_CSV)
def test_a_cell_is_refused_by_its_column(old: str, new: str, column: str, words: str, haitang: Terminal) -> None:
    assert take(haitang, table(QIN, TIAN.replace(old, new, 1))) == 1
    assert len(haitang.said) == 2, haitang.said
    assert haitang.said[0].startswith(f"books.csv:3: {column}: {words}")


@pytest.mark.parametrize(("marks", "sample", "good"), [
    ('thousands = ","', "1,234.56", ("12,000.00", "2,886.78", "12000")),
    ('thousands = "."\ndecimal = ","', "1.234,56", ("12.000,00", "2.886,78", "12000,0")),
    ('thousands = " "\ndecimal = ","', "1 234,56", ("12 000,00", "2 886,78", "12000")),
])  # fmt: skip
def test_digits_are_grouped_in_threes_or_not_at_all(
    marks: str, sample: str, good: tuple[str, ...], haitang: Terminal
) -> None:
    said = MAPPING.replace("[file]", f"[file]\n{marks}").replace('unit = "minor"', 'unit = "amount"')
    haitang.write("marks.toml", said)
    whole, part, plain = good
    row = TIAN.replace("413.7", part).replace("2886.78", part)
    for amount in (whole, plain):
        assert take(haitang, table(row.replace("1200000", amount)), mapping="marks.toml") == 0
        found = haitang.answer("position", "HT-0001", "--lender", "ht")
        assert found["outstanding_principal"] == "12000.00"
    mark = marks[13]
    for wrong in (f"1234{mark}56", f"12{mark}34", f"1{mark}2345", f"0{mark}123", f"1{mark}{mark}234"):
        assert take(haitang, table(row.replace("1200000", wrong)), mapping="marks.toml") == 1
        assert haitang.said[0].startswith(
            f"books.csv:2: 本金(分): The mapping says that {mark!r} groups digits in thre"
        )
        assert sample in haitang.said[0] and repr(wrong) in haitang.said[0]


def test_a_point_is_no_decimal_mark_where_the_mapping_says_comma(haitang: Terminal) -> None:
    haitang.write("comma.toml", MAPPING.replace("[file]", '[file]\ndecimal = ","'))
    assert take(haitang, table(TIAN), mapping="comma.toml") == 1
    assert "books.csv:2: 逾期本金: A number is written like 1234,56; '2886.78' is not." in haitang.said


def test_one_mark_cannot_be_both(haitang: Terminal) -> None:
    haitang.write("both.toml", MAPPING.replace("[file]", '[file]\ndecimal = ","\nthousands = ","'))
    assert take(haitang, table(TIAN), mapping="both.toml") == 1
    assert haitang.said == ["both.toml: [file] thousands: It must be another mark than the decimal one, ','."]


def test_a_day_that_cannot_be_read_is_one_line_and_nobody_speaks_of_1970(terminal: Terminal) -> None:
    for field, given in (
        ("signed_on", "10.12.2025"),
        ("disbursed_on", "2025-13-15"),
        ("disbursed_on", "0025-12-15"),
        ("terms.first_due", "2026-02-30"),
        ("schedule.3.due_on", "2026-02-30"),
        ("payments.0.received_on", "2026-02-30"),
    ):
        assert terminal.take(told([changed(lines()[0], field, given)])) == 1
        assert len(terminal.said) == 2 and terminal.said[0].startswith(f"portfolio.jsonl:1: {field}: "), terminal.said
        assert given == "0025-12-15" or "1970" not in terminal.err


def test_an_amount_that_cannot_be_read_is_one_line(terminal: Terminal) -> None:
    charge = {"id": "C-1", "on": "2026-04-01", "due_on": "2026-04-01", "kind": "fees", "amount": "15.00"}
    loan = {**lines()[0], "charges": [charge]}
    for field, given in (("charges.0.amount", "-15.00"), ("schedule.3.principal", "9x"), ("principal", "12e3")):
        assert terminal.take(told([changed(loan, field, given)])) == 1
        assert len(terminal.said) == 2 and terminal.said[0].startswith(f"portfolio.jsonl:1: {field}: "), terminal.said


# One for every field about a person, each unlike anything that a refusal says of itself.
CANARIES = {"name": "夜莺夜莺", "phone": "+8613877665544", "id_last4": "77X4", "entry_code": "CANARY42"}


def broken(canary: object) -> list[object]:
    """What a field can be filled with by mistake; what is about a person stands in each."""
    return [canary, [canary], {"value": canary}, f"\u202e{canary}", f" {canary}？" * 60, f"{canary}\u200b"]


@pytest.mark.parametrize("field", CANARIES)
def test_no_refusal_of_a_line_repeats_what_is_about_a_person(field: str, terminal: Terminal) -> None:
    canary = CANARIES[field]
    of_him = {**CANARIES, "external_id": "B-1"}
    loans: list[Any] = [{**lines()[0], "borrower": {**of_him, field: each}} for each in broken(canary)]
    loans += [{**lines()[0], "borrower": each} for each in (canary, [canary], {field: canary})]
    loans += [{**lines()[0], "co_borrowers": each} for each in (canary, [canary], {field: canary}, [[canary]])]
    loans += [canary, [canary], {field: canary}]
    assert terminal.take(told(loans)) == 1
    terminal.run("import", str(terminal.folder / "portfolio.jsonl"), "--lender", "jq", "--json")
    refused = {bad["line"] for bad in json.loads(terminal.out)["bad_rows"]}
    assert refused >= {line for line in range(1, len(loans) + 1)} - {1}, "each of them is refused, but the first"
    assert canary not in terminal.out + terminal.err
    assert repr(canary) not in terminal.out and ascii(canary) not in terminal.out + terminal.err
    half = json.dumps(loans[0]).replace(json.dumps(canary), json.dumps(canary)[:-1] + '\\u0000"')
    assert terminal.take(half.encode()) == 1
    assert canary not in terminal.err and "half a character" in terminal.err


def test_no_refusal_of_a_payment_repeats_what_came_with_the_money(terminal: Terminal) -> None:
    terminal.take(told(lines()))
    paid = {"loan_no": XIAOMING, "id": "P-9", "received_on": "2026-06-12", "amount": "1.00"}
    for each in broken("夜莺夜莺"):
        path = terminal.write("payments.jsonl", json.dumps({**paid, "reference": each}))
        terminal.run("payments", path, "--lender", "jq")
        assert "夜莺" not in terminal.err + terminal.out


TOLD_IN_CSV = TIAN.replace("田甜", "夜莺夜莺").replace("13900000001", "13877665544").replace("301X", "77X4")


@pytest.mark.parametrize("content", [
    table(TOLD_IN_CSV.replace("夜莺夜莺", "夜莺\u200b夜莺")),
    table(TOLD_IN_CSV.replace("77X4", "77X4夜莺夜莺")),
    table(TOLD_IN_CSV.replace("13877665544", "138-77665544")),
    table(TOLD_IN_CSV.replace("夜莺夜莺", "夜莺夜莺" * 60)),
    table(TOLD_IN_CSV, TOLD_IN_CSV)[90:],
    table(TOLD_IN_CSV, names=TOLD_IN_CSV),
    table(TOLD_IN_CSV.replace(";", "|"), names=TOLD_IN_CSV.replace(";", "|")),
    table(TOLD_IN_CSV.replace("夜莺夜莺", '"夜莺夜莺')),
    table(TOLD_IN_CSV.replace("夜莺夜莺", "夜莺;夜莺")),
])  # fmt: skip
def test_no_refusal_of_a_cell_repeats_what_is_about_a_person(content: bytes, haitang: Terminal) -> None:
    assert take(haitang, content) == 1
    assert not [each for each in ("夜莺", "77665544", "77X4") if each in haitang.err], haitang.err


def test_a_column_that_also_feeds_a_name_is_never_repeated(haitang: Terminal) -> None:
    """Here the customer's id is the number of their phone, and a word list stands for the name."""
    said = MAPPING.replace('external_id = { column = "客户号" }', 'external_id = { column = "手机", prefix = "K-" }')
    said = said.replace('name = { column = "姓名" }', 'name = { column = "姓名", words = { "甲" = "王甲" } }')
    haitang.write("own.toml", said)
    assert take(haitang, table(TOLD_IN_CSV), mapping="own.toml") == 1
    assert haitang.said[0] == "books.csv:2: 姓名: It must be one of '甲'; what is here is not."
    row = TOLD_IN_CSV.replace("夜莺夜莺", "甲").replace("13877665544", "13877665544 ")
    assert take(haitang, table(row), mapping="own.toml") == 1
    assert haitang.said[0] == (
        "books.csv:2: 手机: An id neither begins nor ends with a blank; what is here does. Take it out."
    )


def test_an_id_made_of_a_name_is_not_repeated_when_its_shape_is_wrong(haitang: Terminal) -> None:
    said = MAPPING.replace('external_id = { column = "客户号" }', 'external_id = { column = "姓名", suffix = " " }')
    haitang.write("own.toml", said)
    for name, words in (
        ("夜莺", "An id neither begins nor ends with a blank; what is here does. Take it out."),
        ("夜莺" * 60, "String should have at most 100 characters; found what is here"),
    ):
        assert take(haitang, table(TIAN.replace("田甜", name)), mapping="own.toml") == 1
        assert haitang.said[0] == f"books.csv:2: 姓名: {words}"


def test_two_rows_whose_ids_differ_in_a_blank_are_one_loan(terminal: Terminal) -> None:
    loans = [lines()[0], changed(lines()[0], "loan_no", f"{XIAOMING} ")]
    assert terminal.take(told(loans)) == 1
    assert terminal.said[:3] == [
        f"portfolio.jsonl:1: loan_no: The loan '{XIAOMING}' is on line 2 as well.",
        f"portfolio.jsonl:2: loan_no: An id neither begins nor ends with a blank; '{XIAOMING} ' does. Take it out.",
        f"portfolio.jsonl:2: loan_no: The loan '{XIAOMING}' is on line 1 as well.",
    ]


def test_a_loan_whose_id_got_a_blank_keeps_its_figures_marked_stale(terminal: Terminal) -> None:
    terminal.take(told(lines()))
    loans = [changed(lines()[0], "loan_no", f"{XIAOMING} "), *lines()[1:]]
    assert terminal.take(told(loans), "--skip-bad", "--json") == 3
    counts = json.loads(terminal.out)
    assert (counts["added"], counts["stale"]) == (0, 1)


def test_a_file_whose_every_row_is_refused_is_an_error_and_nothing_is_written(terminal: Terminal) -> None:
    terminal.take(told(lines()))
    terminal.run("events", "--lender", "jq", "--json")
    before = terminal.out
    wrong = told([changed(each, "principal", "12,000.00") for each in lines()])
    for flags in ((), ("--skip-bad",), ("--skip-bad", "--dry-run")):
        assert terminal.take(wrong, *flags) == 1
        assert terminal.said[-1] == "nothing was imported: every row was refused, 16 problems; mend them"
    assert terminal.take(wrong, "--skip-bad", "--json") == 1
    answer = json.loads(terminal.out)
    assert (answer["imported"], answer["loans"], answer["bad"], "stale" in answer) == (False, 0, 16, False)
    terminal.run("events", "--lender", "jq", "--json")
    assert terminal.out == before
    assert terminal.take(told(lines()), "--json") == 0
    assert json.loads(terminal.out)["unchanged"] == 16


def test_what_the_lender_gives_a_borrower_to_type_is_taken_in_capitals(haitang: Terminal) -> None:
    [with_code, without] = read_portfolio(
        told([changed(lines()[0], "borrower.entry_code", "7k2m"), lines()[1]]), "bank"
    ).records
    assert (with_code.borrower.entry_code, with_code.borrower.id_last4) == ("7K2M", "123X")
    assert without.borrower.entry_code == ""
    said = MAPPING.replace('id_last4 = { column = "证件后四位" }', 'entry_code = { column = "证件后四位" }')
    mapping = haitang.write("own.toml", said)
    path = Path(haitang.write("books.csv", table(TIAN.replace("301X", "abcd1234efgh"))))
    [record] = read_file(path, lender_kind="bank", mapping=mapping, as_of=ON).records
    assert record.borrower == BorrowerFacts("K1", "田甜", "+8613900000001", entry_code="ABCD1234EFGH")
