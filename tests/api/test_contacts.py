"""A caller's system asks before it calls and tells after it; what it is answered is what everybody reads."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch

import httpx2
import pytest

from portal.actions.api_keys import AGENCY_PURPOSES, add_key
from portal.demo import portfolio
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.api.conftest import BASE, Core
from tests.pages.conftest import XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio
ADDRESS = "/api/v1/contacts"
CALL = {"loan_no": XIAOMINGS, "channel": "call"}


@contextmanager
def at(clock: str) -> Iterator[None]:
    """That time of day in UTC; Shanghai is eight hours ahead, and the demo's day is fixed."""
    moment = datetime.fromisoformat(f"2026-06-14T{clock}").replace(tzinfo=UTC)
    with patch("portal.web.guard.now", lambda: moment):
        yield


async def agency(cast: Cast, name: str) -> httpx2.AsyncClient:
    secret = await add_key(cast.moment(), await lender_by_slug("jq"), "", AGENCY_PURPOSES, agency=name)
    transport = httpx2.ASGITransport(app=cast.app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=BASE, headers={"authorization": f"Bearer {secret}"})


async def test_a_second_before_ten_at_night_a_call_is_allowed_and_at_ten_it_is_not(core: Core, cast: Cast) -> None:
    async with await core("contacts") as client:
        with at("13:59:59"):
            last = (await client.post(ADDRESS, json=CALL)).json()
        assert (last["allowed"], last["until"], last["reason"]) == (True, "2026-06-14T14:00:00+00:00", None)
        with at("14:00:00"):
            late = await client.post(ADDRESS, json=CALL)
        assert late.status_code == 200, "a refusal is an answer"
        told = late.json()
        assert (told["allowed"], told["reason"], told["allowed_from"]) == (False, "hours", "2026-06-15T00:00:00+00:00")
        assert told["detail"] == "Nobody is contacted at this hour."
        with at("14:01:00"):
            said = {"contact": told["contact"], "outcome": "reached", "at": "2026-06-14T22:00:30+08:00", "seconds": 40}
            for _ in range(2):
                kept = await client.post(ADDRESS, json=said)
                assert (kept.status_code, kept.json()["against"]) == (200, True)
            other = await client.post(ADDRESS, json={**said, "outcome": "busy"})
        assert (other.status_code, other.json()["outcome"], other.json()["seconds"]) == (409, "reached", 40)
        listed = (await client.get(f"{ADDRESS}?loan_no={XIAOMINGS}&limit=1")).json()
        assert (listed["contacts"], listed["more"]) == ([last], True)
        onward = (await client.get(f"{ADDRESS}?loan_no={XIAOMINGS}&limit=5&after={listed['next']}")).json()
        assert ([each["contact"] for each in onward["contacts"]], onward["more"]) == ([told["contact"]], False)
    assert "contact.told" not in await cast.events(XIAOMINGS)


async def test_an_agency_asks_and_reads_its_own_and_nothing_else_is_its_affair(core: Core, cast: Cast) -> None:
    async with await agency(cast, "信达催收") as first, await agency(cast, "安和服务") as second, await core() as own:
        with at("02:00:00"):
            asked = (await first.post(ADDRESS, json=CALL, headers={"idempotency-key": "k-1"})).json()
            assert asked == (await first.post(ADDRESS, json=CALL, headers={"idempotency-key": "k-1"})).json()
            assert (asked["allowed"], asked["agency"]) == (True, "信达催收")
            told = {"contact": asked["contact"], "outcome": "unanswered"}
            assert (await second.post(ADDRESS, json=told)).status_code == 404
            assert (await second.get(ADDRESS)).json()["contacts"] == []
            assert (await second.get("/api/v1/events")).status_code == 403
            assert (await own.post(ADDRESS, json=told)).json()["outcome"] == "unanswered"
        assert len((await own.get(f"{ADDRESS}?loan_no={XIAOMINGS}")).json()["contacts"]) == 1
    async with await core(slug="yh") as theirs:
        assert (await theirs.get(f"{ADDRESS}?after={asked['contact']}")).status_code == 422
        assert (await theirs.post(ADDRESS, json=told)).status_code == 404
        unknown = await theirs.post(ADDRESS, json=CALL)
        assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "loan_no")


async def test_what_cannot_be_meant_is_refused_and_a_hold_is_told_with_the_day_of_its_answer(
    core: Core, cast: Cast
) -> None:
    async with await core() as client:
        with at("02:00:00"):
            held = (await client.post(ADDRESS, json={"loan_no": ZHOU_MINS, "channel": "call"})).json()
            asked = (await client.post(ADDRESS, json=CALL)).json()
            wrong = {
                "channel": {**CALL, "channel": "fax"},
                "number": {**CALL, "number": "13800000001"},
                "outcome": {"contact": asked["contact"], "outcome": "met"},
                "at": {"contact": asked["contact"], "outcome": "reached", "at": "2026-06-14T10:00:00"},
            }
            for field, body in wrong.items():
                answer = await client.post(ADDRESS, json=body)
                assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
            assert (await client.get(f"{ADDRESS}?after=nothere")).status_code == 422
            assert (await client.post(ADDRESS, json={"contact": "nothere", "outcome": "busy"})).status_code == 404
    assert (held["reason"], held["by"], held["allowed_from"]) == ("hold", "2026-06-17", None)


async def test_a_file_tells_the_borrowers_time_zone_and_one_that_is_none_is_refused(core: Core, cast: Cast) -> None:
    row = json.loads(portfolio("jq").splitlines()[0])
    async with await core() as client:
        wrong = await client.post(
            "/api/v1/portfolio", json=[{**row, "borrower": {**row["borrower"], "timezone": "CST8"}}]
        )
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "borrower.timezone")
        told = {**row, "borrower": {**row["borrower"], "timezone": "Asia/Urumqi"}}
        assert (await client.post("/api/v1/portfolio", json=[told])).json()["changed"] == 1
        with at("01:30:00"):
            early = (await client.post(ADDRESS, json=CALL)).json()
    assert (early["reason"], early["timezone"]) == ("hours", "Asia/Urumqi"), "half past seven there"
    assert early["allowed_from"] == "2026-06-14T02:00:00+00:00"
    event = await tables.EventRow.filter(type="borrower.changed").order_by("-feed").first()
    assert event is not None and json.loads(bytes(event.body))["data"] == {"fields": ["timezone"]}
