"""A CSV as bytes becomes rows by column name, each with the line it begins on, or what keeps it from being read."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.domain.contract.portfolio import BadRow
from portal.intake import refusals as no
from portal.intake.lines import BOM
from portal.intake.mapping import FileShape

LONGEST_CELL = 1_000_000
MARKS = ",;|\t"
FIRST_BYTES, LONGEST_LINE = 1000, 4_000_000
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
MARKS_OF_BEGIN = (BOM, "\ufeff".encode("gb18030"))
OLD_END = "\x1a"
"""What programs of the eighties wrote behind the last row."""
_SHOWN_LETTERS = 60
_BREAK = re.compile(r"\s*[\r\n]+\s*")


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A line that is none of a loan, and what it is instead."""

    line: int
    says: str


SheetRow = tuple[int, Mapping[str, str], BadRow | PassedOver | None]


class Sheet:
    """Raises a Refusal where the file's rows cannot be told apart: nothing in it can then be relied on."""

    def __init__(
        self, data: io.BufferedReader, file: FileShape, columns: Sequence[str], begins: Sequence[str] = ()
    ) -> None:
        """`columns` have to be there; rows that begin with one of `begins` are passed over."""
        begin = data.peek(FIRST_BYTES)[:FIRST_BYTES]
        if begin.startswith(UTF_16) or b"\0" in begin:
            raise no.OtherEncoding(allowed=file.encoding.upper(), given="UTF-16")
        for mark in MARKS_OF_BEGIN:
            if begin.startswith(mark):
                data.read(len(mark))
        # Bytes that are no text become lone surrogates here and are named with their cell below.
        text = io.TextIOWrapper(data, file.encoding, errors="surrogateescape", newline="")
        csv.field_size_limit(LONGEST_CELL)
        self._lines = _Ahead(text)
        self._reader = csv.reader(self._lines, delimiter=file.delimiter, strict=True)
        self._file = file
        self._begins = tuple(begins)
        self._before: list[PassedOver] = []
        self._header = self._names(self._line_of_names(columns), columns)

    def rows(self) -> Iterator[SheetRow]:
        """Every line but that of the names, and blank ones: also those before it."""
        for before in self._before:
            yield before.line, {}, before
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                yield line, {}, BadRow(line, "row", str(no.QuoteNotClosed()))
                return
            if cells:
                yield line, *self._row(line, cells)

    def _passed_over(self, line: int, cells: list[str]) -> PassedOver | None:
        first = next((cell.strip() for cell in cells if cell and not cell.isspace()), "")
        if not first:
            return PassedOver(line, "a row in which nothing stands")
        if first == OLD_END and len(cells) == 1:
            return PassedOver(line, "the mark of a file's end (^Z)")
        return PassedOver(line, _shown(cells)) if self._begins and first.startswith(self._begins) else None

    def _row(self, line: int, cells: list[str]) -> tuple[Mapping[str, str], BadRow | PassedOver | None]:
        passed = self._passed_over(line, cells)
        if passed is not None:
            return {}, passed
        row = dict(zip(self._header, cells, strict=False))
        if len(cells) != len(self._header):
            cut_off = len(cells) < len(self._header) and self._lines.ended
            refusal = (no.RowCutOff if cut_off else no.WrongWidth)(given=len(cells), allowed=len(self._header))
            # In a row of another width nobody knows which cell is which; in one cut off the first are what they are.
            return row if cut_off else {}, BadRow(line, "row", str(refusal))
        for name, cell in row.items():
            if not cell.isascii() and (wrong := _no_text(cell)) is not None:
                facts = {"given": f"0x{ord(cell[wrong]) - 0xDC00:02x}", "position": wrong + 1}
                return row, BadRow(line, name, str(no.CellNotReadable(allowed=self._file.encoding.upper(), **facts)))
        return row, None

    def _line_of_names(self, columns: Sequence[str]) -> list[str]:
        """The first line that has all columns, or most of them, of those among which it may be."""
        candidates: list[tuple[int, list[str]]] = []
        allowed = self._file.lines_before_names
        while len(candidates) <= allowed and (not candidates or not self._lines.ended):
            line = self._reader.line_num + 1
            cells = self._first_line()
            if self._says_separator(cells) and not candidates:
                self._before.append(PassedOver(line, _shown(cells)))
                continue
            candidates.append((line, [_BREAK.sub(" ", name).strip() for name in cells]))
            if set(columns) <= set(candidates[-1][1]):
                break
        found = max(candidates, key=lambda each: len(set(columns) & set(each[1])))
        if len(candidates) > 1 and not set(columns) & set(found[1]):
            raise no.NoLineOfNames(lines=len(candidates), given=", ".join(columns))
        if found is candidates[-1]:
            self._before += [PassedOver(line, _shown(cells)) for line, cells in candidates[:-1] if any(cells)]
        return found[1]

    def _says_separator(self, cells: list[str]) -> bool:
        """Whether the line says what separates columns, as spreadsheets do. Raises OtherSeparator."""
        if cells == ["sep=", ""]:
            return True
        if len(cells) == 1 and len(cells[0]) == len("sep=;") and cells[0].startswith("sep="):
            raise no.OtherSeparator(allowed=repr(self._file.delimiter), given=repr(cells[0][-1]))
        return False

    def _names(self, names: list[str], columns: Sequence[str]) -> list[str]:
        allowed = ", ".join(filter(None, names))
        if not allowed:
            raise no.Empty()
        if _no_text(allowed) is not None:
            raise no.OtherEncoding(allowed=self._file.encoding.upper(), given="written otherwise")
        twice = sorted({name for name in names if name and names.count(name) > 1})
        absent = [name for name in columns if name not in names]
        if absent and len(names) == 1:
            stand = ", ".join(repr(mark) for mark in MARKS if mark in names[0])
            raise no.OneColumn(allowed=repr(self._file.delimiter), given=stand or "no other mark")
        if absent and len(absent) == len(columns):  # a row of somebody's data, maybe: nothing of it is repeated
            raise no.NoNames(given=", ".join(absent))
        if twice:
            raise no.ColumnTwice(given=", ".join(twice))
        if absent:
            raise no.NoSuchColumns(given=", ".join(absent), allowed=allowed)
        return names

    def _first_line(self) -> list[str]:
        try:
            return next(self._reader, [])
        except csv.Error as error:
            raise no.QuoteNotClosed() from error


class _Ahead:
    """The lines of a text, each handed out once it is known whether another follows."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self._next = text, text.readline(LONGEST_LINE)

    @property
    def ended(self) -> bool:
        return not self._next

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.ended:
            raise StopIteration
        line, self._next = self._next, self._text.readline(LONGEST_LINE)
        return line


def _shown(cells: Sequence[str]) -> str:
    """The beginning of a line that is passed over."""
    text = " ".join(" ".join(cells).split())
    return repr(text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]}…")


def _no_text(cell: str) -> int | None:
    """Where a byte stands that is no text in the file's encoding."""
    return next((index for index, letter in enumerate(cell) if "\udc80" <= letter <= "\udcff"), None)
