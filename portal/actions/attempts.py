"""How the worker runs many small acts: each is a transaction of its own, and one that fails costs no other."""

from collections.abc import Awaitable, Callable

WorkUnit = Callable[[], Awaitable[int]]
Attempt = Callable[[str, WorkUnit], Awaitable[int]]
"""Runs an act, named for the log, and answers what it answered; what goes wrong in it is taken care of, or raised."""


async def at_once(what: str, act: WorkUnit) -> int:
    """Nobody is there to try again later: whatever goes wrong is raised."""
    return await act()
