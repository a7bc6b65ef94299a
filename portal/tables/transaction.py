"""The one way to write: inside `transaction()`, and under `retried` where others may write the same rows."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asyncpg.exceptions import PostgresError
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.transactions import in_transaction

from portal.tables.connection import current

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.02

# deadlock_detected, serialization_failure, lock_not_available (PostgreSQL, appendix A)
_WORTH_ANOTHER_TRY = frozenset({"40P01", "40001", "55P03"})
_DISK_FULL = frozenset({"53100"})
# The low byte of an extended result code is its primary one (sqlite.org/rescode.html).
_PRIMARY_CODE = 0xFF


@asynccontextmanager
async def transaction() -> AsyncIterator[TransactionalDBClient]:
    """Commits when the block ends, undoes it on any exception; within another one it is a savepoint.

    On SQLite it holds the process's only connection: no network call, hashing or rendering inside, and
    on neither database a task started inside. A caller cancelled during the commit may find it done.
    """
    async with in_transaction(current().connection_name) as client:
        yield client


def retried(unit: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Runs the whole unit again when it lost against another writer, up to ATTEMPTS times.

    The unit must open its own transaction and read what it decides on inside it. Within a transaction
    already open it runs once: only the outermost unit can start over. The last error is raised as it came.
    """

    @wraps(unit)
    async def persistent(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, ATTEMPTS):
            try:
                return await unit(*args, **kwargs)
            except Exception as error:
                if not lost_to_another_writer(error) or _inside_a_transaction():
                    raise
            await asyncio.sleep(random.uniform(0.5, 1.5) * FIRST_PAUSE_SECONDS * 2**attempt)
        return await unit(*args, **kwargs)

    return persistent


def lost_to_another_writer(error: BaseException) -> bool:
    """Deadlock, serialisation failure or lock timeout, bare from the driver or as Tortoise wraps it."""
    return _is(error, _WORTH_ANOTHER_TRY, sqlite3.SQLITE_BUSY)


def out_of_room(error: BaseException) -> bool:
    """The database's disk is full."""
    return _is(error, _DISK_FULL, sqlite3.SQLITE_FULL)


def _is(error: BaseException, states: frozenset[str], code: int) -> bool:
    if error.args and isinstance(error.args[0], Exception):
        error = error.args[0]
    if isinstance(error, PostgresError):
        return error.sqlstate in states
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE == code
    return False


def _inside_a_transaction() -> bool:
    return isinstance(current(), TransactionalDBClient)
