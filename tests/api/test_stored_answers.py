"""Asking again with the same Idempotency-Key: the first answer, for seven days, and meanwhile nobody else reads it."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from portal.actions.row_retention import prune
from portal.tables import models as tables
from portal.tables.connection import connected, current
from portal.vault import WrongPlace
from tests.api.conftest import Core
from tests.pages.conftest import Cast

pytestmark = pytest.mark.anyio

WEEK = timedelta(days=7)
KEYED = {"idempotency-key": "night"}
WANTED = {"loans": [{"loan_no": "JQ-2026-0001", "phone": "+8613800000001"}]}
OTHER_PHONE = {"loans": [{"loan_no": "JQ-2026-0003", "phone": "+8613900000077"}]}


async def invited(client: Any) -> str:
    answer = await client.post("/api/v1/invitations", json=WANTED, headers=KEYED)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["invitations"][0]["link"])


async def test_an_answer_is_given_again_for_seven_days_and_then_the_key_is_a_new_one(core: Core) -> None:
    async with await core() as client:
        first = await invited(client)
        await tables.JobRow.all().update(created_at=datetime.now(UTC) - WEEK + timedelta(minutes=1))
        assert await invited(client) == first
        await tables.JobRow.all().update(created_at=datetime.now(UTC) - WEEK)
        second = await invited(client)
        assert second != first
        assert await invited(client) == second
    assert await tables.JobRow.filter(key="night").count() == 1


async def test_whatever_was_answered_is_sealed_and_so_is_what_was_asked(core: Core, tmp_path: Path) -> None:
    payment = {"loan_no": "JQ-2026-0001", "id": "P-77", "received_on": "2026-06-12", "amount": "500.00"}
    async with await core() as client:
        link = await invited(client)
        await client.post("/api/v1/invitations", json=OTHER_PHONE, headers={"idempotency-key": "changed"})
        await client.post("/api/v1/payments", json=[payment], headers={"idempotency-key": "paid"})
    assert await tables.JobRow.all().count() == 3
    for row in await tables.JobRow.all():
        assert row.answer and "{" not in row.answer and link not in row.answer
    whole = b"".join(file.read_bytes() for file in tmp_path.rglob("*.db*") if file.is_file())
    assert b"13800000001" not in whole and link.rpartition("/")[2].encode() not in whole
    assert b'"invitations": [' not in whole, "of an answer only its counts lie open"


async def test_the_key_of_a_job_is_a_new_one_after_seven_days_too(core: Core) -> None:
    body = [{"loan_no": "JQ-2026-0001", "id": "P-77", "received_on": "2026-06-12", "amount": "500.00"}]
    async with await core() as client:
        for days, added in ((0, 1), (6, 1), (7, 0)):
            await tables.JobRow.all().update(created_at=datetime.now(UTC) - timedelta(days=days))
            said = await client.post("/api/v1/payments", json=body, headers=KEYED)
            assert said.json()["added"] == added
    assert await tables.JobRow.filter(key="night").count() == 1


async def test_an_answer_moved_to_another_lenders_key_does_not_open(core: Core, cast: Cast) -> None:
    async with await core() as jq, await core(slug="yh") as yh:
        await invited(jq)
        sealed = (await tables.JobRow.get(key="night")).answer
        body = [{"loan_no": "YH-88-2201", "id": "P-7", "received_on": "2026-06-12", "amount": "5.00"}]
        keyed = {"idempotency-key": "other"}
        assert (await yh.post("/api/v1/payments", json=body, headers=keyed)).status_code == 200
        await tables.JobRow.filter(key="other").update(answer=sealed)
        assert (await yh.post("/api/v1/payments", json=body, headers=keyed)).status_code == 500
    with pytest.raises(WrongPlace):
        cast.settings.vault().unseal_own(f"job:{(await tables.JobRow.get(key='other')).ref}", sealed)


@pytest.mark.usefixtures("each_database")
async def test_what_is_over_is_removed_the_oldest_first_and_no_other() -> None:
    now = datetime.now(UTC)
    rows = [tables.IdempotencyRow(actor="person:1", key=f"k-{no}", request_hash="x", result="r") for no in range(6)]
    await tables.IdempotencyRow.bulk_create(rows)
    for no, days in enumerate((9, 8, 7, 6, 1, 0)):
        await tables.IdempotencyRow.filter(key=f"k-{no}").update(created_at=now - timedelta(days=days))
    assert await prune(now) == 3
    assert await prune(now) == 0
    assert await tables.IdempotencyRow.all().order_by("id").values_list("key", flat=True) == ["k-3", "k-4", "k-5"]


async def test_answers_that_lay_open_are_gone_from_the_file_after_the_upgrade(database_url: str) -> None:
    """What an older version kept of refused rows; a borrower's own forms kept an opaque name and stay."""
    (forget,) = (
        operation.sql
        for operation in import_module("migrations.0008_nobody_let_in").Migration.operations
        if "idempotency" in getattr(operation, "sql", "")
    )
    file = Path(database_url.removeprefix("sqlite://"))
    async with connected(database_url):
        for actor in ("lender:1", "person:1"):
            rows = [
                tables.IdempotencyRow(actor=actor, key=f"k{no}", request_hash="x", result=f"{actor} 卡纳里")
                for no in range(50)
            ]
            await tables.IdempotencyRow.bulk_create(rows)
    assert "lender:1 卡纳里".encode() in file.read_bytes()
    async with connected(database_url):
        await current().execute_query(forget)
        (on,) = await current().execute_query_dict("PRAGMA secure_delete")
        assert on == {"secure_delete": 1}, "some builds of SQLite do so unasked, others do not"
    assert "lender:1 卡纳里".encode() not in file.read_bytes()
    assert "person:1 卡纳里".encode() in file.read_bytes()
