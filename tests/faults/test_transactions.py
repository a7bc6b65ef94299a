"""Two writers, a caller who hangs up, a database that is busy: nothing is lost, torn or left locked."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from datetime import datetime, timedelta, timezone

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from portal.tables.connection import Unusable, connected, current
from portal.tables.engine import checkpoint
from portal.tables.query import Query
from portal.tables.transaction import retried, transaction

pytestmark = pytest.mark.anyio


@pytest.fixture
async def tally(each_database_url: str) -> AsyncIterator[None]:
    """A count, and slips of which each is there once; with one connection, so that to leak it is to hang."""
    one = "" if each_database_url.startswith("sqlite") else "&maxsize=1"
    async with connected(each_database_url + one):
        await current().execute_script("CREATE TABLE tally (n BIGINT); INSERT INTO tally VALUES (0)")
        await current().execute_script("CREATE TABLE slip (n BIGINT UNIQUE)")
        yield
        async with asyncio.timeout(5):
            await current().execute_script("DROP TABLE tally; DROP TABLE slip")


async def test_eight_clerks_writing_at_once_never_see_database_is_locked(database: str) -> None:
    await current().execute_script("CREATE TABLE tally (n BIGINT); INSERT INTO tally VALUES (0)")
    clerk = [sys.executable, "-m", "tests.faults.clerk", database, "20"]
    clerks = [await asyncio.create_subprocess_exec(*clerk) for _ in range(8)]
    assert [await one.wait() for one in clerks] == [0] * 8
    assert await _counted() == 160


async def test_a_caller_who_hangs_up_while_the_door_opens_leaves_nothing_locked(tally: None) -> None:
    for steps in range(40):
        callers = [asyncio.create_task(_count_twice()) for _ in range(2)]
        for _ in range(steps):
            await asyncio.sleep(0)
        await _hang_up(callers)
    async with asyncio.timeout(5):
        before = await _counted()
        await _count_twice()
        assert await _counted() == before + 2


async def test_a_caller_who_hangs_up_at_any_moment_leaves_both_halves_or_none(tally: None) -> None:
    for pause in range(40):
        caller = asyncio.create_task(_count_twice())
        await asyncio.sleep(pause / 10_000)
        await _hang_up([caller])
        async with asyncio.timeout(5), transaction():
            assert await _counted() % 2 == 0


async def test_what_fails_within_a_transaction_is_undone_alone(tally: None) -> None:
    async with transaction():
        await _slip(1)
        with suppress(IntegrityError):
            async with transaction():
                await _add(1)
                await _slip(1)
        await _slip(2)
    assert await _counted() == 0
    assert await _slips() == [1, 2]


async def test_a_kept_query_reads_what_its_own_transaction_wrote(tally: None) -> None:
    tally_now = Query("SELECT n FROM tally")
    with suppress(IntegrityError):
        async with transaction():
            assert [tuple(row) for row in await tally_now.read()] == [(0,)]
            await _add(3)
            assert [tuple(row) for row in await tally_now.read()] == [(3,)]
            with suppress(IntegrityError):
                async with transaction():
                    await _add(4)
                    assert [tuple(row) for row in await tally_now.read()] == [(7,)]
                    raise IntegrityError
            assert [tuple(row) for row in await tally_now.read()] == [(3,)]
            raise IntegrityError
    assert [tuple(row) for row in await tally_now.read()] == [(0,)]


async def test_what_fails_altogether_is_undone_altogether(tally: None) -> None:
    with pytest.raises(IntegrityError):
        async with transaction():
            await _slip(1)
            await _slip(1)
    assert await _slips() == []


async def test_a_clerk_who_loses_twice_gets_through_the_third_time(tally: None) -> None:
    losses = [_busy(), _busy()]

    @retried
    async def unit() -> None:
        async with transaction():
            await _add(1)
            if losses:
                raise losses.pop()

    await unit()
    assert await _counted() == 1


async def test_a_clerk_who_always_loses_is_told_in_the_end(tally: None) -> None:
    tries = 0

    @retried
    async def unit() -> None:
        nonlocal tries
        tries += 1
        raise _busy()

    with pytest.raises(TransactionManagementError):
        await unit()
    assert tries == 5


async def test_what_is_simply_wrong_is_not_tried_again(tally: None) -> None:
    tries = 0

    @retried
    async def unit() -> None:
        nonlocal tries
        tries += 1
        await current().execute_query("SELECT no_such_column FROM tally")

    with pytest.raises(OperationalError):
        await unit()
    assert tries == 1


async def test_within_a_transaction_only_the_whole_may_start_over(tally: None) -> None:
    tries = 0

    @retried
    async def part() -> None:
        nonlocal tries
        tries += 1
        raise _busy()

    with pytest.raises(TransactionManagementError):
        async with transaction():
            await part()
    assert tries == 1


async def test_a_clerk_waits_while_another_program_holds_the_file(database_url: str) -> None:
    async with connected(f"{database_url}?busy_timeout=1"):
        await current().execute_script("CREATE TABLE tally (n BIGINT); INSERT INTO tally VALUES (0)")
        other = sqlite3.connect(database_url.removeprefix("sqlite://"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.05, other.execute, "COMMIT")
        await retried(_count_twice)()
        assert await _counted() == 2
        other.close()


async def test_who_reads_is_not_kept_waiting_by_a_clerk_who_waits_for_another_program(database_url: str) -> None:
    async with connected(database_url):
        await current().execute_script("CREATE TABLE tally (n BIGINT); INSERT INTO tally VALUES (0)")
        other = sqlite3.connect(database_url.removeprefix("sqlite://"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        clerks = [asyncio.create_task(work) for work in (_count_twice(), _add(1))]
        for _ in range(3):
            await asyncio.sleep(0.01)
            assert await _counted() == 0
        assert not any(clerk.done() for clerk in clerks)
        other.execute("COMMIT")
        await asyncio.gather(*clerks)
        assert await _counted() == 3
        other.close()


@pytest.mark.postgres
async def test_two_clerks_in_each_others_way_both_get_through(postgres_url: str) -> None:
    async with connected(postgres_url):
        await current().execute_script("DROP TABLE IF EXISTS drawer; CREATE TABLE drawer (id INT, n INT)")
        await current().execute_script("INSERT INTO drawer VALUES (1, 0), (2, 0)")

        @retried
        async def take(*drawers: int) -> None:
            async with transaction() as client:
                await client.execute_script("SET LOCAL deadlock_timeout = '20ms'")
                for drawer in drawers:
                    await client.execute_query(f"UPDATE drawer SET n = n + 1 WHERE id = {drawer}")
                    await asyncio.sleep(0.05)

        await asyncio.gather(take(1, 2), take(2, 1))
        rows = await current().execute_query_dict("SELECT n FROM drawer")
        assert [row["n"] for row in rows] == [2, 2]
        await current().execute_script("DROP TABLE drawer")


async def test_what_was_committed_is_moved_into_the_file_beside_the_acts(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read without its log, as a copy of the file alone would be."""
    file = database_url.removeprefix("sqlite://")
    async with connected(database_url):
        await current().execute_script("CREATE TABLE tally (n BIGINT); INSERT INTO tally VALUES (0)")
        monkeypatch.setattr(checkpoint, "BEGINS_AT_BYTES", 1)
        await _add(3)
        async with asyncio.timeout(5):
            while _in_file_alone(file) != [(3,)]:
                await asyncio.sleep(0.01)


async def test_noon_in_shanghai_comes_before_noon_in_london(database: str) -> None:
    shanghai = datetime(2026, 6, 14, 12, tzinfo=timezone(timedelta(hours=8)))
    london = datetime(2026, 6, 14, 12, tzinfo=timezone(timedelta(hours=1)))
    await current().execute_script("CREATE TABLE diary (at TIMESTAMP)")
    for moment in (london, shanghai):
        await current().execute_insert("INSERT INTO diary VALUES (?)", [moment])
    first, last = await current().execute_query_dict("SELECT at FROM diary ORDER BY at")
    assert first["at"] == "2026-06-14 04:00:00.000000+00:00"
    assert last["at"] == "2026-06-14 11:00:00.000000+00:00"


async def test_a_command_that_fails_with_the_database_open_still_ends(database_url: str) -> None:
    failing = (
        "import asyncio, sys\n"
        "from portal.tables.connection import connected\n"
        "async def command():\n"
        "    async with connected(sys.argv[1]):\n"
        "        raise SystemExit(7)\n"
        "asyncio.run(command())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", failing, database_url)
    assert await asyncio.wait_for(process.wait(), timeout=30) == 7


def _in_file_alone(file: str) -> list[tuple[int]]:
    with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as alone:
        try:
            return alone.execute("SELECT n FROM tally").fetchall()
        except sqlite3.OperationalError:
            return []


async def test_a_database_that_is_not_there_is_an_error_at_the_start(tmp_path: object) -> None:
    with pytest.raises(Unusable, match="unable to open"):
        async with connected(f"sqlite://{tmp_path}/no/such/folder/portal.db"):
            pass
    with pytest.raises(Unusable, match="Connect call failed"):
        async with connected("postgres://portal@127.0.0.1:1/portal"):
            pass


async def _count_twice() -> None:
    async with transaction():
        await _add(1)
        await _add(1)


async def _add(more: int) -> None:
    await current().execute_query(f"UPDATE tally SET n = n + {more}")


async def _counted() -> int:
    (row,) = await current().execute_query_dict("SELECT n FROM tally")
    return int(row["n"])


async def _slip(n: int) -> None:
    await current().execute_query(f"INSERT INTO slip VALUES ({n})")


async def _slips() -> list[int]:
    return [row["n"] for row in await current().execute_query_dict("SELECT n FROM slip ORDER BY n")]


async def _hang_up(callers: list[asyncio.Task[None]]) -> None:
    for caller in callers:
        caller.cancel()
    for end in await asyncio.gather(*callers, return_exceptions=True):
        assert end is None or isinstance(end, asyncio.CancelledError)


def _busy() -> TransactionManagementError:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return TransactionManagementError(busy)


@pytest.mark.postgres
async def test_a_clerk_who_waited_too_long_for_a_locked_drawer_comes_again(postgres_url: str) -> None:
    """PostgreSQL gives up the wait by itself (55P03); by the next try the drawer is free."""
    tries = 0
    async with connected(postgres_url):
        await current().execute_script("DROP TABLE IF EXISTS drawer; CREATE TABLE drawer (n INT)")
        await current().execute_script("INSERT INTO drawer VALUES (0)")
        other = await asyncpg.connect(postgres_url)
        held = other.transaction()
        await held.start()
        await other.execute("UPDATE drawer SET n = n + 1")

        @retried
        async def take() -> None:
            nonlocal tries
            tries += 1
            if tries == 2:
                await held.commit()
            async with transaction(patience_ms=10):
                await current().execute_query("UPDATE drawer SET n = n + 1")

        await take()
        (row,) = await current().execute_query_dict("SELECT n FROM drawer")
        assert (row["n"], tries) == (2, 2)
        await other.close()
        await current().execute_script("DROP TABLE drawer")
