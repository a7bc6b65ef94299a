"""A lender's text in a sheet: no formula to a spreadsheet, and for a program the same text again."""

import pytest

from portal.domain.csv_cell import csv_text


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "'", '"', "＝", "＋", "－", "＠"])
def test_what_would_be_a_formula_is_a_text(begin: str) -> None:
    assert csv_text(f"{begin}1+1") == f"'{begin}1+1"


@pytest.mark.parametrize("text", ["", "JQ-2026-0001", "A=1", "{}", "佳泉消费金融：", " =1"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert csv_text(text) == text


@pytest.mark.parametrize("text", ["'", "''", "'=1", "=1", "A'1", "'JQ-1"])
def test_a_program_that_drops_one_apostrophe_at_the_beginning_reads_the_text(text: str) -> None:
    assert csv_text(text).removeprefix("'") == text
