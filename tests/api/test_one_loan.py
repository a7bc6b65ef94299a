"""What a lender's system asks of one loan: its position and what pays everything."""

import pytest

from tests.api.conftest import Core

pytestmark = pytest.mark.anyio


async def test_one_loan_is_asked_for_by_its_number_and_day_as_the_terminal_tells_it(core: Core) -> None:
    async with await core("portfolio") as client, await core("portfolio", slug="yh") as other:
        owed = await client.get("/api/v1/loans/JQ-2026-0001/position", params={"as_of": "2026-06-14"})
        paid_off = await client.get("/api/v1/loans/JQ-2026-0001/payoff")
        later = await client.get("/api/v1/loans/JQ-2026-0001/payoff", params={"as_of": "2026-06-15"})
        assert (owed.json()["overdue"]["total"], owed.json()["lender_credits"]) == ("3413.12", [])
        assert (paid_off.json()["as_of"], paid_off.json()["payoff"]) == ("2026-06-14", "10777.48")
        # A day more: 108.89 - 105.26 of interest, and penalty of 0.62, 0.62 and 0.64.
        assert later.json()["lines"][9]["amount"] == "108.89"
        for given in ("2026-02-30", "tomorrow", "", "1969-12-31", "2201-01-01"):
            said = await client.get("/api/v1/loans/JQ-2026-0001/payoff", params={"as_of": given})
            assert said.status_code == 422 and "as_of" in said.json()["detail"]
        assert (await client.get("/api/v1/loans/JQ-9/payoff")).status_code == 404
        assert (await other.get("/api/v1/loans/JQ-2026-0001/payoff")).status_code == 404
        assert (await client.get("/api/v1/loans/JQ-2026-0001/payoff?day=2026-06-14")).status_code == 422
    async with await core("payments") as client:
        assert (await client.get("/api/v1/loans/JQ-2026-0001/position")).status_code == 403
