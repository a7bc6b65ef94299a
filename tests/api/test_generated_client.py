"""A client that a generator makes from the OpenAPI document imports, and does what a lender's core needs."""

import hashlib
import importlib
from datetime import date
from typing import Any

import httpx
import pytest

from portal.domain.conduct.event_schema import event_types
from portal.tables import models as tables
from portal.web.api.openapi_events import event_name
from portal.web.api.openapi_examples import BODIES
from tests.api.conftest import BASE, Core
from tests.api.test_feed import PAID, agreement
from tests.commands.test_loans import portfolio_line
from tests.pages.conftest import RUI, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

LINES = "application/x-ndjson"


class Generated:
    """The generated package over the portal of the test: an operation by tag and name, a model by its name."""

    def __init__(self, package: str, cast: Cast, key: str) -> None:
        self.package = package
        transport = httpx.ASGITransport(app=cast.app)
        kind = importlib.import_module(f"{package}.client").AuthenticatedClient
        self.client = kind(base_url=BASE, token=key, httpx_args={"transport": transport})

    def model(self, name: str) -> Any:
        return getattr(importlib.import_module(f"{self.package}.models"), name)

    async def call(self, operation: str, *path: str, **named: Any) -> Any:
        """The answer as the model that the document says it is."""
        module = importlib.import_module(f"{self.package}.api.{operation}")
        said = await module.asyncio_detailed(*path, client=self.client, **named)
        assert said.parsed is not None, said.content
        return said.parsed


@pytest.fixture
async def generated(generated_client: str, core: Core, cast: Cast) -> Generated:
    async with await core() as client:
        return Generated(generated_client, cast, client.headers["authorization"].removeprefix("Bearer "))


async def test_it_sends_a_portfolio_and_payments_and_reads_what_became_of_them(generated: Generated) -> None:
    body = generated.model("Portfolio").from_dict(BODIES["sendPortfolio"])
    imported = await generated.call("loans.send_portfolio", body=body)
    assert (imported.imported, imported.added, imported.bad_rows) == (True, 1, [])
    body = generated.model("Payments").from_dict({"payments": [PAID]})
    assert (await generated.call("payments.send_payments", body=body)).added == 1
    assert (await generated.call("payments.send_payments", body=body)).repeated == 1
    file = importlib.import_module(f"{generated.package}.types").File
    lines = file(payload=portfolio_line("N-7").encode())
    assert (await generated.call("loans.send_portfolio", body=lines)).added == 1


async def test_it_follows_the_feed_with_each_event_as_its_type(generated: Generated) -> None:
    page = await generated.call("events.list_events", limit=1000)
    first = page.events[0]
    assert (type(first).__name__, first.data.kind, first.feed) == ("LenderAdded", "consumer-finance", 1)
    assert {type(each).__name__ for each in page.events} <= {event_name(kind) for kind in event_types()}
    signed = next(each for each in page.events if type(each).__name__ == "AgreementSigned")
    assert signed.data.schedule[0].components.principal.count(".") == 1
    beyond = await generated.call("events.list_events", after=page.next_ + 1)
    assert (type(beyond).__name__, beyond.status, beyond.end) == ("Problem", 422, page.next_)


async def test_it_books_an_agreement_and_acknowledges_a_hold(generated: Generated, cast: Cast) -> None:
    ref = await agreement(cast)
    booked = generated.model("Booked").from_dict({"outcome": "booked", "core_id": "K-1"})
    said = await generated.call("agreements.book_agreement", ref, body=booked, idempotency_key="one")
    assert said.state == "active"
    other = generated.model("Booked").from_dict({"outcome": "booked", "core_id": "K-2"})
    lost = await generated.call("agreements.book_agreement", ref, body=other)
    assert (lost.status, lost.state, lost.core_id) == (409, "active", "K-1")
    hold = (await tables.HoldRow.get(loan__loan_no=ZHOU_MINS)).ref
    stops = generated.model("HoldAcknowledged").from_dict({"outcome": "acknowledged"})
    assert (await generated.call("holds.answer_hold", hold, body=stops)).loan_no == ZHOU_MINS


async def test_it_asks_for_a_loan_and_what_is_owed_on_it(generated: Generated) -> None:
    loan = await generated.call("loans.get_loan", "JQ-2026-0001")
    assert (loan.state, loan.position.overdue.total, loan.terms.penalty.clause) == ("overdue", "3413.12", "8.2")
    assert (loan.schedule[2].key, loan.schedule[2].left) == ("contract:3", "1156.23")
    owed = await generated.call("loans.get_position", "JQ-2026-0001")
    assert (owed.overdue.total, owed.penalty_lines[0].charged, owed.plan) == ("3413.12", "56.07", None)
    paid_off = await generated.call("loans.get_payoff", "JQ-2026-0001")
    assert paid_off.payoff == "10777.48" and paid_off.lines[9].runs.of_days == 30
    nothing = await generated.call("loans.get_loan", "JQ-9")
    assert (nothing.status, nothing.type_) == (404, "urn:repayment-portal:problem:not-found")


async def test_it_decides_on_a_proposal_that_it_found_and_reads_the_agreement(generated: Generated, cast: Cast) -> None:
    listed = await generated.call("proposals.list_proposals", loan_no=ZHOU_MINS)
    seen = await generated.call("proposals.get_proposal", listed.proposals[0].proposal)
    assert (seen.offers[0].schedule[0].total, listed.next_, listed.more) == ("210.37", None, False)
    named = {"expected_version": seen.expected_version, "decided_by": RUI}
    offer = {"installments": 6, "first_due": "2026-07-10", "waiver": {"interest": "20.00"}}
    body = generated.model("Decision").from_dict({**named, "decision": "counter", "offer": offer})
    said = await generated.call("proposals.decide_proposal", seen.proposal, body=body, idempotency_key="c")
    assert (said.state, said.waits_for_second) == ("countered", False)
    late = await generated.call("proposals.decide_proposal", seen.proposal, body=body)
    assert (late.status, late.state, late.version) == (409, "countered", 2)
    ref = await agreement(cast)
    signed = await generated.call("agreements.get_agreement", ref)
    assert (signed.offer.installments, signed.document_hash) == (
        12,
        hashlib.sha256(await document(generated, ref)).hexdigest(),
    )
    quote = await generated.call("loans.quote_plan", ZHOU_MINS, first_due=date(2026, 7, 10), installments=6)
    assert quote.rows[0].total == "420.74"


async def document(generated: Generated, ref: str) -> bytes:
    """The bytes, as the generated client gives them."""
    module = importlib.import_module(f"{generated.package}.api.agreements.get_agreement_document")
    said = await module.asyncio_detailed(ref, client=generated.client)
    return bytes(said.content)


async def test_it_makes_links_and_names_the_loan_that_gets_none(generated: Generated) -> None:
    wanted = {"loans": [{"loan_no": "JQ-9"}, {"loan_no": "JQ-2026-0001"}]}
    body = generated.model("InvitedLoans").from_dict(wanted)
    refused, made = (await generated.call("invitations.make_invitations", body=body)).invitations
    assert (refused.index, refused.field) == (0, "loan_no") and made.link.startswith(f"{BASE}/i/")
    bad = generated.model("Payments").from_dict({"payments": [PAID, {**PAID, "loan_no": "JQ-9"}]})
    problem = await generated.call("payments.send_payments", body=bad)
    assert [(each.index, each.loan_no, each.field) for each in problem.errors] == [(1, "JQ-9", "loan_no")]
