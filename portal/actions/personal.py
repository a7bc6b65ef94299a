"""What is done with personal data: opening it is an act of its own, written down before anything is shown."""

from datetime import datetime

from portal.actions.access import note_access
from portal.domain.reasons import OPEN_REASONS
from portal.domain.refusal import N_, Refusal

OPENED, TAKEN = "personal.opened", "personal.taken"


class NoReason(Refusal):
    says = N_("Please choose what you need the name and number for.")


async def note_opened(loan_ref: str, staff_ref: str, reason: str, at: datetime) -> None:
    """One of the staff opens name, phone and ID digits of a loan's borrowers. Raises NoReason for an unknown code."""
    if reason not in OPEN_REASONS:
        raise NoReason("reason")
    await note_access(("staff", staff_ref), f"{OPENED}:{reason}", at, subject=f"loan:{loan_ref}")


async def note_taken(person_ref: str, at: datetime) -> None:
    """A person takes a copy of everything that is kept about them."""
    await note_access(("borrower", person_ref), TAKEN, at, subject=f"person:{person_ref}")
