"""Links that a lender asks for in numbers: each is made in an act of its own, and one that cannot be stops no other.

What was made is kept, sealed, in the same act that made it: whoever goes on with it makes no link twice and loses none.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from portal.actions.act import change_of_lender
from portal.actions.invitations import invite_within
from portal.actions.jobs import note_progress
from portal.actions.journal import Journal
from portal.reads.cases import LenderFacts
from portal.reads.jobs import JobStatus, answer_place
from portal.vault import Vault


@dataclass(frozen=True, slots=True)
class Asked:
    """A loan whose borrower is to have a link; `phone` empty is the one on record."""

    loan_no: str
    phone: str = ""


class LinkOutcome(NamedTuple):
    """What came of one loan: a token, or why there is none, and which field says so.

    An empty token without a reason went to a new number alone. `too_many`: it may be asked for again tomorrow.
    """

    loan_no: str
    token: str = ""
    why: str = ""
    field: str = ""
    too_many: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What came of the loans so far, in their order."""

    links: tuple[LinkOutcome, ...] = ()
    first_at: datetime | None = None

    @classmethod
    def by(cls, job: JobStatus) -> "Made":
        """What a job had made when it was left."""
        if job.answer is None:
            return cls()
        links = tuple(LinkOutcome(*each) for each in job.answer["links"])
        return cls(links, datetime.fromisoformat(job.answer["first_at"]))

    def then(self, outcome: LinkOutcome, at: datetime) -> "Made":
        return Made((*self.links, outcome), self.first_at or at)

    @property
    def count(self) -> int:
        """How many links that is."""
        return sum(not each.why for each in self.links)


@change_of_lender
async def invite_next(
    log: Journal,
    job: JobStatus,
    lender: LenderFacts,
    asked: Asked,
    made: Made,
    vault: Vault,
    base_url: str,
    read: int,
) -> Made:
    """One more link of a job, whose links so far are `made`; answers them with it.

    Raises NotFound, BorrowerErased, NothingToAsk, TooManyInvitations, TooManyMessages; nothing is written then.
    """
    token = await invite_within(log, asked.loan_no, asked.phone, vault, base_url)
    after = made.then(LinkOutcome(asked.loan_no, token), log.moment.at)
    await note_made(job, after, vault, read)
    return after


async def note_made(job: JobStatus, made: Made, vault: Vault, read: int) -> None:
    """In the act that made the last of them, where one did."""
    kept = {"links": made.links, "first_at": made.first_at.isoformat() if made.first_at else ""}
    answer = vault.seal_own(answer_place(job.ref), json.dumps(kept, ensure_ascii=False))
    await note_progress(job.id, read=read, landed=made.count, attempts=0, answer=answer)
