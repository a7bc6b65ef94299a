"""What a monitoring system reads: numbers that are true, of everybody together, and nothing for anybody else."""

import logging
import re
import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.app import create_app
from portal.reads.metrics import REFUSED, metrics
from portal.settings import Settings
from portal.tables import models as tables
from portal.vault import Vault, new_ref
from tests.browser import Browser
from tests.pages.conftest import SECRET, TODAY, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

TOKEN = "a metrics token of thirty-two letters"
GROWS = ("event", "loan", "borrower", "person", "outbound_message", "proposal", "payment", "access", "session")


def told(text: str) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"^(portal_\S+) (\d+)$", text, re.M)}


async def test_every_number_is_told_with_its_help_and_type(cast: Cast) -> None:
    bo = await cast.browser().open("/metrics")
    assert (bo.status, bo.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    lines = bo.html.splitlines()
    names = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert [line.split()[2] for line in lines if line.startswith("# HELP ")] == names
    assert len(lines) == 2 * len(names) + len(told(bo.html))
    assert {re.split(r"[{ ]", name)[0] for name in told(bo.html)} <= set(names)
    assert 'portal_schema_info{migration="0' in bo.html


@pytest.mark.usefixtures("at_rest")
async def test_what_waits_is_counted_with_its_age(cast: Cast) -> None:
    before = told((await cast.browser().open("/metrics")).html)
    assert before['portal_proposals_to_answer{lender="jq"}'] == 2, "周敏 has just sent one, 吴磊's is under review"
    assert before['portal_oldest_proposal_seconds{lender="yh"}'] == 0
    now = datetime.now(UTC)
    person = await tables.PersonRow.create(ref=new_ref(), key=Vault(SECRET).new_key())
    for state in ("waiting", "dead", "delivered", "waiting"):
        row = await tables.OutboundMessageRow.create(
            ref=new_ref(), person_id=person.id, kind="notice", sealed=b"", state=state, next_at=now
        )
        await tables.OutboundMessageRow.filter(id=row.id).update(created_at=now - timedelta(hours=2))
    job = {"lender_id": 1, "kind": "portfolio", "asked_by": "operator", "options": "{}"}
    await tables.JobRow.create(ref=new_ref(), state="running", created_at=now - timedelta(seconds=90), **job)
    await tables.JobRow.create(ref=new_ref(), state="done", created_at=now, **job)
    await tables.PulseRow.create(name="plans", since=now, at=now - timedelta(seconds=30), problem="OperationalError")
    for what, at in ((REFUSED[0], now), (REFUSED[0], now - timedelta(hours=2)), ("sign-in", now)):
        await tables.AccessRow.create(actor_kind="nobody", actor_ref="", what=what, at=at)
    found = told((await cast.browser().open("/metrics")).html)
    assert found['portal_messages{state="waiting"}'] == 2 + before['portal_messages{state="waiting"}']
    assert found['portal_messages{state="dead"}'] == 1
    assert 7200 <= found["portal_oldest_message_seconds"] < 7260
    assert found['portal_jobs{state="running"}'] == 1 and found['portal_jobs{state="waiting"}'] == 0
    assert 90 <= found['portal_oldest_job_seconds{state="running"}'] < 150
    assert 30 <= found['portal_worker_seconds{task="plans"}'] < 90
    assert found['portal_worker_failing{task="plans"}'] == 1
    assert found["portal_sign_ins_refused"] == 1


async def test_an_answer_is_overdue_from_the_day_after_its_last_one(cast: Cast) -> None:
    of_proposals, of_complaints, of_payments = (
        f'portal_answers_overdue{{lender="jq",of="{of}"}}' for of in ("proposal", "complaint", "payment")
    )
    loan = await tables.LoanRow.get(loan_no=ZHOU_MINS)
    person = await tables.PersonRow.all().first()
    assert person is not None
    day = {"loan_id": loan.id, "person_id": person.id, "paid_on": TODAY, "amount_minor": 1, "state": "asked"}
    report = await tables.PaymentClaimRow.create(ref=new_ref(), look_by=TODAY, reported_at=datetime.now(UTC), **day)
    said = {"loan_id": loan.id, "person_id": person.id, "lender_id": 1, "kind": "other", "state": "open"}
    problem = await tables.ComplaintRow.create(ref=new_ref(), answer_by=TODAY, opened_at=datetime.now(UTC), **said)
    await tables.ProposalRow.filter(state__in=("submitted", "under_review")).update(decide_by=TODAY)
    found = told((await cast.browser().open("/metrics")).html)
    assert (found[of_proposals], found[of_complaints], found[of_payments]) == (0, 0, 0)
    yesterday = date(2026, 6, 13)
    await tables.PaymentClaimRow.filter(id=report.id).update(look_by=yesterday)
    await tables.ComplaintRow.filter(id=problem.id).update(answer_by=yesterday)
    await tables.ProposalRow.filter(state="submitted").update(decide_by=yesterday)
    found = told((await cast.browser().open("/metrics")).html)
    assert (found[of_proposals], found[of_complaints], found[of_payments]) == (1, 1, 1)
    assert found['portal_answers_overdue{lender="yh",of="proposal"}'] == 0


@pytest.mark.parametrize(
    ("token", "base_url", "sent", "status"),
    [
        ("", "http://127.0.0.1:8000", "", 200),
        ("", "https://pay.example.com", "", 404),
        (TOKEN, "http://127.0.0.1:8000", "", 404),
        (TOKEN, "https://pay.example.com", f"Bearer {TOKEN}", 200),
        (TOKEN, "https://pay.example.com", f"Bearer {TOKEN}x", 404),
        (TOKEN, "https://pay.example.com", TOKEN, 404),
        (TOKEN, "https://pay.example.com", "Bearer 口令", 404),
    ],
)
async def test_whoever_has_no_token_finds_nothing_there(
    database: str, token: str, base_url: str, sent: str, status: int
) -> None:
    settings = Settings(database=database, secret=SECRET, base_url=base_url, metrics_token=token)
    bo = Browser(create_app(settings, own_database=False), "en")
    answer = await bo.client.get("/metrics", headers={"authorization": sent.encode()} if sent else {})
    assert answer.status_code == status
    if status == 404:
        nowhere = await bo.client.get("/nothing")
        assert answer.text.replace("/metrics", "") == nowhere.text.replace("/nothing", "")


async def test_no_name_no_number_of_anybody_is_told(cast: Cast) -> None:
    text = (await cast.browser().open("/metrics")).html
    assert text.isascii() and not re.search(r"\d{11}|JQ-|@", text)


async def test_nothing_of_it_walks_through_a_table_that_grows(database: str, caplog: pytest.LogCaptureFixture) -> None:
    from portal.actions.lenders import NewLender, add_lender
    from tests.actions.story import NOW

    await add_lender(NOW, NewLender("jq", "佳泉", "bank", "CNY", "Asia/Shanghai"))
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    caplog.clear()
    await metrics(NOW.at, lambda _: TODAY)
    asked = [line for line in caplog.messages if line.startswith("SELECT") and ": [" in line]
    assert len(asked) == 11
    walked = []
    with sqlite3.connect(database.removeprefix("sqlite://")) as file:
        for line in asked:
            statement = line.rpartition(": [")[0]
            plan = file.execute(f"EXPLAIN QUERY PLAN {statement}", [1] * statement.count("?")).fetchall()
            walked += [row[3] for row in plan if re.match(rf"SCAN ({'|'.join(GROWS)})\b", row[3])]
    assert walked == []
