"""No table grows without an end: each has a life or a reason why it is kept, and the worker removes what is over."""

from datetime import UTC, datetime, timedelta

import pytest
from tortoise.models import Model

from portal.actions.row_retention import BATCH, KEPT, RETENTIONS, Retention, prune
from portal.tables import models as tables
from portal.tables.connection import current
from portal.vault import Vault
from tests.pages.conftest import SECRET

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 6, 14, 4, tzinfo=UTC)
VAULT = Vault(SECRET)


def test_every_table_has_a_life_or_a_reason_why_it_is_kept() -> None:
    every = {each for each in vars(tables).values() if isinstance(each, type)}
    living = [life.table for life in RETENTIONS]
    assert len(living) == len(set(living))
    assert set(living) | set(KEPT) == every and not set(living) & set(KEPT)
    assert all(len(reason) > 5 for reason in KEPT.values())


async def rows(table: type[Model], ago: timedelta) -> None:
    """One of each kind whose time began so long ago, and one that is in force."""
    then, later = NOW - ago, NOW + timedelta(hours=1)
    person = await tables.PersonRow.create(ref=f"p{then}"[:32], key=VAULT.new_key())
    lender, _ = await tables.LenderRow.get_or_create(
        slug="jq", defaults={"name": "", "kind": "bank", "currency": "CNY", "timezone": "Asia/Shanghai"}
    )
    facts: dict[type[Model], list[dict[str, object]]] = {
        tables.ThrottleRow: [{"key": "old", "since": then}, {"key": "new", "since": NOW}],
        tables.CodeRow: [
            {"ref": ref, "purpose": "sign", "code_hash": "",
             "sent_at": over - timedelta(minutes=10), "expires_at": over}
            for ref, over in (("old", then), ("new", later))
        ],
        tables.SessionRow: [
            {"token_hash": ref, "kind": "borrower", "person_id": person.id, "how": "code", "seen_at": then,
             "expires_at": over, "ended_at": ended}
            for ref, over, ended in (("old", then, None), ("ended", then, then), ("new", later, None))
        ],
        tables.IdempotencyRow: [{"actor": "a", "key": "old", "request_hash": "", "result": ""}],
        tables.OutboundMessageRow: [
            {"ref": state, "person_id": person.id, "kind": "code", "sealed": b"", "state": state, "next_at": then,
             "ended_at": None if state == "waiting" else then}
            for state in ("delivered", "expired", "dead", "waiting")
        ],
        tables.JobRow: [
            {"ref": f"{state}{file}", "lender_id": lender.id, "kind": "portfolio", "state": state, "asked_by": "",
             "options": "", "file": file, "created_at": then, "ended_at": None if state == "running" else then}
            for state, file in (("done", ""), ("refused", ""), ("failed", ""), ("failed", "body"), ("running", ""))
        ],
        tables.WebhookDeliveryRow: [
            {"ref": ref, "endpoint_id": 1, "event_ref": ref, "feed": feed, "stream": "loan:1", "seq": feed,
             "answer": "", "type": "plan.cured", "state": "delivered", "headers": "{}", "first_at": then,
             "last_at": last}
            for ref, feed, last in (("old", 1, then), ("new", 2, NOW))
        ],
    }  # fmt: skip
    if table is tables.WebhookDeliveryRow:
        empty = dict.fromkeys(("name", "url", "types", "secret", "previous_secret", "created_by"), "")
        made = {"id": 1, "ref": "e", "lender_id": lender.id, "state": "on", "position": 0, "created_at": then}
        await tables.WebhookEndpointRow.create(**empty, **made)
    for each in facts[table]:
        await table.create(**each)
    if table is tables.IdempotencyRow:
        await tables.IdempotencyRow.all().update(created_at=then)
        await tables.IdempotencyRow.create(actor="a", key="new", request_hash="", result="")


@pytest.mark.parametrize(
    ("table", "days", "over", "stay"),
    [
        (tables.ThrottleRow, 1, 1, 1),
        (tables.CodeRow, 1, 1, 1),
        (tables.SessionRow, 30, 2, 1),
        (tables.IdempotencyRow, 7, 1, 1),
        (tables.OutboundMessageRow, 30, 3, 1),
        (tables.JobRow, 30, 3, 2),
        (tables.WebhookDeliveryRow, 30, 1, 1),
    ],
)
@pytest.mark.usefixtures("each_database")
async def test_what_is_over_goes_and_what_is_in_force_stays(
    table: type[Model], days: int, over: int, stay: int
) -> None:
    await rows(table, timedelta(days=days))
    assert await prune(NOW - timedelta(seconds=1)) == 0
    assert await prune(NOW) == over
    assert await prune(NOW) == 0
    assert await table.all().count() == stay


async def test_a_round_takes_its_share_of_the_oldest(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.actions.row_retention.BATCHES", 2)
    tries = [tables.ThrottleRow(key=f"{no}", since=NOW - timedelta(days=2, seconds=-no)) for no in range(2 * BATCH + 7)]
    await tables.ThrottleRow.bulk_create(tries)
    assert [await prune(NOW), await tables.ThrottleRow.filter(key__in=["0", "1006"]).count()] == [2 * BATCH, 1]
    assert await prune(NOW) == 7


@pytest.mark.parametrize("life", RETENTIONS, ids=lambda life: life.table.__name__)
async def test_what_is_over_is_found_without_reading_or_sorting_a_whole_table(database: str, life: Retention) -> None:
    plan = await current().execute_query_dict(f"EXPLAIN QUERY PLAN {life.oldest(BATCH).sql(params_inline=True)}")
    assert not [step["detail"] for step in plan if "TEMP B-TREE" in step["detail"]]
    assert all("USING" in step["detail"] or life.by == "id" for step in plan), plan
