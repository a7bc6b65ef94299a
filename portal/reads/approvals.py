"""What waits for a second of the staff; what ran out of time is not shown as waiting, whoever has written that down."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.reads.rows import names_of
from portal.tables import models as tables
from portal.vault import Vault

WAIVER, ACCEPT = "waiver", "accept"
"""What kind of approval it is, and what its facts say where the borrower's own offer is to be accepted.

Its subject is the proposal that is answered with it, or the loan to which the lender offers something first.
"""


@dataclass(frozen=True, slots=True)
class WaitingApproval:
    """Proposed by one of the staff, to be approved by another until the end of `until`, in the order of the ids.

    `hash` is of what was shown; `proposer` is the e-mail address of `proposed_by`.
    """

    id: int
    ref: str
    kind: str
    subject: str
    loan_id: int | None
    loan_ref: str | None
    loan_no: str | None
    facts: str
    sealed: bytes | None
    hash: str
    proposed_by: str
    proposer: str
    proposed_at: datetime
    until: date


async def waiting_approval(kind: str, subject: str, today: date) -> WaitingApproval | None:
    """What waits on business day `today`, if anything does."""
    found = await _waiting(tables.ApprovalRow.filter(open_key=open_key(kind, subject), until__gte=today))
    return found[0] if found else None


async def all_waiting(lender_id: int, today: date) -> tuple[WaitingApproval, ...]:
    """Everything of a lender that waits, the first to run out at the top."""
    return await _waiting(
        tables.ApprovalRow.filter(lender_id=lender_id, outcome="", until__gte=today).order_by("until", "id")
    )


def open_key(kind: str, subject: str) -> str:
    """What is unique while it waits."""
    return f"{kind}:{subject}"


def approval_place(ref: str) -> str:
    """Where what is sealed in an approval belongs."""
    return f"approval:{ref}"


async def note_of_approval(found: WaitingApproval, vault: Vault) -> str:
    """What whoever proposed a waiver wrote for the borrower, to go with it; empty for nothing."""
    if not found.sealed:
        return ""
    owing = tables.PartyRow.filter(loan_id=found.loan_id, role="borrower").order_by("id").limit(1)
    (key,) = await owing.values_list("borrower__key", flat=True)
    return personal_facts(found, bytes(key), vault)


def personal_facts(found: WaitingApproval, key: bytes, vault: Vault) -> str:
    """What stands sealed in it, under the borrower's key."""
    return vault.unseal_in(key, approval_place(found.ref), bytes(found.sealed or b""))


async def _waiting(rows: Any) -> tuple[WaitingApproval, ...]:
    columns = names_of(WaitingApproval, "loan_ref", "loan_no", "proposer")
    found = await rows.values(*columns, loan_ref="loan__ref", loan_no="loan__loan_no")
    staff = tables.StaffRow.filter(ref__in={row["proposed_by"] for row in found})
    emails = {str(ref): str(email) for ref, email in await staff.values_list("ref", "email")}
    return tuple(WaitingApproval(**row, proposer=emails.get(row["proposed_by"], "")) for row in found)
