"""Whoever walks through a whole table passes every row once, and has few of them at a time."""

from datetime import UTC, datetime

import pytest

from portal.reads.rows import batches, each_row
from portal.tables import models as tables

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

NOW = datetime(2026, 6, 14, 4, tzinfo=UTC)


@pytest.mark.parametrize(("most", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (6, [5])])
async def test_a_walk_comes_past_every_row_once_in_its_order(most: int, sizes: list[int]) -> None:
    for key in ("c", "a", "e", "b", "d"):
        await tables.ThrottleRow.create(key=key, since=NOW)
    found = [batch async for batch in batches(tables.ThrottleRow, most, "id", "key")]
    assert [len(batch) for batch in found] == sizes
    assert [row["key"] for batch in found for row in batch] == ["c", "a", "e", "b", "d"]
    assert [row["key"] async for row in each_row(tables.ThrottleRow, most, "key", by="key", after="a")] == list("bcde")


async def test_a_walk_through_nothing_ends_at_once() -> None:
    assert [row async for row in each_row(tables.ThrottleRow, 2)] == []
