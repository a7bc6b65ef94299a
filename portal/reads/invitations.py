"""Invitations as the door sees them."""

from dataclasses import dataclass
from datetime import datetime

from portal.reads.cases import first_found
from portal.tables import models as tables
from portal.vault import Vault, token_hash

MOST_WRONG_DIGITS = 5


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """A link somebody holds. Its page names the lender and nobody else; `asks_for_id` says which four it asks for."""

    read_at: datetime
    id: int
    ref: str
    lender_id: int
    lender_name: str
    registered_name: str
    hotline: str
    timezone: str
    borrower_id: int
    person_id: int | None
    loan_no: str
    loan_ref: str
    ended: bool
    asks_for_id: bool


async def open_invitation(token: str, vault: Vault, at: datetime) -> OpenInvitation:
    """Raises NotFound for a token nobody was given."""
    rows = await tables.InvitationRow.filter(token_hash=token_hash(token)).values(
        "id",
        "ref",
        "lender_id",
        "borrower_id",
        "failures",
        "ended_at",
        "expires_at",
        lender_name="lender__name",
        registered_name="lender__legal_name",
        hotline="lender__hotline",
        timezone="lender__timezone",
        loan_no="loan__loan_no",
        loan_ref="loan__ref",
        person_id="borrower__person_id",
        key="borrower__key",
        last4="borrower__id_last4_sealed",
    )
    row = first_found(rows, "")
    over = has_ended(row.pop("ended_at"), row.pop("expires_at"), row.pop("failures"), at)
    row["registered_name"] = row["registered_name"] or row["lender_name"]
    key, last4 = bytes(row.pop("key")), bytes(row.pop("last4"))
    return OpenInvitation(read_at=at, **row, ended=over, asks_for_id=bool(key and vault.unseal(key, last4)))


def has_ended(ended_at: datetime | None, expires_at: datetime, failures: int, at: datetime) -> bool:
    return ended_at is not None or expires_at <= at or failures >= MOST_WRONG_DIGITS


def asked_at_door(borrower: tables.BorrowerRow, vault: Vault) -> str:
    """What a link asks for: the last four of the ID number, or the entry code where none was told; else nothing.

    Never a part of anything that is printed on what the borrower has from the lender. Both are unsealed, so that the
    time taken does not tell which it is.
    """
    digits, code = vault.unseal(bytes(borrower.key), bytes(borrower.id_last4_sealed)), entry_code(borrower, vault)
    return digits or code


def entry_code(borrower: tables.BorrowerRow, vault: Vault) -> str:
    """What the lender gave the borrower to type, or nothing."""
    if not borrower.entry_code_sealed:
        return ""
    lender_id: int = borrower.lender_id  # type: ignore[attr-defined]
    place = entry_code_place(lender_id, borrower.external_id)
    return vault.unseal_in(bytes(borrower.key), place, bytes(borrower.entry_code_sealed))


def entry_code_place(lender_id: int, external_id: str) -> str:
    return f"entry-code:{lender_id}:{external_id}"
