"""A cell of a CSV becomes what the portfolio format has in its place, by the unit and the words of the mapping."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

from portal.domain.conduct.names import check_id
from portal.domain.contract.calendar import Every, due_date
from portal.domain.money import Rounding, digits, format_amount, format_rate, parse_amount, rounded
from portal.domain.refusal import NotOneOf, Refusal
from portal.intake import refusals as no
from portal.intake.dates import date_format
from portal.intake.lines import RowProblems
from portal.intake.mapping import AS_OF, ConditionShape, FileShape, Source

RATES = {"fraction": 1, "percent": 100, "basis-points": 10_000}
LENGTHS = {"whole": 1, "months": 1, "years": 12}
# As they come from a Chinese keyboard, and the blanks at which no line breaks: what stands for them in a number.
_PLAIN = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F), 0x20)
_SPREADSHEETS_ZERO = re.compile(r"(?<=[0-9])\.0+$")
LENGTH = re.compile(r"([0-9]{1,9})(?:\.0*)? *(?:months?|mths?|m|个月|月|期|years?|yrs?|y|年)?", re.IGNORECASE)
_MOST_LETTERS = 40
IDS = ("loan_no", "external_id", "id", "reverses")
"""The fields that are checked as they stand in the file, before blanks are taken off and a prefix put before."""


@dataclass(slots=True)
class Cells:
    """One row: reads values out of it and notes with their column what cannot be read."""

    file: FileShape
    row: Mapping[str, str]
    as_of: date | None
    problems: RowProblems
    currency: str = ""

    def built(self, tree: Any) -> Any:
        """What a tree of sources and constants gives for this row; a table whose columns are all empty is left out."""
        if isinstance(tree, Source):
            return self.read(tree)
        if tree == AS_OF:
            return self.as_of and self.as_of.isoformat()
        if isinstance(tree, list):
            return [self.built(each) for each in tree if self.stands(each)]
        if not isinstance(tree, dict):
            return tree
        found = {name: self._field(name, each) for name, each in tree.items() if name != "when"}
        kept = {name: value for name, value in found.items() if value is not None}
        sources = [name for name, each in tree.items() if isinstance(each, Source)]
        return None if sources and not any(name in kept for name in sources) else kept

    def _field(self, name: str, tree: Any) -> Any:
        return self.read(tree, check_id) if name in IDS and isinstance(tree, Source) else self.built(tree)

    def stands(self, tree: Any) -> bool:
        condition = tree.get("when") if isinstance(tree, dict) else None
        return not isinstance(condition, ConditionShape) or self.matches(condition)

    def matches(self, condition: ConditionShape) -> bool:
        return self.text(condition.column) in condition.among

    def text(self, column: str) -> str:
        return self.row[column].strip()

    def read(self, source: Source, check: Callable[[str], None] | None = None) -> str | int | None:
        """The value, or None for an empty cell or one that was refused, also by `check` of what it has."""
        text = self.text(source.column)
        if text in self.file.null:
            return None
        for each in source.without:
            text = text.removeprefix(each).removesuffix(each).strip()
        try:
            if check is not None:
                check(self.row[source.column])
            return _date(_plain(text), source, source.date) if source.date else self._by_unit(text, source)
        except Refusal as refusal:
            self.problems.note(source.column, refusal)
            return None

    def minor(self, source: Source | None) -> int:
        """An amount in minor units; 0 for an empty cell, or one that was refused."""
        if source is None or (text := self.read(source)) is None:
            return 0
        try:
            return parse_amount(text, self.currency)
        except Refusal as refusal:
            self.problems.note(source.column, refusal)
            return 0

    def number(self, written: str) -> Fraction:
        """A decimal number as the file writes them. Raises NotANumber, NotInThrees."""
        thousands, decimal, text = self.file.thousands, self.file.decimal, _plain(written)
        plain = text.replace(thousands, "").replace(decimal, ".")
        if len(text) <= _MOST_LETTERS and _number(thousands, decimal).fullmatch(text):
            return Fraction(plain)
        facts = {"allowed": f"1{thousands}234{decimal}56", "given": repr(written[:_MOST_LETTERS])}
        if thousands and re.fullmatch(r"-?[0-9.]+", plain):
            raise no.NotInThrees(thousands=repr(thousands), decimal=repr(decimal), **facts)
        raise no.NotANumberCell(**facts)

    def _by_unit(self, text: str, source: Source) -> str | int:
        if source.unit == "percent":
            text = _plain(text).removesuffix("%").rstrip()
        if source.unit in RATES:
            return format_rate(self.number(text) / RATES[source.unit])
        if source.unit in LENGTHS:
            return _length(_plain(text), source.unit)
        if source.unit == "phone":
            return _worded(_digits_of_phone(text), source)
        if source.unit == "text":
            return _worded(text, source)
        return self._amount(self.number(text), source)

    def _amount(self, number: Fraction, source: Source) -> str:
        """With no rounding stated, parts of a fen are left in, for the reader of portfolios to refuse."""
        minor = number * 10 ** (digits(self.currency) if source.unit == "amount" else 0)
        if source.rounding is None and minor.denominator != 1:
            return format_rate(minor / 10 ** digits(self.currency))
        return format_amount(rounded(minor, Rounding(source.rounding or "half-up")), self.currency)


def _plain(text: str) -> str:
    """Full-width letters as the half-width ones, and every kind of hard blank as a blank."""
    return text if text.isascii() else text.translate(_PLAIN)


def _digits_of_phone(text: str) -> str:
    """A telephone number without the blanks and hyphens that people put in, and the `.0` that a spreadsheet did."""
    return re.sub(r"[ -]", "", _SPREADSHEETS_ZERO.sub("", _plain(text)))


@cache
def _number(thousands: str, decimal: str) -> re.Pattern[str]:
    """Digits in one piece, or in groups of three with the mark between them; a decimal mark only before decimals."""
    grouped = rf"[1-9][0-9]{{0,2}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    return re.compile(rf"-?(?:{grouped}[0-9]+)(?:{re.escape(decimal)}[0-9]+)?")


def _worded(text: str, source: Source) -> str:
    if not source.words:
        return source.prefix + text + source.suffix
    if text not in source.words:
        raise NotOneOf(allowed=", ".join(map(repr, source.words)), given=repr(text))
    return source.prefix + source.words[text] + source.suffix


def _length(text: str, unit: str) -> int:
    match = LENGTH.fullmatch(text)
    if match is None:
        raise no.NotANumberCell(allowed="36" if unit == "whole" else f"36 {unit}", given=repr(text))
    return int(match[1]) * LENGTHS[unit]


def _date(text: str, source: Source, written: str) -> str:
    day = date_format(written).read(text, source.day)
    return (due_date(day, Every.parse(source.add), 1) if source.add else day).isoformat()
