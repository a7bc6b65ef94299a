"""A waiver that takes two: one of the staff proposes an answer, another approves just that, or does not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from portal.actions import approvals
from portal.actions.act import Act, Acting, change
from portal.actions.invitations import party_of
from portal.actions.journal import KeyUsedOtherwise
from portal.actions.proposals.answer import accept, accept_offer, counter, make_counter
from portal.actions.proposals.moves import own_row, take_up
from portal.actions.staff_notes import keep_staff_note
from portal.domain.event import NewEvent, canonical_text
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER, MoveNotPossible, NeedsSecond, Party, State
from portal.domain.restructuring.never_worse import check_never_worse
from portal.domain.restructuring.plan_codec import money_of, offer_facts, plan_fingerprint
from portal.domain.restructuring.quote import Quote
from portal.reads.approvals import ACCEPT, WAIVER, WaitingApproval, approval_place
from portal.reads.cases import Case
from portal.reads.proposals import OfferMade, ProposalCase
from portal.tables import models as tables
from portal.vault import new_ref

APPROVERS = ("approver", "admin")


class ReasonForSecond(Refusal):
    says = N_("This takes two people. Please write for your colleague why it should be so.")


async def answer_with_second(acting: Acting, proposal: ProposalCase, quote: Quote | None, why: str) -> bool:
    """With another plan, or the borrower's own where `quote` is None; whether it was sent: what takes two is only
    proposed.

    Raises ReasonForSecond where it would be without a word for the colleague.
    """
    try:
        if quote is None:
            await accept(acting, proposal, Party.LENDER)
        else:
            await counter(acting, proposal, quote)
    except NeedsSecond:
        await propose_waiver(acting, proposal, quote, need_reason(why))
        return False
    except KeyUsedOtherwise:  # a form sent again that was laid before a colleague is so again
        if not why:
            raise
        await propose_waiver(acting, proposal, quote, why)
        return False
    return True


def need_reason(why: str) -> str:
    """Raises ReasonForSecond."""
    if not why:
        raise ReasonForSecond("why")
    return why


@change
async def propose_waiver(act: Act, proposal: ProposalCase, quote: Quote | None, why: str) -> None:
    """One of the staff wants to answer with more than one may let go: somebody else has to approve it.

    `quote` is the plan to answer with, as it was shown; None accepts the borrower's own. `why` is for the colleague
    alone. It waits as long as what is offered that day would stand. Raises AlreadyProposed, MoveNotPossible.
    """
    row = await own_row(proposal)
    if State(row.state) not in STATES_TO_ANSWER:
        raise MoveNotPossible(state=row.state, move="propose_waiver")
    await take_up(act, row, proposal.case)
    shown, facts = quote or proposal.on_the_table, proposed_facts(quote) if quote else ACCEPT
    until = proposal.policy.stands_until(act.today)
    told = await lay_before_second(act, proposal.case, row.ref, shown, why, facts=facts, until=until)
    await _tell(act, proposal, "waiver.proposed", told)


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
    row = await approvals.approve(act.log, what, act.actor, act.author.role, digest, APPROVERS)
    act = await with_note(act, proposal.case, row)
    if quote is None:
        await accept_offer(act, proposal, Party.LENDER)
    else:
        await make_counter(act, proposal, replace(quote, valid_until=proposal.policy.stands_until(act.today)))


@change
async def reject_waiver(act: Act, proposal: ProposalCase, found: WaitingApproval) -> None:
    """Whoever proposed it takes it back, or an approver does not agree; the proposal is to be answered as before.

    Raises NothingWaits, NotYourRole.
    """
    await _tell(act, proposal, await turn_down(act, proposal.ref, found), {})


async def turn_down(act: Act, subject: str, found: WaitingApproval) -> str:
    """Within an act; answers the event that tells of it. Raises NothingWaits, NotYourRole."""
    mine, role = found.proposed_by == act.actor.ref, act.author.role
    if not mine and role not in APPROVERS:
        raise approvals.NotYourRole(WAIVER, roles=", ".join(APPROVERS), role=role)
    await approvals.reject(act.log, approvals.Waits(WAIVER, subject, found.ref), act.actor)
    return "waiver.withdrawn" if mine else "waiver.rejected"


async def lay_before_second(
    act: Act, case: Case, subject: str, shown: Quote | OfferMade, why: str, *, facts: str, until: date
) -> dict[str, object]:
    """Within an act, whoever of the staff proposes it; answers what its event tells. Raises AlreadyProposed.

    The words for the borrower that came with it wait sealed, `why` is a note among the staff.
    """
    ref, note, vault = new_ref(), act.author.note, act.author.vault
    borrower = (await party_of(act.log, case.loan.loan_no)).borrower
    await approvals.propose(
        act.log,
        approvals.Waits(WAIVER, subject, ref),
        loan_id=case.id,
        by=act.actor,
        until=until,
        facts=facts,
        sealed=vault.seal_in(bytes(borrower.key), approval_place(ref), note) if note else None,
        shown=plan_fingerprint([(shown.offer, shown.plan)]),
    )
    await keep_staff_note(act.log, case, act.author, why, ref)
    return {"waived": money_of(shown.plan.waived, shown.plan.currency), "currency": shown.plan.currency}


async def with_note(act: Act, case: Case, row: tables.ApprovalRow) -> Act:
    """The same act with the words for the borrower that whoever proposed it wrote."""
    if not row.sealed:
        return act
    borrower, vault = (await party_of(act.log, case.loan.loan_no)).borrower, act.author.vault
    note = vault.unseal_in(bytes(borrower.key), approval_place(row.ref), bytes(row.sealed))
    return replace(act, acting=replace(act.acting, author=replace(act.author, note=note)))


def proposed_facts(quote: Quote) -> str:
    """The offer and the day of its figures, from which it is drawn up again."""
    facts = offer_facts(quote.offer, quote.plan.currency)
    return canonical_text({**facts, "as_of": quote.plan.as_of.isoformat()})


async def _tell(act: Act, proposal: ProposalCase, kind: str, facts: Mapping[str, object]) -> None:
    await act.log.tell(proposal.case, NewEvent(kind, act.actor, facts, proposal.ref, proposal.version))
