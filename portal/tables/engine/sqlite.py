"""SQLite, one connection per process: a transaction takes the write lock at once, times are stored in UTC.

The file is its owner's alone, and so is what SQLite lays beside it, which takes the file's mode.
"""

import asyncio
import datetime
import logging
import os
import random
import sqlite3
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

from portal.tables.engine import see_through, set_going
from portal.tables.engine.checkpoint import Checkpoints

WORKER_ENDS_WITHIN_SECONDS = 1
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.001, 0.05
PRIVATE = 0o600

# The low byte of an extended result code is its primary one (sqlite.org/rescode.html).
_PRIMARY_CODE = 0xFF
_WRITES = ("INSERT", "UPDATE", "DELETE")

_log = logging.getLogger(__name__)


def _in_utc(moment: datetime.datetime) -> str:
    """SQLite compares times as text, so every one is written in the same zone and to the same length."""
    if moment.tzinfo is None:
        raise ValueError(f"A time without its zone cannot be stored: {moment}")
    return moment.astimezone(datetime.UTC).isoformat(" ", "microseconds")


sqlite3.register_adapter(datetime.datetime, _in_utc)


class SqliteDatabase(SqliteClient):
    """`reader` reads what is committed, in the event loop's own thread: what is found by an index takes less time than
    another thread to wake up, and waits for no transaction of this process. There is none for a database in memory.
    """

    reader: sqlite3.Connection | None = None
    checkpoints: Checkpoints | None = None

    async def create_connection(self, with_db: bool) -> None:
        """Opens the file with every PRAGMA in force, or not at all."""
        close_to_others(Path(self.filename))
        sqlite3.connect(self.filename).close()  # where it cannot be opened, this says so before a worker has started
        try:
            await super().create_connection(with_db)
        except BaseException:
            half_open, self._connection = self._connection, None
            if half_open:
                half_open.stop()
                _see_off(half_open._thread)
            raise
        if self.filename != ":memory:":
            self.reader = sqlite3.connect(self.filename, timeout=0, isolation_level=None)
            self.reader.execute("PRAGMA query_only=ON")
            self.checkpoints = Checkpoints(self.filename)

    async def close(self) -> None:
        if self.checkpoints:
            await self.checkpoints.settle()
        if self.reader:
            self.reader.close()
            self.reader = None
        await super().close()

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_Open(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        async with self._in_transaction() as one:
            await one.execute_many(query, values)

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        async with self._in_transaction() as one:
            return await one.execute_insert(query, values)  # type: ignore[no-any-return]

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[str, Any]]]:
        """What writes waits for other processes as a transaction does, and not in the connection's own thread."""
        if not query.startswith(_WRITES):
            return await super().execute_query(query, values)  # type: ignore[no-any-return]
        async with self._in_transaction() as one:
            return await one.execute_query(query, values)


def close_to_others(file: Path) -> None:
    """Makes the file where there is none; one that others could read is closed to them, and that is said."""
    if file.name == ":memory:":
        return
    with suppress(OSError):  # SQLite says better what is wrong with a place where no file can be
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))
    for each in (file, *(file.with_name(file.name + tail) for tail in ("-wal", "-shm", "-journal"))):
        with suppress(FileNotFoundError):
            mode = stat.S_IMODE(each.stat().st_mode)
            if each.is_file() and mode & ~PRIVATE & 0o777:
                _close_one(each, mode)


def _close_one(file: Path, mode: int) -> None:
    try:
        file.chmod(PRIVATE)
    except PermissionError:
        _log.warning("PORTAL_DATABASE: %s has mode %04o and another owner; close it to others", file, mode)
    else:
        _log.warning("PORTAL_DATABASE: %s had mode %04o and is its owner's alone now (0600)", file, mode)


def _see_off(worker: Thread) -> None:
    """A worker that outlives the event loop dies of telling it that it has ended; ending takes it no time."""
    if worker.is_alive():
        worker.join(WORKER_ENDS_WITHIN_SECONDS)


def is_busy(error: BaseException) -> bool:
    """Whether another connection was writing."""
    return _code(error) == sqlite3.SQLITE_BUSY


def is_full(error: BaseException) -> bool:
    """Whether there is no room for what was to be written."""
    return _code(error) == sqlite3.SQLITE_FULL


def _code(error: BaseException) -> int | None:
    return error.sqlite_errorcode & _PRIMARY_CODE if isinstance(error, sqlite3.OperationalError) else None


def _begin(connection: sqlite3.Connection, patience_ms: int) -> None:
    connection.execute("PRAGMA busy_timeout=0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience_ms}")


class _Open(SqliteTransactionWrapper):
    _parent: SqliteDatabase
    _changes_before = 0

    @property
    def reader(self) -> sqlite3.Connection | None:
        """The database's, until this transaction has written: nobody else can meanwhile, so what is committed is all
        that there is to read.
        """
        written = self._connection.total_changes > self._changes_before
        return None if written else self._parent.reader

    async def begin(self) -> None:
        """IMMEDIATE, for a deferred transaction that has read may find it cannot write any more.

        Raises TransactionManagementError around SQLITE_BUSY when others are writing: at once, for whoever waits in the
        connection's thread keeps every reader of this process waiting too.
        """
        try:
            await self._connection._execute(_begin, self._connection._conn, self.usual_patience_ms)  # type: ignore[no-untyped-call]
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error
        self._changes_before = self._connection.total_changes

    @property
    def usual_patience_ms(self) -> int:
        return int(self._parent.pragmas["busy_timeout"])

    async def undo(self) -> None:
        with suppress(ValueError):  # aiosqlite says so of a closed connection, which holds nothing
            await self._connection.rollback()

    async def commit(self) -> None:
        try:
            await super().commit()
        except BaseException:
            await self.undo()
            raise
        if checkpoints := self._parent.checkpoints:
            checkpoints.look()


class _Transaction(SqliteTransactionContext):
    connection: _Open
    patience_ms: int | None = None

    async def __aenter__(self) -> TransactionalDBClient:
        """While another process writes it tries again and again, and those who read have the connection meanwhile."""
        patience_ms = self.connection.usual_patience_ms if self.patience_ms is None else self.patience_ms
        clock, pause = asyncio.get_running_loop().time, FIRST_PAUSE_SECONDS
        ends = clock() + patience_ms / 1000
        while (error := await self._busy()) is not None:
            if clock() >= ends:
                raise error
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def _busy(self) -> TransactionManagementError | None:
        """None once it has begun, or what says that another process is writing."""
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException as error:
            set_going(self._let_go())
            if isinstance(error, TransactionManagementError) and is_busy(error.args[0]):
                return error
            raise
        return None

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        get_connections().reset(self.token)
        await see_through(self._finish(kept=exc_val is None), after=exc_val)

    async def _finish(self, *, kept: bool) -> None:
        try:
            if kept and not self.connection._finalized:
                await self.connection.commit()
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        try:
            if self.connection._connection:
                await self.connection.undo()
        finally:
            self._trxlock.release()


client_class = SqliteDatabase
