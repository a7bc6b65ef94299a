"""What the lender's staff wrote for each other about a loan; whoever calls was let in to the loan at the desk."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.tables import models as tables
from portal.vault import Erased, Vault


@dataclass(frozen=True, slots=True)
class StaffNote:
    """`author` is the e-mail address of who wrote it, those who left too. `about`: it is the reason for what waited for
    a second person under that ref.
    """

    author: str
    text: str
    about: str
    at: datetime


async def staff_notes(loan_id: int, vault: Vault) -> tuple[StaffNote, ...]:
    """On a loan, the newest first; what was erased is left out."""
    rows = tables.StaffNoteRow.filter(loan_id=loan_id).order_by("-id")
    return tuple((await _opened(rows, vault)).values())


async def reasons_given(approvals: Collection[str], vault: Vault) -> dict[str, str]:
    """By the ref of what waits for a second person, why it was proposed."""
    found = await _opened(tables.StaffNoteRow.filter(about__in=list(approvals)), vault) if approvals else {}
    return {note.about: note.text for note in found.values()}


def staff_note_place(ref: str) -> str:
    return f"staff-note:{ref}"


async def _opened(rows: Any, vault: Vault) -> dict[str, StaffNote]:
    found = await rows.values("ref", "author", "about", "sealed", at="written_at", key="borrower__key")
    authors = {row["author"] for row in found}
    emails = dict(await tables.StaffRow.filter(ref__in=authors).values_list("ref", "email")) if authors else {}
    notes = {}
    for row in found:
        text = _text(row, vault)
        if text is not None:
            notes[row["ref"]] = StaffNote(emails.get(row["author"], ""), text, row["about"], row["at"])
    return notes


def _text(row: Mapping[str, Any], vault: Vault) -> str | None:
    try:
        return vault.unseal_in(bytes(row["key"]), staff_note_place(row["ref"]), bytes(row["sealed"]))
    except Erased:
        return None
