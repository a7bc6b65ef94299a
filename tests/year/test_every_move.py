"""Lives that do what was done the least: by the end each move of the table has come by, with all that goes wrong."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from portal.reads.log import feed
from tests.api.conftest import example_core, generated_client
from tests.year.auditor import Auditor
from tests.year.harness import Drawn, Year, a_year
from tests.year.lives import Life
from tests.year.network import FAULTS
from tests.year.test_sixty_days import is_whole

__all__ = ["example_core", "generated_client"]
pytestmark = [pytest.mark.anyio, pytest.mark.proof, pytest.mark.usefixtures("example_core")]

DRAWN, DAYS = Drawn(loans=40, first=date(2026, 1, 5), seed=7, chance=0.05, kind=Life), 150
RESTORED_EACH, RECONCILED_EACH, COMPARED_EACH = 33, 7, 30


async def test_forty_loans_make_every_move_and_both_ledgers_are_the_same(database_url: str, tmp_path: Path) -> None:
    async with a_year(tmp_path, database_url, DRAWN) as year:
        seen = Auditor()
        for number in range(DAYS):
            day = DRAWN.first + timedelta(days=number)
            await looks(year, seen)
            await year.day(day)
            if number % RESTORED_EACH == RESTORED_EACH - 1:
                await year.restores(day)
                seen = Auditor()
            if number % RECONCILED_EACH == RECONCILED_EACH - 1:
                await year.reconciles(day)
            if number % COMPARED_EACH == COMPARED_EACH - 1:
                await year.compare(day)
            year.backs_up()
        auditor = await is_whole(year)
    assert auditor.unseen == []
    assert {fault for fault in FAULTS if year.faults.came[fault] < 3} == set()


async def looks(year: Year, seen: Auditor) -> None:
    """What has come by until last night, for those who do what came the least."""
    async for event in feed(year.lender.id, seen.feed):
        seen.read(json.loads(event.body))
    for life in year.borrowers:
        assert isinstance(life, Life)
        life.seen = seen
        year.bank.decides[life.kept.loan.loan_no] = life.answers
