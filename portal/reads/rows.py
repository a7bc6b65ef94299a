"""Rows as frozen values and back, so that columns are named once: by the fields of the value."""

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

_Row = TypeVar("_Row")


async def read_rows(kind: type[_Row], query: Any, **elsewhere: str) -> tuple[_Row, ...]:
    """Each field is the column of its name, or the one that is named for it; codes become members of their enums."""
    row_kind: Any = kind
    adapter = _adapter(row_kind)
    found = await query.values(*names_of(kind, *elsewhere), **elsewhere)
    return tuple(adapter.validate_python(row) for row in found)


def names_of(kind: Any, *besides: str) -> tuple[str, ...]:
    """The names of the fields of a value or of its kind, besides these."""
    return tuple(each.name for each in fields(kind) if each.name not in besides)


def columns_of(value: Any, *besides: str) -> dict[str, Any]:
    """The fields of a value by name, besides these: as they go into columns of the same names."""
    return {name: getattr(value, name) for name in names_of(value, *besides)}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
