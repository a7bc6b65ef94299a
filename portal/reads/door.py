"""Invitations as the door sees them, and who is still to be invited."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.position import position
from portal.reads.cases import NotFound
from portal.reads.loans import load_loans
from portal.tables import models as t
from portal.vault import Vault, token_hash

MOST_FAILURES = 5


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """A link somebody holds. Its page names the lender and nobody else; `asks_for_id` says which four it asks for."""

    read_at: datetime
    id: int
    ref: str
    lender_id: int
    lender_name: str
    hotline: str
    timezone: str
    borrower_id: int
    person_id: int | None
    loan_no: str
    loan_ref: str
    ended: bool
    asks_for_id: bool


@dataclass(frozen=True, slots=True)
class ToInvite:
    loan_no: str
    phone: str


async def invitation(token: str, vault: Vault, at: datetime) -> OpenInvitation:
    """Raises NotFound for a token nobody was given."""
    rows = await t.Invitation.filter(token_hash=token_hash(token)).values(
        "id",
        "ref",
        "lender_id",
        "borrower_id",
        "failures",
        "ended_at",
        "expires_at",
        lender_name="lender__name",
        hotline="lender__hotline",
        timezone="lender__timezone",
        loan_no="loan__loan_no",
        loan_ref="loan__ref",
        person_id="borrower__person_id",
        key="borrower__key",
        last4="borrower__id_last4_sealed",
    )
    if not rows:
        raise NotFound
    row = rows[0]
    over = has_ended(row.pop("ended_at"), row.pop("expires_at"), row.pop("failures"), at)
    key, last4 = bytes(row.pop("key")), bytes(row.pop("last4"))
    return OpenInvitation(read_at=at, **row, ended=over, asks_for_id=bool(key and vault.unseal(key, last4)))


def has_ended(ended_at: datetime | None, expires_at: datetime, failures: int, at: datetime) -> bool:
    return ended_at is not None or expires_at <= at or failures >= MOST_FAILURES


def asked_at_door(borrower: t.Borrower, vault: Vault) -> str:
    """What a link asks for: the last four of the ID number, or the entry code where none was told; else nothing.

    Never a part of anything that is printed on what the borrower has from the lender. Both are unsealed, so that the
    time taken does not tell which it is.
    """
    digits, code = vault.unseal(bytes(borrower.key), bytes(borrower.id_last4_sealed)), entry_code(borrower, vault)
    return digits or code


def entry_code(borrower: t.Borrower, vault: Vault) -> str:
    """What the lender gave the borrower to type, or nothing."""
    if not borrower.entry_code_sealed:
        return ""
    lender_id: int = borrower.lender_id  # type: ignore[attr-defined]
    place = entry_code_place(lender_id, borrower.external_id)
    return vault.unseal_in(bytes(borrower.key), place, bytes(borrower.entry_code_sealed))


def entry_code_place(lender_id: int, external_id: str) -> str:
    return f"entry-code:{lender_id}:{external_id}"


async def overdue_and_uninvited(lender_id: int, vault: Vault, today: date, at: datetime) -> list[ToInvite]:
    """Borrowers with something overdue who have neither come in nor an open link: each once, by the first such loan."""
    parties = t.Party.filter(loan__lender_id=lender_id, role="borrower", borrower__person_id__isnull=True)
    parties = parties.filter(borrower__erased_at__isnull=True)
    rows = await parties.order_by("loan__loan_no").values(
        "loan_id", "borrower_id", loan_no="loan__loan_no", key="borrower__key", phone="borrower__phone_sealed"
    )
    links = t.Invitation.filter(
        lender_id=lender_id, ended_at__isnull=True, expires_at__gt=at, failures__lt=MOST_FAILURES
    )
    invited = set(await links.values_list("borrower_id", flat=True))
    waiting = [row for row in rows if row["borrower_id"] not in invited]
    loans = await load_loans([row["loan_id"] for row in waiting])
    overdue = [row for row in waiting if position(loans[row["loan_id"]][0], today).overdue.total]
    firsts = {row["borrower_id"]: row for row in reversed(overdue)}
    return [
        ToInvite(row["loan_no"], vault.unseal(bytes(row["key"]), bytes(row["phone"])))
        for row in sorted(firsts.values(), key=lambda row: str(row["loan_no"]))
    ]
