"""Writes that a page leaves behind: done a moment later by a task of this process, so that none can fail or hold it.

What is known to be lost when the process is killed belongs here alone: that somebody is there, that they looked.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from contextvars import Context
from typing import Any

from portal.tables.connection import before_closing
from portal.tables.transaction import lost_to_another_writer, transaction

Write = Callable[[], Coroutine[Any, Any, object]]

# How long the database is waited for: by the task, which tries again, and once more before the process ends.
PATIENCE_MS, LAST_PATIENCE_MS = 0, 1000
TRY_AGAIN_SECONDS = 0.5
_MOST_WAITING = 10_000

_log = logging.getLogger(__name__)
_waiting: dict[Hashable, Write] = {}
_writer: asyncio.Task[None] | None = None


def write_later(key: Hashable, write: Write) -> None:
    """Has `write` awaited in a transaction of its own, as soon as the database takes it; answers at once.

    It takes the place of what still waits under the same key. It knows all that it writes, times too, and reads again
    what it depends on: by then another may have written. Where others hold the database for long, the oldest of more
    than MOST_WAITING are given up; so is what goes wrong for another reason. Both are logged.
    """
    global _writer
    _waiting[key] = write
    if len(_waiting) > _MOST_WAITING:
        _waiting.pop(next(iter(_waiting)))
        _log.error("More than %d writes wait for the database; the oldest was given up", _MOST_WAITING)
    if _writer is None or _writer.done():
        _writer = asyncio.get_running_loop().create_task(_write_all(), context=Context())


def waiting_write(key: Hashable) -> Write | None:
    """What was left to be written under this key and is not written yet."""
    return _waiting.get(key)


@before_closing
async def settle_writes() -> None:
    """Writes what waits, or gives it up: the process ends, or a test wants to see it."""
    if _writer is not None and not _writer.done():
        _writer.cancel()
        await asyncio.wait([_writer])
    if not await _write_waiting(LAST_PATIENCE_MS):
        _log.error("The database was held by others; %d writes that pages left were given up", len(_waiting))
        _waiting.clear()


async def _write_all() -> None:
    while not await _write_waiting(PATIENCE_MS):
        await asyncio.sleep(TRY_AGAIN_SECONDS)


async def _write_waiting(patience_ms: int) -> bool:
    """Whether all of it is done; it ends at the first that another writer is in the way of."""
    while _waiting:
        key, write = next(iter(_waiting.items()))
        try:
            async with transaction(patience_ms):
                await write()
        except Exception as error:
            if lost_to_another_writer(error):
                return False
            _log.exception("What a page left to be written was given up")
        if _waiting.get(key) is write:
            del _waiting[key]
    return True
