"""Queries that are kept: their text is written once, the same for both databases, and nothing builds it again.

A value is named `:so` and a list of values is asked for by `IN :these`; rows are tuples in the order of the columns.
"""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import count
from typing import Any

from tortoise.backends.sqlite.client import SqliteClient

from portal.tables.connection import current

_NAME = re.compile(r"(?<=[\s(]):([a-z_]+)")

_BYTES = ' COLLATE "C"'
"""What SQLite does without being asked: it compares texts byte by byte."""

_INDEX = re.compile(r" INDEXED BY \w+")
"""What PostgreSQL knows by itself: SQLite may be told which index is in the order of a list."""

_Sizes = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Query:
    text: str

    async def read(self, **values: Any) -> Sequence[Any]:
        """All rows, of SQLite's file or by one question to PostgreSQL; a tuple is a list of values.

        As SQLite has no days and no times, `stored_date` and `stored_time` make them of what a row has there.
        """
        client = current()
        on_file = isinstance(client, SqliteClient)
        sizes = tuple((name, len(each) if isinstance(each, tuple) else None) for name, each in values.items())
        query = numbered(self.text, "?" if on_file else "$", sizes)
        given = [one for each in values.values() for one in (each if isinstance(each, tuple) else (each,))]
        client.log.debug("%s: %s", query, given)
        if reader := getattr(client, "reader", None):
            with suppress(sqlite3.OperationalError):  # the file is locked as a whole, so wait for it elsewhere
                return _fetch(reader, query, given)
        async with client.acquire_connection() as connection:
            if on_file:
                return await connection._execute(_fetch, connection._conn, query, given)  # type: ignore[no-any-return]
            return await connection.fetch(query, *given)  # type: ignore[no-any-return]


@lru_cache(1024)
def numbered(text: str, sign: str, sizes: _Sizes) -> str:
    """The text as a database takes it: `?1` or `$1` for each value, and as many of them as a list has."""
    numbers = count(1)
    places = {
        name: f"{sign}{next(numbers)}"
        if size is None
        else f"({', '.join(f'{sign}{next(numbers)}' for _ in range(size)) or 'NULL'})"
        for name, size in sizes
    }
    return _NAME.sub(lambda found: places[found[1]], text.replace(_BYTES, "") if sign == "?" else _INDEX.sub("", text))


@lru_cache(4096)
def stored_date(stored: str | date | None) -> Any:
    """A date as either database gives it; nothing stays nothing."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def stored_time(stored: str | datetime | None) -> Any:
    """A time as either database gives it, in UTC; nothing stays nothing."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


def _fetch(connection: sqlite3.Connection, query: str, given: list[Any]) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(query, given).fetchall()
