"""examples/general_ledger.py beside thirty loans for two hundred days: each fifth day its balances are the portal's.

The lives are at random, with plan upon plan, late facts and disputes. Where the example stops, as docs/accounting.md
names it, that loan is passed over from then on; STOPPED are so many with this seed, and more are a fault.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from tests.api.books_year import example
from tests.api.borrowers import business_time
from tests.api.core_books import Core
from tests.api.test_two_hundred_days import DAYS, FIRST, LONG, MAINLAND, SHORT, open_portal

pytestmark = [pytest.mark.anyio, pytest.mark.proof]

SEED, LOANS, LOOKED_AT, STOPPED = 17, 30, 5, 2


async def told(core: Core, after: int, day: date) -> tuple[list[dict[str, Any]], int]:
    """The feed since, and each fifth day what time alone does."""
    found: list[dict[str, Any]] = []
    more = True
    while more:
        said = await core.client.get("/api/v1/events", params={"after": after, "limit": 1000})
        page = said.json()
        found += page["events"]
        after, more = page["next"], page["more"]
    for number in core.loans:
        for what in ("position?books=true&", "payoff?"):
            said = await core.client.get(f"/api/v1/loans/{number}/{what}as_of={day}")
            found.append(said.json())
    return found, after


async def test_thirty_loans_for_two_hundred_days_are_posted_as_the_portal_has_them(
    database: str, tmp_path: Path
) -> None:
    gl, after = example(), 0
    ledger, stopped = gl.Ledger(), dict[str, str]()
    async with open_portal(database, tmp_path / "spool", SEED) as portal:
        lender = await portal.opens(*MAINLAND[:3], LOANS, SHORT)
        for day in (FIRST + timedelta(days=number) for number in range(DAYS)):
            portal.on(day)
            if (day - FIRST).days == DAYS // 2:
                await set_policy(business_time(day), lender.facts, LONG, OPERATOR)
            await portal.lives(lender, day)
            if (day - FIRST).days % LOOKED_AT == LOOKED_AT - 1:
                lines, after = await told(lender.core, after, day)
                for line in [line for line in lines if line["loan_no"] not in stopped]:
                    try:
                        ledger.read(line)
                    except gl.Wrong as wrong:
                        stopped[line["loan_no"]] = str(wrong)
    assert len(stopped) <= STOPPED, stopped
    assert len(ledger.journal) > 900
