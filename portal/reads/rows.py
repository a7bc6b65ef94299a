"""Rows as frozen values and back, so that columns are named once: by the fields of the value."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

_Row = TypeVar("_Row")
_Place = TypeVar("_Place")


async def read_rows(kind: type[_Row], query: Any, /, **elsewhere: str) -> tuple[_Row, ...]:
    """Each field is the column of its name, or the one that is named for it; codes become members of their enums."""
    row_kind: Any = kind
    adapter = _adapter(row_kind)
    found = await query.values(*names_of(kind, *elsewhere), **elsewhere)
    return tuple(adapter.validate_python(row) for row in found)


def values_of(kind: type[_Row], rows: Sequence[Sequence[Any]]) -> tuple[_Row, ...]:
    """The same of a kept query that asks for the fields in their order."""
    row_kind: Any = kind
    adapter, names = _adapter(row_kind), names_of(kind)
    return tuple(adapter.validate_python(dict(zip(names, row, strict=True))) for row in rows)


async def batches(
    rows: Any, most: int, *columns: str, by: str = "id", after: Any = 0, **elsewhere: str
) -> AsyncIterator[list[dict[str, Any]]]:
    """These columns of all rows, in the order of one that is unique among them; `most` are in memory at a time."""
    while batch := await rows.filter(**{f"{by}__gt": after}).order_by(by).limit(most).values(*columns, **elsewhere):
        after = batch[-1][by]
        yield batch
        if len(batch) < most:
            return


async def each_row(
    rows: Any, most: int, *columns: str, by: str = "id", after: Any = 0
) -> AsyncIterator[dict[str, Any]]:
    """The same, one by one."""
    async for batch in batches(rows, most, *columns, by=by, after=after):
        for row in batch:
            yield row


async def each_by_pages(
    page: Callable[[_Place], Awaitable[Sequence[_Row]]], after: _Place, most: int, place: Callable[[_Row], _Place]
) -> AsyncIterator[_Row]:
    """All of what is read a page at a time, each by the place that the one before ended with.

    A page has `most` and one more where there are more.
    """
    while found := await page(after):
        for row in found[:most]:
            yield row
        if len(found) <= most:
            return
        after = place(found[most - 1])


def names_of(kind: Any, *besides: str) -> tuple[str, ...]:
    """The names of the fields of a value or of its kind, besides these."""
    return tuple(each.name for each in fields(kind) if each.name not in besides)


def columns_of(value: Any, *besides: str) -> dict[str, Any]:
    """The fields of a value by name, besides these: as they go into columns of the same names."""
    return {name: getattr(value, name) for name in names_of(value, *besides)}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
