"""Another program writes to the file, as an import does: whoever only reads waits for nothing and sees no error."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from portal.actions.api_keys import PURPOSES, add_key
from portal.demo import JQ
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from portal.web import guard
from tests.pages.conftest import XIAOMINGS, Cast

pytestmark = pytest.mark.anyio


@pytest.fixture
async def other(cast: Cast) -> AsyncIterator[sqlite3.Connection]:
    """Another program with the file open; it writes from `BEGIN IMMEDIATE` on."""
    one = sqlite3.connect(cast.settings.database.removeprefix("sqlite://"), isolation_level=None)
    yield one
    one.close()


async def away(minutes: int) -> datetime:
    """Everybody who is signed in was last seen so long ago."""
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    await tables.SessionRow.all().update(seen_at=then)
    return then


async def test_the_overview_opens_and_the_visit_is_noted_once_the_other_has_done(
    cast: Cast, other: sqlite3.Connection
) -> None:
    bo = await cast.comes(XIAOMINGS)
    then = await away(minutes=5)
    other.execute("BEGIN IMMEDIATE")
    assert (await bo.open("/loans")).status == 200
    assert await seen() == then
    other.execute("COMMIT")
    await settle_writes()
    assert await seen() > then + timedelta(minutes=4)


async def test_the_desk_opens_too_and_the_feed_of_events(cast: Cast, other: sqlite3.Connection) -> None:
    rui = await cast.reviewer()
    secret = await add_key(cast.moment(), await lender_by_slug(JQ), "core", PURPOSES)
    await away(minutes=5)
    other.execute("BEGIN IMMEDIATE")
    assert (await rui.open("/desk")).status == 200
    core = cast.browser()
    assert (await core.open("/api/v1/events", authorization=f"Bearer {secret}")).status == 200
    other.execute("COMMIT")
    await settle_writes()
    assert (await tables.ApiKeyRow.get(name="core")).used_at is not None


async def test_whoever_goes_on_reading_is_not_locked_out_because_the_note_waits(
    cast: Cast, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, "four horses by the sea")
    start = await away(minutes=0)
    other.execute("BEGIN IMMEDIATE")
    for minutes in (20, 40, 60):
        monkeypatch.setattr(guard, "now", lambda at=start + timedelta(minutes=minutes): at)
        assert (await bo.open("/loans")).path == "/loans"
    monkeypatch.setattr(guard, "now", lambda: start + timedelta(minutes=91))
    assert (await bo.open("/loans")).path.startswith("/account/prove")
    other.execute("COMMIT")


async def test_a_desk_left_alone_for_half_an_hour_is_locked_although_its_last_page_was_not_noted(
    cast: Cast, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rui = await cast.reviewer()
    start = await away(minutes=0)
    other.execute("BEGIN IMMEDIATE")
    for minutes, path in ((20, "/desk"), (40, "/desk"), (71, "/desk/sign-in")):
        monkeypatch.setattr(guard, "now", lambda at=start + timedelta(minutes=minutes): at)
        assert (await rui.open("/desk")).path.split("?")[0] == path
    other.execute("COMMIT")


async def test_what_was_locked_stays_locked_although_a_visit_before_it_is_noted_later(
    cast: Cast, other: sqlite3.Connection
) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, "four horses by the sea")
    await away(minutes=5)
    other.execute("BEGIN IMMEDIATE")
    await bo.open("/loans")
    other.execute("COMMIT")
    locked = await away(minutes=60)
    assert (await bo.open("/loans")).path.startswith("/account/prove")
    await settle_writes()
    assert await seen() == locked


async def seen() -> datetime:
    return (await tables.SessionRow.all().order_by("-seen_at").first()).seen_at  # type: ignore[union-attr]
