"""Links that a lender asks for in numbers: all of them are checked first, then each is made in an act of its own.

What was made is kept, sealed, in the same act that made it: whoever goes on with it makes no link twice and loses none.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.actions.act import change_of_lender
from portal.actions.invitations import (
    MOST_INVITATIONS_A_DAY,
    BorrowerErased,
    NothingToAsk,
    TooManyInvitations,
    invite_within,
)
from portal.actions.jobs import note_progress
from portal.actions.journal import Journal
from portal.reads.cases import LenderFacts
from portal.reads.invitations import asked_at_door
from portal.reads.jobs import JobStatus, answer_place
from portal.tables import models as tables
from portal.vault import Vault

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A loan whose borrower is to have a link; `phone` empty is the one on record."""

    loan_no: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of the loans so far, in their order: number, token, and why there is none.

    An empty token without a reason went to a new number alone.
    """

    links: tuple[tuple[str, str, str], ...] = ()
    first_at: datetime | None = None

    @classmethod
    def by(cls, job: JobStatus) -> "Made":
        """What a job had made when it was left."""
        if job.answer is None:
            return cls()
        links = tuple((str(loan_no), str(token), str(why)) for loan_no, token, why in job.answer["links"])
        return cls(links, datetime.fromisoformat(job.answer["first_at"]))

    def then(self, loan_no: str, token: str, why: str, at: datetime) -> "Made":
        return Made((*self.links, (loan_no, token, why)), self.first_at or at)

    @property
    def count(self) -> int:
        """How many links that is."""
        return sum(not why for _, _, why in self.links)


class LoanToInviteUnknown(Exception):
    """A loan that is not this lender's, by its place in what was asked."""

    def __init__(self, index: int, loan_no: str) -> None:
        super().__init__(loan_no)
        self.index, self.loan_no = index, loan_no


async def check_invitable(lender_id: int, asked: Sequence[Asked], vault: Vault, at: datetime) -> None:
    """Before the first link is made. Raises UnknownLoan, BorrowerErased, NothingToAsk, TooManyInvitations."""
    numbers = list({each.loan_no for each in asked})
    parties = tables.PartyRow.filter(loan__lender_id=lender_id, loan__loan_no__in=numbers, role="borrower")
    rows = await parties.order_by("-id").prefetch_related("borrower", "loan")
    borrowers = {row.loan.loan_no: row.borrower for row in rows}
    ids = [row.id for row in borrowers.values()]
    sent: Counter[Any] = Counter(
        await tables.InvitationRow.filter(borrower_id__in=ids, created_at__gt=at - _DAY).values_list(
            "borrower_id", flat=True
        )
    )
    for index, each in enumerate(asked):
        borrower = borrowers.get(each.loan_no)
        if borrower is None:
            raise LoanToInviteUnknown(index, each.loan_no)
        _check(borrower, each.loan_no, sent, vault)


def _check(borrower: tables.BorrowerRow, loan_no: str, sent: Counter[int], vault: Vault) -> None:
    if not borrower.key:
        raise BorrowerErased("loan_no")
    if sent[borrower.id] >= MOST_INVITATIONS_A_DAY:
        raise TooManyInvitations("loan_no", loan_no=loan_no, most=MOST_INVITATIONS_A_DAY)
    if not asked_at_door(borrower, vault):
        raise NothingToAsk("loan_no", loan_no=loan_no)
    sent[borrower.id] += 1


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

    Raises NotFound, BorrowerErased, NothingToAsk, TooManyInvitations, and what else may come about since all was
    checked; nothing is written then.
    """
    token = await invite_within(log, asked.loan_no, asked.phone, vault, base_url)
    after = made.then(asked.loan_no, token, "", log.moment.at)
    await note_made(job, after, vault, read)
    return after


async def note_made(job: JobStatus, made: Made, vault: Vault, read: int) -> None:
    """In the act that made the last of them, where one did."""
    kept = {"links": made.links, "first_at": made.first_at.isoformat() if made.first_at else ""}
    answer = vault.seal_own(answer_place(job.ref), json.dumps(kept, ensure_ascii=False))
    await note_progress(job.id, read=read, landed=made.count, attempts=0, answer=answer)
