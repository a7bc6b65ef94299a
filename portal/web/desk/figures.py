"""The figures of a day as they were known on a day, each cell of which opens the cases that it counts."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal.domain.conduct.figures import FIGURE_TABLES, FigureCell, FigureColumn, FigureTable, cell_of, figure_counts
from portal.domain.csv_cell import csv_text
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal
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
from portal.web.forms import Form
from portal.web.render import page
from portal.web.urls import addresses

_NEWEST = 2**62
_CASE_COLUMNS = ("loan_no", "about", "kind", "state", "of", "since", "due", "asked", "waived", "currency")


class FigureDayToCome(Refusal):
    says = N_("Please choose a day up to today, {today}. You asked for {given}.")


@dataclass(frozen=True, slots=True)
class _Row:
    """One kind of a table: each count with the address of its cases."""

    kind: str
    cells: tuple[tuple[int, str], ...]


async def figures_page(request: Request) -> Response:
    form, days = _days(request)
    staff, tables = guard.current_staff(request), []
    for table in FIGURE_TABLES.values():
        counts = figure_counts(table, await figure_groups(staff.lender_id, table, days), days.of)
        sums = await relief_sums(staff.lender_id, table, days) if table.code == "relief" else ()
        tables.append((table, [_row(request, table, kind, each, days) for kind, each in _with_total(counts)], sums))
    behind = await figures_behind(staff.lender_id)
    status = 422 if form.errors else 200
    shown: dict[str, Any] = {"tables": tables, "days": days, "form": form, "behind": behind, "asked": _asked(days)}
    return page(request, "desk/figures", status=status, **shown)


async def figures_sheet(request: Request) -> Response:
    """Every table, a line a cell."""
    _, days = _days(request)
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
    return Response(BOM_UTF8 + _lines([head, *rows]), media_type="text/csv", headers=_attached("figures", days))


async def figure_cases_page(request: Request) -> Response:
    """The cases of one cell, those told last first, a page at a time."""
    table, column = _wanted(request)
    form, days = _days(request)
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
        "asked": _asked(days, kind),
        "before": form.raw("before"),
        "older": shown[-1].feed if len(found) > CASES_ON_A_PAGE else None,
    }
    return page(request, "desk/figure_cases", **values)


async def figure_cases_sheet(request: Request) -> Response:
    """All cases of one cell."""
    table, column = _wanted(request)
    form, days = _days(request)
    cases = every_figure_case(*_which(request, table, column, form, days), _NEWEST)
    headers = _attached(f"{table.code}-{column.code}", days)
    return StreamingResponse(_case_lines(cases), media_type="text/csv", headers=headers)


async def _case_lines(cases: AsyncIterator[FigureCase]) -> AsyncIterator[bytes]:
    yield BOM_UTF8 + _lines([_CASE_COLUMNS])
    async for each in cases:
        sums = (format_amount(minor, each.currency) if each.currency else "" for minor in _sums(each))
        told = (each.loan_no, each.about, each.kind, each.state, each.of, each.since, each.due or "")
        yield _lines([(*told, *sums, each.currency)])


def _sums(each: FigureCase) -> tuple[int, int]:
    return each.asked_minor, each.waived_minor


def _days(request: Request) -> tuple[Form, FigureDays]:
    """What was asked for, today where nothing was; a day that is none or to come is refused at its field."""
    form, today = Form(request.query_params), guard.today(request, guard.current_staff(request).timezone)
    found = {name: _day(form, name, today) for name in ("of", "known")}
    return form, FigureDays(**found)


def _day(form: Form, name: str, today: date) -> date:
    day = form.date(name, example=today, past=True)
    if day is not None and day > today:
        form.refuse(name, FigureDayToCome(name, today=today, given=day))
    return today if day is None or day > today else day


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
    asked = form.raw("before")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else _NEWEST


def _with_total(counts: Mapping[str, tuple[int, ...]]) -> Iterable[tuple[str, tuple[int, ...]]]:
    """The sum of the kinds, named by nothing, stands last."""
    yield from counts.items()
    if counts:
        yield "", tuple(map(sum, zip(*counts.values(), strict=True)))


def _row(request: Request, table: FigureTable, kind: str, counts: tuple[int, ...], days: FigureDays) -> _Row:
    address, asked = addresses(request.app), _asked(days, kind)
    links = [address("desk_figure_cases", table=table.code, column=column.code) for column in table.columns]
    return _Row(kind, tuple((count, f"{link}?{asked}") for count, link in zip(counts, links, strict=True)))


def _asked(days: FigureDays, kind: str = "") -> str:
    return urlencode({"of": days.of, "known": days.known, **({"kind": kind} if kind else {})})


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([csv_text(str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode()


def _attached(name: str, days: FigureDays) -> dict[str, Any]:
    return {"content-disposition": f'attachment; filename="{name}-{days.of}-known-{days.known}.csv"'}
