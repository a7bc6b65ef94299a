"""What stands in a lender's file of a person and is refused is found in no output, file or log."""

from pathlib import Path

import pytest

from tests.canaries import GOOD, PHONE, ROWS, Refused, kept, quoted
from tests.commands.conftest import Terminal

MAPPING = """
[loan]
loan_no = { column = "contract" }
currency = "CNY"
principal = { column = "amount", unit = "amount" }
signed_on = "2025-12-10"
disbursed_on = "2025-12-15"

[loan.borrower]
external_id = { column = "customer" }
name = { column = "name" }
phone = { column = "mobile", prefix = "+86" }
id_last4 = { column = "id4" }

[loan.terms]
annual_rate = "0.18"
method = "level"
installments = 12
every = "1m"
first_due = "2026-01-15"
day_count = "30/360"
"""
CELLS = ["钱多", "13900000001", "1234"]


@pytest.mark.parametrize("row", ROWS)
def test_a_refused_row_is_quoted_nowhere(demo: Terminal, tmp_path: Path, row: Refused) -> None:
    file = tmp_path / "p.jsonl"
    file.write_text(f"{row.line}\n{GOOD}\n", encoding="utf-8")
    for more in ((), ("--json",), ("--skip-bad",), ("--skip-bad", "--json")):
        said = demo("import", file, "--lender", "jq", *more)
        assert said.code in (1, 3) and f"{file}:1: " in said.err
        assert quoted(said.out, said.err) == set()
    assert kept(tmp_path) == set()


@pytest.mark.parametrize(
    ("column", "cell"), [(0, "卡纳里" * 80), (1, "139000CANARY"), (1, "13977770001 / 13977770001"), (2, "7C4NA")]
)
def test_a_refused_cell_of_a_person_is_quoted_nowhere(demo: Terminal, tmp_path: Path, column: int, cell: str) -> None:
    (tmp_path / "m.toml").write_text(MAPPING)
    cells = [cell if place == column else each for place, each in enumerate(CELLS)]
    file = tmp_path / "p.csv"
    rows = [",".join(["N-1", "12000.00", "B-90", *cells]), "N-2,12000.00,B-92,孙立,13900000092,9292"]
    file.write_text("\n".join(["contract,amount,customer,name,mobile,id4", *rows]), encoding="utf-8")
    said = demo("import", file, "--lender", "jq", "--mapping", tmp_path / "m.toml", "--skip-bad", "--json")
    assert said.code == 3 and f"{file}:2: {('name', 'mobile', 'id4')[column]}: " in said.err
    assert quoted(said.out, said.err) == set()
    assert kept(tmp_path) == set()


def test_a_phone_refused_at_the_terminal_is_not_said_again(demo: Terminal) -> None:
    said = demo("invite", "JQ-2026-0001", "--lender", "jq", "--phone", PHONE)
    assert said.code == 1 and quoted(said.out, said.err) == set()
