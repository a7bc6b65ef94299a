"""The figures of a day as they were known on a day, each cell of which opens the cases that it counts."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.conduct.figures import FIGURE_TABLES, FigureCell, FigureColumn, FigureTable, cell_of, figure_counts
from portal.domain.ledger.month_end import Bucket
from portal.domain.money import format_amount
from portal.reads.cases import NotFound
from portal.reads.figures import (
    CASES_ON_A_PAGE,
    FigureCase,
    FigureDays,
    every_figure_case,
    figure_cases,
    figure_groups,
    figures_behind,
    relief_sums,
)
from portal.web import guard
from portal.web.desk.figure_days import asked_days, days_asked, sheet_of_days
from portal.web.desk.month_ends import month_end_figures
from portal.web.desk.own import note_export
from portal.web.forms import Form
from portal.web.render import page
from portal.web.sheets import SheetLine, sheet, streamed_sheet
from portal.web.urls import addresses, id_in_address

_NEWEST = 2**62
_CASE_COLUMNS = ("loan_no", "about", "kind", "state", "of", "since", "due", "asked", "waived", "currency")


@dataclass(frozen=True, slots=True)
class _Row:
    """One kind of a table: each count with the address of its cases."""

    kind: str
    cells: tuple[tuple[int, str], ...]


async def figures_page(request: Request) -> Response:
    form, days = days_asked(request)
    staff, tables = guard.current_staff(request), []
    for table in FIGURE_TABLES.values():
        counts = figure_counts(table, await figure_groups(staff.lender_id, table, days), days.of)
        sums = await relief_sums(staff.lender_id, table, days) if table.code == "relief" else ()
        tables.append((table, [_row(request, table, kind, each, days) for kind, each in _with_total(counts)], sums))
    behind = await figures_behind(staff.lender_id)
    status = 422 if form.errors else 200
    shown: dict[str, Any] = {"tables": tables, "days": days, "form": form, "behind": behind, "asked": asked_days(days)}
    shown |= {"ends": await month_end_figures(request, days), "buckets": list(Bucket)}
    return page(request, "desk/figures", status=status, **shown)


async def figures_sheet(request: Request) -> Response:
    """Every table, a line a cell."""
    _, days = days_asked(request)
    staff, rows = guard.current_staff(request), list[tuple[object, ...]]()
    for table in FIGURE_TABLES.values():
        counts = figure_counts(table, await figure_groups(staff.lender_id, table, days), days.of)
        for kind, each in counts.items():
            pairs = zip(table.columns, each, strict=True)
            rows += [(table.code, kind, column.code, count, "", "", "", "") for column, count in pairs]
    relief = FIGURE_TABLES["relief"]
    for total in await relief_sums(staff.lender_id, relief, days):
        asked, waived = (format_amount(minor, total.currency) for minor in (total.asked_minor, total.waived_minor))
        counted = (total.agreements, total.persons, asked, waived, total.currency)
        rows.append((relief.code, total.kind or "all", "sums", *counted))
    head = ("table", "kind", "column", "count", "persons", "asked", "waived", "currency")
    return sheet(sheet_of_days("figures", days), head, rows)


async def figure_cases_page(request: Request) -> Response:
    """The cases of one cell, those told last first, a page at a time."""
    table, column = _wanted(request)
    form, days = days_asked(request)
    found = await figure_cases(*_which(request, table, column, form, days), _before(form))
    counted = figure_counts(table, await figure_groups(guard.current_staff(request).lender_id, table, days), days.of)
    kind, place = form.raw("kind"), table.columns.index(column)
    shown = found[:CASES_ON_A_PAGE]
    values: dict[str, Any] = {
        "table": table,
        "column": column,
        "kind": kind,
        "days": days,
        "rows": shown,
        "count": sum(each[place] for name, each in counted.items() if kind in ("", name)),
        "asked": asked_days(days, kind),
        "before": form.raw("before"),
        "older": shown[-1].feed if len(found) > CASES_ON_A_PAGE else None,
    }
    return page(request, "desk/figure_cases", **values)


async def figure_cases_sheet(request: Request) -> Response:
    """All cases of one cell; that this was taken is noted as of any other list."""
    table, column = _wanted(request)
    form, days = days_asked(request)
    note_export(request, "figure_cases")
    cases = every_figure_case(*_which(request, table, column, form, days), _NEWEST)
    return streamed_sheet(sheet_of_days(f"{table.code}-{column.code}", days), _CASE_COLUMNS, _case_rows(cases))


async def _case_rows(cases: AsyncIterator[FigureCase]) -> AsyncIterator[SheetLine]:
    async for each in cases:
        sums = (format_amount(minor, each.currency) if each.currency else "" for minor in _sums(each))
        told = (each.loan_no, each.about, each.kind, each.state, each.of, each.since, each.due or "")
        yield *told, *sums, each.currency


def _sums(each: FigureCase) -> tuple[int, int]:
    return each.asked_minor, each.waived_minor


def _wanted(request: Request) -> tuple[FigureTable, FigureColumn]:
    """The table and the column of the address. Raises NotFound."""
    table = FIGURE_TABLES.get(request.path_params["table"])
    for column in table.columns if table else ():
        if table and column.code == request.path_params["column"]:
            return table, column
    raise NotFound(request.url.path)


def _which(
    request: Request, table: FigureTable, column: FigureColumn, form: Form, days: FigureDays
) -> tuple[int, FigureTable, FigureCell, FigureDays, str]:
    cell = cell_of(table, column, days.of)
    return guard.current_staff(request).lender_id, table, cell, days, form.raw("kind")[:20]


def _before(form: Form) -> int:
    before = id_in_address(form.raw("before"))
    return _NEWEST if before is None else before


def _with_total(counts: Mapping[str, tuple[int, ...]]) -> Iterable[tuple[str, tuple[int, ...]]]:
    """The sum of the kinds, named by nothing, stands last."""
    yield from counts.items()
    if counts:
        yield "", tuple(map(sum, zip(*counts.values(), strict=True)))


def _row(request: Request, table: FigureTable, kind: str, counts: tuple[int, ...], days: FigureDays) -> _Row:
    address, asked = addresses(request.app), asked_days(days, kind)
    links = [address("desk_figure_cases", table=table.code, column=column.code) for column in table.columns]
    return _Row(kind, tuple((count, f"{link}?{asked}") for count, link in zip(counts, links, strict=True)))
