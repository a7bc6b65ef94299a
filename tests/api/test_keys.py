"""Who a machine speaks for: a key of one lender, for some purposes, until it is ended."""

from datetime import timedelta

import httpx2
import pytest

from portal.actions.api_keys import end_key
from portal.reads.api_keys import ListedKey, keys
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from portal.web import guard, refused_sign_ins
from tests.api.conftest import BASE, Core
from tests.pages.conftest import Cast

pytestmark = pytest.mark.anyio

ADDRESSES = [
    ("POST", "/api/v1/portfolio"),
    ("POST", "/api/v1/payments"),
    ("POST", "/api/v1/invitations"),
    ("GET", "/api/v1/events"),
    ("POST", "/api/v1/agreements/nobodys/booking"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer rp_guessed", "Basic cnVpOnJ1aQ=="])
async def test_without_a_key_that_works_every_address_is_closed(cast: Cast, method: str, path: str, sent: str) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=cast.app), base_url=BASE) as stranger:
        said = await stranger.request(method, path, headers={"authorization": sent} if sent else {})
    assert said.status_code == 401
    assert said.headers["content-type"] == "application/problem+json"
    assert said.headers["www-authenticate"] == "Bearer"
    assert said.headers["cache-control"] == "no-store" and "set-cookie" not in said.headers
    assert said.json()["type"] == "urn:repayment-portal:problem:key"


async def test_a_key_for_the_feed_records_no_payments(core: Core) -> None:
    async with await core("events") as reader:
        assert (await reader.get("/api/v1/events")).status_code == 200
        said = await reader.post("/api/v1/payments", json=[])
    assert said.status_code == 403
    assert "it is for events" in said.json()["detail"]


async def own_keys(lender_id: int) -> list[ListedKey]:
    """Those of the lender itself: an agency of the cast has one too."""
    return [each for each in await keys(lender_id) if not each.agency]


async def test_a_key_that_was_ended_works_no_more_and_another_goes_on(cast: Cast, core: Core) -> None:
    jq = await lender_by_slug("jq")
    async with await core() as old, await core() as new:
        first, _ = await own_keys(jq.id)
        await end_key(cast.moment(), jq, first.ref)
        assert (await old.get("/api/v1/events")).status_code == 401
        assert (await new.get("/api/v1/events")).status_code == 200


async def test_whoever_holds_a_key_that_is_over_is_told_so_and_nobody_else_is(cast: Cast, core: Core) -> None:
    jq = await lender_by_slug("jq")
    async with await core() as out, await core() as ended, await core() as works:
        first, second, third = await own_keys(jq.id)
        await end_key(cast.moment(), jq, second.ref)
        now = guard.now()
        await tables.ApiKeyRow.filter(ref=first.ref).update(expires_at=now)
        await tables.ApiKeyRow.filter(ref=third.ref).update(expires_at=now + timedelta(minutes=1))
        refused = await out.get("/api/v1/events")
        assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
        assert refused.json()["detail"] == (
            f"This key ran out on {now:%Y-%m-%d} (UTC); the portal's operator makes another."
        )
        assert "This key ended on" in (await ended.get("/api/v1/events")).json()["detail"]
        assert (await works.get("/api/v1/events")).status_code == 200
        guessed = await works.get("/api/v1/events", headers={"authorization": "Bearer rp_guessed"})
        assert guessed.json()["detail"] == "A key is needed: Authorization: Bearer rp_..."


JSON = {"content-type": "application/json"}


async def test_what_is_wrong_under_the_api_is_never_a_page(core: Core) -> None:
    async with await core() as client:
        for said, status in (
            (await client.get("/api/v1/nothing"), 404),
            (await client.get("/api/v1/payments"), 405),
            (await client.post("/api/v1/invitations", content=b"x" * (1024 * 1024 + 1), headers=JSON), 413),
            (await client.post("/api/v1/payments", content=b"[]", headers={"content-type": "text/plain"}), 415),
        ):
            assert said.status_code == status
            assert said.headers["content-type"] == "application/problem+json"
            assert said.json()["status"] == status and said.json()["detail"]


async def test_a_key_that_is_none_works_no_more_or_is_for_something_else_is_written_down(
    cast: Cast, core: Core
) -> None:
    """By the ref of the key, where it was one, and never by what was sent."""
    refused_sign_ins._written.clear()
    jq = await lender_by_slug("jq")
    async with await core("events") as client:
        (listed,) = await own_keys(jq.id)
        await client.post("/api/v1/payments", json=[])
        await end_key(cast.moment(), jq, listed.ref)
        await client.get("/api/v1/events")
        await client.get("/api/v1/events", headers={"authorization": "Bearer rp_CANARY"})
        await client.get("/api/v1/events", headers={"authorization": ""})
    await settle_writes()
    rows = await tables.AccessRow.filter(what="key-refused").order_by("id")
    assert [(row.actor_ref, row.detail, row.lender_id) for row in rows] == [  # type: ignore[attr-defined]
        (listed.ref, "purpose", jq.id),
        (listed.ref, "ended", jq.id),
        ("", "unknown", None),
        ("", "missing", None),
    ]
    assert {row.source for row in rows} == {cast.settings.vault().lookup("source", "127.0.0.1")}
    assert not await tables.AccessRow.filter(subject__contains="CANARY").exists()
