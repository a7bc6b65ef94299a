"""A waiver that takes two: one of the staff proposes an answer, another approves just that, or does not."""

from collections.abc import Mapping
from dataclasses import replace

from portal.actions import approvals
from portal.actions.act import Act, change
from portal.actions.proposals.answer import accept_offer, make_counter
from portal.actions.proposals.moves import own_row, take_up
from portal.domain.event import NewEvent
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER, MoveNotPossible, Party, State
from portal.domain.restructuring.never_worse import check_never_worse
from portal.domain.restructuring.plan_codec import money_of, offer_facts, plan_fingerprint, to_hash_text
from portal.domain.restructuring.quote import Quote
from portal.reads.approvals import WaitingApproval
from portal.reads.proposals import ProposalCase
from portal.vault import new_ref

WAIVER, ACCEPT = "waiver", "accept"
"""What kind of approval it is, and what its facts say where the borrower's own offer is to be accepted."""
APPROVERS = ("approver", "admin")


@change
async def propose_waiver(act: Act, proposal: ProposalCase, quote: Quote | None) -> None:
    """One of the staff wants to answer with more than one may let go: somebody else has to approve it.

    `drawn` is the plan to answer with, as it was shown; None accepts the borrower's own. It waits as long as what is
    offered that day would stand. Raises AlreadyProposed, MoveNotPossible.
    """
    row = await own_row(proposal)
    if State(row.state) not in STATES_TO_ANSWER:
        raise MoveNotPossible(state=row.state, move="propose_waiver")
    await take_up(act, row, proposal.case)
    shown = quote or proposal.on_the_table
    await approvals.propose(
        act.log,
        approvals.Waits(WAIVER, row.ref, new_ref()),
        loan_id=proposal.case.id,
        by=act.actor,
        until=proposal.policy.stands_until(act.today),
        facts=_proposed(quote) if quote else ACCEPT,
        shown=plan_fingerprint([(shown.offer, shown.plan)]),
    )
    facts = {"waived": money_of(shown.plan.waived, shown.plan.currency), "currency": shown.plan.currency}
    await _tell(act, proposal, "waiver.proposed", facts)


@change
async def approve_waiver(act: Act, proposal: ProposalCase, found: WaitingApproval, quote: Quote | None) -> None:
    """The second pair of eyes agrees: what was proposed is sent just so.

    `drawn` is what the approver's page showed, of the day it was proposed on; None accepts the borrower's own. Raises
    what `approvals.approve` does, and WorseThanPolicy.
    """
    if quote is not None:
        check_never_worse(quote)
    shown = quote or proposal.on_the_table
    digest = plan_fingerprint([(shown.offer, shown.plan)])
    what = approvals.Waits(WAIVER, proposal.ref, found.ref)
    await approvals.approve(act.log, what, act.actor, act.author.role, digest, APPROVERS)
    if quote is None:
        await accept_offer(act, proposal, Party.LENDER)
    else:
        await make_counter(act, proposal, replace(quote, valid_until=proposal.policy.stands_until(act.today)))


@change
async def reject_waiver(act: Act, proposal: ProposalCase, found: WaitingApproval) -> None:
    """Whoever proposed it takes it back, or an approver does not agree; the proposal is to be answered as before.

    Raises NothingWaits, NotYourRole.
    """
    mine, role = found.proposed_by == act.actor.ref, act.author.role
    if not mine and role not in APPROVERS:
        raise approvals.NotYourRole(WAIVER, roles=", ".join(APPROVERS), role=role)
    await approvals.reject(act.log, approvals.Waits(WAIVER, proposal.ref, found.ref), act.actor)
    await _tell(act, proposal, "waiver.withdrawn" if mine else "waiver.rejected", {})


def _proposed(quote: Quote) -> str:
    """The offer and the day of its figures, from which it is drawn up again."""
    facts = offer_facts(quote.offer, quote.plan.currency)
    return to_hash_text({**facts, "as_of": quote.plan.as_of.isoformat()})


async def _tell(act: Act, proposal: ProposalCase, kind: str, facts: Mapping[str, object]) -> None:
    await act.log.tell(proposal.case, NewEvent(kind, act.actor, facts, proposal.ref, proposal.version))
