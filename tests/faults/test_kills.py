"""The process is killed in the middle of signing and booking: what was done stays, what was not never began."""

import asyncio
import random
import subprocess
import sys
import time

import pytest

from portal.reads.log import broken_links
from portal.tables import models as tables
from portal.tables.connection import connected
from tests.actions.machine import EDGES
from tests.actions.story import begin
from tests.faults.signer import whole

KILLS = [pytest.param(4, id="four times"), pytest.param(100, id="a hundred times", marks=pytest.mark.proof)]


@pytest.mark.parametrize("kills", KILLS)
def test_a_process_killed_at_any_moment_leaves_every_proposal_whole(each_database_url: str, kills: int) -> None:
    asyncio.run(_begin(each_database_url))
    chance, signed = random.Random(kills), 0
    for _ in range(kills):
        _kill(each_database_url, chance.randint(0, 6), chance.uniform(0, 0.1))
        signed = asyncio.run(_look(each_database_url))
    assert signed, "it came as far as signing"


def _kill(url: str, moves: int, after: float) -> None:
    """So many seconds after so many moves: how far it comes does not depend on how busy the machine is."""
    command = [sys.executable, "-m", "tests.faults.signer", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for said in ("begun\n", *["moved\n"] * moves):
            assert process.stdout.readline() == said
        time.sleep(after)
        assert process.poll() is None, "it ended by itself"
        process.kill()


async def _begin(url: str) -> None:
    async with connected(url):
        await begin()


async def _look(url: str) -> int:
    async with connected(url):
        assert [link async for link in broken_links() if link.what] == []
        for row in await tables.ProposalRow.all():
            told = await tables.EventRow.filter(proposal_ref=row.ref).order_by("feed").values_list("type", flat=True)
            assert [EDGES[str(name)].value for name in told if name in EDGES][-1] == row.state
        await whole()
        return int(await tables.AgreementRow.all().count())
