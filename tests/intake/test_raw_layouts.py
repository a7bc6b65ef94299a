"""Files as lenders give them out: a title, sums, blank rows, hard blanks and signs. No line goes by unnamed."""

import csv
import io
import json

import pytest

from tests.files import read_file
from tests.intake.conftest import Terminal, lines, told
from tests.intake.haitang import MAPPING, NAMES, QIN, TIAN, table
from tests.intake.lendingclub import needs_the_file, rows
from tests.intake.test_portfolio_files import changed

TITLE = "Notes offered by Prospectus (https://www.lendingclub.com/info/prospectus.action)"
SUMS = ("Total amount funded in policy code 1: 460296150", "Total amount funded in policy code 2: 81866225")
RUNNING, SETTLED = "121718746", "settlement_status"


def as_given_out(numbers: list[str]) -> str:
    """LendingClub's own layout of some of the rows: title, quotes, percent signs, sums, a heading, blank lines."""
    found = [rows()[number] for number in numbers]
    with io.StringIO(newline="") as text:
        text.write(f"{TITLE}\r\n")
        table = csv.DictWriter(text, list(found[0]), lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        table.writeheader()
        for row in found:
            rate, term = f" {float(row['int_rate']):.2f}%", f" {row['term'].strip()}"
            table.writerow(
                {**row, "int_rate": rate, "term": term, "funded_amnt": row["funded_amnt"].removesuffix(".0")}
            )
        width = len(found[0])
        text.write("\r\n\r\n" + "," * (width - 1) + "\r\n")
        text.write("".join(f'"{each}"{"," * (width - 1)}\r\n' for each in SUMS))
        text.write('"Loans that do not meet the credit policy"\r\n')
        return text.getvalue()


@needs_the_file
def test_lendingclubs_own_layout_gives_the_loans_of_the_cleaned_copy(terminal: Terminal) -> None:
    some = list(rows())[::40]
    raw, clean = terminal.folder / "raw.csv", terminal.folder / "clean.csv"
    raw.write_text(as_given_out(some), encoding="utf-8")
    with clean.open("w", encoding="utf-8", newline="") as text:
        table = csv.DictWriter(text, list(rows()[some[0]]))
        table.writeheader()
        table.writerows(rows()[number] for number in some)
    given, cleaned = (read_file(path, lender_kind="marketplace", mapping="lendingclub") for path in (raw, clean))
    assert [record.loan for record in given.records] == [record.loan for record in cleaned.records]
    assert (given.rows, len(given.bad), given.as_of) == (50, len(cleaned.bad), cleaned.as_of)
    assert len(given.records) + len({row.line for row in given.bad}) == 50 and cleaned.passed == ()
    assert [(each.line, each.says[:36]) for each in given.passed] == [
        (1, "'Notes offered by Prospectus (https:"),
        (55, "a row in which nothing stands"),
        (56, "'Total amount funded in policy code "),
        (57, "'Total amount funded in policy code "),
        (58, "'Loans that do not meet the credit p"),
    ]


@needs_the_file
def test_what_is_passed_over_is_counted_and_named(terminal: Terminal) -> None:
    terminal.run("lender", "add", "lc", "--name", "Lending House", "--kind", "marketplace", "--currency", "USD")
    path = terminal.write("raw.csv", as_given_out([RUNNING]))
    words = ("import", path, "--lender", "lc", "--mapping", "lendingclub")
    assert terminal.run(*words, "--dry-run") == 0, terminal.err
    assert terminal.said[0] == f"raw.csv:1: passed over: '{TITLE[:60]}…'"
    assert terminal.said[2] == f"raw.csv:7: passed over: '{SUMS[0]}'"
    assert "5 passed_over" in terminal.said[-1] and "1 rows" in terminal.said[-1]
    assert terminal.run(*words, "--json") == 0
    told = json.loads(terminal.out)
    assert (told["rows"], told["added"], told["passed_over"]) == (1, 1, 5)
    assert told["passed_over_lines"][0]["line"] == 1


@needs_the_file
def test_a_title_too_long_or_none_of_the_columns_is_refused_whole(terminal: Terminal) -> None:
    terminal.run("lender", "add", "lc", "--name", "Lending House", "--kind", "marketplace", "--currency", "USD")
    words = ("--lender", "lc", "--mapping", "lendingclub")
    two = terminal.write("two.csv", f"{TITLE}\r\n{as_given_out([RUNNING])}")
    assert terminal.run("import", two, *words) == 1
    assert terminal.said[0].startswith("two.csv:1: header: None of the first 2 lines has the columns that the mapping")
    lost = terminal.write("lost.csv", as_given_out([RUNNING]).replace('"int_rate"', '"interest"'))
    assert terminal.run("import", lost, *words) == 1
    assert terminal.said[0].startswith("lost.csv:1: header: The mapping reads the columns int_rate, which the file")


@pytest.fixture
def haitang(terminal: Terminal) -> Terminal:
    terminal.run("lender", "add", "ht", "--name", "海棠小贷", "--kind", "microloan")
    return terminal


def read(haitang: Terminal, content: bytes | str, old: str = "", new: str = "") -> int:
    haitang.write("own.toml", MAPPING.replace(old, new) if old else MAPPING)
    path = haitang.write("books.csv", content)
    mapping = str(haitang.folder / "own.toml")
    return haitang.run("import", path, "--lender", "ht", "--mapping", mapping, "--as-of", "2026-06-14")


def stated(haitang: Terminal) -> str:
    """What the file says of principal, which is not what is computed."""
    found = haitang.answer("position", "HT-0001", "--lender", "ht")["lender_statement"]["differences"]
    return str(next(each["stated"] for each in found if each["component"] == "principal"))


HARD = ["2 886,78", "2\u00a0886,78", "2\u202f886,78", "2\u2009886,78", "２\u00a0８８６，７８", "\u00a02886,78\u202f"]


@pytest.mark.parametrize("written", HARD)
def test_a_hard_blank_groups_where_the_mapping_groups_by_a_blank(written: str, haitang: Terminal) -> None:
    own = '[file]\ndecimal = ","\nthousands = " "'
    row = TIAN.replace("2886.78", written).replace("413.7", "413,7")
    text = MAPPING.replace('encoding = "gb18030"', "").replace("[file]", own)
    haitang.write("own.toml", text)
    path = haitang.write("books.csv", "\n".join([NAMES, row, ""]))
    words = ("--lender", "ht", "--mapping", str(haitang.folder / "own.toml"), "--as-of", "2026-06-14")
    assert haitang.run("import", path, *words) == 0, haitang.err
    assert stated(haitang) == "2886.78"


@pytest.mark.parametrize("written", ["2\u00a0886.78", "2\u202f886.78", "28\u00a086.78"])
def test_where_the_mapping_names_no_mark_a_blank_within_a_number_is_refused(written: str, haitang: Terminal) -> None:
    assert read(haitang, table(TIAN.replace("2886.78", written))) == 1
    assert haitang.said[0].startswith(f"books.csv:2: 逾期本金: A number is written like 1234.56; {written!r} is not.")


READ = [
    ("18;1年", "18%;1年"), ("18;1年", "１８．００％;１２个月"), ("1200000;18", "１２０００００;18 %"),
    ("2025年12月10日", "２０２５年１２月１０日"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), READ)
def test_full_width_letters_and_percent_signs_are_read(old: str, new: str, haitang: Terminal) -> None:
    length = "months" if "个月" in new else "years"
    whole, unit = 'column = "期限", unit = "years"', f'column = "期限", unit = "{length}"'
    assert read(haitang, table(TIAN.replace(old, new)), whole, unit) == 0, haitang.err
    assert stated(haitang) == "2886.78"


@pytest.mark.parametrize("written", ["139 0000 0001", "139-0000-0001", "13900000001.0", "１３９００００\u00a0０００１"])
def test_a_phone_is_read_as_people_and_spreadsheets_write_it_where_the_mapping_says_so(
    written: str, haitang: Terminal
) -> None:
    row = TIAN.replace("13900000001", written)
    assert read(haitang, table(row)) == 1 and "手机" in haitang.said[0]
    assert read(haitang, table(row), 'column = "手机"', 'column = "手机", unit = "phone"') == 0, haitang.err
    assert haitang.run("invite", "HT-0001", "--lender", "ht") == 0


@pytest.mark.parametrize("written", ["(0)13900000001", "1390000.0001", "1.39E+10", "139 0000 000"])
def test_what_is_no_phone_stays_none(written: str, haitang: Terminal) -> None:
    row = TIAN.replace("13900000001", written)
    assert read(haitang, table(row), 'column = "手机"', 'column = "手机", unit = "phone"') == 1
    assert haitang.said[0].startswith("books.csv:2: 手机: ")


def test_a_sign_of_money_is_taken_off_where_the_mapping_names_it(haitang: Terminal) -> None:
    row = TIAN.replace("2886.78", "￥2886.78元")
    assert read(haitang, table(row)) == 1
    own = 'unit = "amount", without = ["￥", "元"] }\ninterest'
    assert read(haitang, table(row), 'unit = "amount" }\ninterest', own) == 0, haitang.err
    assert stated(haitang) == "2886.78"


ODD = [
    ("(2886.78)", "逾期本金", "A number is written like 1234.56; '(2886.78)' is not."),
    ("2886²", "逾期本金", "A number is written like 1234.56; '2886²' is not."),
]


@pytest.mark.parametrize(("written", "column", "words"), ODD)
def test_what_has_no_form_is_refused_by_its_cell(written: str, column: str, words: str, haitang: Terminal) -> None:
    assert read(haitang, table(TIAN.replace("2886.78", written))) == 1
    assert haitang.said[0] == f"books.csv:2: {column}: {words}"


def test_a_time_behind_a_date_is_part_of_its_format(haitang: Terminal) -> None:
    row = TIAN.replace("2025年12月10日", "2025-12-10 00:00:00")
    assert read(haitang, table(row), '"YYYY年M月D日"', '"YYYY-MM-DD 00:00:00"') == 0, haitang.err
    assert read(haitang, table(TIAN.replace("2025年12月10日", "46006"))) == 1
    assert haitang.said[0].startswith(
        "books.csv:2: 签约日: A date is written like 2026年3月31日; '46006' is not a date."
    )


def test_what_programs_put_around_a_table_is_named_and_nothing_else_of_it_is(haitang: Terminal) -> None:
    begun = "\ufeffsep=;\r\n".encode("gb18030") + table(TIAN, ";" * NAMES.count(";"), QIN) + b"\x1a"
    assert read(haitang, begun) == 0, haitang.err
    assert haitang.said[:3] == [
        "books.csv:1: passed over: 'sep='",
        "books.csv:4: passed over: a row in which nothing stands",
        "books.csv:6: passed over: the mark of a file's end (^Z)",
    ]
    assert haitang.said[-1].startswith("2 rows, 2 loans, 0 bad, 3 passed_over")


def test_another_separator_than_the_mappings_is_said_in_words(haitang: Terminal) -> None:
    assert read(haitang, b"sep=,\r\n" + table(TIAN)) == 1
    assert haitang.said[0].endswith("The first line says that ',' separates columns; in the mapping it is ';'.")


def test_a_name_of_a_column_may_be_broken_over_two_lines(haitang: Terminal) -> None:
    broken = table(TIAN).replace("本金(分)".encode("gb18030"), '"本金\n(分)"'.encode("gb18030"))
    assert read(haitang, broken, "本金(分)", "本金 (分)") == 0, haitang.err


def test_a_loan_whose_row_begins_like_a_sum_is_named_and_never_silently_gone(haitang: Terminal) -> None:
    own = MAPPING + '\n[[pass_over]]\nbegins = "合计"\n'
    haitang.write("own.toml", own)
    path = haitang.write("books.csv", table(TIAN, QIN.replace("0002", "合计2", 1), "合计;;;;;;1800000;;;;;;;"))
    words = ("--lender", "ht", "--mapping", str(haitang.folder / "own.toml"), "--as-of", "2026-06-14")
    assert haitang.run("import", path, *words) == 0, haitang.err
    assert [line.partition(": ")[0] for line in haitang.said[:2]] == ["books.csv:3", "books.csv:4"]
    assert "1 rows" in haitang.said[-1] and "2 passed_over" in haitang.said[-1]


NO_FORM = [
    ("terms.every", "0.5m", "terms.every: A period is a number from 1 to 999 and m, w or d, such as 1m, 2w or 15d; "),
    ("terms.capitalises", "interest", "terms.capitalises: There is no such field here. There are: annual_rate, "),
    ("terms.accelerates", "default", "terms.accelerates: There is no such field here. There are: annual_rate, "),
    ("terms.minimum_payment", "0.05", "terms.minimum_payment: There is no such field here. There are: annual_rate, "),
    ("terms.first_due", "2025-12-15", "terms.first_due: It must be after disbursed_on, 2025-12-15; 2025-12-15 is not."),
]


@pytest.mark.parametrize(("field", "given", "words"), NO_FORM)
def test_what_has_no_form_in_a_contract_is_refused_by_its_field(
    field: str, given: str, words: str, terminal: Terminal
) -> None:
    assert terminal.take(told([changed(lines()[0], field, given)])) == 1
    assert terminal.said[0].startswith(f"portfolio.jsonl:1: {words}"), terminal.said


def test_dates_twice_a_month_are_stated_row_by_row(terminal: Terminal) -> None:
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 7) for day in (1, 15)]
    rows = [{"no": no, "due_on": on, "principal": "1000.00", "interest": "60.00"} for no, on in enumerate(days, 1)]
    twice = {**lines()[0], "loan_no": "TM-1", "schedule": rows, "payments": []}
    twice.pop("statement", None)
    twice = changed(changed(twice, "terms.every", "15d"), "terms.first_due", "2026-01-01")
    assert terminal.take(told([twice])) == 0, terminal.err
    found = terminal.answer("position", "TM-1", "--lender", "jq", "--as-of", "2026-02-14")
    assert [row["due_on"] for row in found["installments"]] == days
    late = [row["due_on"] for row in found["installments"] if row["days_past_due"]]
    assert late == ["2026-01-01", "2026-01-15", "2026-02-01"]
