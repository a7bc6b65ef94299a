"""The clock of a test deployment: read at the beginning of whatever asks for the time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal import clock
from portal.tables import models as tables
from portal.tables.connection import Unusable

BEFORE_ANY_LENDER = "Asia/Shanghai"
NOT_A_TEST = "is no test database; `migrate --test` makes one, of a new database alone"
A_TEST = "is a test database, made with `migrate --test`: `serve --test` serves it, and nothing leaves it"


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """`at` is the time that it is by this clock, `timezone` the first lender's; `goal_at` until when days pass.

    Until it has `begun`, which is with the first lender, no day has passed, and it may be set to any.
    """

    at: datetime
    goal_at: datetime | None
    timezone: str
    begun: bool

    @property
    def today(self) -> date:
        return self.at.astimezone(ZoneInfo(self.timezone)).date()


async def read_test_clock() -> ClockFacts | None:
    """From here on that is the time; None where this is no test database."""
    rows = await tables.TestClockRow.all().limit(1).values("ahead_ms", "goal_at")
    if not rows:
        return None
    clock.keep_ahead(timedelta(milliseconds=rows[0]["ahead_ms"]))
    lenders = await tables.LenderRow.all().order_by("id").limit(1).values("timezone")
    timezone = lenders[0]["timezone"] if lenders else BEFORE_ANY_LENDER
    return ClockFacts(clock.now(), rows[0]["goal_at"], timezone, bool(lenders))


async def look_at_clock() -> None:
    """Once more; a process that works for no test deployment has nothing to look at."""
    if clock.is_test():
        await read_test_clock()


async def require_kind(test: bool) -> None:
    """Raises Unusable where a test database would be taken for a real one, or the other way round."""
    if (await read_test_clock() is not None) is not test:
        raise Unusable(NOT_A_TEST if test else A_TEST)
