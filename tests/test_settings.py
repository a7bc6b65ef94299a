"""What time it is: by the lender's own clock, and in a demonstration always on the same day."""

from datetime import UTC, date, datetime

import pytest

from portal.settings import Settings

SHANGHAI = "Asia/Shanghai"


def settings(fixed: date | None) -> Settings:
    return Settings("sqlite://x", "s" * 32, business_date=fixed)


@pytest.mark.parametrize(
    ("at", "today"),
    [
        (datetime(2026, 6, 14, 15, 59, tzinfo=UTC), date(2026, 6, 14)),
        (datetime(2026, 6, 14, 16, 0, tzinfo=UTC), date(2026, 6, 15)),
    ],
)
def test_the_business_day_turns_at_the_lenders_midnight(at: datetime, today: date) -> None:
    found = settings(None).moment(at, SHANGHAI)
    assert (found.at, found.today) == (at, today)


@pytest.mark.parametrize("hour", range(24))
def test_on_a_fixed_day_every_hour_of_the_clock_is_on_that_day_where_the_lender_is(hour: int) -> None:
    """From four in the afternoon in London it is the next day in Shanghai already; the fixed day stays the day."""
    found = settings(date(2026, 6, 14)).moment(datetime(2026, 11, 25, hour, 30, tzinfo=UTC), SHANGHAI)
    assert found.today == date(2026, 6, 14)
    begin, end = datetime(2026, 6, 13, 16, tzinfo=UTC), datetime(2026, 6, 14, 16, tzinfo=UTC)
    assert begin <= found.at < end
