"""The one way to write: inside `transaction()`, and under `retried` where others may write the same rows."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asyncpg.exceptions import PostgresError
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.transactions import in_transaction

from portal.tables.connection import current
from portal.tables.engine.sqlite import is_busy, is_full

_P = ParamSpec("_P")
_Result = TypeVar("_Result")

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.02

# deadlock_detected, serialization_failure, lock_not_available (PostgreSQL, appendix A)
_WORTH_ANOTHER_TRY = frozenset({"40P01", "40001", "55P03"})
_DISK_FULL = "53100"


@asynccontextmanager
async def transaction(patience_ms: int | None = None) -> AsyncIterator[TransactionalDBClient]:
    """Commits when the block ends, undoes it on any exception; within another one it is a savepoint.

    `patience_ms` is how long it waits for other writers: on SQLite before it begins, on PostgreSQL at each lock. Left
    out it is the database's, PATIENCE_MS.
    On SQLite it holds the process's only connection: no network call, hashing or rendering inside, and
    on neither database a task started inside. A caller cancelled during the commit may find it done.
    """
    context = in_transaction(current().connection_name)
    if patience_ms is not None:
        context.patience_ms = patience_ms  # type: ignore[attr-defined]
    async with context as client:
        yield client


def retried(unit: Callable[_P, Coroutine[Any, Any, _Result]]) -> Callable[_P, Coroutine[Any, Any, _Result]]:
    """Runs the whole unit again when it lost against another writer, up to ATTEMPTS times.

    The unit must open its own transaction and read what it decides on inside it. Within a transaction
    already open it runs once: only the outermost unit can start over. The last error is raised as it came.
    """

    @wraps(unit)
    async def persistent(*args: _P.args, **kwargs: _P.kwargs) -> _Result:
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
    error = _bare(error)
    return error.sqlstate in _WORTH_ANOTHER_TRY if isinstance(error, PostgresError) else is_busy(error)


def out_of_room(error: BaseException) -> bool:
    """The database's disk is full."""
    error = _bare(error)
    return error.sqlstate == _DISK_FULL if isinstance(error, PostgresError) else is_full(error)


def _bare(error: BaseException) -> BaseException:
    return error.args[0] if error.args and isinstance(error.args[0], Exception) else error


def _inside_a_transaction() -> bool:
    return isinstance(current(), TransactionalDBClient)
