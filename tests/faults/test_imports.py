"""The process is killed in the middle of an import: what landed stays whole, the rest follows, and nothing twice."""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.actions.jobs import NewJob, ask_job
from portal.actions.lenders import NewLender, add_lender
from portal.jobs.spool import Spool
from portal.reads.cases import lender_by_slug
from portal.reads.log import broken_links
from portal.tables import models as tables
from portal.tables.connection import connected
from tests.actions.story import NOW, VAULT
from tests.commands.test_loans import portfolio_line

PAID = [{"id": f"P-{number}", "received_on": "2026-06-12", "amount": "10.00"} for number in range(3)]
SIZES = [pytest.param(40, 2, id="twice"), pytest.param(400, 50, id="fifty times", marks=pytest.mark.proof)]


@pytest.mark.parametrize(("loans", "kills"), SIZES)
def test_a_process_killed_amid_an_import_goes_on_and_lands_each_loan_once_and_whole(
    each_database_url: str, tmp_path: Path, loans: int, kills: int
) -> None:
    url, folder, chance = each_database_url, tmp_path / "spool", random.Random(kills)
    asyncio.run(_ask(url, folder, loans))
    for _ in range(kills):
        _kill(url, folder, chance.uniform(0.05, 0.4))
        asyncio.run(_look(url))
    subprocess.run([sys.executable, "-m", "tests.faults.importer", url, str(folder)], check=True, timeout=300)
    assert asyncio.run(_look(url)) == loans
    asyncio.run(_over(url, loans))
    assert list(folder.iterdir()) == []


def _kill(url: str, folder: Path, after: float) -> None:
    command = [sys.executable, "-m", "tests.faults.importer", url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "begun\n"
        time.sleep(after)
        process.kill()


async def _ask(url: str, folder: Path, loans: int) -> None:
    async with connected(url):
        await add_lender(NOW, NewLender("jq", "佳泉消费金融", "consumer-finance", "CNY", "Asia/Shanghai"))

        async def chunks() -> AsyncIterator[bytes]:
            for number in range(loans):
                yield portfolio_line(f"A-{number:04}", payments=PAID).encode()

        kept = await Spool(folder, VAULT).keep(chunks())
        new = NewJob((await lender_by_slug("jq")).id, "portfolio", "operator", {}, kept.name, kept.size)
        await ask_job(new, datetime.now(UTC))


async def _look(url: str) -> int:
    """Whatever is there is whole, and the job says how much that is."""
    async with connected(url):
        assert [link async for link in broken_links() if link.what] == []
        numbers = await tables.LoanRow.all().order_by("id").values_list("loan_no", flat=True)
        assert numbers == [f"A-{number:04}" for number in range(len(numbers))]
        for table, each in ((tables.ContractRow, 1), (tables.PartyRow, 1), (tables.PaymentRow, len(PAID))):
            assert await table.all().count() == each * len(numbers)
        assert await tables.EventRow.filter(type="loan.added").count() == len(numbers)
        assert (await tables.JobRow.get()).landed == len(numbers)
        return len(numbers)


async def _over(url: str, loans: int) -> None:
    async with connected(url):
        job = await tables.JobRow.get()
        assert (job.state, job.total, json.loads(job.facts)["added"]) == ("done", loans, loans)
        assert await tables.EventRow.filter(type="portfolio.imported").count() == 1
