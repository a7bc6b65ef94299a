"""A waiver that takes two: one of the staff proposes an answer, another approves just that, or does not."""

from collections.abc import Mapping
from dataclasses import replace

from portal.actions import approvals
from portal.actions.authors import Author, FormToken
from portal.actions.journal import Journal, journal, loan_stream
from portal.actions.proposals.answer import accept_offer, make_counter
from portal.actions.proposals.moves import locked, take_up
from portal.domain.event import BusinessTime, NewEvent
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER, MoveNotPossible, Party, State
from portal.domain.restructuring.plan_codec import money_of, offer_facts, plan_fingerprint, to_hash_text
from portal.domain.restructuring.quote import Quote
from portal.reads.approvals import WaitingApproval
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from portal.tables.transaction import retried

WAIVER, ACCEPT = "waiver", "accept"
"""What kind of approval it is, and what its facts say where the borrower's own offer is to be accepted."""
APPROVERS = ("approver", "admin")


@retried
async def propose_waiver(
    proposal: ProposalCase, quote: Quote | None, author: Author, guard: FormToken, moment: BusinessTime
) -> None:
    """One of the staff wants to answer with more than one may let go: somebody else has to approve it.

    `drawn` is the plan to answer with, as it was shown; None accepts the borrower's own. It waits as long as what is
    offered that day would stand. Raises AlreadyProposed, MoveNotPossible, SomebodyWasFirst.
    """
    async with journal(proposal.case.lender.id, moment, guard.key) as log:
        row = await locked(log, proposal, guard)
        if State(row.state) not in STATES_TO_ANSWER:
            raise MoveNotPossible(state=row.state, move="propose_waiver")
        expected_version = await take_up(log, row, proposal.case, author, guard.expected_version)
        shown = quote or proposal.on_the_table
        await approvals.propose(
            log,
            kind=WAIVER,
            subject=row.ref,
            loan_id=proposal.case.id,
            by=author.actor,
            until=proposal.policy.stands_until(moment.today),
            facts=_proposed(quote) if quote else ACCEPT,
            shown=plan_fingerprint([(shown.offer, shown.plan)]),
        )
        facts = {"waived": money_of(shown.plan.waived, shown.plan.currency), "currency": shown.plan.currency}
        await _tell(log, row, proposal, "waiver.proposed", author, facts, expected_version)


@retried
async def approve_waiver(
    proposal: ProposalCase,
    found: WaitingApproval,
    quote: Quote | None,
    author: Author,
    guard: FormToken,
    moment: BusinessTime,
) -> None:
    """The second pair of eyes agrees: what was proposed is sent just so.

    `drawn` is what the approver's page showed, of the day it was proposed on; None accepts the borrower's own. Raises
    what `approvals.approve` does.
    """
    async with journal(proposal.case.lender.id, moment, guard.key) as log:
        row = await locked(log, proposal, guard)
        shown = quote or proposal.on_the_table
        digest = plan_fingerprint([(shown.offer, shown.plan)])
        what = approvals.Waits(WAIVER, row.ref, found.ref)
        await approvals.approve(log, what, author.actor, author.role, digest, APPROVERS)
        if quote is None:
            await accept_offer(log, row, proposal, Party.LENDER, author, guard)
        else:
            valid_until = proposal.policy.stands_until(moment.today)
            await make_counter(log, row, proposal, replace(quote, valid_until=valid_until), author, guard)


@retried
async def reject_waiver(
    proposal: ProposalCase, found: WaitingApproval, author: Author, guard: FormToken, moment: BusinessTime
) -> None:
    """Whoever proposed it takes it back, or an approver does not agree; the proposal is to be answered as before.

    Raises NothingWaits, NotYourRole.
    """
    async with journal(proposal.case.lender.id, moment, guard.key) as log:
        row = await locked(log, proposal, guard)
        mine = found.proposed_by == author.actor.ref
        if not mine and author.role not in APPROVERS:
            raise approvals.NotYourRole(WAIVER, roles=", ".join(APPROVERS), role=author.role)
        await approvals.reject(log, approvals.Waits(WAIVER, row.ref, found.ref), author.actor)
        kind = "waiver.withdrawn" if mine else "waiver.rejected"
        await _tell(log, row, proposal, kind, author, {}, guard.expected_version)


def _proposed(quote: Quote) -> str:
    """The offer and the day of its figures, from which it is drawn up again."""
    facts = offer_facts(quote.offer, quote.plan.currency)
    return to_hash_text({**facts, "as_of": quote.plan.as_of.isoformat()})


async def _tell(
    log: Journal,
    row: tables.ProposalRow,
    proposal: ProposalCase,
    kind: str,
    author: Author,
    facts: Mapping[str, object],
    expected_version: int,
) -> None:
    event = NewEvent(kind, author.actor, facts, row.ref, row.version)
    await log.write(
        loan_stream(proposal.case.id), event, loan_no=proposal.case.loan.loan_no, expected_version=expected_version
    )
