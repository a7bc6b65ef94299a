"""Two ids that look alike are two loans, and a name that runs backwards is somebody else's: nothing unseen is taken."""

import pytest

from portal.domain.conduct.names import (
    BlankAtEnd,
    NotComposed,
    SpreadsheetsOwn,
    UnseenLetter,
    check_id,
    check_name,
    sought_name,
    tidy_id,
)
from portal.domain.refusal import Refusal


@pytest.mark.parametrize(
    "name",
    [
        "王小明",
        "阿卜杜拉·买买提",
        "㐂藏𠮷",
        "O'Brien-Łukasz Jr.",
        "José",
        "Jose\u0301",
        "Наталья Ё.",
        "محمد بن سلمان",
        "דוד כהן",
        "علی\u200cرضا",
        "ශ්\u200dරීමති",
        "ᠪᠣᠷᠵᠢᠭᠢᠨ\u180b",
        "กมลชนก",
        "現金分期 12 期（特惠）",
        "",
    ],
)
def test_people_are_called_in_every_script(name: str) -> None:
    check_name(name)


UNSEEN = {
    "\u202e": "U+202E, right-to-left override",
    "\u2066": "U+2066, left-to-right isolate",
    "\u200f": "U+200F, right-to-left mark",
    "\u061c": "U+061C, arabic letter mark",
    "\u200b": "U+200B, zero width space",
    "\u200d": "U+200D, zero width joiner",
    "\u200c": "U+200C, zero width non-joiner",
    "\ufeff": "U+FEFF, zero width no-break space",
    "\u00ad": "U+00AD, soft hyphen",
    "\ufe0f": "U+FE0F, variation selector-16",
    "\U000e0100": "U+E0100, variation selector-17",
    "\U000e0041": "U+E0041, tag latin capital letter a",
    "\u180b": "U+180B, mongolian free variation selector one",
    "\u3164": "U+3164, hangul filler",
    "\u2028": "U+2028, line separator",
    "\x07": "U+0007, a control character",
}


@pytest.mark.parametrize(("letter", "called"), UNSEEN.items())
@pytest.mark.parametrize("check", [check_name, check_id])
def test_a_letter_that_cannot_be_seen_is_named_by_its_place(check: object, letter: str, called: str) -> None:
    with pytest.raises(UnseenLetter) as refused:
        check(f"王{letter}小明")  # type: ignore[operator]
    assert str(refused.value) == f"A letter that cannot be seen is at position 2: {called}. Take it out."


@pytest.mark.parametrize("name", ["\u200c", "علی\u200c", "\u200dا", "علی\u200dرضا", "a\u200cb"])
def test_a_joiner_that_joins_nothing_is_not_seen_either(name: str) -> None:
    with pytest.raises(UnseenLetter):
        check_name(name)


def test_an_id_has_no_joiner_however_it_is_spelt() -> None:
    with pytest.raises(UnseenLetter):
        check_id("علی\u200cرضا")


@pytest.mark.parametrize(
    "own",
    ["JQ-2026-0001", "0001", "合同 12", "1E5", "12E3", "2026E01", "1.5", "A.0", "#12", "N/A-1", "1.01", "O'1", "José"],
)
def test_an_id_is_what_the_lender_calls_it(own: str) -> None:
    check_id(own)


@pytest.mark.parametrize(
    ("own", "refusal"),
    [
        ("JQ-1 ", BlankAtEnd),
        (" JQ-1", BlankAtEnd),
        ("JQ-1\t", BlankAtEnd),
        ("JQ-1\n", BlankAtEnd),
        ("JQ-1\u00a0", BlankAtEnd),
        ("\u3000JQ-1", BlankAtEnd),
        (" ", BlankAtEnd),
        ("Jose\u0301", NotComposed),
        ("1.23E+15", SpreadsheetsOwn),
        ("1,23E+15", SpreadsheetsOwn),
        ("1E+05", SpreadsheetsOwn),
        ("2.0e-7", SpreadsheetsOwn),
        ("20260001.0", SpreadsheetsOwn),
        ("0.00", SpreadsheetsOwn),
        ("#####", SpreadsheetsOwn),
        ("#N/A", SpreadsheetsOwn),
        ("#REF!", SpreadsheetsOwn),
        ("#VALUE!", SpreadsheetsOwn),
        ("'0001", SpreadsheetsOwn),
        ('="0001"', SpreadsheetsOwn),
        ("nan", SpreadsheetsOwn),
        ("NULL", SpreadsheetsOwn),
    ],
)
def test_an_id_that_was_damaged_on_the_way_is_refused(own: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        check_id(own)
    assert repr(own) in str(refused.value) or ascii(own) in str(refused.value)


def test_ids_are_compared_without_blanks_at_their_ends_and_composed() -> None:
    assert tidy_id(" Jose\u0301-1\u3000") == "José-1"


@pytest.mark.parametrize("typed", ["阿卜杜·热合曼", "阿卜杜热合曼", " 阿卜杜 • 热合曼 ", "阿卜杜．热合曼"])
def test_a_name_is_looked_for_whatever_stands_between_its_parts(typed: str) -> None:
    assert sought_name(typed) == "阿卜杜热合曼"


def test_a_name_is_looked_for_in_any_width_and_case() -> None:
    assert sought_name("ＺＨＯＵ min") == sought_name("Zhou Min") == "zhoumin"
    assert sought_name("%_ \t") == ""
