"""A clerk in a process of their own: `python -m tests.faults.clerk URL TIMES` reads, adds one and writes."""

import asyncio
import sys

from portal.tables.connection import connected, current
from portal.tables.transaction import transaction


async def count_up() -> None:
    async with transaction():
        (row,) = await current().execute_query_dict("SELECT n FROM tally")
        await current().execute_query(f"UPDATE tally SET n = {row['n'] + 1}")


async def work(url: str, times: int) -> None:
    async with connected(url):
        for _ in range(times):
            await count_up()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
