"""Plans that are agreed, as they are by the ledger of today, and what a person's plans ask for in all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from tortoise.expressions import Q

from portal.domain.contract.agreement import OfferKind
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.progress import InstallmentProgress, PlanProgress
from portal.domain.restructuring.affordability import monthly
from portal.domain.restructuring.negotiation import FOLLOWED, LIVE, State, state_now
from portal.reads.cases import OWED_LOANS, Case, OpenProposal, PersonScope, in_scope
from portal.reads.proposals import ProposalCase, offer_and_plan
from portal.tables import models as tables
from portal.tables.query import Query

_OFFERS_LIVED_UNDER = Query(f"""
SELECT offer.terms, offer.plan
FROM proposal_line
JOIN proposal ON proposal.id = proposal_line.proposal_id
JOIN offer ON offer.proposal_id = proposal.id
    AND offer.version = (SELECT max(later.version) FROM offer AS later WHERE later.proposal_id = proposal.id)
WHERE proposal_line.live_loan IS NOT NULL AND proposal_line.loan_id <> :besides
    AND proposal.person_id = :person AND proposal.lender_id IN :lenders AND proposal_line.loan_id IN ({OWED_LOANS})
""")


NOT_TOLD = Q(turned_over=True) | Q(turned_over__isnull=True)
"""Plans of before they were part of the loan, that turned over with it or were not looked at since."""


def has_turned_over(proposal: ProposalCase, on: date) -> bool:
    """Whether by the ledger a plan was not where it was told to be on a day."""
    found = position(proposal.case.loan, on).progress_of(proposal.ref)
    return state_now(proposal.state, found) is not proposal.state


def case_today(case: Case, now: Position) -> Case:
    """With the plan that it lives under as the ledger of today has it; it lives under none that has ended."""
    found = now.progress_of(case.plan.ref) if case.plan else None
    plan = case.plan and _today(case.plan, found)
    ended = found is not None and found.status is PlanStatus.ENDED
    return replace(case, plan=plan if plan and plan.state in LIVE and not ended else None)


def proposal_today(proposal: ProposalCase, now: Position) -> ProposalCase:
    """The same proposal where the ledger of today has its plan; one that turned over stays where it was told to be."""
    return _today(proposal, now.progress_of(proposal.ref))


_Sent = TypeVar("_Sent", ProposalCase, OpenProposal)


def _today(sent: _Sent, found: PlanProgress | None) -> _Sent:
    state = state_now(sent.state, found)
    if state is not sent.state and sent.turned_over is not False:
        return replace(sent, counted_again=True)
    if found is None:
        return replace(sent, state=state, cure_by=None, paused_until=None)
    moved_alone = found.pause is not None and found.pause.moves_next
    checked_until = found.breaks_on and found.breaks_on - timedelta(days=1)
    return replace(
        sent,
        state=state,
        cure_by=found.cure_by,
        paused_until=found.paused_until,
        checked_until=checked_until,
        moved_alone=moved_alone,
    )


def next_payments(stands: Sequence[tuple[Case, Position]]) -> dict[str, InstallmentProgress | None]:
    """By ref, the next payment of each plan that these loans have agreed or live under."""
    sent = [(each, now) for case, now in stands for each in (case.plan, case.proposal) if each]
    plans = [(each.ref, now.progress_of(each.ref)) for each, now in sent if each.state in (State.AGREED, *LIVE)]
    return {ref: plan.next for ref, plan in plans if plan}


async def followed_proposals(loan_ids: Sequence[int]) -> tuple[str, ...]:
    """The ref of each loan's last plan that was booked: what becomes of it follows from the ledger."""
    lines = tables.ProposalLineRow.filter(
        loan_id__in=list(loan_ids), proposal__state__in=[each.value for each in FOLLOWED]
    )
    rows = await lines.order_by("loan_id", "proposal_id").values_list("loan_id", "proposal__ref")
    return tuple({loan_id: str(ref) for loan_id, ref in rows}.values())


async def monthly_of_plans(scope: PersonScope, besides: int, currency: str) -> int:
    """Minor units a month that a person's plans in a currency ask for, but not for the loan `besides`.

    At the lenders they came in for: a way in that one lender gave does not tell what another one is paid.
    """
    rows = await _OFFERS_LIVED_UNDER.read(**in_scope(scope), besides=besides)
    asked = (offer_and_plan(terms, drawn) for terms, drawn in rows)
    alike = [(offer, plan) for offer, plan in asked if plan.currency == currency]
    return sum(monthly(plan.each, offer.every) for offer, plan in alike if offer.kind is not OfferKind.PAUSE)
