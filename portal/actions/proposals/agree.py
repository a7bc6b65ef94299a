"""Signing an accepted plan: the exact bytes that were shown are sealed, and their hash is in the event."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from portal.actions.act import Act, change
from portal.actions.proposals.live import advance_varied, begin_plan
from portal.actions.proposals.moves import make_move, own_row, shown_facts, still_stands
from portal.actions.proposals.posted import signed_facts
from portal.domain.event import Actor
from portal.domain.ledger.reconciliation import check_books
from portal.domain.restructuring.negotiation import Move, Party, State, transition
from portal.domain.restructuring.plan_codec import cure_facts, plan_facts
from portal.reads.facts import rules_text
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables

_POLICY = Actor("system", "policy")


@dataclass(frozen=True, slots=True)
class Signed:
    """What is signed: the agreement's ref and its whole document, and how many seconds it was there to be read."""

    ref: str
    document: str
    read_seconds: int = 0


@change
async def agree(act: Act, proposal: ProposalCase, *, signed: Signed) -> str:
    """The borrower signs; answers the agreement's ref. Collection stays held: only a break or the end lifts that.

    An agreement that could not be booked keeps its place; the next one on the same offer is another version. Where the
    policy books by itself the plan begins at once.

    Raises TimeRanOut, BooksDiffer, MoveNotPossible.
    """
    row, policy = await own_row(proposal), proposal.policy
    transition(State(row.state), Party.BORROWER, Move.SIGN)
    still_stands(row, act.acting.moment)
    check_books(proposal.case.loan, policy.judging(proposal.case.loan.currency).tolerance)
    facts = _facts(proposal, signed)
    await _seal(act, proposal, signed, facts)
    facts |= await signed_facts(proposal.case, signed.ref, act.today)
    row.expires_on = None
    row.decide_by = policy.working_days.after(act.today, policy.booking_working_days)
    await make_move(act.log, row, proposal.case, (Party.BORROWER, Move.SIGN), act.actor, facts)
    await advance_varied(act.log, proposal)
    if policy.booking_automatic:
        await begin_plan(act.log, row, replace(proposal, agreement=signed.ref), signed.ref, _POLICY)
    return signed.ref


async def _seal(act: Act, proposal: ProposalCase, signed: Signed, facts: Mapping[str, object]) -> None:
    person = await tables.PersonRow.get(id=proposal.person_id)
    await tables.AgreementRow.create(
        ref=signed.ref,
        proposal_id=proposal.id,
        version=await tables.AgreementRow.filter(proposal_id=proposal.id).count() + 1,
        sealed=act.author.vault.seal(person.key, signed.document),
        hash=facts["document_hash"],
        rules=rules_text(proposal.version, facts),
        signed_at=act.at,
        signed_on=act.today,
    )


def _facts(proposal: ProposalCase, signed: Signed) -> dict[str, object]:
    """What the lender's core has to book, and the rules both sides hold to."""
    policy = proposal.policy.judging(proposal.case.loan.currency)
    return {
        **shown_facts(proposal.on_the_table),
        "agreement": signed.ref,
        "document_hash": hashlib.sha256(signed.document.encode()).hexdigest(),
        "policy_version": policy.version,
        "interest_runs": bool(proposal.on_the_table.offer.interest_rate),
        "vesting": {"installments": len(proposal.on_the_table.plan.installments), "rounding": "claw-back down"},
        "slips": cure_facts(policy.cure_terms, proposal.case.loan.currency),
        "taken_in": plan_facts(proposal.on_the_table.plan).get("dues", []),
        "reports": policy.reports,
        "read_seconds": signed.read_seconds,
    }
