"""SQLite's checkpoint beside the acts: what was committed is moved into the file while others go on writing.

Left to SQLite it is done within the commit that makes the log long, and whoever acts just then waits for the disk.
"""

import asyncio
import logging
import os
import sqlite3
from contextlib import closing, suppress

from portal.tables.engine import set_going

BEGINS_AT_BYTES = 4 * 1024 * 1024
"""As long as the log is where SQLite would begin by itself: a thousand pages."""
BY_ITSELF_AT_PAGES = 10_000
"""From here on SQLite does it within a commit after all: where writing is quicker than the thread beside it."""

_log = logging.getLogger(__name__)


class Checkpoints:
    """Of one file: at most one is under way in this process, and of several processes one at a time does it."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._under_way: asyncio.Task[None] | None = None

    def look(self) -> None:
        """After a commit."""
        if self._under_way is None or self._under_way.done():
            with suppress(FileNotFoundError):
                if os.stat(f"{self._filename}-wal").st_size >= BEGINS_AT_BYTES:
                    self._under_way = set_going(asyncio.to_thread(_move_into_file, self._filename))

    async def settle(self) -> None:
        if self._under_way is not None:
            await asyncio.wait([self._under_way])


def _move_into_file(filename: str) -> None:
    """PASSIVE waits for nobody and keeps nobody waiting."""
    try:
        with closing(sqlite3.connect(filename, timeout=0)) as beside:
            beside.execute("PRAGMA synchronous=NORMAL")
            beside.execute("PRAGMA wal_checkpoint(PASSIVE)")
    except sqlite3.Error as error:
        _log.warning("The database's log was not moved into its file (%s); the next commit tries it again", error)
