"""Work that one process does at a time, of all who share a database: a file lock beside SQLite's file, an advisory lock
in PostgreSQL. Whoever dies lets go of it, and no clock has a part in it.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient

_LOOK_AGAIN_SECONDS = 0.05
MIGRATING, CLOCKS, NEXT = "migrating", "clocks", "next"
"""`NEXT` is held by who waits for the clocks: whoever has them for as long as it runs lets go of them then."""
# Numbers that nothing else locks in this database: from "portal" in ASCII on.
_NUMBERS = {work: int.from_bytes(b"portal") + number for number, work in enumerate((MIGRATING, CLOCKS, NEXT))}
# A machine that vanished without a word is missed by the server within two minutes and not after two hours.
_ASK_THE_LINE = "SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 5"

_StillAlone = Callable[[], bool]


def alone(database: BaseDBAsyncClient, work: str) -> AbstractAsyncContextManager[_StillAlone | None]:
    """Waits until no other process does this work."""
    return _held(database, work, waits=True)


def alone_if_free(database: BaseDBAsyncClient, work: str) -> AbstractAsyncContextManager[_StillAlone | None]:
    """Yields None where another process does this work, else what tells whether it is still ours alone.

    On PostgreSQL it is a session's: the server may end that, and then another process takes the work up.
    """
    return _held(database, work, waits=False)


async def is_wanted(database: BaseDBAsyncClient) -> bool:
    """Whether somebody waits for the clocks; of those who only look none takes another for one who waits."""
    async with _held(database, NEXT, waits=False, shared=True) as held:
        return held is None


def _held(
    database: BaseDBAsyncClient, work: str, *, waits: bool, shared: bool = False
) -> AbstractAsyncContextManager[_StillAlone | None]:
    if isinstance(database, SqliteClient):
        return _file_lock(f"{database.filename}.{work}", waits=waits, shared=shared)
    return _advisory_lock(database, _NUMBERS[work], waits=waits, shared=shared)


@asynccontextmanager
async def _file_lock(path: str, *, waits: bool, shared: bool) -> AsyncIterator[_StillAlone | None]:
    """A file beside the database, for closing another handle on the database drops SQLite's own locks."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        while not (ours := _locked(handle, shared)) and waits:
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        yield (lambda: True) if ours else None
    finally:
        os.close(handle)


def _locked(handle: int, shared: bool) -> bool:
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def _advisory_lock(
    database: BaseDBAsyncClient, number: int, *, waits: bool, shared: bool
) -> AsyncIterator[_StillAlone | None]:
    """Held by a session of its own; the pool unlocks everything when it takes the connection back."""
    async with database.acquire_connection() as session:
        await session.execute(_ASK_THE_LINE)
        if waits:
            await session.execute("SELECT pg_advisory_lock($1)", number)
        asked = "SELECT pg_try_advisory_lock_shared($1)" if shared else "SELECT pg_try_advisory_lock($1)"
        ours = waits or await session.fetchval(asked, number)
        yield (lambda: not session.is_closed()) if ours else None
