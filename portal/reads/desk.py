"""What only staff ask: whose a loan is, colleagues, and a loan's own history."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import Q

from portal.reads.personal import hidden
from portal.reads.proposals import HistoryEntry, history_entry
from portal.tables import models as tables
from portal.vault import Vault


@dataclass(frozen=True, slots=True)
class Colleague:
    """`state` is active, invited (the link to activate is open), lapsed (it was not used in time) or ended."""

    ref: str
    email: str
    role: str
    state: str
    second_factor: bool
    recovery_left: int
    since: datetime
    ended_at: datetime | None


async def masked_name(loan_id: int, vault: Vault) -> str:
    """The borrower's family name with the rest hidden."""
    return next(iter((await _names(tables.PartyRow.filter(loan_id=loan_id, role="borrower"), vault)).values()), "")


async def masked_names(lender_id: int, loan_refs: Sequence[str], vault: Vault) -> dict[str, str]:
    """The same of many of a lender's loans, by their refs."""
    rows = tables.PartyRow.filter(loan__lender_id=lender_id, loan__ref__in=list(loan_refs), role="borrower")
    return await _names(rows, vault)


async def _names(parties: Any, vault: Vault) -> dict[str, str]:
    rows = await parties.values_list("loan__ref", "borrower__key", "borrower__name_sealed")
    return {ref: hidden(vault.unseal_if_kept(bytes(key), bytes(name)) or "") for ref, key, name in rows}


async def colleagues(lender_id: int, at: datetime) -> tuple[Colleague, ...]:
    """Who works for a lender, and after them who did."""
    rows = await tables.StaffRow.filter(lender_id=lender_id).order_by("email")
    found = [_colleague(row, at) for row in rows]
    return tuple(sorted(found, key=lambda each: (each.ended_at is not None, each.email)))


async def working_colleagues(lender_id: int) -> tuple[Colleague, ...]:
    """Those who can sign in now: whom something can be handed to."""
    rows = tables.StaffRow.filter(lender_id=lender_id, ended_at__isnull=True, password_hash__isnull=False)
    return tuple(_colleague(row, row.created_at) for row in await rows.order_by("email"))


async def working_colleague(lender_id: int, named: str) -> Colleague | None:
    """One of those by their e-mail address or their ref."""
    rows = tables.StaffRow.filter(lender_id=lender_id, ended_at__isnull=True, password_hash__isnull=False)
    row = await rows.get_or_none(Q(ref=named) | Q(email=named.strip().lower()))
    return _colleague(row, row.created_at) if row else None


async def colleague(lender_id: int, ref: str, at: datetime) -> Colleague | None:
    row = await tables.StaffRow.get_or_none(lender_id=lender_id, ref=ref)
    return _colleague(row, at) if row else None


def _colleague(row: tables.StaffRow, at: datetime) -> Colleague:
    left = len((row.recovery_hashes or "").split())
    sealed = row.totp_sealed is not None
    return Colleague(row.ref, row.email, row.role, _state(row, at), sealed, left, row.created_at, row.ended_at)


def _state(row: tables.StaffRow, at: datetime) -> str:
    if row.ended_at is not None:
        return "ended"
    if row.password_hash is not None:
        return "active"
    return "invited" if row.activation_expires_at is not None and row.activation_expires_at > at else "lapsed"


async def admins(lender_id: int) -> tuple[str, ...]:
    """By which addresses a lender's admins are known."""
    rows = tables.StaffRow.filter(lender_id=lender_id, role="admin", ended_at__isnull=True).order_by("email")
    return tuple(str(email) for email in await rows.values_list("email", flat=True))


async def staff_email(lender_id: int, ref: str) -> str:
    """By which address one of the lender's staff is known to the others; those who left too."""
    rows = await tables.StaffRow.filter(lender_id=lender_id, ref=ref).values_list("email", flat=True)
    return str(rows[0]) if rows else ""


async def names_in(history: Iterable[HistoryEntry], lender_id: int) -> dict[str, str]:
    """By which addresses those of the lender's staff are known who acted in a history, by ref; who left too."""
    refs = {entry.actor_ref for entry in history if entry.actor_kind == "staff"}
    rows = tables.StaffRow.filter(lender_id=lender_id, ref__in=refs)
    return {str(ref): str(email) for ref, email in await rows.values_list("ref", "email")} if refs else {}


async def writers(loan_id: int, lender_id: int) -> dict[str, str]:
    """Who of the lender's staff wrote what the borrower of a loan reads in a problem: addresses by the texts' refs."""
    rows = tables.EventRow.filter(stream=f"loan:{loan_id}", type__startswith="complaint.").order_by("seq")
    bodies = [json.loads(bytes(body)) for body in await rows.values_list("body", flat=True)]
    told = [(body["data"]["note"]["ref"], body["actor"]["ref"]) for body in bodies if body["data"].get("note")]
    staff = tables.StaffRow.filter(lender_id=lender_id, ref__in={actor for _, actor in told})
    emails = dict(await staff.values_list("ref", "email")) if told else {}
    return {text: emails[actor] for text, actor in told if actor in emails}


async def staff_ref(lender_id: int, email: str) -> str:
    """The ref of one of the lender's staff, those who left too; empty for nobody."""
    rows = await tables.StaffRow.filter(lender_id=lender_id, email=email).order_by("-id").values_list("ref", flat=True)
    return str(rows[0]) if rows else ""


async def loan_number(proposal_ref: str, lender_id: int) -> str:
    """Of the loan that a proposal to this lender is for; empty for none."""
    lines = tables.ProposalLineRow.filter(proposal__ref=proposal_ref, proposal__lender_id=lender_id)
    numbers = await lines.limit(1).values_list("loan__loan_no", flat=True)
    return str(numbers[0]) if numbers else ""


async def loan_events(loan_id: int) -> tuple[HistoryEntry, ...]:
    """Everything in a loan's stream, newest first, without the texts that went with it.

    Beside it, which details of those who owe it their lender changed, and which links its staff sent them.
    """
    owing = await tables.PartyRow.filter(loan_id=loan_id).values_list("borrower_id", flat=True)
    beside = ("borrower.changed", "invitation.sent")
    people = Q(stream__in=[f"borrower:{each}" for each in owing], type__in=beside)
    rows = tables.EventRow.filter(Q(stream=f"loan:{loan_id}") | people).order_by("-feed")
    found = await rows.values("body", "occurred_at")
    entries = (history_entry(json.loads(bytes(row["body"])), row["occurred_at"], {}) for row in found)
    return tuple(each for each in entries if each.type != "invitation.sent" or each.actor_kind == "staff")
