"""What the pages that matter most cost one side: statements, walks through a ledger, milliseconds of processor.

    python -m same_pages.counts FOLDER [WALK]       run by the command, in a checkout of that side

Statements are those that SQLite itself tells of, without the ones that begin and end transactions. Milliseconds are
the processor's of the whole process, the median of so many times, without a network or a server.
"""

import asyncio
import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from portal.tables.connection import connected

from . import changed
from .counted import PAGES
from .record import Recording, Series
from .still import Still
from .visitor import Visitor

TIMES = 25
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "--")


class Silent(Recording):
    """Keeps nothing."""

    def __init__(self, still: Still) -> None:
        super().__init__(Path("/dev/null"), still, ())

    def write(self, label: str, text: str) -> None:
        pass


async def opened(folder: Path, use: Callable[[Series, Visitor, str], Awaitable[Any]]) -> list[Any]:
    """What `use` finds of each page, with everybody signed in and the page asked for twice before."""
    still = Still()
    series, found = Series(folder, Silent(still), {}), []
    async with connected(series.settings.database):
        still.install()
        await series.sign_in()
        for _, who, path in PAGES:
            bo = series.visitor(f"{who} zh")
            for _ in range(2):
                await bo.get(series.named(path))
            assert bo.answer.status == 200, (path, bo.answer.status)
            found.append(await use(series, bo, series.named(path)))
    return found


def counted_walks(named: str) -> list[int]:
    """A list that grows with each walk; empty for good, and said so, where no walk is found by its names."""
    walks: list[int] = []
    for place in (named,) if named else changed.LEDGER_WALKS:
        module, _, qualified = place.partition(":")
        *owners, name = qualified.split(".")
        try:
            holder = import_module(module)
            for owner in owners:
                holder = getattr(holder, owner)
            walk = getattr(holder, name)
        except (ImportError, AttributeError):
            continue

        def counting(*args: Any, _walk: Callable[..., Any] = walk, **kwargs: Any) -> Any:
            walks.append(1)
            return _walk(*args, **kwargs)

        setattr(holder, name, counting)
        return walks
    print(f"no ledger walk in {changed.LEDGER_WALKS}: name it by --walk", file=sys.stderr)
    return walks


async def numbers(folder: Path, walk: str) -> list[tuple[int, int]]:
    said: list[str] = []
    connect = sqlite3.connect

    def traced(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(said.append)
        return connection

    async def count(_: Series, bo: Visitor, path: str) -> tuple[int, int]:
        said.clear()
        walks.clear()
        await bo.get(path)
        return len([each for each in said if not each.lstrip().upper().startswith(NOT_COUNTED)]), len(walks)

    walks = counted_walks(walk)
    sqlite3.connect = traced  # type: ignore[assignment]
    return await opened(folder, count)


async def milliseconds(folder: Path) -> list[float]:
    async def timed(_: Series, bo: Visitor, path: str) -> float:
        taken = []
        for _ in range(TIMES):
            begun = time.process_time()
            await bo.get(path)
            taken.append(1000 * (time.process_time() - begun))
        return statistics.median(taken)

    return await opened(folder, timed)


if __name__ == "__main__":
    place, what, walk = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    run = numbers(place, walk) if what == "numbers" else milliseconds(place)
    print(json.dumps(asyncio.run(run)))
