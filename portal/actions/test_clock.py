"""The clock of a test deployment is set ahead, and lets one day pass after the other until then.

It never goes back: what was told of a later day would lie to come. Before there is a lender it may be set to any day.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal import clock
from portal.actions.act import change_outside_feed
from portal.domain.refusal import Refusal
from portal.tables import models as tables

# The clock is a row of its own, and the only one.
_ONE = 1
MOST_DAYS = 3660
_FIRST, _LAST = date(1980, 1, 1), date(2200, 12, 31)
MORNING = time(9)


class NoTestClock(Refusal):
    says = "Only a test deployment has a clock to be set: its database is made with `migrate --test`."


class ClockGoesBack(Refusal):
    says = "It is {allowed} here, and this clock never goes back; {given} is before."


class ClockOnItsWay(Refusal):
    says = "The clock is on its way to {allowed}; ask again when it is there."


class ClockTooFar(Refusal):
    says = "The clock goes {most} days on at once at most, and from {first} to {last}; {given} is beyond."


def morning_of(day: date, timezone: str) -> datetime:
    """Nine o'clock there: at that time a day begins that the clock was set to."""
    return datetime.combine(day, MORNING, ZoneInfo(timezone)).astimezone(UTC)


@change_outside_feed
async def set_clock(day: date, timezone: str) -> None:
    """To the morning of `day`: at once as long as there is no lender, else the worker lets every day until then pass.

    The day that it is there already changes nothing. Raises NoTestClock, ClockGoesBack, ClockTooFar, ClockOnItsWay.
    """
    row = await _row()
    today = _at(row).astimezone(ZoneInfo(timezone)).date()
    begun = await tables.LenderRow.exists()
    if not _FIRST <= day <= _LAST or (begun and (day - today).days > MOST_DAYS):
        raise ClockTooFar("date", most=MOST_DAYS, first=_FIRST, last=_LAST, given=day)
    if not begun:
        await _set(row, morning_of(day, timezone))
        return
    if day < today:
        raise ClockGoesBack("date", allowed=today, given=day)
    if row.goal_at is not None:
        raise ClockOnItsWay("date", allowed=row.goal_at.astimezone(ZoneInfo(timezone)).date())
    if day > today:
        await _update(row, goal_at=morning_of(day, timezone))


@change_outside_feed
async def next_morning(timezone: str) -> bool:
    """Goes on to the next morning on the way, at most to where the clock is to go; False where it is there."""
    row = await _row()
    at = _at(row)
    if row.goal_at is None or row.goal_at <= at:
        if row.goal_at is not None:
            await _update(row, goal_at=None)
        return False
    tomorrow = at.astimezone(ZoneInfo(timezone)).date() + timedelta(days=1)
    await _set(row, min(morning_of(tomorrow, timezone), row.goal_at))
    return True


@change_outside_feed
async def mark_test_database(at: datetime) -> None:
    """A database in which nothing is yet; said again it changes nothing."""
    await tables.TestClockRow.get_or_create({"made_at": at}, id=_ONE)


async def _row() -> tables.TestClockRow:
    row = await tables.TestClockRow.all().select_for_update().first()
    if row is None:
        raise NoTestClock
    return row


def _at(row: tables.TestClockRow) -> datetime:
    return datetime.now(UTC) + timedelta(milliseconds=row.ahead_ms)


async def _set(row: tables.TestClockRow, at: datetime) -> None:
    await _update(row, ahead_ms=round((at - datetime.now(UTC)) / timedelta(milliseconds=1)))


async def _update(row: tables.TestClockRow, **columns: Any) -> None:
    await tables.TestClockRow.filter(id=row.id).update(**columns)
    if "ahead_ms" in columns:
        clock.keep_ahead(timedelta(milliseconds=columns["ahead_ms"]))
