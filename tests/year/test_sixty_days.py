"""Twenty loans for sixty days with all that goes wrong: both ledgers are the same, and nothing is missing.

What comes by is drawn, with a seed; the year of two hundred loans, which has to see every move, is a proof of its own.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from tests.api.conftest import example_core, generated_client
from tests.year.auditor import Auditor
from tests.year.deployments import OneProcess
from tests.year.harness import Drawn, Year, a_year
from tests.year.network import ALTERED, FAULTS, LOST, Faults

__all__ = ["example_core", "generated_client"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("example_core")]

GIVEN_BEFORE = timedelta(days=76)
DRAWN, DAYS = Drawn(loans=20, first=date(2026, 3, 1), seed=20, chance=0.1, given_before=GIVEN_BEFORE), 60
RESTORED_AFTER, RECONCILED_EACH, COMPARED_EACH = (21, 46), 5, 20


async def test_sixty_days_of_twenty_loans_end_as_both_ledgers_have_them(database_url: str, tmp_path: Path) -> None:
    async with a_year(OneProcess(database_url, tmp_path, Faults(Random(DRAWN.seed))), DRAWN) as year:
        compared, found = 0, 0
        for number in range(DAYS):
            day = DRAWN.first + timedelta(days=number)
            await year.day(day)
            if number in RESTORED_AFTER:
                await year.restores(day)
            if number % RECONCILED_EACH == RECONCILED_EACH - 1:
                found += await year.reconciles(day)
            if number % COMPARED_EACH == COMPARED_EACH - 1:
                compared += await year.compare(day)
            if number + 1 in RESTORED_AFTER:
                await year.on.back_up()
        assert await year.all_was_pushed(day)
        auditor = await is_whole(year)
    assert len(auditor.edges) > 12 and auditor.types["plan.completed"] > 5
    assert compared == DRAWN.loans * DAYS // COMPARED_EACH
    assert found > 0 and {fault for fault in (*FAULTS, LOST, ALTERED) if not year.faults.came[fault]} == set()


async def is_whole(year: Year) -> Auditor:
    """As the auditor reads it: what was signed was booked once, and all the money that was told is there."""
    auditor, example = await year.audited(), year.bank.example
    booked = {agreement for agreement, _, _ in example.books.bookings}
    assert set(auditor.answers) <= booked and set(auditor.answers) <= set(auditor.signed)
    told = {
        (each["loan_no"], each["id"]): Decimal(each["amount"])
        for each in example.books.payments
        if "reverses" not in each
    }
    assert auditor.money == told
    return auditor
