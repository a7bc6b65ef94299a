"""Invitations as the door sees them, and who is still to be invited."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import compress
from typing import Any

from portal.domain.contract.loan import Loan
from portal.domain.ledger.position import position
from portal.reads.cases import first_found
from portal.reads.loans import load_loans
from portal.reads.rows import batches
from portal.tables import models as tables
from portal.vault import Vault, token_hash

MOST_WRONG_DIGITS = 5
WALKED_AT_ONCE = 200


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


async def uninvited(lender_id: int) -> int:
    """How many loans are looked at to find whom to invite: those whose borrower has not come in."""
    return int(await _not_come_in(lender_id).count())


async def overdue_and_uninvited(
    lender_id: int, vault: Vault, today: date, now: Callable[[], datetime]
) -> AsyncIterator[tuple[int, list[ToInvite]]]:
    """Borrowers with something overdue who have neither come in nor an open link: each once, by the first such loan.

    In batches in the order of the loans' numbers, with how many loans were looked at so far. Ledgers are walked in a
    thread, so that whatever else this process does goes on; who has a link is asked anew for every batch.
    """
    looked_at, seen, sealed = 0, set[int](), {"key": "borrower__key", "phone": "borrower__phone_sealed"}
    columns, by = ("loan_id", "borrower_id", "loan__loan_no"), {"by": "loan__loan_no", "after": ""}
    async for rows in batches(_not_come_in(lender_id), WALKED_AT_ONCE, *columns, **by, **sealed):
        looked_at += len(rows)
        invited = await _invited({row["borrower_id"] for row in rows} - seen, now())
        waiting = [row for row in rows if row["borrower_id"] not in seen | invited]
        loans = await load_loans([row["loan_id"] for row in waiting])
        overdue = await asyncio.to_thread(_overdue, [loans[row["loan_id"]][0] for row in waiting], today)
        firsts = {row["borrower_id"]: row for row in reversed(list(compress(waiting, overdue)))}
        seen |= firsts.keys()
        found = sorted(firsts.values(), key=lambda row: str(row["loan__loan_no"]))
        phones = [vault.unseal(bytes(row["key"]), bytes(row["phone"])) for row in found]
        yield looked_at, [ToInvite(row["loan__loan_no"], phone) for row, phone in zip(found, phones, strict=True)]


def _not_come_in(lender_id: int) -> Any:
    nobody = {"borrower__person_id__isnull": True, "borrower__erased_at__isnull": True}
    return tables.PartyRow.filter(loan__lender_id=lender_id, role="borrower", **nobody)


async def _invited(borrowers: set[int], at: datetime) -> set[int]:
    """Which of them have a link that is open."""
    links = tables.InvitationRow.filter(
        borrower_id__in=list(borrowers), ended_at__isnull=True, failures__lt=MOST_WRONG_DIGITS
    )
    return set(await links.filter(expires_at__gt=at).values_list("borrower_id", flat=True))  # type: ignore[arg-type]


def _overdue(loans: list[Loan], today: date) -> list[bool]:
    return [bool(position(loan, today).overdue.total) for loan in loans]
