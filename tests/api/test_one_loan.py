"""What a lender's system asks of one loan: its position and what pays everything."""

import json

import pytest

from portal.demo import portfolio
from portal.tables import models as tables
from tests.api.conftest import Core
from tests.api.test_feed import agreement
from tests.pages.conftest import ZHOU_MINS, Cast

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


async def test_the_terms_that_are_told_of_a_loan_are_the_terms_that_were_told(core: Core) -> None:
    """Sent again in the place of those of the portfolio, they change nothing, whichever loan it is."""
    rows = [json.loads(line) for line in portfolio("jq").splitlines()]
    async with await core() as client:
        for row in rows:
            told = (await client.get(f"/api/v1/loans/{row['loan_no']}")).json()
            assert (told["principal"], told["currency"], told["product"]) == (
                row["principal"],
                row["currency"],
                row["product"],
            )
            if told["schedule_generated"] is False:
                row["schedule"] = told["stated_schedule"]
            row["terms"] = told["terms"]
        said = (await client.post("/api/v1/portfolio", json=rows)).json()
    assert (said["unchanged"], said["changed"], said["added"]) == (len(rows), 0, 0)


async def test_a_loan_tells_of_people_no_more_than_the_lenders_own_id_of_them(core: Core, cast: Cast) -> None:
    async with await core("portfolio") as client:
        said = await client.get("/api/v1/loans/JQ-2026-0001")
        other = await client.get(f"/api/v1/loans/{ZHOU_MINS}")
    assert said.json()["borrowers"] == [{"external_id": "B-1", "role": "borrower", "came_in": False}]
    assert [each["came_in"] for each in other.json()["borrowers"]] == [True]
    row = json.loads(portfolio("jq").splitlines()[0])["borrower"]
    assert all(row[name] not in said.text for name in ("name", "phone", "id_last4"))


async def test_a_loan_tells_its_agreements_with_what_the_core_said_and_what_stands_open(core: Core, cast: Cast) -> None:
    ref = await agreement(cast)
    hold = await tables.HoldRow.get(loan__loan_no=ZHOU_MINS)
    async with await core() as client:
        signed = (await client.get("/api/v1/loans/JQ-2026-0011")).json()
        await client.post(f"/api/v1/agreements/{ref}/booking", json={"outcome": "booked", "core_id": "K-1"})
        booked = (await client.get("/api/v1/loans/JQ-2026-0011")).json()
        held = (await client.get(f"/api/v1/loans/{ZHOU_MINS}")).json()
        for path in ("JQ-9", "JQ-9/position", "JQ-9/payoff"):
            assert (await client.get(f"/api/v1/loans/{path}")).status_code == 404
        assert (await client.get("/api/v1/loans/JQ-2026-0011?as_of=tomorrow")).status_code == 422
    (before,) = signed["agreements"]
    assert (before["agreement"], before["state"], before["booking"]) == (ref, "signed", None)
    (after,) = booked["agreements"]
    assert (after["state"], after["booking"]) == ("active", {"outcome": "booked", "core_id": "K-1", "reason": None})
    assert (signed["open_proposal"]["state"], booked["open_proposal"]) == ("agreed", None)
    assert [(each["hold"], each["acknowledged_at"]) for each in held["holds"]] == [(hold.ref, None)]
    assert held["open_proposal"]["state"] == "submitted"
