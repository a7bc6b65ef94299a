"""Wrong guesses at the four characters, added up over all links of a borrower: a lender's key can make many links.

From so many within a day on, all these links end, and the lender is told.
"""

from datetime import timedelta
from math import ceil

from tortoise.expressions import Q

from portal.actions.act import change_of_lender
from portal.actions.journal import Journal, borrower_stream
from portal.actions.ratelimit import TooManyTries
from portal.domain.event import Actor, NewEvent
from portal.domain.refusal import N_
from portal.reads.invitations import OpenInvitation
from portal.tables import models as tables

MOST_FAILURES_A_DAY = 15
_DAY = timedelta(days=1)
GUESSES = Actor("system", "guesses")


class GuessedTooOften(TooManyTries):
    says = N_(
        "Wrong characters were typed too often at your links, perhaps by somebody else. This one opens in {hours} "
        "hours at the latest; this did not count as a try. Until then call your lender, or sign in with a code or a "
        "password."
    )


async def guessed(found: OpenInvitation) -> tuple[int, int]:
    """The wrong guesses at all links of this borrower that are open or ended within a day, and the hours until they go.

    Coming in by one link takes back none of them, else whoever guesses at the others would go unseen.
    """
    links = tables.InvitationRow.filter(borrower_id=found.borrower_id, expires_at__gt=found.read_at - _DAY)
    links = links.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=found.read_at - _DAY))
    rows = await links.values_list("failures", "ended_at")
    ended = [ended_at for failures, ended_at in rows if failures and ended_at]
    left = max(ended, default=found.read_at) + _DAY - found.read_at
    return sum(failures for failures, _ in rows), ceil(left / timedelta(hours=1))


@change_of_lender
async def end_guessed(log: Journal, found: OpenInvitation, wrong_tries: int) -> None:
    """Ends what was guessed at too often, this link or all of the borrower's, and tells the lender of each."""
    at = log.moment.at
    links = tables.InvitationRow.filter(borrower_id=found.borrower_id, ended_at__isnull=True, expires_at__gt=at)
    if wrong_tries < MOST_FAILURES_A_DAY:
        links = links.filter(id=found.id)
    rows = await links.order_by("id").values("id", "ref", loan_no="loan__loan_no")
    await tables.InvitationRow.filter(id__in=[row["id"] for row in rows]).update(ended_at=at, ended_why="failures")
    for row in rows:
        event = NewEvent("invitation.ended", GUESSES, {"invitation": row["ref"], "wrong_tries": wrong_tries})
        await log.write(borrower_stream(found.borrower_id), event, loan_no=row["loan_no"])
