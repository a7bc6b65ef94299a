"""A teller in a process of their own: `python -m tests.faults.teller URL NAME TIMES` records payments one by one."""

import asyncio
import sys

from portal.actions.payments import record_payments
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.reads.cases import lender_by_slug
from portal.tables.connection import connected
from tests.actions.story import NOW, ON, VAULT


async def work(url: str, name: str, times: int) -> None:
    async with connected(url):
        jq = await lender_by_slug("jq")
        for number in range(times):
            payment = Payment(f"{name}-{number}", ON, 100)
            await record_payments(NOW, jq, [PaymentRecord(1, "JQ-2026-0001", payment)], VAULT)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3])))
