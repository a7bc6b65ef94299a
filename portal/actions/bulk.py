"""Many proposals answered alike, each by the act that answers one: what is refused of one undoes nothing of another.

The key of each is in its events, and keeps it from being answered twice whoever goes on with the job.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from portal.actions.act import Acting, Author, FormToken
from portal.actions.assignments import assign
from portal.actions.jobs import note_progress
from portal.actions.proposals import accept, ask_borrower, decline
from portal.domain.event import Actor, BusinessTime
from portal.domain.restructuring.bulk import BulkAct
from portal.domain.restructuring.negotiation import Party
from portal.domain.restructuring.quote import Quote
from portal.reads.bulk import OUTCOMES, BulkItem, BulkOutcome, BulkStaff, item_key
from portal.reads.jobs import JobStatus, answer_place
from portal.reads.proposals import ProposalCase
from portal.vault import Vault


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What all of them are answered, as it was confirmed: reason or question with a note for the borrower, to whom."""

    act: BulkAct
    reason: str = ""
    note: str = ""
    lang: str = "zh-CN"
    assignee: str = ""
    question: str = ""


def acting_in_bulk(
    moment: BusinessTime, job: JobStatus, item: BulkItem, answer: BulkAnswer, staff: BulkStaff, vault: Vault
) -> Acting:
    """Who confirmed it, as one who saw the item as it was shown."""
    author = Author(Actor("staff", staff.ref), vault, answer.note, answer.lang, staff.role)
    return Acting(author, FormToken(item.seq, item_key(job.ref, item.ref)), moment)


async def answer_item(acting: Acting, proposal: ProposalCase, answer: BulkAnswer, nearest: Quote | None) -> None:
    """Raises what the act of one raises; nothing is written then."""
    match answer.act:
        case BulkAct.ACCEPT:
            await accept(acting, proposal, Party.LENDER)
        case BulkAct.DECLINE:
            await decline(acting, proposal, answer.reason, nearest=nearest)
        case BulkAct.ASK:
            await ask_borrower(acting, proposal, answer.question)
        case BulkAct.ASSIGN:
            await assign(acting.moment, proposal.case.lender, [proposal.ref], answer.assignee)


async def note_outcomes(job: JobStatus, outcomes: Sequence[BulkOutcome], vault: Vault) -> None:
    """How far it is; to have come further than the last time is no try that failed."""
    kept = {"outcomes": OUTCOMES.dump_python(tuple(outcomes), mode="json")}
    answer = vault.seal_own(answer_place(job.ref), json.dumps(kept, ensure_ascii=False))
    done = sum(each.done for each in outcomes)
    await note_progress(job.id, read=len(outcomes), landed=done, attempts=0, answer=answer)
