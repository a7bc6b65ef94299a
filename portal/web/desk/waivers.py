"""A waiver that waits for a second of the staff: what was proposed, by whom, until when, and who may answer it."""

import json
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request

from portal.actions.approvals import ApprovalChanged, NothingWaits
from portal.actions.proposals import ACCEPT, APPROVERS, WAIVER, approve_waiver, reject_waiver
from portal.domain.ledger.position import Position, position
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import offer_from_facts, plan_fingerprint
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, quote_offer
from portal.reads.approvals import WaitingApproval, note_of_approval, waiting_approval
from portal.reads.cases import Case, NotFound, loan_as_known
from portal.reads.desk import staff_email
from portal.reads.proposals import OfferMade, ProposalCase
from portal.reads.staff_notes import reasons_given
from portal.web import guard
from portal.web.desk.own import position_now
from portal.web.forms import Form

APPROVAL_ANSWERS = ("approve", "reject")


class FiguresChanged(Refusal):
    """What was shown when the waiver was proposed could not be drawn up so any more."""

    says = N_("The figures of the loan have changed since this was proposed. It can only be proposed again.")


@dataclass(frozen=True, slots=True)
class PendingWaiver:
    """What waits, as the staff who are looking at it see it.

    `own` is the lender's own plan, `quote` just as it was shown, at the figures of that day; None of both where the
    borrower's offer is to be accepted. `why` is what its proposer wrote for a colleague, `note` for the borrower.
    `stale` says why it can be approved no more.
    """

    found: WaitingApproval
    own: Offer | None
    quote: Quote | None
    waived: int
    shown: str
    by: str
    why: str
    note: str
    mine: bool
    may: bool
    stale: Refusal | None


async def pending_waiver(request: Request, proposal: ProposalCase, now: Position) -> PendingWaiver | None:
    """The waiver of the proposal that waits today, if one does."""
    found = await waiting_approval(WAIVER, proposal.ref, now.as_of)
    if found is None:
        return None
    return await pending_of(request, found, proposal.case, proposal.policy, now, proposal.on_the_table)


async def pending_of(
    request: Request, found: WaitingApproval, case: Case, policy: Policy, now: Position, table: OfferMade | None = None
) -> PendingWaiver:
    """What waits on a loan; `table` is the borrower's offer that it may be about."""
    today, staff, vault = now.as_of, guard.current_staff(request), request.app.state.vault
    facts = None if found.facts == ACCEPT else json.loads(found.facts)
    own = offer_from_facts(facts, case.loan.currency) if facts else None
    as_of = date.fromisoformat(facts.get("as_of", today.isoformat())) if facts else today
    quote = _quoted_again(case, policy, own, as_of, now) if own else None
    shown = quote or table
    stale = own is not None and not (quote and await _as_proposed(case, found, quote, today))
    return PendingWaiver(
        found=found,
        own=own,
        quote=quote,
        waived=own.waiver.total if own else table.plan.waived.total if table else 0,
        shown=plan_fingerprint([(shown.offer, shown.plan)]) if shown else "",
        by=await staff_email(staff.lender_id, found.proposed_by),
        why=(await reasons_given([found.ref], vault)).get(found.ref, ""),
        note=await note_of_approval(found, vault),
        mine=found.proposed_by == staff.ref,
        may=staff.role in APPROVERS,
        stale=FiguresChanged("plan") if stale else None,
    )


async def answer_pending(request: Request, proposal: ProposalCase, form: Form) -> None:
    """The second pair of eyes approves just what was shown, or does not; whoever proposed it takes it back."""
    acting = guard.acting(request, proposal.case.lender.timezone, form.token())
    waiting = await pending_waiver(request, proposal, position_now(request, proposal))
    pending = still_waits(request, waiting)
    if request.path_params["answer"] == "reject":
        return await reject_waiver(acting, proposal, pending.found)
    check_as_shown(pending, form)
    await approve_waiver(acting, proposal, pending.found, pending.quote)


def still_waits(request: Request, pending: PendingWaiver | None) -> PendingWaiver:
    """What is answered by the address. Raises NothingWaits, NotFound."""
    if pending is None:
        raise NothingWaits("approval")
    if request.path_params["answer"] not in APPROVAL_ANSWERS:
        raise NotFound
    return pending


def check_as_shown(pending: PendingWaiver, form: Form) -> None:
    """Raises FiguresChanged, ApprovalChanged: only just what the page showed is approved."""
    if pending.stale or form.raw("shown") != pending.shown:
        raise pending.stale or ApprovalChanged("shown")


def _quoted_again(case: Case, policy: Policy, own: Offer, as_of: date, now: Position) -> Quote | None:
    try:
        then = now if as_of == now.as_of else position(case.loan, as_of)
        return quote_offer(then, own, policy)
    except Refusal:
        return None


async def _as_proposed(case: Case, found: WaitingApproval, quote: Quote, today: date) -> bool:
    """Whether it is what was shown, can still be kept, and nothing was told since that is not in its figures."""
    if not found.hash:
        return True
    same = found.hash == plan_fingerprint([(quote.offer, quote.plan)]) and quote.offer.first_due > today
    return same and await loan_as_known(case, found.proposed_at) == case.loan
