"""A lender's file at the terminal: checked whole, landed in batches, gone on with where it stopped."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.actions.jobs import NewJob, ask_job
from portal.actions.portfolio import land_batch
from portal.jobs import payments as payments_job
from portal.jobs import portfolio as portfolio_job
from portal.jobs.spool import Spool
from portal.reads.jobs import job_status
from portal.settings import from_environment
from portal.tables import models as tables
from portal.tables.alone import CLOCKS, alone_if_free
from portal.tables.connection import connected, current
from tests.commands.conftest import Said, Terminal
from tests.commands.test_loans import portfolio_line

PAID = {"id": "P-1", "received_on": "2026-06-12", "amount": "10.00"}


@pytest.fixture
def jq(terminal: Terminal, database_url: str, environment: pytest.MonkeyPatch) -> Terminal:
    """A terminal on an empty portal, where four loans are a batch."""
    environment.setenv("PORTAL_DATABASE", database_url)
    environment.setattr(portfolio_job, "LOANS_A_BATCH", 4)
    environment.setattr(payments_job, "LOANS_AT_ONCE", 4)
    terminal("lender", "add", "jq", "--name", "佳泉消费金融")
    return terminal


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "p.jsonl"


def lines(count: int, **other: object) -> list[str]:
    return [portfolio_line(f"A-{number:02}", **other) for number in range(1, count + 1)]


def take(jq: Terminal, file: Path, said: list[str], *flags: str) -> Said:
    file.write_text("".join(said))
    return jq("import", file, "--lender", "jq", "--json", *flags)


def stored(url: str) -> Any:
    async def look() -> Any:
        async with connected(url):
            return (
                await tables.LoanRow.all().order_by("id").values_list("loan_no", flat=True),
                await tables.EventRow.all().order_by("feed").values_list("type", flat=True),
                await tables.LoanRow.filter(stale_since__isnull=False).values_list("loan_no", flat=True),
            )

    return asyncio.run(look())


def test_a_bad_row_in_the_third_batch_and_nothing_lands(jq: Terminal, file: Path, database_url: str) -> None:
    said = take(jq, file, [*lines(9), portfolio_line("A-10", principal="12e3"), portfolio_line("A-11")])
    assert (said.code, said.json["imported"], said.json["loans"], said.json["bad"]) == (1, False, 10, 1)
    assert said.err.startswith(f"{file}:10: principal: ")
    assert stored(database_url)[0] == []


def test_every_row_lands_in_its_order_and_the_feed_tells_of_it_once_at_the_end(
    jq: Terminal, file: Path, database_url: str
) -> None:
    said = take(jq, file, lines(11))
    assert (said.code, said.err) == (0, "")
    assert said.json == {
        "rows": 11, "loans": 11, "bad": 0, "added": 11, "changed": 0, "unchanged": 0, "stale": 0, "imported": True,
        "bad_rows": [],
    }  # fmt: skip
    loans, events, _ = stored(database_url)
    assert loans == [f"A-{number:02}" for number in range(1, 12)]
    assert events[-12:] == ["loan.added"] * 11 + ["portfolio.imported"]


def test_a_row_against_what_is_stored_is_named_by_its_line_and_costs_its_own_loan_only(
    jq: Terminal, file: Path, database_url: str
) -> None:
    take(jq, file, lines(6, payments=[PAID]))
    again = lines(6, payments=[PAID, {**PAID, "id": "P-2"}])
    again[4] = portfolio_line("A-05", payments=[{**PAID, "amount": "11.00", "refunds": True}])
    again[5] = portfolio_line("A-06", borrower={"external_id": "B-91"}, payments=[PAID])
    stopped = take(jq, file, [*again, portfolio_line("A-07")])
    assert (stopped.code, stopped.json["imported"]) == (1, False)
    assert stopped.err.splitlines() == [
        f"{file}:5: payments: Payment P-1 of loan A-05 was recorded before as another kind: a payment, not a refund. "
        "Give this one another id.",
        f"{file}:6: borrower.external_id: Loan A-06 is on record with the borrower B-90; this row says B-91. "
        "The borrower of a loan does not change: give the row B-90, or the loan another number.",
    ]
    assert len(stored(database_url)[0]) == 6
    taken = take(jq, file, [*again, portfolio_line("A-07")], "--skip-bad")
    assert taken.code == 3 and taken.err == stopped.err
    counts = {name: taken.json[name] for name in ("loans", "bad", "added", "changed", "unchanged", "stale")}
    assert counts == {"loans": 5, "bad": 2, "added": 1, "changed": 4, "unchanged": 0, "stale": 2}
    assert sorted(stored(database_url)[2]) == ["A-05", "A-06"]


def test_a_loan_that_comes_twice_five_thousand_lines_apart_is_refused_on_both(
    jq: Terminal, file: Path, database_url: str
) -> None:
    said = take(jq, file, [*lines(2), "\n" * 4999, portfolio_line("A-01"), portfolio_line("A-03")], "--skip-bad")
    assert said.code == 3
    assert said.err.splitlines() == [
        f"{file}:1: loan_no: The loan 'A-01' is on line 5002 as well.",
        f"{file}:5002: loan_no: The loan 'A-01' is on line 1 as well.",
    ]
    assert (said.json["rows"], said.json["loans"], said.json["added"]) == (4, 2, 2)
    assert stored(database_url)[0] == ["A-02", "A-03"]


def test_what_was_stopped_amid_a_file_goes_on_behind_the_last_batch_that_landed(
    jq: Terminal, file: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    landed: list[int] = []

    async def stops(*arguments: Any) -> Any:
        if len(landed) == 2:
            raise KeyboardInterrupt
        landed.append(len(arguments[2]))
        return await land_batch(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(portfolio_job, "land_batch", stops)
        assert take(jq, file, lines(11)).code == 130
    assert landed == [4, 4] and len(stored(database_url)[0]) == 8
    said = take(jq, file, lines(11))
    assert (said.code, said.json["added"], said.json["unchanged"]) == (0, 11, 0)
    loans, events, _ = stored(database_url)
    assert len(loans) == 11 and events.count("loan.added") == 11 and events.count("portfolio.imported") == 1


def test_a_loan_that_was_changed_meanwhile_is_refused_by_itself_and_named(
    jq: Terminal, file: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(jq, file, lines(6))
    told = lines(6, payments=[PAID])

    async def later(*arguments: Any) -> Any:
        if arguments[2] and arguments[2][0].loan.loan_no == "A-05":
            loan = await tables.LoanRow.get(loan_no="A-06")
            other = {"external_id": "P-1", "received_on": date(2026, 6, 11), "amount_minor": 1, "purpose": "refund"}
            await tables.PaymentRow.create(loan_id=loan.id, recorded_at=datetime.now(UTC), **other)
        return await land_batch(*arguments)

    monkeypatch.setattr(portfolio_job, "land_batch", later)
    said = take(jq, file, told)
    assert said.code == 3
    assert said.err == (
        f"{file}:6: payments: Payment P-1 of loan A-06 was recorded before as another kind: a refund, not a payment. "
        "Give this one another id.\n"
    )
    assert (said.json["changed"], said.json["bad"], said.json["stale"]) == (5, 1, 1)


def test_the_terminal_watches_where_a_worker_is_at_work(
    jq: Terminal, file: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the lock runs it; as soon as it is free the terminal does."""
    looked: list[bool] = []

    def busy(database: Any, work: str) -> Any:
        looked.append(True)
        assert work == CLOCKS
        return nullcontext() if len(looked) < 3 else alone_if_free(current(), CLOCKS)

    monkeypatch.setattr("portal.commands.imports.alone_if_free", busy)
    said = take(jq, file, lines(2))
    assert (said.code, said.json["added"]) == (0, 2) and len(looked) >= 3


def test_links_that_waited_are_made_on_the_way_and_lead_to_the_portal(
    jq: Terminal, file: Path, tmp_path: Path, database_url: str, environment: pytest.MonkeyPatch
) -> None:
    """The terminal runs what waits for the lender, the oldest first, where no worker is at work."""
    environment.setenv("PORTAL_BASE_URL", "https://pay.example")
    take(jq, file, lines(1))
    settings = from_environment(os.environ)
    vault = settings.vault()

    async def wanted() -> AsyncIterator[bytes]:
        yield b'[{"loan_no": "A-01", "phone": ""}]'

    async def ask() -> str:
        async with connected(database_url):
            at, kept = await tables.LenderRow.get(slug="jq"), await Spool(settings.spool_folder, vault).keep(wanted())
            new = NewJob(at.id, "invitations", "key:k", {"overdue": False}, kept.name, kept.size)
            return (await ask_job(new, datetime.now(UTC)))[0]

    async def answer(ref: str) -> Any:
        async with connected(database_url):
            return (await job_status(ref, (await tables.LenderRow.get(slug="jq")).id, vault)).answer

    ref = asyncio.run(ask())
    assert take(jq, file, lines(2)).code == 0
    (made,) = asyncio.run(answer(ref))["invitations"]
    assert made["link"].startswith("https://pay.example/i/")


def test_payments_of_a_loan_are_taken_together_wherever_they_stand(
    jq: Terminal, file: Path, tmp_path: Path, database_url: str
) -> None:
    take(jq, file, lines(6))
    rows = [
        {**PAID, "loan_no": "A-01"},
        *({**PAID, "loan_no": f"A-{number:02}"} for number in range(2, 7)),
        {"id": "R-1", "loan_no": "A-01", "received_on": "2026-06-13", "reverses": "P-1"},
        {**PAID, "loan_no": "A-06"},
    ]
    paid = tmp_path / "paid.jsonl"
    paid.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = jq("payments", paid, "--lender", "jq", "--json")
    assert (said.code, said.json) == (0, {"payments": 8, "added": 7, "repeated": 1})
    events = stored(database_url)[1]
    assert events[-7:] == [*["payment.received"] * 4, "payment.reversed", *["payment.received"] * 2]


def test_every_payment_that_cannot_be_is_named_and_none_is_recorded(
    jq: Terminal, file: Path, tmp_path: Path, database_url: str
) -> None:
    take(jq, file, lines(6))
    rows = [
        {**PAID, "loan_no": "A-01"},
        {**PAID, "loan_no": "A-09"},
        {**PAID, "loan_no": "A-06", "received_on": "2026-06-15"},
        {**PAID, "loan_no": "A-01", "amount": "11.00"},
    ]
    paid = tmp_path / "paid.jsonl"
    paid.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = jq("payments", paid, "--lender", "jq")
    assert said.code == 1
    assert said.err.splitlines() == [
        f"{paid}:2: loan_no: There is no loan 'A-09' at this lender.",
        f"{paid}:3: received_on: Payment P-1 of loan A-06 is dated 2026-06-15, after today, 2026-06-14.",
        f"{paid}:4: id: Payment P-1 of loan A-01 is here twice, of 10.00 on 2026-06-12 and otherwise.",
        "nothing was recorded: 3 problems",
    ]
    assert "payment.received" not in stored(database_url)[1]


@pytest.mark.proof
def test_twenty_thousand_loans_come_in_within_two_hundred_megabytes() -> None:
    """And the same file again, and payments: the measurement says whether each process stayed within it."""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, root / "bench" / "imports.py", "--loans", "20000"], check=True)


WAIVED = {"id": "W-1", "on": "2026-06-12", "interest": "80.00", "reason": "goodwill"}


def test_a_row_says_what_the_lender_let_go_and_that_the_loan_is_closed(jq: Terminal, file: Path) -> None:
    """Five rows are due: 180.00, 166.20, 152.19, 137.97 and 123.54 of interest; 80.00 of it is let go."""
    closed = {"on": "2026-06-13", "reason": "sold"}
    terms = {**json.loads(portfolio_line("A-01"))["terms"], "prepayment": "as-scheduled", "surplus": "prepay"}
    assert take(jq, file, lines(1, credits=[WAIVED], terms=terms)).json["added"] == 1
    january = jq("position", "A-01", "--lender", "jq", "--as-of", "2026-06-14", "--json").json
    assert (january["overdue"]["interest"], january["payments"]) == ("679.90", [])
    assert take(jq, file, lines(1, credits=[WAIVED], terms=terms, closed=closed)).json["changed"] == 1
    found = jq("position", "A-01", "--lender", "jq", "--as-of", "2026-06-14", "--json").json
    assert (found["overdue"]["total"], found["payoff"], found["next"]) == ("0.00", "0.00", [])
    assert take(jq, file, lines(1, credits=[WAIVED], terms=terms, closed=closed)).json["unchanged"] == 1


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"closed": {"on": "2026-06-13", "reason": "gone"}}, "closed.reason: "),
        ({"closed": {"on": "2025-12-14", "reason": "sold"}}, "closed.on: "),
        ({"closed": {"on": "2026-06-13", "reason": "written-off"}, "written_off_on": "2026-06-12"}, "closed.on: "),
        ({"credits": [WAIVED, WAIVED]}, "credits.1.id: "),
        ({"credits": [{**WAIVED, "on": "2025-12-14"}]}, "credits.0.on: "),
        ({"credits": [{**WAIVED, "interest": "0.00"}]}, "credits.0: "),
        ({"payments": [{**PAID, "refunds": True}]}, "payments.0.amount: Refund P-1 of loan A-01 is of 10.00, and 0.00"),
        (
            {"payments": [{**PAID, "id": "R-1", "reverses": "P-1", "amount": "10.01"}, PAID]},
            "payments.0.amount: Of payment P-1 10.00 are left, and 10.01 would be taken back.",
        ),
        ({"payments": [{**PAID, "purpose": "prepay"}]}, "payments.0.then: `then` says"),
    ],
)
def test_what_cannot_be_in_a_row_is_named(jq: Terminal, file: Path, other: dict[str, Any], says: str) -> None:
    said = take(jq, file, lines(1, **other))
    assert (said.code, said.json["imported"]) == (1, False)
    assert said.err.splitlines()[0].startswith(f"{file}:1: {says}")
