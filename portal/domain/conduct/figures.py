"""The figures of the desk: tables of a row for each kind and a column for each outcome, of a day, as known on a day.

A table counts what began in the month until that day, or within the year up to it; or whatever was open at its end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.domain.conduct.figure_facts import Figure

EARLIEST, LATEST = date(1970, 1, 1), date(9999, 12, 31)
_YEAR_DAYS = 365


class FigureSpan(StrEnum):
    """Since when what a table counts has begun: in the month, within a year, or at any time where it is open yet."""

    MONTH = "month"
    YEAR = "year"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """What is in these states; where it is told, begun so many days ago, from least to most, or with its clock over."""

    code: str
    states: frozenset[str]
    ages: tuple[int, int | None] | None = None
    late: bool | None = None


@dataclass(frozen=True, slots=True)
class FigureTable:
    code: str
    figure: Figure
    span: FigureSpan
    columns: tuple[FigureColumn, ...]
    by_cause: bool = False
    """Its rows are causes of complaints, not kinds."""

    def begins(self, of: date) -> date:
        if self.span is FigureSpan.MONTH:
            return of.replace(day=1)
        return of - timedelta(days=_YEAR_DAYS - 1) if self.span is FigureSpan.YEAR else EARLIEST


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """So many are in that state, of one kind, begun and due on these days."""

    state: str
    kind: str
    since: date
    due: date | None
    count: int


@dataclass(frozen=True, slots=True)
class FigureCell:
    """What a column counts on a day, as a list of it is asked for; `undated` takes in what has no clock."""

    states: frozenset[str]
    since_from: date
    since_to: date
    due_from: date = EARLIEST
    due_to: date = LATEST
    undated: bool = True

    def takes(self, group: FigureGroup) -> bool:
        in_time = self.undated if group.due is None else self.due_from <= group.due <= self.due_to
        return group.state in self.states and self.since_from <= group.since <= self.since_to and in_time


def cell_of(table: FigureTable, column: FigureColumn, of: date) -> FigureCell:
    begins, ends = table.begins(of), of
    if column.ages:
        least, most = column.ages
        ends = of - timedelta(days=least)
        begins = begins if most is None else of - timedelta(days=most)
    if column.late is None:
        return FigureCell(column.states, begins, ends)
    if column.late:
        return FigureCell(column.states, begins, ends, due_to=of - timedelta(days=1), undated=False)
    return FigureCell(column.states, begins, ends, due_from=of)


def figure_counts(table: FigureTable, groups: Iterable[FigureGroup], of: date) -> dict[str, tuple[int, ...]]:
    """By kind, what each column counts; kinds of which there is nothing are left out."""
    found, cells = list(groups), [cell_of(table, column, of) for column in table.columns]
    kinds = sorted({group.kind for group in found if any(cell.takes(group) for cell in cells)})
    return {
        kind: tuple(sum(group.count for group in found if group.kind == kind and cell.takes(group)) for cell in cells)
        for kind in kinds
    }


def _column(
    code: str, *states: str, ages: tuple[int, int | None] | None = None, late: bool | None = None
) -> FigureColumn:
    return FigureColumn(code, frozenset(states or (code,)), ages, late)


_TABLES = (
    FigureTable(
        "answered",
        Figure.ANSWERS,
        FigureSpan.MONTH,
        (
            _column("at_once"),
            _column("in_time"),
            _column("late"),
            _column("waiting", late=False),
            _column("overdue", "waiting", late=True),
            _column("asked"),
            _column("withdrawn"),
        ),
    ),
    FigureTable(
        "waiting",
        Figure.ANSWERS,
        FigureSpan.OPEN,
        (
            _column("days_0_1", "waiting", ages=(0, 1)),
            _column("days_2_3", "waiting", ages=(2, 3)),
            _column("days_4_7", "waiting", ages=(4, 7)),
            _column("days_8", "waiting", ages=(8, None)),
        ),
    ),
    FigureTable(
        "circumstances",
        Figure.CIRCUMSTANCES,
        FigureSpan.MONTH,
        (_column("told"), _column("explored"), _column("untold")),
    ),
    FigureTable("relief", Figure.RELIEF, FigureSpan.MONTH, (_column("agreed"),)),
    FigureTable(
        "plans",
        Figure.PLANS,
        FigureSpan.YEAR,
        (
            _column("kept"),
            _column("strained"),
            _column("paused"),
            _column("broken"),
            _column("completed"),
            _column("over", "ended", "superseded"),
        ),
    ),
    FigureTable(
        "complaints",
        Figure.COMPLAINTS,
        FigureSpan.MONTH,
        (
            _column("open", late=False),
            _column("open_late", "open", late=True),
            _column("upheld"),
            _column("partly"),
            _column("rejected"),
            _column("withdrawn"),
        ),
    ),
    FigureTable(
        "causes",
        Figure.COMPLAINTS,
        FigureSpan.MONTH,
        (_column("upheld"), _column("partly"), _column("rejected")),
        by_cause=True,
    ),
)
FIGURE_TABLES: Mapping[str, FigureTable] = {table.code: table for table in _TABLES}
"""In the order in which they are shown."""
