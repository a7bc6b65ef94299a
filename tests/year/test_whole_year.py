"""Two hundred loans for a year with all that goes wrong, on both databases: each move of the table has come by.

Borrowers, staff and core do what was done the least, so that at the end each edge was seen, and each two that can
follow one another. Where something was not, the proof fails.
"""

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.api.conftest import example_core, generated_client
from tests.commands.test_restore import POSTGRES_TOOLS
from tests.year.auditor import Auditor
from tests.year.deployments import Deployment, OneProcess, ThreeWorkers
from tests.year.harness import Drawn, Year, a_year
from tests.year.lives import Life
from tests.year.network import FAULTS, PLANTED, Faults
from tests.year.test_sixty_days import is_whole

__all__ = ["example_core", "generated_client"]
pytestmark = [pytest.mark.anyio, pytest.mark.proof, pytest.mark.usefixtures("example_core")]

DRAWN, DAYS = Drawn(loans=200, first=date(2026, 1, 5), seed=7, chance=0.04, kind=Life, waves=8), 365
RESTORED_EACH, RECONCILED_EACH, COMPARED_EACH, COMPARED_OF = 33, 15, 30, 5
OPENED_EACH, OPENED_ON = 30, 10
EDGE_TIMES, PAIR_TIMES, FAULT_TIMES = 5, 2, 10


@pytest.fixture(params=["one process", pytest.param("three workers", marks=pytest.mark.postgres)])
def deployment(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    faults = Faults(Random(DRAWN.seed))
    if request.param == "one process":
        return OneProcess(request.getfixturevalue("database_url"), tmp_path, faults)
    monkeypatch.setenv("PATH", str(POSTGRES_TOOLS), prepend=":")
    return ThreeWorkers(request.getfixturevalue("postgres_url"), tmp_path, faults)


async def test_a_year_of_two_hundred_loans_makes_every_move_and_ends_with_both_ledgers_alike(
    deployment: Deployment,
) -> None:
    async with a_year(deployment, DRAWN) as year:
        seen = Auditor()
        for number in range(DAYS):
            day = DRAWN.first + timedelta(days=number)
            seen = await looks(year, seen)
            if number % OPENED_EACH == OPENED_ON:
                await year.opens(day)
            await year.day(day)
            if number % RESTORED_EACH == RESTORED_EACH - 1:
                await year.restores(day)
                seen = Auditor()
            if number % RECONCILED_EACH == RECONCILED_EACH - 1:
                await year.reconciles(day)
            if number % COMPARED_EACH == COMPARED_EACH - 1:
                await year.compare(day, each=COMPARED_OF)
            if number % RESTORED_EACH == RESTORED_EACH - 2:
                await year.on.back_up()
        await year.reconciles(day)
        await year.compare(day)
        assert await year.all_was_pushed(day)
        auditor = await is_whole(year)
    assert auditor.edges_under(EDGE_TIMES) == []
    assert auditor.pairs_under(PAIR_TIMES) == []
    assert {each: year.faults.came[each] for each in (*FAULTS, *PLANTED) if year.faults.came[each] < FAULT_TIMES} == {}


async def looks(year: Year, seen: Auditor) -> Auditor:
    """What has come by until last night, for those who do what came the least."""
    seen = await year.audited(seen)
    quiet = not seen.edges_under(EDGE_TIMES) and not seen.pairs_under(PAIR_TIMES)
    for life in year.borrowers:
        assert isinstance(life, Life)
        life.seen, life.quiet = seen, quiet
        year.bank.decides[life.kept.loan.loan_no] = life.answers
    return seen
