"""The database itself refuses what must never be: every CHECK and every unique key is tried on both, row by row."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.fields import CharField, DateField
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from portal.actions.figure_rows import count_figures
from portal.actions.sessions import Factor, start_person_session
from portal.actions.staff import add_staff
from portal.commands.seed import seed
from portal.domain.event import BusinessTime
from portal.reads.cases import PersonScope, lender_by_slug
from portal.settings import Settings
from portal.tables import models as tables
from portal.tables.connection import current
from portal.tables.transaction import transaction
from portal.vault import new_ref

pytestmark = pytest.mark.anyio

AT = datetime(2026, 6, 14, 16, 40, tzinfo=UTC)
# What breaks a rule that is more than "at least" or "one of".
BROKEN = {
    "approval_closed_is_free": "outcome = 'rejected' WHERE open_key IS NOT NULL",
    "approval_outcome_known": "outcome = 'gossip', open_key = NULL",
    "approval_takes_two": "outcome = 'approved', closed_by = proposed_by, open_key = NULL",
    "booking_outcome_known": "outcome = 'gossip', core_id = ''",
    "booking_says_which": "core_id = ''",
    "contact_allowed_or_refused": "reason = ''",
    "contact_told_with_outcome": "outcome = 'reached'",
    "outbound_message_is_for_one": "person_id = NULL",
    "payment_reversal_has_no_amount": "amount_minor = 1 WHERE reverses IS NOT NULL",
    "plan_pause_ends_later": "until = starts_on",
    "proposal_line_open_loan_is_its_own": "open_loan = loan_id + 1000 WHERE open_loan IS NOT NULL",
    "session_person_is_a_borrower": "person_id = NULL WHERE kind = 'borrower'",
    "visit_ends_after_it_starts": "to_hour = from_hour",
    "session_staff_is_staff": "staff_id = (SELECT min(id) FROM staff) WHERE kind = 'borrower'",
}
MINOR = ("costs_minor", "fees_minor", "penalty_minor", "interest_minor", "principal_minor")
# Foreign keys that no page, command or action searches by.
NEVER_SEARCHED = {
    ("consent", "lender"),
    ("contact", "api_key"),
    ("contact", "visit"),
    ("draft", "loan"),
    ("figure_fact", "loan"),
    ("invitation", "loan"),
    ("message", "text"),
    ("offer", "note"),
    ("payment_report", "payment"),
    ("payment_report", "person"),
    ("preference", "lender"),
    ("problem", "contact"),
    ("staff_note", "borrower"),
    *(("visit", name) for name in ("borrower", "person", "text")),
}


class Undone(Exception):
    """Nothing went wrong; what was tried need not stay."""


def models() -> list[type[Model]]:
    assert Tortoise.apps
    return list(Tortoise.apps["portal"].values())


async def everybody(url: str) -> None:
    """The demo's cast, and a row of every kind that no story of theirs leaves behind."""
    settings = Settings(
        database=url, secret="a secret of more than thirty-two characters", business_date=date(2026, 6, 14)
    )
    await seed(settings)
    loan = await tables.LoanRow.get(loan_no="JQ-2026-0001")
    paid = {"received_on": date(2026, 6, 12), "recorded_at": AT}
    await tables.PaymentRow.create(loan_id=loan.id, external_id="R-2", reverses="P-2", **paid)
    let_go = {"made_on": date(2026, 6, 12), "reason": "goodwill", "recorded_at": AT, **dict.fromkeys(MINOR, 100)}
    await tables.LenderCreditRow.create(loan_id=loan.id, external_id="K-1", **let_go)
    charge = {"made_on": date(2026, 4, 1), "due_on": date(2026, 4, 1), "kind": "fees", "amount_minor": 1500}
    await tables.ChargeRow.create(loan_id=loan.id, external_id="C-1", recorded_at=AT, installment_no=3, **charge)
    corrected = {"fact": "charge", "external_id": "C-1", "version": 2, "told_on": date(2026, 6, 12), "recorded_at": AT}
    await tables.CorrectionRow.create(loan_id=loan.id, **corrected)
    await tables.IdempotencyRow.create(actor="person:1", key="k", request_hash="0" * 64, result="x")
    await tables.ThrottleRow.create(key="x", since=AT)
    await add_staff(BusinessTime(AT, date(2026, 6, 14)), await lender_by_slug("jq"), "new@jq.example", "admin")
    person = await tables.PersonRow.first()
    assert person is not None
    await start_person_session(Factor("invitation", PersonScope(person.id, frozenset({1})), AT), AT)
    await _careful(loan, person)


async def _careful(loan: tables.LoanRow, person: tables.PersonRow) -> None:
    """Something wrong, asked to be held, reported as paid; a code and a key and a message on its way."""
    of_loan, of_both = {"loan_id": loan.id}, {"loan_id": loan.id, "person_id": person.id}
    lender_id: int = loan.lender_id  # type: ignore[attr-defined]
    await tables.WaiverRow.create(
        ref="w", on=AT.date(), granted=True, recorded_at=AT, **dict.fromkeys(MINOR, 0), **of_loan
    )
    await tables.SuspensionRow.create(
        ref="s", component="penalty", on=AT.date(), starts=True, reason="dispute", recorded_at=AT, **of_loan
    )
    await tables.PaymentClaimRow.create(
        ref="r", paid_on=AT.date(), amount_minor=50000, state="awaiting", look_by=AT.date(), reported_at=AT, **of_both
    )
    await tables.ComplaintRow.create(
        ref="p", lender_id=lender_id, kind="other", state="open", answer_by=AT.date(), opened_at=AT, **of_both
    )
    await tables.HoldRow.create(ref="h", reason="asked", requested_at=AT, **of_loan)
    hours = {"channel": "sms", "from_hour": 9, "to_hour": 20, "set_at": AT}
    await tables.PreferenceRow.create(person_id=person.id, lender_id=lender_id, **hours)
    await tables.MessageChoiceRow.create(person_id=person.id, lender_id=lender_id, locale="zh-CN", set_at=AT)
    await tables.DraftRow.create(sealed=b"", saved_at=AT, **of_both)
    await tables.CodeRow.create(
        ref="c", person_id=person.id, purpose="sign-in", code_hash="0", sent_at=AT, expires_at=AT
    )
    borrower = await tables.BorrowerRow.first()
    assert borrower is not None
    written = {"borrower_id": borrower.id, "sealed": b"", "author": "rui", "written_at": AT}
    await tables.StaffNoteRow.create(ref="n", **of_loan, **written)
    await tables.ApiKeyRow.create(ref="k", lender_id=lender_id, purposes="events", secret_hash="0" * 64)
    refused = {
        "channel": "call",
        "reason": "hold",
        "timezone": "Asia/Shanghai",
        "asked_at": AT,
        "counted_on": AT.date(),
    }
    await tables.ContactRow.create(ref="g", lender_id=lender_id, **of_loan, **refused)
    text = await tables.TextRow.first()
    assert text is not None
    when = {"day": AT.date(), "from_hour": 9, "to_hour": 12, "timezone": "Asia/Shanghai"}
    times = {"starts_at": AT, "ends_at": AT, "made_at": AT}
    of_visit = {"lender_id": lender_id, "borrower_id": borrower.id, "text_id": text.id}
    await tables.VisitRow.create(ref="v", **of_both, **of_visit, **when, **times)
    await tables.OutboundMessageRow.create(ref="d", person_id=person.id, kind="code", sealed=b"", next_at=AT, key="k")
    await _pushed(lender_id)
    await _decided(loan.id, lender_id)
    await count_figures(await lender_by_slug("jq"), BusinessTime(AT, AT.date()))
    of = {"lender_id": lender_id, "of_on": AT.date()}
    ends = {**of, "known_on": AT.date(), "was": "", "bucket": "current", "currency": "CNY"}
    await tables.MonthEndRow.create(**ends, **of_loan, principal_minor=1, overdue_minor=0)
    await tables.MonthEndTotalRow.create(**ends, loans=1)
    await tables.MonthEndPlaceRow.create(**of)


async def _pushed(lender_id: int) -> None:
    """An endpoint, a loan on its way to it, and what was sent."""
    empty = {"types": "", "secret": "", "previous_secret": "", "position": 0, "created_by": "", "created_at": AT}
    made = {"ref": "e", "lender_id": lender_id, "name": "core", "url": "", "state": "on", **empty}
    endpoint = await tables.WebhookEndpointRow.create(**made)
    of = {"endpoint_id": endpoint.id, "stream": "loan:1", "seq": 1}
    await tables.WebhookLaneRow.create(**of, known=1)
    came = {"state": "failing", "first_at": AT, "last_at": AT, "headers": "{}", "answer": ""}
    await tables.WebhookDeliveryRow.create(ref="v", event_ref="e", feed=1, type="plan.cured", **of, **came)


async def _decided(loan_id: int, lender_id: int) -> None:
    """What one of the staff decided, and what waits for another."""
    proposal = await tables.ProposalRow.first()
    assert proposal is not None
    until, both = AT.date(), {"loan_id": loan_id}
    waits = {"kind": "number", "subject": "b", "proposed_by": "rui", "proposed_at": AT, "until": until}
    await tables.ApprovalRow.create(ref="a", lender_id=lender_id, open_key="number:b", **waits, **both)
    taken = {"verdict": "accept", "party": "lender", "actor_ref": "rui", "policy_version": 1, "version": 1}
    of = {"proposal_id": proposal.id, "currency": "CNY", "decided_on": until, "decided_at": AT, **both}
    await tables.DecisionRow.create(waived_minor=0, **taken, **of)
    await tables.PromiseRow.create(proposal_id=proposal.id, terms="{}", valid_until=until)
    await tables.PlanPauseRow.create(proposal_id=proposal.id, starts_on=date(2026, 6, 1), until=until, seq=1)
    paid = {"version": 1, "no": 1, "outcome": "paid"}
    await tables.InstallmentOutcomeRow.create(proposal_id=proposal.id, **paid)
    agreement = await tables.AgreementRow.first()
    assert agreement is not None
    booked = {"outcome": "booked", "core_id": "C-1", "booked_on": until}
    await tables.BookingRow.all().delete()
    await tables.BookingRow.create(agreement_id=agreement.id, **booked)
    await tables.TestClockRow.create(made_at=AT)
    await tables.FeedStatementRow.create(lender_id=lender_id, on=until, feed=1, body="{}", made_at=AT)
    await tables.VaultCheckRow.create(sealed="x", lookup="0" * 64, made_at=AT)
    await tables.PulseRow.create(name="worker", since=AT, at=AT)
    await tables.ChainHeadRow.create(name="x", seq=0, hash="0" * 64, pruned_seq=0, pruned_hash="0" * 64)
    asked = {"kind": "payments", "state": "done", "asked_by": "operator", "options": "{}", "key": "k"}
    await tables.JobRow.create(ref="j", lender_id=lender_id, created_at=AT, **asked)


async def test_no_check_can_be_broken(each_database: str) -> None:
    await everybody(each_database)
    kept = set()
    for model in models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                continue
            assert isinstance(constraint, CheckConstraint)
            with pytest.raises(IntegrityError, match=constraint.name):
                async with transaction():
                    await current().execute_query(f"UPDATE {model._meta.db_table} SET {_breaking(constraint)}")
            kept.add(constraint.name)
    assert set(BROKEN) <= kept


async def test_nothing_that_is_once_can_be_there_twice(each_database: str) -> None:
    await everybody(each_database)
    tried = 0
    for model in models():
        for key in _keys(model):
            fks = model._meta.fk_fields
            there = {f"{name}{'_id' * (name in fks)}__not_isnull": True for name in key}
            row = await model.filter(**there).first()
            assert row is not None, f"no {model.__name__} has {key}"
            twin = await _twin(row, key)
            with pytest.raises(IntegrityError, match=r"(?i)unique"):
                async with transaction():
                    await twin.save()
            await _change(twin, min(key, key=lambda name: name in fks))
            with suppress(Undone):
                async with transaction():  # with another key the same row is welcome
                    await twin.save()
                    raise Undone
            tried += 1
    assert tried > len(models())


async def test_whatever_is_searched_by_has_an_index(database: str) -> None:
    bare = set()
    for model in models():
        firsts = {key[0] for key in _keys(model)}
        firsts |= {str(index.fields[0]).removesuffix("_id") for index in model._meta.indexes}
        for name in model._meta.fk_fields:
            if name not in firsts:
                bare.add((model._meta.db_table, name))
    assert bare == NEVER_SEARCHED


async def test_a_borrower_of_a_lender_cannot_be_removed_under_their_loans(each_database: str) -> None:
    await everybody(each_database)
    for table in ("lender", "borrower", "person", "loan", "proposal", "staff"):
        with pytest.raises(IntegrityError):
            async with transaction():
                await current().execute_query(f"DELETE FROM {table}")


def _breaking(constraint: CheckConstraint) -> str:
    if constraint.name in BROKEN:
        return BROKEN[constraint.name]
    if least := re.fullmatch(r"(\w+) >= (\d+)", constraint.check):
        return f"{least[1]} = {int(least[2]) - 1}"
    known = re.fullmatch(r"(\w+) IN \(.*\)", constraint.check)
    assert known, f"nobody knows how to break {constraint.name}"
    return f"{known[1]} = 'gossip'"


def _keys(model: type[Model]) -> Iterator[tuple[str, ...]]:
    for name, field in model._meta.fields_map.items():
        if field.unique and name != "id":
            yield (name,)
    yield from (tuple(key) for key in model._meta.unique_together)
    yield from (each.fields for each in model._meta.constraints if isinstance(each, UniqueConstraint))


async def _twin(row: Model, kept: tuple[str, ...]) -> Model:
    """A new row with the same key, and with every other unique key of its own."""
    twin = row.clone()
    for key in _keys(type(row)):
        if key != kept:
            free = [name for name in key if name not in kept]
            fields = row._meta.fields_map
            name = min(free, key=lambda name: (not fields[name].null, name in row._meta.fk_fields))
            await _change(twin, name)
    return twin


async def _change(row: Any, name: str) -> None:
    field = row._meta.fields_map[name]
    if isinstance(field, ForeignKeyFieldInstance):
        other = await field.related_model.exclude(id=getattr(row, f"{name}_id")).first()
        assert other is not None
        setattr(row, f"{name}_id", other.pk)
    elif field.null:
        setattr(row, name, None)
    elif isinstance(field, CharField):
        setattr(row, name, new_ref())
    elif isinstance(field, DateField):
        setattr(row, name, getattr(row, name) + timedelta(days=1000))
    else:
        setattr(row, name, getattr(row, name) + 1000)
