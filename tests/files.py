"""A lender's small file read whole: every row of it is a record, or is refused."""

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from portal.domain.contract.portfolio import BadRow, LoanRecord
from portal.intake.mapped import mapped_portfolio
from portal.intake.mapping import LenderMapping
from portal.intake.mapping_file import mapping_of, mapping_text
from portal.intake.portfolio import portfolio_lines
from portal.intake.reading import LoanNumbers, PortfolioFile
from portal.intake.sheet import PassedOver


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: every row is either a record or a bad row.

    `unreadable` is a file whose rows cannot even be told apart: there is nothing to skip. `as_of` is the day the
    file speaks of, where it says.
    """

    records: tuple[LoanRecord, ...]
    bad: tuple[BadRow, ...]
    rows: int
    as_of: date | None = None
    unreadable: bool = False
    passed: tuple[PassedOver, ...] = ()


def read_portfolio(data: bytes, lender_kind: str) -> Reading:
    return read_whole(portfolio_lines(lambda: io.BytesIO(data), lender_kind))


def read_file(path: Path, *, lender_kind: str, mapping: str, as_of: date | None = None) -> Reading:
    """A CSV through a mapping. Raises OSError, BadMapping."""
    return read_whole(mapped_portfolio(lambda: path.open("rb"), load_mapping(mapping), lender_kind, as_of))


def load_mapping(named: str) -> LenderMapping:
    """A mapping by the path of its file, or by the name of one that ships. Raises BadMapping and OSError."""
    return mapping_of(mapping_text(named))


def read_whole(file: PortfolioFile) -> Reading:
    """All of a small file at once."""
    if file.unreadable is not None:
        return Reading((), (file.unreadable,), 0, unreadable=True)
    numbers, rows = LoanNumbers(), list(file.rows())
    passed, rows = [row.passed for row in rows if row.passed], [row for row in rows if not row.passed]
    for row in rows:
        numbers.note(row)
    bad = [each for row in rows for each in row.bad]
    bad += [file.twice(*each) for each in numbers.again()]
    records = tuple(row.record for row in rows if row.record is not None and numbers.once(row.loan_no))
    bad.sort(key=lambda each: each.line)
    return Reading(records, tuple(bad), len(rows), as_of=file.as_of, passed=tuple(passed))
