"""Signing an accepted plan: the exact bytes that were shown are sealed, and their hash is in the event."""

import hashlib
from dataclasses import dataclass, replace

from portal.actions.authors import Author, FormToken
from portal.actions.journal import journal, once
from portal.actions.proposals.live import begin_plan
from portal.actions.proposals.moves import actor_key, fingerprint, locked, make_move, standing_facts, still_stands
from portal.domain.event import Actor, BusinessTime
from portal.domain.ledger.reconciliation import check_books
from portal.domain.restructuring.negotiation import Move, Party, State, transition
from portal.reads.facts import rules_text
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
async def agree(proposal: ProposalCase, signed: Signed, author: Author, guard: FormToken, moment: BusinessTime) -> str:
    """The borrower signs; answers the agreement's ref. Collection stays held: only a break or the end lifts that.

    An agreement that could not be booked keeps its place; the next one on the same offer is another version. Where the
    policy books by itself the plan begins at once.

    Raises TimeRanOut, BooksDiffer, MoveNotPossible, SomebodyWasFirst.
    """
    async with journal(proposal.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, proposal, guard)
            transition(State(row.state), Party.BORROWER, Move.SIGN)
            still_stands(row, moment)
            check_books(proposal.case.loan, proposal.policy.tolerance)
            digest = await _seal(proposal, row, signed, author, moment)
            row.expires_on = None
            row.decide_by = proposal.policy.working_days.after(moment.today, proposal.policy.booking_working_days)
            facts = _facts(proposal, signed, digest)
            await tables.AgreementRow.filter(ref=signed.ref).update(rules=rules_text(row.version, facts))
            expected_version = await make_move(
                log, row, proposal.case, (Party.BORROWER, Move.SIGN), author.actor, facts, guard.expected_version
            )
            if proposal.policy.booking_automatic:
                await begin_plan(
                    log, row, replace(proposal, agreement=signed.ref), signed.ref, _POLICY, expected_version
                )
            return signed.ref

        return await once(actor_key(proposal, author), guard.key, fingerprint(proposal, "agree", author), unit)


async def _seal(
    proposal: ProposalCase, row: tables.ProposalRow, signed: Signed, author: Author, moment: BusinessTime
) -> str:
    person = await tables.PersonRow.get(id=proposal.person_id)
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


def _facts(proposal: ProposalCase, signed: Signed, digest: str) -> dict[str, object]:
    """What the lender's core has to book, and the rules both sides hold to."""
    policy = proposal.policy
    return {
        **standing_facts(proposal),
        "agreement": signed.ref,
        "document_hash": digest,
        "policy_version": policy.version,
        "interest_runs": bool(proposal.on_the_table.offer.interest_rate),
        "vesting": {"installments": len(proposal.on_the_table.plan.installments), "rounding": "claw-back down"},
        "slips": {"cure_days": policy.cure_terms.cure_days, "within": policy.cure_terms.within},
        "reports": policy.reports,
        "read_seconds": signed.read_seconds,
    }
