"""Real loans beside this repository: 2,000 rows of LendingClub's public file. Without it these tests skip."""

import csv
import io
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2].parent / "shared" / "data" / "lendingclub_2000.csv"

needs_the_file = pytest.mark.skipif(
    not FILE.is_file(), reason="no real loans: ../shared/data has no lendingclub_2000.csv"
)


@cache
def rows() -> dict[str, dict[str, str]]:
    """Every row of the file by the number of its loan, as text."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def cents(text: str) -> int:
    """An amount of the file in whole cents, halves up."""
    return int((Decimal(text) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def written_off(row: dict[str, str]) -> bool:
    return row["loan_status"].endswith("Charged Off")


def one_row(loan_no: str, **changed: str) -> str:
    """The file with one row alone, some of its cells changed."""
    row = {**rows()[loan_no], **changed}
    with io.StringIO(newline="") as text:
        table = csv.DictWriter(text, list(row), lineterminator="\n")
        table.writeheader()
        table.writerow(row)
        return text.getvalue()
