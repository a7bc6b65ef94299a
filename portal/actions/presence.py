"""Whether somebody is still there: a session that nobody used for long is asked again who it is."""

from dataclasses import dataclass
from datetime import datetime

from portal.actions.act import change_outside_feed
from portal.tables import models as tables
from portal.tables.write_behind import waiting_write, write_later


@dataclass(frozen=True, slots=True)
class _Seen:
    """Holds only while the row says what was read of it: a session that was locked since stays locked."""

    session_id: int
    read: datetime
    at: datetime

    async def __call__(self) -> None:
        await _write(self)


@change_outside_feed
async def _write(seen: _Seen) -> None:
    await tables.SessionRow.filter(id=seen.session_id, seen_at=seen.read).update(seen_at=seen.at)


def see_session(session_id: int, read: datetime, at: datetime) -> None:
    """Whoever holds this session is there: written down a moment later. `read` is what its row said of that."""
    write_later(("session", session_id), _Seen(session_id, read, at))


def last_seen(session_id: int, read: datetime) -> datetime:
    """When the session was last seen: what this process has still to write counts already."""
    seen = waiting_write(("session", session_id))
    return seen.at if isinstance(seen, _Seen) and seen.read == read else read


@change_outside_feed
async def lock_session(session_id: int, at: datetime) -> None:
    """As if nobody had been there since that time."""
    await tables.SessionRow.filter(id=session_id).update(seen_at=at)
