"""A lender's CSV through its mapping: each row becomes a line of a portfolio and is read by the same reader."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from io import BufferedReader
from typing import Any

from portal.domain.contract.portfolio import BadRow, LoanRecord
from portal.domain.money import digits, format_amount
from portal.domain.refusal import NotOneOf, Refusal
from portal.intake import refusals as no
from portal.intake.cells import Cells
from portal.intake.lines import RowProblems
from portal.intake.mapping import AS_OF, LenderMapping, Source, StatusWord, TotalsShape
from portal.intake.portfolio import read_line
from portal.intake.reading import FileRow, PortfolioFile, rows_of
from portal.intake.sheet import Sheet, SheetRow
from portal.intake.totals import RUNNING, in_line, outstanding, payment_of, read_sums


def mapped_portfolio(
    opened: Callable[[], BufferedReader], mapping: LenderMapping, lender_kind: str, as_of: date | None = None
) -> PortfolioFile:
    """Every row is a record or has its problems named by line and column; `as_of` outranks the file's own day.

    Where the file has to tell that day it is read once for it, and once more at each walk.
    """

    try:
        with opened() as file:
            sheet = _sheet(file, mapping)
            day = as_of or _day_of_file(mapping, sheet.rows())
        if day is None and (mapping.data.totals is not None or _has_day_of_file(mapping.loan)):
            raise no.AsOfNeeded()
    except Refusal as refusal:
        return PortfolioFile(lambda: iter(()), unreadable=BadRow(1, refusal.field or "header", str(refusal)))
    read = _Row(mapping, lender_kind, day).read

    def rows() -> Iterator[FileRow]:
        with opened() as file:
            sheet = _sheet(file, mapping)
            found = (_numbered(mapping, each) for each in sheet.rows())
            yield from rows_of(found, read, mapping.names, mapping.unshown)

    return PortfolioFile(rows, mapping.names, mapping.unshown, day)


def _has_day_of_file(tree: Any) -> bool:
    """Whether somewhere in it stands the day that the file speaks of."""
    inside = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list) else ()
    return bool(tree == AS_OF) or any(map(_has_day_of_file, inside))


def _sheet(file: BufferedReader, mapping: LenderMapping) -> Sheet:
    data = mapping.data
    return Sheet(file, data.file, mapping.columns, [each.begins for each in data.pass_over])


def _numbered(mapping: LenderMapping, found: SheetRow) -> SheetRow:
    """What is wrong with a row, under the number of its loan."""
    line, row, bad = found
    return (line, row, replace(bad, loan_no=_number(mapping, row))) if isinstance(bad, BadRow) else found


def _number(mapping: LenderMapping, row: Mapping[str, str]) -> str:
    """The number of a row's loan, as far as the row has it."""
    data = mapping.loan["loan_no"]
    if isinstance(data, Source) and not row.get(data.column):
        return ""
    return str(Cells(mapping.data.file, row, None, RowProblems(0)).built(data) or "")


def _day_of_file(mapping: LenderMapping, rows: Iterator[SheetRow]) -> date | None:
    """The latest day in the column that tells it."""
    source = mapping.data.as_of
    if source is None:
        return None
    found = (Cells(mapping.data.file, row, None, RowProblems(line)).read(source) for line, row, bad in rows if not bad)
    days = [date.fromisoformat(day) for day in found if isinstance(day, str)]
    return max(days, default=None)


class _Row:
    """Reads the rows of one file."""

    def __init__(self, mapping: LenderMapping, lender_kind: str, as_of: date | None) -> None:
        self.mapping = mapping
        self.lender_kind = lender_kind
        self.as_of = as_of
        first_due = mapping.loan["terms"].get("first_due")
        self.day_is_free = isinstance(first_due, Source) and first_due.day_is_free

    def read(self, row: Any, problems: RowProblems) -> LoanRecord | None:
        cells = Cells(self.mapping.data.file, row, self.as_of, problems)
        if self._left_out(cells):
            return None
        given = self._line(cells)
        if given is None:
            return None
        if self.mapping.data.totals is None:
            return read_line(given, self.lender_kind, problems)
        return self._with_totals(given, self.mapping.data.totals, cells)

    def _left_out(self, cells: Cells) -> bool:
        cells.problems.loan_no = _number(self.mapping, cells.row)
        for each in self.mapping.data.leave_out:
            if cells.matches(each):
                given = repr(cells.text(each.column))
                cells.problems.note(each.column, no.LeftOut(given=given, reason=each.reason))
        return bool(cells.problems.found)

    def _line(self, cells: Cells) -> dict[str, Any] | None:
        """The row as a line of a portfolio, or None where a cell of it was refused."""
        try:
            cells.currency = str(cells.built(self.mapping.loan["currency"]))
            digits(cells.currency)
        except Refusal as refusal:
            cells.problems.add("currency", refusal)
            return None
        given: dict[str, Any] | None = cells.built(self.mapping.loan)
        return None if cells.problems.found else given

    def _with_totals(self, given: dict[str, Any], totals: TotalsShape, cells: Cells) -> LoanRecord | None:
        problems, word = cells.problems, self._word(cells)
        paid, received = read_sums(totals, cells)
        payments = [payment_of(paid, received, totals, cells)] if received else []
        if problems.found:
            return None
        record = read_line({**given, "payments": payments}, self.lender_kind, problems)
        if record is None or self.as_of is None:
            return None
        try:
            loan = in_line(record.loan, word, self.as_of, self.day_is_free)
        except Refusal as refusal:
            problems.add(refusal.field, refusal)
            return None
        _check_outstanding(totals, word, outstanding(loan), cells)
        return replace(record, loan=loan, totals=True)

    def _word(self, cells: Cells) -> StatusWord:
        status = self.mapping.data.status
        if status is None:
            return RUNNING
        given = cells.text(status.column)
        if given not in status.words:
            allowed = ", ".join(map(repr, status.words))
            cells.problems.note(status.column, NotOneOf(allowed=allowed, given=repr(given)))
        return status.words.get(given, RUNNING)


def _check_outstanding(totals: TotalsShape, word: StatusWord, left: int, cells: Cells) -> None:
    """What is left must be what the file says is left; of a loan written off many say that nothing is."""
    if totals.outstanding_principal is None:
        return
    stated = cells.minor(totals.outstanding_principal)
    if stated != left and not (word.state == "written-off" and stated == 0):
        allowed, given = (format_amount(minor, cells.currency) for minor in (left, stated))
        cells.problems.note(totals.outstanding_principal.column, no.OutstandingDiffers(allowed=allowed, given=given))
