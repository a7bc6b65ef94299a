"""When what waits is due, also by a clock that was set back since it was written."""

from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q

# Nothing waits longer than the longest pause, and no claim lasts longer than a lease: a time further ahead than that
# was written by a clock that was ahead. So much the clocks of several machines may differ.
CLOCKS_APART = timedelta(minutes=5)


def is_due(column: str, at: datetime, longest: timedelta) -> Q:
    """Its time has come, or is so far ahead that the clock was set back since."""
    come: dict[str, Any] = {f"{column}__lte": at}
    return Q(**come) | is_too_far(column, at, longest)


def is_too_far(column: str, at: datetime, longest: timedelta) -> Q:
    too_far: dict[str, Any] = {f"{column}__gt": at + longest + CLOCKS_APART}
    return Q(**too_far)


def is_free(column: str, at: datetime, lease: timedelta) -> Q:
    """No sender has claimed it, or the claim has run out."""
    nobody: dict[str, Any] = {f"{column}__isnull": True}
    return Q(**nobody) | is_due(column, at, lease)
