"""A mapping that cannot be used is refused by table and key, with what is allowed and what was given."""

import pytest

from portal.intake.mapping_file import BadMapping, shipped_mappings
from tests.files import load_mapping
from tests.intake.conftest import Terminal
from tests.intake.haitang import MAPPING, TIAN, table

SUMS = """
[totals]
received_on = { column = "放款日", date = "YYYYMMDD" }
principal = { column = "逾期本金", unit = "amount" }
interest = { column = "逾期利息", unit = "amount" }
"""

WRONG = [
    ('delimiter = ";"', 'delimiter = ";;"', "[file] delimiter: String should have at most 1 character; found ';;'"),
    ('"gb18030"', '"gbk"', "[file] encoding: It must be one of 'utf-8' or 'gb18030'; 'gbk' is not."),
    ("null =", "nulls =", "[file] nulls: There is no such field here. There are: delimiter, encoding, null, decimal, "),
    ('about = "', 'abuot = "', "abuot: There is no such field here. There are: about, as_of, file, loan, totals, "),
    ('principal = { column = "本金', 'prinzipal = { column = "本金', "[loan] prinzipal: There is no such field here. "),
    ('unit = "minor"', 'unit = "cents"', "[loan.principal] unit: It must be one of 'text', 'amount', 'minor', "),
    (
        'unit = "minor"',
        'unti = "minor"',
        "[loan.principal] unti: There is no such field here. There are: column, unit, ",
    ),
    ('unit = "percent"', 'unit = "percent", rounding = "up"', "[loan.terms.annual_rate] rounding: This key goes with "),
    (
        'rounding = "half-up"',
        'rounding = "nearest"',
        "[loan.statement.interest] rounding: It must be one of 'half-up', ",
    ),
    (
        'date = "YYYY年M月D日"',
        'date = "YY年M月D日"',
        "[loan.signed_on] date: A date is written with YYYY, one of Mon, MM, ",
    ),
    (
        'date = "YYYY年M月D日"',
        'date = "YYYY年M月"',
        "[loan.signed_on] day: The format YYYY年M月 has no day: a day from 1 to ",
    ),
    ('M月D日"', 'M月D日", day = 15', "[loan.signed_on] day: This key goes with a date without a day of its own only."),
    ('add = "1m"', 'add = "1 month"', "[loan.terms.first_due] add: A period is a number from 1 to 999 and m, w or d, "),
    (
        'prefix = "HT-"',
        'prefix = "HT-", unit = "whole"',
        "[loan.loan_no] unit: Of unit, date, words, prefix, suffix only ",
    ),
    ('among = ["是"]', "among = []", "[loan.co_borrowers.0.when] among: "),
    ('day_count = "30/360"', "", "[loan.terms] day_count: This field is needed and is not there."),
    ('rate = { multiple_of_contract = "1.3" }', 'rat = "1"', "[loan.terms.penalty] rat: There is no such field here. "),
    (
        "[loan.statement]",
        "[loan.statment]",
        "[loan] statment: There is no such field here. There are: loan_no, product, ",
    ),
    ('about = "', "about = ", "The mapping is not TOML in UTF-8: "),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG)
def test_a_wrong_key_or_value_is_named_with_its_table(old: str, new: str, words: str, terminal: Terminal) -> None:
    assert old in MAPPING
    mapping = terminal.write("own.toml", MAPPING.replace(old, new, 1))
    assert terminal.run("import", terminal.write("b.csv", table(TIAN)), "--lender", "jq", "--mapping", mapping) == 1
    assert [line for line in terminal.said if line.startswith(f"own.toml: {words}")], terminal.said
    assert terminal.out == ""


def test_everything_wrong_is_named_at_once(terminal: Terminal) -> None:
    said = MAPPING.replace('unit = "minor"', 'unit = "cents"').replace('add = "1m"', 'add = "1 month"')
    with pytest.raises(BadMapping) as refused:
        load_mapping(terminal.write("own.toml", said))
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "[loan.principal] unit",
        "[loan.terms.first_due] add",
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            '[status]\ncolumn = "共借"\n[status.words]\n"否" = { state = "paid" }',
            "status: This key goes with [totals] only.",
        ),
        (SUMS + "total_within = 1", "[totals] total_within: It must be text in quotes; 1 is not."),
        (SUMS.replace("principal", "prinzipal"), "[totals] principal: This field is needed and is not there."),
        (
            SUMS + '[status]\ncolumn = "共借"\n[status.words]\n"否" = { state = "gone" }',
            "[status.words.否] state: It must be ",
        ),
        (
            SUMS + '[status]\ncolumn = "共借"\n[status.words]\n"否" = { state = "running", days_late = [1] }',
            "[status.words.否] ",
        ),
        (
            '[[leave_out]]\ncolumn = "共借"\namong = ["是"]',
            "[leave_out.0] reason: This field is needed and is not there.",
        ),
    ],
)
def test_totals_and_states_are_held_to_their_shape(more: str, words: str, terminal: Terminal) -> None:
    with pytest.raises(BadMapping) as refused:
        load_mapping(terminal.write("own.toml", MAPPING + more))
    assert [problem for problem in refused.value.problems if problem.startswith(words)], refused.value.problems


def test_what_totals_make_cannot_be_stated_beside_them(terminal: Terminal) -> None:
    said = MAPPING.replace(
        "[loan.borrower]", 'written_off_on = { column = "签约日", date = "YYYYMMDD" }\n[loan.borrower]'
    )
    with pytest.raises(BadMapping) as refused:
        load_mapping(terminal.write("own.toml", said + SUMS))
    assert refused.value.problems == (
        "[loan] written_off_on: Of [totals], [loan] written_off_on only one can be there.",
    )


def test_every_mapping_that_ships_can_be_used() -> None:
    assert shipped_mappings() == ["lendingclub"]
    for name in shipped_mappings():
        assert load_mapping(name).columns
