"""Lists as a sheet (CSV): in UTF-8 with its mark, as spreadsheets want it, and no cell that is a formula."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Iterable

from starlette.responses import Response, StreamingResponse

from portal.domain.csv_cell import csv_text

_TYPE = "text/csv"
SheetLine = Iterable[object]


def sheet(name: str, head: SheetLine, rows: Iterable[SheetLine]) -> Response:
    return Response(BOM_UTF8 + _lines([head, *rows]), media_type=_TYPE, headers=_headers(name))


def streamed_sheet(name: str, head: SheetLine, rows: AsyncIterator[SheetLine]) -> Response:
    """One of which no more is in memory than the row that is sent."""
    return StreamingResponse(_streamed(head, rows), media_type=_TYPE, headers=_headers(name))


async def _streamed(head: SheetLine, rows: AsyncIterator[SheetLine]) -> AsyncIterator[bytes]:
    yield BOM_UTF8 + _lines([head])
    async for row in rows:
        yield _lines([row])


def _lines(rows: Iterable[SheetLine]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([csv_text(str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode()


def _headers(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}.csv"'}
