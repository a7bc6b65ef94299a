"""What is done with personal data: opening it is an act of its own, written down before anything is shown."""

from datetime import datetime

from portal.domain.reasons import OPEN_REASONS
from portal.domain.refusal import N_, Refusal
from portal.tables import models as t

OPENED, TAKEN = "personal.opened", "personal.taken"


class NoReason(Refusal):
    says = N_("Please choose what you need the name and number for.")


async def note_opened(loan_ref: str, staff_ref: str, reason: str, at: datetime) -> None:
    """One of the staff opens name, phone and ID digits of a loan's borrowers. Raises NoReason for an unknown code."""
    if reason not in OPEN_REASONS:
        raise NoReason("reason")
    await t.Access.create(
        actor_kind="staff", actor_ref=staff_ref, what=f"{OPENED}:{reason}", subject=f"loan:{loan_ref}", at=at
    )


async def note_taken(person_ref: str, at: datetime) -> None:
    """A person takes a copy of everything that is kept about them."""
    await t.Access.create(
        actor_kind="borrower", actor_ref=person_ref, what=TAKEN, subject=f"person:{person_ref}", at=at
    )
