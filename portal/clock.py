"""What time it is: by the wall, or by the clock of a test deployment, which is ahead of the wall or behind it.

How far is read from the database at the beginning of whatever asks for the time: a request, a command, a round of the
worker; until its end it stands. A deployment that is none of a test has no such row, and is never asked for it.
"""

from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_ahead: ContextVar[timedelta | None] = ContextVar("ahead of the wall's clock", default=None)


def now() -> datetime:
    return datetime.now(UTC) + (_ahead.get() or timedelta())


def by_wall(at: datetime) -> datetime:
    """What the wall's clock shows at that moment: other people's devices know no other."""
    return at - (_ahead.get() or timedelta())


def is_test() -> bool:
    """Whether this is a test deployment, as far as the database was asked: nothing leaves one."""
    return _ahead.get() is not None


def keep_ahead(ahead: timedelta) -> None:
    """From here on, and in whatever is begun here, it is a test deployment, and so much later than by the wall."""
    _ahead.set(ahead)
