"""A lender's file row by row: it may be read as often as needed, and is never held whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.domain.contract.portfolio import BadRow, LoanRecord
from portal.intake import refusals as no
from portal.intake.lines import RowProblems
from portal.intake.sheet import PassedOver

Given = tuple[int, Any, BadRow | PassedOver | None]
"""A row as the file has it: its line, what stands there, and what kept it from being read."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row that was read: a record, or what is wrong with it. `loan_no` is empty where it could not be told.

    A line that is none of a loan is `passed` over.
    """

    line: int
    loan_no: str
    record: LoanRecord | None
    bad: tuple[BadRow, ...] = ()
    passed: PassedOver | None = None

    @property
    def number(self) -> str:
        """The number of its loan, also where the row itself could not be told apart."""
        return self.loan_no or next((each.loan_no for each in self.bad if each.loan_no), "")


@dataclass(frozen=True, slots=True)
class PortfolioFile:
    """`rows` reads it from its beginning. `names` are what the file calls the fields, `unshown` those about a person.

    `unreadable` is said of a file whose rows cannot be told apart; `as_of` is the day it speaks of, where it says.
    """

    rows: Callable[[], Iterator[FileRow]]
    names: Mapping[str, str] = field(default_factory=dict)
    unshown: Set[str] = frozenset()
    as_of: date | None = None
    unreadable: BadRow | None = None

    def twice(self, loan_no: str, line: int, other: int) -> BadRow:
        """What is said of a row whose loan stands on another line as well."""
        problems = RowProblems(line, self.names, self.unshown)
        problems.loan_no = loan_no
        problems.add("loan_no", no.LoanTwice(given=repr(loan_no), other=other))
        return problems.found[0]


class LoanNumbers:
    """The loan numbers of one file: rows of one that comes twice are all refused, since none is known to be right.

    `lost` is how many rows were sound but for that.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._first: dict[str, int] = {}
        self._unsound: set[str] = set()
        self._unread: dict[str, int] = {}
        self._lines: dict[str, list[int]] = {}

    @property
    def known(self) -> Set[str]:
        """Every loan that a row speaks of, also one that is refused."""
        return {*self._first, *self._unread}

    def note(self, row: FileRow) -> None:
        if not row.loan_no:
            self._unread.setdefault(row.number, row.line)
            return
        first = self._first.setdefault(row.loan_no, row.line)
        if first == row.line:
            self._unsound |= {row.loan_no} if row.bad else set()
            return
        self.lost += row.record is not None
        if row.loan_no not in self._lines:
            self.lost += row.loan_no not in self._unsound
        self._lines.setdefault(row.loan_no, [first]).append(row.line)

    def again(self) -> Iterator[tuple[str, int, int]]:
        """Each row of a number that comes more than once: number, its line, and the first other line."""
        for loan_no, lines in self._lines.items():
            for line in lines:
                yield loan_no, line, lines[1] if line == lines[0] else lines[0]

    def once(self, loan_no: str) -> bool:
        return loan_no not in self._lines

    def refused(self, row: FileRow) -> str:
        """The loan that goes without its row, told at the first of its rows; empty where another row speaks of it."""
        if row.loan_no:
            return row.loan_no if self._first[row.loan_no] == row.line else ""
        known = row.number in self._first or self._unread.get(row.number) != row.line
        return "" if known else row.number


def rows_of(
    given: Iterable[Given],
    read: Callable[[Any, RowProblems], LoanRecord | None],
    names: Mapping[str, str] | None = None,
    unshown: Set[str] = frozenset(),
) -> Iterator[FileRow]:
    for line, data, problem in given:
        if isinstance(problem, PassedOver):
            yield FileRow(line, "", None, passed=problem)
            continue
        problems = RowProblems(line, names, unshown)
        record = read(data, problems) if problem is None else None
        if problem is not None:
            problems.found.append(problem)
        yield FileRow(line, problems.loan_no, None if problems.found else record, tuple(problems.found))
