"""A lender's own CSV through a mapping becomes the loans that a portfolio of JSON Lines would have told."""

import json
from pathlib import Path

import pytest

from portal.domain.contract.portfolio import BorrowerFacts
from tests.domain.people import ON
from tests.files import read_file
from tests.intake.conftest import Terminal
from tests.intake.haitang import MAPPING, NAMES, QIN, TIAN, table


@pytest.fixture
def haitang(terminal: Terminal) -> Terminal:
    assert terminal.run("lender", "add", "ht", "--name", "海棠小贷", "--kind", "microloan") == 0
    terminal.write("haitang.toml", MAPPING)
    return terminal


def take(terminal: Terminal, content: bytes, *flags: str, mapping: str = "haitang.toml") -> int:
    path = terminal.write("books.csv", content)
    day = () if "--as-of" in flags else ("--as-of", "2026-06-14")
    mapped = str(terminal.folder / mapping) if mapping.endswith(".toml") else mapping
    return terminal.run("import", path, "--lender", "ht", "--mapping", mapped, *day, *flags)


def test_chinese_books_in_fen_and_percent_become_loans(haitang: Terminal) -> None:
    assert take(haitang, table(TIAN, QIN)) == 0, haitang.err
    tian = haitang.answer("position", "HT-0001", "--lender", "ht", "--as-of", "2026-06-14")
    # The case of the books, unpaid: five installments of 1,100.16 overdue, the first of them 150 days.
    assert tian["days_past_due"] == 150
    assert tian["overdue"]["principal"] == "4740.90"
    assert tian["overdue"]["interest"] == "759.90"
    assert tian["penalty_lines"][0]["rate"] == "0.234"
    assert tian["schedule_generated"] is True
    # 920.16 for 150 days 89.72, 933.96 for 119 days 72.24, and the 112.64 of the case.
    assert tian["lender_statement"]["differences"] == [
        {"component": "penalty", "stated": "0.00", "computed": "274.60"},
        {"component": "interest", "stated": "413.70", "computed": "759.90"},
        {"component": "principal", "stated": "2886.78", "computed": "4740.90"},
    ]
    qin = haitang.answer("position", "HT-0002", "--lender", "ht", "--as-of", "2026-02-01")
    assert [row["principal"] for row in qin["installments"]] == ["250.00"] * 24
    assert qin["installments"][0] | {"paid": ""} == {
        "no": 1, "due_on": "2026-02-08", "principal": "250.00", "interest": "78.00", "fees": "0.00", "paid": "",
        "overdue": "0.00", "days_past_due": 0,
    }  # fmt: skip
    assert qin["lender_statement"] is None


def test_the_same_books_again_change_nothing(haitang: Terminal) -> None:
    take(haitang, table(TIAN, QIN))
    assert take(haitang, table(TIAN, QIN), "--json") == 0
    assert json.loads(haitang.out)["unchanged"] == 2


def test_a_co_borrower_is_there_only_where_the_row_says_so(haitang: Terminal) -> None:
    path = Path(haitang.write("books.csv", table(TIAN, QIN)))
    reading = read_file(path, lender_kind="microloan", mapping=str(haitang.folder / "haitang.toml"), as_of=ON)
    others = [[each.external_id for each in record.co_borrowers] for record in reading.records]
    assert others == [[], ["K2-2"]]
    assert reading.records[0].borrower == BorrowerFacts("K1", "田甜", "+8613900000001", "301X", "zh-CN")


CELLS = [
    ("18;1年", "18‰;1年", "年利率", "A number is written like 1234.56; '18‰' is not."),
    ("18;1年", "1,8;1年", "年利率", "A number is written like 1234.56; '1,8' is not."),
    ("18;1年", "-18;1年", "年利率", "A rate is a decimal fraction of one, such as 0.18 for 18 %; '-0.18' is not."),
    ("18;1年", ";1年", "年利率", "This field is needed and is not there."),
    ("1年", "一年", "期限", "A number is written like 36 years; '一年' is not."),
    ("1年", "0年", "期限", "Input should be greater than or equal to 1; found 0"),
    ("等额本息", "先息后本", "还款方式", "It must be one of '等额本息', '等额本金'; '先息后本' is not."),
    ("20251215", "15.12.2025", "放款日", "A date is written like 20260331; '15.12.2025' is not a date."),
    ("20251215", "20251301", "放款日", "A date is written like 20260331; '20251301' is not a date."),
    ("20251215", "20251201", "放款日", "It must not be before signed_on, 2025-12-10; 2025-12-01 is."),
    ("1200000", "1200000.5", "本金(分)", "CNY has 2 decimal places; '12000.005' has more."),
    ("1200000", "-1200000", "本金(分)", "The amount must be 0.00 or more; '-12000.00' is below."),
    ("2886.78", "2886.785", "逾期本金", "CNY has 2 decimal places; '2886.785' has more."),
    (
        "301X",
        "30",
        "证件后四位",
        "It must be the last four digits or letters of the ID number, such as 123X; what is here is not.",
    ),
    ("13900000001", "139-0", "手机", "A phone number is written like +8613800000001: a plus sign and 8 to 15 digits; "),
    ("0001;K1", ";K1", "合同号", "This field is needed and is not there."),
    ("0001;K1", "0001;", "客户号", "This field is needed and is not there."),
]


@pytest.mark.parametrize(("old", "new", "column", "words"), CELLS)
def test_a_bad_cell_is_named_by_line_and_column_once(
    old: str, new: str, column: str, words: str, haitang: Terminal
) -> None:
    assert take(haitang, table(QIN, TIAN.replace(old, new, 1))) == 1
    assert haitang.said[0].startswith(f"books.csv:3: {column}: {words}")
    assert haitang.said[1:] == ["nothing was imported: 1 problems; mend them, or leave those rows out with --skip-bad"]


def test_parts_of_a_fen_are_rounded_only_where_the_mapping_says_how(haitang: Terminal) -> None:
    assert take(haitang, table(TIAN.replace("413.7", "413.695"))) == 0
    found = haitang.answer("position", "HT-0001", "--lender", "ht")
    assert {"component": "interest", "stated": "413.70", "computed": "759.90"} in found["lender_statement"][
        "differences"
    ]


def test_lines_are_counted_as_an_editor_counts_them(haitang: Terminal) -> None:
    two_lines = QIN.replace("秦川", '"秦\r\n川"')
    assert take(haitang, table(two_lines, "", TIAN.replace("1年", "?"))) == 1
    assert haitang.said[0].startswith("books.csv:5: 期限: ")


def test_of_two_rows_of_one_number_neither_is_taken(haitang: Terminal) -> None:
    assert take(haitang, table(TIAN, QIN, TIAN), "--skip-bad") == 3
    assert haitang.said == [
        "books.csv:2: 合同号: The loan 'HT-0001' is on line 4 as well.",
        "books.csv:4: 合同号: The loan 'HT-0001' is on line 2 as well.",
        "3 rows, 1 loans, 2 bad, 1 added, 0 changed, 0 unchanged, 0 stale",
    ]


def test_a_row_that_is_cut_off_leaves_its_loan_stale(haitang: Terminal) -> None:
    take(haitang, table(QIN, TIAN))
    assert take(haitang, table(QIN, TIAN)[:-60], "--skip-bad", "--json") == 3
    told = json.loads(haitang.out)
    assert (told["unchanged"], told["stale"]) == (1, 1)
    assert told["bad_rows"][0]["problem"].endswith("cells of 14: the file seems cut off.")
    assert told["bad_rows"][0]["loan_no"] == "HT-0001"


def test_a_byte_that_is_no_text_is_named_with_its_cell(haitang: Terminal) -> None:
    broken = table(TIAN).replace("田甜".encode("gb18030"), b"\xff\xff")
    assert take(haitang, broken) == 1
    assert haitang.said[0] == "books.csv:2: 姓名: The cell is not GB18030: byte 0xff at position 1 of the cell."


WHOLE_FILES = [
    (b"", "The file is empty; a line with the names of its columns is needed."),
    (b"\r\n\r\n", "The file is empty; a line with the names of its columns is needed."),
    (table(TIAN).replace(b";", b","), "The mapping separates columns by ';', which is not in the first line, "),
    (table(TIAN, QIN)[len(NAMES.encode("gb18030")) + 2 :], "The first line has none of the columns that the mapping "),
    (
        table(TIAN, names=NAMES.replace("姓名", "客户号")),
        "The columns 客户号 are there twice; each name must be different.",
    ),
    (
        table(TIAN, names=NAMES.replace("姓名", "名字")),
        "The mapping reads the columns 姓名, which the file does not have. ",
    ),
    (
        table(TIAN).decode("gb18030").encode("utf-16"),
        "The file is not GB18030 but UTF-16. Save it as GB18030, or name ",
    ),
    (b'"' + table(TIAN), "A quotation mark opens here and is not closed as it should be."),
]


@pytest.mark.parametrize(("content", "words"), WHOLE_FILES)
def test_a_file_whose_rows_cannot_be_told_apart_is_refused_whole(content: bytes, words: str, haitang: Terminal) -> None:
    assert take(haitang, content, "--skip-bad") == 1
    assert haitang.said[0].startswith(f"books.csv:1: header: {words}")
    assert haitang.said[1:] == ["nothing was imported: 1 problems; mend them"]


def test_a_utf_8_file_under_a_mapping_for_gb18030_is_told_apart(haitang: Terminal) -> None:
    assert take(haitang, table(TIAN).decode("gb18030").encode()) == 1
    assert haitang.said[0].startswith("books.csv:1: header: The ")


def test_a_quotation_mark_that_never_closes_is_named_where_it_opens(haitang: Terminal) -> None:
    assert take(haitang, table(QIN, TIAN.replace("田甜", '"田甜'))) == 1
    assert haitang.said[0] == "books.csv:3: row: A quotation mark opens here and is not closed as it should be."


def test_a_row_with_a_cell_too_many_is_refused(haitang: Terminal) -> None:
    assert take(haitang, table(TIAN.replace("田甜", "田;甜"))) == 1
    assert haitang.said[0] == "books.csv:2: row: The row has 15 cells; the first line names 14 columns."


def test_a_csv_without_a_mapping_is_told_what_to_do(haitang: Terminal) -> None:
    assert haitang.run("import", haitang.write("books.csv", table(TIAN)), "--lender", "ht") == 1
    assert haitang.said == [
        "--mapping: a CSV needs a mapping, a TOML file or one of lendingclub; without one FILE is JSON Lines"
    ]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-6", "--as-of: A date is written like 2026-06-14; '2026-6' is not a date."),
        ("2026-06-15", "--as-of: must not be after today, 2026-06-14; 2026-06-15 is"),
    ],
)
def test_a_day_that_cannot_be_is_refused(day: str, words: str, haitang: Terminal) -> None:
    assert take(haitang, table(TIAN), "--as-of", day) == 1
    assert haitang.said == [words]


def test_a_decimal_comma_is_read_where_the_mapping_says_so(haitang: Terminal) -> None:
    said = MAPPING.replace("[file]", '[file]\ndecimal = ","\nthousands = "."')
    haitang.write("comma.toml", said.replace('unit = "minor"', 'unit = "amount"'))
    row = TIAN.replace("1200000", "12.000,00").replace("2886.78", "2.886,78").replace("413.7", "413,70")
    assert take(haitang, table(row), mapping="comma.toml") == 0, haitang.err
    found = haitang.answer("position", "HT-0001", "--lender", "ht")
    assert found["outstanding_principal"] == "12000.00"


def test_a_mapping_is_found_by_its_name_or_its_path(haitang: Terminal) -> None:
    assert take(haitang, table(TIAN), mapping="haitong") == 1
    words = "haitong: There is no file 'haitong', and no mapping of that name ships; there are: lendingclub."
    assert haitang.said == [words]
    assert take(haitang, table(TIAN), mapping="haitang.toml") == 0
    assert take(haitang, table(TIAN), mapping="lendingclub") == 1
    assert haitang.said[0].startswith("books.csv:1: header: ")
