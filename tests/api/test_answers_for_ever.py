"""What a core said once is answered the same for ever; what it says otherwise is told how things are."""

import asyncio
from datetime import UTC, datetime

import pytest

from portal.domain.restructuring.negotiation import State
from portal.tables import models as tables
from tests.api.conftest import Core
from tests.api.test_feed import agreement
from tests.pages.conftest import ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

BOOKED = {"outcome": "booked", "core_id": "K-77"}
PAUSED, ENDED = {"outcome": "acknowledged"}, {"outcome": "ended", "reason": "agreed_otherwise"}


async def test_a_booking_said_again_after_the_plans_end_is_answered_as_at_first(core: Core, cast: Cast) -> None:
    address = f"/api/v1/agreements/{await agreement(cast)}/booking"
    async with await core("booking") as client:
        first = await client.post(address, json=BOOKED)
        for state in (State.STRAINED, State.COMPLETED, State.BROKEN, State.SUPERSEDED):
            await tables.ProposalRow.filter(ref=first.json()["proposal"]).update(state=state.value)
            again = await client.post(address, json=BOOKED)
            assert (again.status_code, again.content) == (200, first.content)
    assert first.json()["state"] == "active"
    assert (await cast.events("JQ-2026-0011")).count("plan.activated") == 1


async def test_a_refusal_said_again_after_the_proposal_went_on_is_answered_as_at_first(core: Core, cast: Cast) -> None:
    address, refused = f"/api/v1/agreements/{await agreement(cast)}/booking", {"outcome": "refused", "reason": "closed"}
    async with await core("booking") as client:
        first = await client.post(address, json=refused)
        await tables.ProposalRow.filter(ref=first.json()["proposal"]).update(state="accepted")
        again = await client.post(address, json=refused)
        other = await client.post(address, json={**refused, "reason": "sold"})
    assert (again.status_code, again.content) == (200, first.content)
    assert other.status_code == 409
    assert {name: other.json()[name] for name in ("state", "outcome", "core_id", "reason")} == {
        "state": "accepted",
        "outcome": "refused",
        "core_id": None,
        "reason": "closed",
    }


async def test_of_four_consumers_one_books_and_the_others_are_told_its_number(core: Core, cast: Cast) -> None:
    address = f"/api/v1/agreements/{await agreement(cast)}/booking"
    async with await core("booking") as client:
        said = await asyncio.gather(
            *(client.post(address, json={"outcome": "booked", "core_id": f"K-{each}"}) for each in range(4))
        )
    won = [place for place, each in enumerate(said) if each.status_code == 200]
    assert len(won) == 1
    for place, each in enumerate(said):
        if place not in won:
            told = each.json()
            assert (each.status_code, told["state"], told["core_id"]) == (409, "active", f"K-{won[0]}")
            assert told["outcome"] == "booked" and "page" not in told["detail"]


async def test_a_booking_before_anything_was_signed_says_in_which_state_it_is(core: Core, cast: Cast) -> None:
    ref = await agreement(cast)
    await tables.ProposalRow.filter(state="agreed").update(state="withdrawn")
    async with await core("booking") as client:
        said = await client.post(f"/api/v1/agreements/{ref}/booking", json=BOOKED)
    assert (said.status_code, said.json()["state"], said.json()["outcome"]) == (409, "withdrawn", None)


async def test_an_idempotency_key_holds_for_bookings_and_holds_too(core: Core, cast: Cast) -> None:
    address = f"/api/v1/agreements/{await agreement(cast)}/booking"
    held = f"/api/v1/holds/{(await tables.HoldRow.get(loan__loan_no=ZHOU_MINS)).ref}"
    keyed = {"idempotency-key": "one"}
    theirs = await tables.LoanRow.filter(lender__slug="yh").first()
    assert theirs is not None
    at = datetime(2026, 6, 13, 4, tzinfo=UTC)
    await tables.HoldRow.create(ref="theirs", loan_id=theirs.id, reason="asked", about="", requested_at=at)
    async with await core() as client, await core(slug="yh") as other:
        for where, body, different in ((address, BOOKED, {**BOOKED, "core_id": "K-78"}), (held, PAUSED, ENDED)):
            first = await client.post(where, json=body, headers={"idempotency-key": where})
            again = await client.post(where, json=body, headers={"idempotency-key": where})
            otherwise = await client.post(where, json=different, headers={"idempotency-key": where})
            assert (first.status_code, again.content) == (200, first.content)
            assert (otherwise.status_code, otherwise.json()["type"][-19:]) == (422, ":key-used-otherwise")
        assert (await client.post(held, json=PAUSED, headers=keyed)).status_code == 200
        assert (await other.post(held, json=PAUSED, headers=keyed)).status_code == 404
        own = await other.post("/api/v1/holds/theirs", json=PAUSED, headers=keyed)
    assert own.status_code == 200, "another lender's key is another one, though it reads the same"


async def test_a_hold_that_has_ended_cannot_be_acknowledged(core: Core, cast: Cast) -> None:
    hold = await tables.HoldRow.get(loan__loan_no=ZHOU_MINS)
    await tables.HoldRow.filter(id=hold.id).update(ended_at=datetime(2026, 6, 13, 4, tzinfo=UTC))
    async with await core("contact") as client:
        said = await client.post(f"/api/v1/holds/{hold.ref}", json=PAUSED)
        ended = await client.post(f"/api/v1/holds/{hold.ref}", json=ENDED)
    assert (said.status_code, said.json()["state"], said.json()["loan_no"]) == (409, "ended", ZHOU_MINS)
    assert "2026-06-13" in said.json()["detail"]
    assert ended.status_code == 200, "that it has ended is what was wanted"
    assert (await tables.HoldRow.get(id=hold.id)).acknowledged_at is None


async def test_a_cursor_beyond_the_end_is_refused_and_told_where_the_end_is(core: Core) -> None:
    async with await core("events") as client:
        page = (await client.get("/api/v1/events", params={"limit": 1000})).json()
        end = page["next"]
        at_the_end = await client.get("/api/v1/events", params={"after": end})
        assert (at_the_end.status_code, at_the_end.json()) == (
            200,
            {"events": [], "next": end, "more": False, "epoch": "first"},
        )
        for after in (end + 1, 999999999, 10**18):
            beyond = await client.get("/api/v1/events", params={"after": after})
            assert (beyond.status_code, beyond.json()["end"]) == (422, end)
            assert beyond.json()["type"] == "urn:repayment-portal:problem:cursor"
            assert str(after) in beyond.json()["detail"]
        too_long = await client.get("/api/v1/events", params={"after": 10**18 + 1})
        sheet = await client.get("/api/v1/events", params={"after": end + 1}, headers={"accept": "text/csv"})
    assert (too_long.status_code, too_long.json()["type"][-7:], sheet.status_code) == (422, ":fields", 422)
