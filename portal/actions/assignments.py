"""To whom of the staff a proposal is assigned, and who has it open: for colleagues, not for borrower or feed."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from portal.actions.act import change_of_lender, change_outside_feed
from portal.actions.journal import Journal
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.negotiation import LIVE, OPEN_STATES
from portal.reads.cases import LenderFacts
from portal.reads.sessions import SignedInStaff
from portal.tables import models as tables
from portal.tables.write_behind import write_later


class NoSuchColleague(Refusal):
    says = N_("Nobody of that address works here. These do: {allowed}.")


def note_open(staff_id: int, proposal_id: int, at: datetime) -> None:
    """One of the staff has opened its page, and no other's any more: colleagues see that, a moment later."""
    write_later(("open proposal", staff_id), partial(_note_open, staff_id, proposal_id, at))


@change_outside_feed
async def _note_open(staff_id: int, proposal_id: int, at: datetime) -> None:
    await tables.StaffRow.filter(id=staff_id).update(open_proposal=proposal_id, opened_at=at)


@change_of_lender
async def assign(log: Journal, of: SignedInStaff | LenderFacts, refs: Sequence[str], email: str) -> int:
    """Gives proposals to one of those who work here, or with no address to nobody; answers how many.

    Raises NoSuchColleague.
    """
    working = tables.StaffRow.filter(lender_id=log.lender.id, ended_at__isnull=True, password_hash__isnull=False)
    by_email = dict(await working.order_by("email").values_list("email", "ref"))
    if email and email not in by_email:
        raise NoSuchColleague("assignee", allowed=", ".join(by_email))
    given = tables.ProposalRow.filter(lender_id=log.lender.id, ref__in=list(refs))
    return await given.update(assignee=by_email.get(email, ""))


async def unassign(log: Journal, staff_ref: str) -> None:
    """What is assigned to one of the staff is anybody's again."""
    states = [state.value for state in OPEN_STATES | LIVE]
    held = tables.ProposalRow.filter(lender_id=log.lender.id, assignee=staff_ref, state__in=states)
    await held.update(assignee="")
