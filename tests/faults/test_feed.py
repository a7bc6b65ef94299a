"""However many write at once, a lender's feed counts 1, 2, 3: a reader who has seen 7 will never find another 6."""

import asyncio
import sys
from dataclasses import replace
from datetime import date

import pytest

from portal.actions.lenders import NewLender, add_lender
from portal.actions.payments import PaymentInFuture, record_payments
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.reads.cases import lender_by_slug
from portal.reads.log import broken_links, feed
from portal.tables import models as tables
from portal.tables.connection import connected
from tests.actions.story import NOW, ON, VAULT, begin

pytestmark = pytest.mark.anyio

TELLERS, EACH = 8, 6
PAID = PaymentRecord(1, "JQ-2026-0001", Payment("P-3", ON, 100))


async def test_eight_tellers_in_eight_processes_leave_no_gap_and_lose_nothing(each_database_url: str) -> None:
    async with connected(each_database_url):
        before = len([event async for event in feed((await begin()).lender.id)])
    names = [f"T{number}" for number in range(TELLERS)]
    tellers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.teller", each_database_url, name, str(EACH)
        )
        for name in names
    ]
    assert [await teller.wait() for teller in tellers] == [0] * TELLERS
    async with connected(each_database_url):
        jq = await lender_by_slug("jq")
        # Each payment moves the figure of the statement's day, and that is told.
        assert [event.feed async for event in feed(jq.id)] == list(range(1, before + 2 * TELLERS * EACH + 1))
        assert [link async for link in broken_links() if link.what] == []
        assert await tables.PaymentRow.filter(external_id__startswith="T").count() == TELLERS * EACH


async def test_a_reader_beside_the_writers_never_sees_a_position_come_late(each_database: str) -> None:
    story = await begin()
    seen: list[int] = []

    async def read_on() -> None:
        while len(seen) < 43:
            async for event in feed(story.lender.id, seen[-1] if seen else 0):
                seen.append(event.feed)
            await asyncio.sleep(0)

    def pay(number: int) -> PaymentRecord:
        return replace(PAID, payment=Payment(f"P-{number + 3}", ON, 100))

    async with asyncio.timeout(20):
        await asyncio.gather(read_on(), *(record_payments(NOW, story.lender, [pay(n)], VAULT) for n in range(19)))
    # The lender, its policy, the loan, its statement and the import came first; each payment moves that figure.
    assert seen == list(range(1, 44))


async def test_what_fails_takes_no_position(each_database: str) -> None:
    story = await begin()
    late = replace(PAID, payment=Payment("P-4", date(2026, 6, 15), 100))
    with pytest.raises(PaymentInFuture):
        await record_payments(NOW, story.lender, [PAID, late], VAULT)
    await record_payments(NOW, story.lender, [PAID], VAULT)
    assert [event.feed async for event in feed(story.lender.id)] == [1, 2, 3, 4, 5, 6, 7]


async def test_each_lender_counts_for_itself(each_database: str) -> None:
    story = await begin()
    await add_lender(NOW, NewLender("yh", "银河银行信用卡中心", "bank", "CNY", "Asia/Shanghai"))
    assert [event.feed async for event in feed((await lender_by_slug("yh")).id)] == [1]
    assert [event.feed async for event in feed(story.lender.id)] == [1, 2, 3, 4, 5]
