"""Opening and closing the database, so that a process that fails in between still ends."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from asyncpg.exceptions import InterfaceError, PostgresError
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext, get_current_context
from tortoise.exceptions import BaseORMException

from portal.tables.config import orm_config
from portal.tables.engine import see_through

# Whatever a database that is not there, not ours or not well answers with, bare or as Tortoise wraps it.
DATABASE_ERRORS = (OSError, sqlite3.Error, PostgresError, InterfaceError, BaseORMException)


Last = Callable[[], Awaitable[None]]
_last: list[Last] = []


class Unusable(Exception):
    """The database cannot be worked with. The message says why, and never its URL, which may hold a password."""


async def connect(url: str) -> None:
    """Opens the database for every task of this process; creates no table, see `migrate`.

    The connection is opened now, not at the first query, so that a wrong URL is an error at the start.
    A process has one database at a time: raises ConfigurationError when one is open. Raises Unusable.
    """
    context = TortoiseContext()
    try:
        with context:
            await context.init(config=orm_config(url), _enable_global_fallback=True)
            with opening():
                await context.db().create_connection(with_db=True)
    except BaseException:
        await context.close_connections()
        raise


@contextmanager
def opening() -> Iterator[None]:
    """What goes wrong in it is raised as Unusable, in the database's own words."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise Unusable(f"cannot be opened: {error}") from error


def before_closing(work: Last) -> Last:
    """Has this awaited each time before the database is closed."""
    _last.append(work)
    return work


async def disconnect() -> None:
    """Closes the database; without it SQLite's thread keeps the process from ending."""
    if context := get_current_context():
        await see_through(context.close_connections(), after=None)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[None]:
    """The database for one command, or for an application's lifespan."""
    await connect(url)
    try:
        yield
        for work in _last:
            await work()
    finally:
        await disconnect()


def current() -> BaseDBAsyncClient:
    """The connection that queries use here: inside a transaction, the transaction's own."""
    handler = get_connections()
    (name,) = handler.db_config
    return handler.get(name)
