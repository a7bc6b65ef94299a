"""What a page leaves to be written: once others are done with the database, and never twice or in a wrong one."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from portal.tables import write_behind
from portal.tables.connection import connected, current
from portal.tables.transaction import transaction
from portal.tables.write_behind import settle_writes, waiting_write, write_later

pytestmark = pytest.mark.anyio


@pytest.fixture
async def visits(each_database: str) -> AsyncIterator[None]:
    await current().execute_script("CREATE TABLE looks (who TEXT, n INT); INSERT INTO looks VALUES ('rui', 0)")
    yield
    await settle_writes()
    await current().execute_script("DROP TABLE looks")


def count(n: int | str, who: str = "rui") -> Callable[[], object]:
    async def write() -> None:
        await current().execute_query(f"UPDATE looks SET n = {n} WHERE who = '{who}'")

    return write


async def test_of_two_under_one_name_the_later_is_written(visits: None) -> None:
    write_later("rui", count(1))
    write_later("rui", count(2))
    await settle_writes()
    assert await counted() == 2 and waiting_write("rui") is None


async def test_what_is_left_within_a_transaction_that_is_undone_is_written_all_the_same(visits: None) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            write_later("rui", count(3))
            await asyncio.sleep(0)
            raise ZeroDivisionError
    await settle_writes()
    assert await counted() == 3


async def test_what_fails_is_told_and_the_next_is_written(visits: None, caplog: pytest.LogCaptureFixture) -> None:
    write_later("nobody", count("no_such_column"))
    write_later("rui", count(4))
    await settle_writes()
    assert await counted() == 4
    assert [each.levelname for each in caplog.records] == ["ERROR"]


async def test_of_too_many_the_oldest_is_given_up_and_told(
    visits: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(write_behind, "_MOST_WAITING", 2)
    for n in range(3):
        write_later(n, count(n))
    assert waiting_write(0) is None and waiting_write(1) is not None
    await settle_writes()
    assert await counted() == 2
    assert "the oldest was given up" in caplog.text


async def test_a_row_that_another_holds_is_not_waited_for_and_written_later(
    each_database: str, visits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_behind, "TRY_AGAIN_SECONDS", 0.02)
    async with held_elsewhere(each_database):
        write_later("rui", count(5))
        await asyncio.sleep(0.1)
        assert waiting_write("rui") is not None
        assert await counted() == 0
    while waiting_write("rui"):
        await asyncio.sleep(0.01)
    assert await counted() == 5


async def test_what_still_waits_when_the_process_ends_is_given_up_and_told(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(write_behind, "LAST_PATIENCE_MS", 1)
    other = sqlite3.connect(database_url.removeprefix("sqlite://"), isolation_level=None)
    with caplog.at_level(logging.ERROR):
        async with connected(database_url):
            other.execute("BEGIN IMMEDIATE")
            write_later("rui", count(6))
    other.close()
    assert waiting_write("rui") is None
    assert "1 writes that pages left were given up" in caplog.text


@asynccontextmanager
async def held_elsewhere(url: str) -> AsyncIterator[None]:
    """Another program holds Rui's row; on SQLite that is all of the file."""
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
        file.execute("BEGIN IMMEDIATE")
        yield
        file.close()
    else:
        server = await asyncpg.connect(url)
        async with server.transaction():
            await server.execute("UPDATE looks SET n = n WHERE who = 'rui'")
            yield
        await server.close()


async def counted() -> int:
    (row,) = await current().execute_query_dict("SELECT n FROM looks")
    return int(row["n"])
