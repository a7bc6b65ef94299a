"""Signing an accepted plan: the exact bytes that were shown are sealed, and their hash is in the event."""

import hashlib
from dataclasses import dataclass, replace

from portal.actions.authors import Author, FormToken
from portal.actions.journal import journal, once
from portal.actions.proposals.live import begin_plan
from portal.actions.proposals.moves import doer, locked, make_move, request, standing_facts, still_stands
from portal.domain.event import Actor, BusinessTime
from portal.domain.ledger.reconciliation import check_books
from portal.domain.restructuring.negotiation import Move, Party, State, transition
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from portal.tables.transaction import retried

_POLICY = Actor("system", "policy")


@dataclass(frozen=True, slots=True)
class Signed:
    """What is signed: the agreement's ref and its whole document, and how many seconds it was there to be read."""

    ref: str
    document: str
    read_seconds: int = 0


@retried
async def agree(held: ProposalCase, signed: Signed, author: Author, guard: FormToken, moment: BusinessTime) -> str:
    """The borrower signs; answers the agreement's ref. Collection stays held: only a break or the end lifts that.

    An agreement that could not be booked keeps its place; the next one on the same offer is another version. Where the
    policy books by itself the plan begins at once.

    Raises TimeRanOut, BooksDiffer, MoveNotPossible, SomebodyWasFirst.
    """
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            transition(State(row.state), Party.BORROWER, Move.SIGN)
            still_stands(row, moment)
            check_books(held.case.loan, held.policy.tolerance)
            digest = await _seal(held, row, signed, author, moment)
            row.expires_on = None
            row.decide_by = held.policy.working_days.after(moment.today, held.policy.booking_working_days)
            facts = _facts(held, signed, digest)
            seen = await make_move(log, row, held.case, (Party.BORROWER, Move.SIGN), author.actor, facts, guard.seen)
            if held.policy.booking_automatic:
                await begin_plan(log, row, replace(held, agreement=signed.ref), signed.ref, _POLICY, seen)
            return signed.ref

        return await once(doer(held, author), guard.key, request(held, "agree", author), unit)


async def _seal(
    held: ProposalCase, row: tables.ProposalRow, signed: Signed, author: Author, moment: BusinessTime
) -> str:
    person = await tables.PersonRow.get(id=held.person_id)
    digest = hashlib.sha256(signed.document.encode()).hexdigest()
    await tables.AgreementRow.create(
        ref=signed.ref,
        proposal_id=row.id,
        version=await tables.AgreementRow.filter(proposal_id=row.id).count() + 1,
        sealed=author.vault.seal(person.key, signed.document),
        hash=digest,
        signed_at=moment.at,
    )
    return digest


def _facts(held: ProposalCase, signed: Signed, digest: str) -> dict[str, object]:
    """What the lender's core has to book, and the rules both sides hold to."""
    policy = held.policy
    return {
        **standing_facts(held),
        "agreement": signed.ref,
        "document_hash": digest,
        "policy_version": policy.version,
        "interest_runs": bool(held.on_the_table.offer.interest_rate),
        "vesting": {"installments": len(held.on_the_table.plan.installments), "rounding": "claw-back down"},
        "slips": {"cure_days": policy.slips.cure_days, "within": policy.slips.within},
        "reports": policy.reports,
        "read_seconds": signed.read_seconds,
    }
