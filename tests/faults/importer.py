"""Runs jobs in a process of its own, two loans a batch: `python -m tests.faults.importer URL SPOOL`."""

import asyncio
import sys
from pathlib import Path

from portal.domain.event import BusinessTime
from portal.jobs import portfolio
from portal.jobs.runner import Runner
from portal.jobs.spool import Spool
from portal.tables.connection import connected
from tests.actions.story import ON, VAULT


async def work(url: str, folder: str) -> None:
    async with connected(url):
        portfolio.LOANS_A_BATCH = 2
        print("begun", flush=True)
        runner = Runner(VAULT, Spool(Path(folder), VAULT), lambda at, _: BusinessTime(at, ON))
        while await runner.run_waiting():
            pass


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2]))
