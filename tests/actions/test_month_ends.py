"""Month ends as the worker works them out: once each is over, and again where something of it is told late."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from unittest.mock import patch

import pytest

from portal.actions.month_ends import count_month_ends, count_month_ends_again
from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import LoanRecord, PaymentRecord
from portal.domain.event import BusinessTime
from portal.domain.ledger.month_end import Bucket
from portal.reads.month_ends import MonthEndCell, month_end_cases, month_end_totals, month_ends_digest
from portal.tables import models as tables
from tests.actions.story import FACTS, VAULT, Story, begin
from tests.domain.people import XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

JUNE, JULY, AUGUST = date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)


def noon(month: int, day: int) -> BusinessTime:
    return BusinessTime(datetime(2026, month, day, 4, tzinfo=UTC), date(2026, month, day))


async def paid(story: Story, told: BusinessTime, name: str, on: date, amount: int) -> None:
    record = PaymentRecord(1, "JQ-2026-0001", Payment(name, on, amount))
    await record_payments(told, story.lender, [record], VAULT)


async def known(story: Story, of: date, by: date) -> list[tuple[str, str, int, int]]:
    """By where loans were and are: principal and what is overdue, of one loan each; and each cell opens its loan."""
    found = await month_end_totals(story.lender.id, of, of, by)
    for each in found:
        (case,) = await month_end_cases(story.lender.id, MonthEndCell(of, by, each.bucket, each.was), 0)
        assert (each.loans, each.principal_minor, each.overdue_minor) == (1, case.principal_minor, case.overdue_minor)
        assert case in await month_end_cases(story.lender.id, MonthEndCell(of, by, each.bucket), 0)
    cells = [await month_end_cases(story.lender.id, MonthEndCell(of, by, bucket), 0) for bucket in Bucket]
    assert sum(map(len, cells)) == len(found), "what was known before is in no cell"
    return [(each.was, each.bucket, each.principal_minor, each.overdue_minor) for each in found]


async def summer() -> Story:
    """小明 is told of on 14 June; on 3 July that he paid 2,500.00 on 29 June; on 10 July of another loan like his; on
    10 August that he paid it all on 20 July.
    """
    story = await begin()
    await count_month_ends(story.lender, noon(7, 2))
    await paid(story, noon(7, 3), "P-9", date(2026, 6, 29), 250000)
    second = replace(XIAOMING, loan_no="JQ-2026-0002", statement=None)
    row = LoanRecord(1, second, replace(FACTS, external_id="B-2", phone="+8613800000002"))
    await import_portfolio(noon(7, 10), story.lender, [row], [], VAULT)
    await count_month_ends(story.lender, noon(8, 5))
    await paid(story, noon(8, 10), "P-10", date(2026, 7, 20), 1200000)
    await count_month_ends(story.lender, noon(9, 2))
    return story


@pytest.fixture
def in_small_steps() -> Iterator[None]:
    with (
        patch("portal.actions.month_ends._LOANS", 1),
        patch("portal.actions.month_ends._FORGET_AT_ONCE", 1),
        patch("portal.reads.month_ends.EVENTS_LOOKED_AT", 1),
    ):
        yield


async def test_a_summer_of_two_loans_as_was_known_on_each_day() -> None:
    """At the end of June no. 3 is 107 days late: principal 10,145.88, overdue 3,413.12 of 14 June with no. 6 of the
    15th: principal 3,878.05, interest 522.59, penalty 947.97 x 107 + 962.19 x 76 + 976.62 x 46 + 991.27 x 15 days at
    23.4 % / 360: 65.93 + 47.53 + 29.20 + 9.66 = 152.32, in all 4,552.96.

    2,500.00 of 29 June pay no. 3 and 4 whole (1,100.16 each, with 65.32 and 46.91 of penalty), 28.57 and 123.54 of
    no. 5, and 35.34 of its principal: 941.28 is left with 0.61 for a day, 1,100.16 of no. 6 with 9.66.
    """
    story = await summer()
    first = [("", "days_90", 1014588, 455296)]
    assert await known(story, JUNE, JUNE) == await known(story, JUNE, date(2026, 7, 2)) == first
    late = [("", "days_30_59", 820038, 94128 + 61 + 110016 + 966)]
    assert await known(story, JUNE, date(2026, 7, 3)) == await known(story, JUNE, AUGUST) == late
    (new, rolled) = sorted(await known(story, JULY, date(2026, 8, 9)))
    assert (new[:3], rolled[:3]) == (("", "days_90", 1014588), ("days_30_59", "days_60_89", 820038))
    assert sorted(await known(story, JULY, date(2026, 8, 10))) == [new, ("days_30_59", "closed", 0, 0)]
    (kept,) = await known(story, AUGUST, AUGUST)
    assert kept[:3] == ("days_90", "days_90", 1014588), "what was closed in July is not told again in August"
    assert await known(story, JULY, date(2026, 7, 30)) == []


@pytest.mark.usefixtures("in_small_steps")
async def test_made_again_in_small_steps_it_is_the_same_to_the_byte() -> None:
    story = await summer()
    whole = await month_ends_digest(story.lender.id)
    assert await tables.MonthEndRow.all().count() == 6
    await tables.MonthEndRow.filter(bucket="closed").update(bucket="current")
    assert await month_ends_digest(story.lender.id) != whole
    with patch("portal.actions.month_ends._LOANS", 200):
        await count_month_ends_again(story.lender, noon(9, 2))
    assert await month_ends_digest(story.lender.id) == whole


async def test_a_month_is_worked_out_an_hour_after_it_and_by_one_worker_alone() -> None:
    """In Shanghai it is 1 July at 00:59 and at 01:00."""
    story = await begin()
    early = BusinessTime(datetime(2026, 6, 30, 16, 59, tzinfo=UTC), date(2026, 7, 1))
    await count_month_ends(story.lender, early)
    assert not await tables.MonthEndRow.exists()
    in_time = replace(early, at=datetime(2026, 6, 30, 17, tzinfo=UTC))
    fixed = replace(in_time, today=date(2026, 6, 30))
    await count_month_ends(story.lender, fixed)
    assert not await tables.MonthEndRow.exists()
    await asyncio.gather(count_month_ends(story.lender, in_time), count_month_ends(story.lender, in_time))
    assert [each[:2] for each in await known(story, JUNE, JUNE)] == [("", "days_90")]
