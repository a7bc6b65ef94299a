"""Kept queries: the same rows from both databases, few of them a page, and none looks through what grows."""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import httpx2
import pytest
from tortoise import Tortoise
from tortoise.fields import BinaryField, BooleanField, CharField, DateField, DatetimeField, Field, TextField
from tortoise.models import Model

from portal import reads
from portal.app import create_app
from portal.commands.seed import seed
from portal.domain.ledger.position import position
from portal.reads.cases import Case, PersonScope, cases
from portal.reads.loan_notes import loan_notes, notes_by_loan
from portal.reads.plans import monthly_of_plans, next_payments
from portal.settings import Settings
from portal.tables import models as tables
from portal.tables.connection import connected, current
from portal.tables.query import Query, numbered
from portal.vault import token_hash
from portal.web import csrf

pytestmark = pytest.mark.anyio

TODAY, AT = date(2026, 6, 14), datetime(2026, 6, 14, 16, 40, tzinfo=UTC)
SECRET = "a secret of more than thirty-two characters"
MANY = 20_000
# A deployment has a handful of lenders, and each sets a policy now and then.
STAY_SMALL = {"lender", "policy_version"}
# What a statement has put together before it goes on with it, which is no table.
PUT_TOGETHER = re.compile(r"alike|behind|both_of_them|listed|known|\w+_counted")
# What is asked for, by the names that queries give it.
ASKED = {
    "person": 7,
    "lenders": (1, 2),
    "lender": 1,
    "loan": 7,
    "borrowers": (7, 8),
    "feed": 7,
    "loans": (7, 8, 9),
    "proposals": (7, 8),
    "besides": 7,
    "ref": "x7",
    "refs": ("x7", "x8"),
    "loan_no": "x7",
    "known_at": AT,
    "at": AT,
    "token_hash": "x7",
    **{"secret": "x7", "stream": "x7"},
    "open": ("asked", "awaiting"),
    "version": 1,
    **{"after": TODAY, "today": TODAY, "below": 7, "id": 7, "me": "x7", "hashed": "x7", "begins": "x7", "ends": "x8"},
    **{"state": "", "rule": "x7", "product": "x7", "assignee": "", "most": 51, "rows": 51, "past": 0},
    "cause": "grace",
    "figure": "answers",
    "first": date(2026, 7, 1),
    "of": date(2026, 7, 31),
    "known": date(2026, 7, 31),
    "open_after": date(2026, 7, 31),
    "states": ("kept", "waiting"),
    "since": date(2026, 7, 1),
    "until": date(2026, 7, 31),
    "due": date(2026, 7, 1),
    "due_until": date(2026, 7, 31),
    "undated": 1,
    "kind": "plan",
    "caused": 0,
    "every": 0,
    "bucket": "days_90",
    "was": "current",
    "before": 1000,
    "borrower": 7,
    "number": "x7",
}
# Where a rule of the table allows but some words.
WORDS = {
    "currency": "CNY",
    "role": "borrower",
    "staff.role": "agent",
    "approval.kind": "waiver",
    "approval.outcome": "",
    "party": "borrower",
    "author": "borrower",
    "component": "penalty",
    "charge.kind": "fees",
    "proposal.kind": "plan",
    "problem.kind": "other",
    "session.kind": "borrower",
    "proposal.state": "declined",
    "payment_report.state": "withdrawn",
    "booking.outcome": "booked",
    "plan_pause.until": "2026-06-20",
    "problem.state": "open",
    "problem.outcome": "",
    "problem.component": "",
    "correction.fact": "payment",
    "figure_fact.figure": "answers",
    "figure_total.figure": "answers",
    "contact.channel": "call",
    "contact.reason": "hold",
    "contact.outcome": "",
    "month_end.was": "current",
    "month_end.bucket": "days_90",
    "month_end_total.bucket": "days_90",
}
OF_TYPE: dict[type[Field[Any]], str] = {
    BinaryField: "CAST('x' AS BYTEA)",
    BooleanField: "TRUE",
    DatetimeField: "CAST('2026-06-01 00:00:00.000000+00:00' AS TIMESTAMPTZ)",
    DateField: "CAST('2026-06-01' AS DATE)",
    CharField: "'x' || i",
    TextField: "'x' || i",
}
FOUND_BY = {"person_id", "open_loan", "live_loan", "open_key", "name_hash", "last4_hash"}
FILLED = (
    *(tables.PersonRow, tables.BorrowerRow, tables.LoanRow, tables.ContractRow, tables.PartyRow, tables.PaymentRow),
    *(tables.ChargeRow, tables.StatementRow, tables.SuspensionRow, tables.WaiverRow, tables.EventRow),
    *(tables.SessionRow, tables.ProposalRow, tables.ProposalLineRow, tables.OfferRow, tables.DraftRow),
    *(tables.HoldRow, tables.PaymentClaimRow, tables.ComplaintRow, tables.AgreementRow),
    *(tables.MessageChoiceRow, tables.PreferenceRow, tables.ContactRow, tables.InvitationRow),
    *(tables.StaffRow, tables.ApprovalRow, tables.BookingRow, tables.PlanPauseRow, tables.LenderCreditRow),
    *(tables.ApiKeyRow, tables.CorrectionRow, tables.FigureFactRow, tables.FigureTotalRow),
    *(tables.MonthEndRow, tables.MonthEndTotalRow),
)


def kept() -> Iterator[tuple[str, Query]]:
    for module in iter_modules(reads.__path__, f"{reads.__name__}."):
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, Query):
                yield f"{module.name}.{name}", value


async def explained(query: Query) -> list[dict[str, Any]]:
    """The steps of its plan, as either database tells them."""
    asked = {name: ASKED[name] for name in re.findall(r":([a-z_]+)", query.text)}
    sizes = tuple((name, len(each) if isinstance(each, tuple) else None) for name, each in asked.items())
    given = [one for each in asked.values() for one in (each if isinstance(each, tuple) else (each,))]
    if "sqlite" in type(current()).__name__.lower():
        text = f"EXPLAIN QUERY PLAN {numbered(query.text, '?', sizes)}"
        return [dict(row) for row in await current().execute_query_dict(text, given)]
    text = f"EXPLAIN (FORMAT JSON) {numbered(query.text, '$', sizes)}"
    (row,) = await current().execute_query_dict(text, given)
    return list(nodes(json.loads(row["QUERY PLAN"])[0]["Plan"]))


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from nodes(below)


def looked_through(step: dict[str, Any]) -> str | None:
    """The table of which a step reads every row, if there is one."""
    if "detail" in step:
        scanned = re.match(r"SCAN (?!\(|CONSTANT)(\w+)", step["detail"])
        return scanned[1] if scanned and not PUT_TOGETHER.fullmatch(scanned[1]) else None
    by_index = "Index" in step["Node Type"] and "Index Cond" in step
    return None if by_index or step["Node Type"] == "Bitmap Heap Scan" else step.get("Relation Name")


def literal(model: type[Model], name: str) -> str:
    """SQL for a column of row `i`."""
    field, table = model._meta.fields_map[name], model._meta.db_table
    column = field.source_field or name
    if name == "id":
        return "i"
    if column.endswith("_id"):
        return "1" if column == "lender_id" else "i"
    if column in WORDS or f"{table}.{column}" in WORDS:
        return f"'{WORDS.get(f'{table}.{column}', WORDS.get(column))}'"
    known = next((text for kind, text in OF_TYPE.items() if isinstance(field, kind)), "1")
    if table == "correction" and column == "version":
        return "2"
    return "i" if column in ("feed", "open_loan", "live_loan") else known


async def fill(model: type[Model]) -> None:
    """Rows with all that has to be there, and with what they are found by."""
    there = model._meta.fields_db_projection
    names = [name for name in there if not model._meta.fields_map[name].null or name in FOUND_BY]
    columns = ", ".join(f'"{model._meta.fields_db_projection[name]}"' for name in names)
    rows = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"
    values = ", ".join(literal(model, name) for name in names)
    await current().execute_script(f'{rows} INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {values} FROM n')


async def test_no_kept_query_looks_through_a_table_that_grows(each_database: str) -> None:
    named = {"name": "佳泉", "kind": "consumer-finance", "currency": "CNY", "timezone": "Asia/Shanghai"}
    await tables.LenderRow.create(id=1, slug="jq", **named)
    for model in FILLED:
        await fill(model)
    await current().execute_script("ANALYZE")
    for name, query in kept():
        found = {looked_through(step) for step in await explained(query)} - {None, *STAY_SMALL}
        assert not found, f"{name} reads every row of {found}"


async def test_looking_through_a_table_would_be_seen(each_database: str) -> None:
    every = Query("SELECT id FROM payment WHERE amount_minor = :lender")
    assert "payment" in {looked_through(step) for step in await explained(every)}


async def stage(url: str) -> list[tuple[type[Model], list[Model]]]:
    """The demo's cast in an SQLite file, with a session for everybody who came in; answers all rows."""
    async with connected(url):
        await seed(Settings(database=url, secret=SECRET, business_date=TODAY))
        lenders = " ".join(str(row) for row in await tables.LenderRow.all().values_list("id", flat=True))
        times = {"seen_at": datetime.now(UTC), "expires_at": datetime(2100, 1, 1, tzinfo=UTC)}
        for person in await tables.PersonRow.all():
            facts = {"kind": "borrower", "how": "link", "lenders": lenders, "token_hash": token_hash(person.ref)}
            await tables.SessionRow.create(person_id=person.id, **facts, **times)
        return [(model, list(await model.all())) for model in Tortoise.apps["portal"].values()]


async def copy(rows: list[tuple[type[Model], list[Model]]]) -> None:
    """Into PostgreSQL as they are, in whatever order."""
    async with current().acquire_connection() as session:
        await session.execute("SET session_replication_role = replica")
        for model, found in rows:
            columns = list(model._meta.fields_db_projection)
            values = [
                [model._meta.fields_map[name].to_db_value(getattr(row, name), row) for name in columns] for row in found
            ]
            names = ", ".join(f'"{model._meta.fields_db_projection[name]}"' for name in columns)
            places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
            await session.executemany(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places})', values)
        await session.execute("SET session_replication_role = origin")


class Counted(logging.Handler):
    """How many statements reached the database since it was last asked."""

    said = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.said += record.msg == "%s: %s" and "session" not in str(record.args[0])[:9]  # type: ignore[index]

    def since(self) -> int:
        said, self.said = self.said, 0
        return said


async def read_by_all(url: str, counted: Counted) -> dict[str, Any]:
    """What each person's readers and pages answer; how many statements each page took."""
    app = create_app(Settings(database=url, secret=SECRET, business_date=TODAY), own_database=False)
    every = frozenset(int(str(each)) for each in await tables.LenderRow.all().values_list("id", flat=True))
    found: dict[str, Any] = {}
    for person in await tables.PersonRow.all().order_by("id"):
        scope = PersonScope(person.id, every)
        theirs: Sequence[Case] = await cases(scope)
        notes = [await loan_notes(each.id, person.id) for each in theirs]
        plans = next_payments([(each, position(each.loan, TODAY)) for each in theirs])
        found[person.ref] = (theirs, notes, plans, await notes_by_loan(scope), await monthly_of_plans(scope, 0, "CNY"))
        transport = httpx2.ASGITransport(app=app)
        base, cookies = "http://127.0.0.1:8000", {"portal": person.ref, "style": app.state.static.version}
        async with httpx2.AsyncClient(transport=transport, base_url=base, cookies=cookies) as client:
            for each in theirs[:1]:
                for page in ("/loans", f"/loans/{each.ref}", f"/loans/{each.ref}/plan"):
                    counted.since()
                    if page.endswith("/plan"):
                        typed = {"how": "count", "installments": "3", "every": "1m", "first_due": "2026-07-01"}
                        headers = {"hx-request": "true", "origin": base}
                        data = typed | {"csrf": csrf.token(SECRET, person.ref)}
                        answer = await client.post(page, data=data, headers=headers)
                    else:
                        answer = await client.get(page)
                    text = re.sub(r'name="(csrf|key)" value="[^"]*"|\S+ data-me', "", answer.text)
                    found[f"{person.ref} {page}"] = (answer.status_code, text, counted.since(), bool(plans))
    return found


@pytest.mark.postgres
async def test_both_databases_tell_the_same_of_everybody_in_few_statements(
    database_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = await stage(database_url)
    counted, log = Counted(), logging.getLogger("tortoise.db_client")
    monkeypatch.setattr(log, "handlers", [counted])
    monkeypatch.setattr(log, "propagate", False)
    monkeypatch.setattr(log, "level", logging.DEBUG)
    log.manager._clear_cache()  # type: ignore[attr-defined]
    async with connected(database_url):
        here = await read_by_all(database_url, counted)
    async with connected(postgres_url):
        await copy(rows)
        there = await read_by_all(postgres_url, counted)
    assert here == there
    pages = {name: told for name, told in here.items() if " /loans" in name}
    assert len(pages) >= 30 and {told[0] for told in pages.values()} == {200}
    for name, (_, _, statements, has_plan) in pages.items():
        # An agreement is a fact of the loan: what was booked and when it rested is read with it on every page.
        assert statements <= (6 if has_plan else 4), name
