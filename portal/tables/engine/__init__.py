"""Tortoise's two engines with transactions that let go of what they hold, however they end."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger(__name__)
_under_way: set[asyncio.Task[None]] = set()


def set_going(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Starts work that no cancellation of the caller reaches; it is kept alive until it is done."""
    task = asyncio.get_running_loop().create_task(work)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return task


async def see_through(work: Coroutine[Any, Any, None], *, after: BaseException | None) -> None:
    """Waits for work; a caller cancelled meanwhile leaves at once and the work still ends.

    What goes wrong in it is raised, or logged when it comes `after` a failure that matters more.
    """
    try:
        await asyncio.shield(set_going(work))
    except Exception:
        if after is None:
            raise
        _log.warning("A transaction could not be undone; its connection was given up", exc_info=True)
