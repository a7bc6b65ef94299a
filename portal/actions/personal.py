"""What is done with personal data: opening it is an act of its own, written down before anything is shown.

Within an hour one of the staff opens it so often at most; then it is refused, and the lender's admin is told.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from portal.actions.access import note_access
from portal.actions.act import change_of_lender, change_outside_feed
from portal.actions.journal import Journal, lender_stream
from portal.actions.ratelimit import TooManyTries
from portal.domain.contract.calendar import LocalTime
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.reasons import OPEN_REASONS
from portal.reads.desk import admins
from portal.reads.personal import OPENED, REFUSED
from portal.reads.sessions import SignedInStaff
from portal.tables import models as tables

TAKEN, CASE_MADE = "personal.taken", "case.made"
MOST_OPENED = 30
WITHIN = timedelta(hours=1)


class NoReason(Refusal):
    says = N_("Please choose what you need the name and number for.")


class TooManyOpened(TooManyTries):
    says = N_(
        "You have opened names and numbers {most} times within an hour, and no more is possible. The next can be "
        "opened from {again_at} on. Your admin has been told; whoever needs more now asks there: {admins}."
    )


class TooManyOpenedAndNoAdmin(TooManyOpened):
    says = N_(
        "You have opened names and numbers {most} times within an hour, and no more is possible. The next can be "
        "opened from {again_at} on. It has been written down; your lender has no admin here who could be asked."
    )


async def note_opened(
    loan_ref: str,
    staff: SignedInStaff,
    reason: str,
    moment: BusinessTime,
    reasons: Mapping[str, str] = OPEN_REASONS,
) -> None:
    """One of the staff opens name, phone and ID digits of a loan's borrowers; `moment` is by the wall's clock.

    Raises NoReason for a code that is none of `reasons`, and TooManyOpened beyond MOST_OPENED within an hour, once the
    admin is told.
    """
    if reason not in reasons:
        raise NoReason("reason")
    again_at = await _open(loan_ref, staff, reason, moment.at)
    if again_at is None:
        return
    await _tell_refused(moment, staff, loan_ref, again_at)
    asked = ", ".join(await admins(staff.lender_id))
    refusal = TooManyOpened if asked else TooManyOpenedAndNoAdmin
    raise refusal("reason", most=MOST_OPENED, again_at=LocalTime(again_at, staff.timezone), admins=asked)


@change_outside_feed
async def _open(loan_ref: str, staff: SignedInStaff, reason: str, at: datetime) -> datetime | None:
    """Writes it down, or answers from when on there is another; whoever opens two at once does so one by one."""
    await tables.StaffRow.filter(id=staff.staff_id).select_for_update().get()
    newest = await _lately(staff, at).filter(what__startswith=OPENED).order_by("-at").limit(MOST_OPENED)
    if len(newest) == MOST_OPENED:
        return newest[-1].at + WITHIN
    who, subject = ("staff", staff.ref), f"loan:{loan_ref}"
    await note_access(who, f"{OPENED}{reason}", at, subject=subject, lender_id=staff.lender_id)
    return None


@change_of_lender
async def _tell_refused(log: Journal, staff: SignedInStaff, loan_ref: str, again_at: datetime) -> None:
    """Told to the lender and its admin once an hour, however often it was tried."""
    facts = {
        "staff": staff.ref,
        "openings": MOST_OPENED,
        "again_at": again_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    if await _lately(staff, log.moment.at).filter(what=REFUSED).exists():
        return
    await log.write(lender_stream(staff.lender_id), NewEvent(REFUSED, Actor("staff", staff.ref), facts))
    who, subject = ("staff", staff.ref), f"loan:{loan_ref}"
    await note_access(who, REFUSED, log.moment.at, subject=subject, lender_id=staff.lender_id)


def _lately(staff: SignedInStaff, at: datetime) -> QuerySet[tables.AccessRow]:
    return tables.AccessRow.filter(actor_kind="staff", actor_ref=staff.ref, at__gt=at - WITHIN)


async def note_opened_by_operator(loan_ref: str, lender_id: int, reason: str, at: datetime) -> None:
    """The same at the terminal, for whoever has the database anyway: it is told, and not limited."""
    await note_access(("operator", ""), f"{OPENED}{reason}", at, subject=f"loan:{loan_ref}", lender_id=lender_id)


async def note_case_made(loan_ref: str, lender_id: int, by: tuple[str, str], digest: str, at: datetime) -> None:
    """A case file was made: `digest` is of its manifest, by which it is known again. `by` is who made it."""
    about = {"subject": f"case:{digest}", "detail": f"loan:{loan_ref}"}
    await note_access(by, CASE_MADE, at, lender_id=lender_id, **about)


async def note_taken(person_ref: str, at: datetime) -> None:
    """A person takes a copy of everything that is kept about them."""
    await note_access(("borrower", person_ref), TAKEN, at, subject=f"person:{person_ref}")
