"""A plan that is agreed and what has come of it: receipts and pauses, from which everything else follows."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain.contract.loan import Amounts
from portal.domain.restructuring.affordability import monthly
from portal.domain.restructuring.offer import OfferKind
from portal.domain.restructuring.plan import Plan
from portal.domain.restructuring.progress import CureTerms, Pause, PlanProgress, Receipt, plan_progress, vested
from portal.reads.cases import PersonScope
from portal.reads.facts import known_facts, signed_rules
from portal.reads.proposals import ProposalCase, proposal_case
from portal.tables import models as tables


@dataclass(frozen=True, slots=True)
class LivePlan:
    """`receipts` are what the lender told of since the plan was drawn up, less what it took back.

    `cure_terms` are those that were signed, whatever the policy says by now; before that, the policy's.
    """

    proposal: ProposalCase
    receipts: tuple[Receipt, ...]
    pauses: tuple[Pause, ...]
    cure_terms: CureTerms

    @property
    def plan(self) -> Plan:
        return self.proposal.on_the_table.plan

    def progress(self, as_of: date) -> PlanProgress:
        return plan_progress(
            self.plan, self.receipts, self.cure_terms, as_of, self.pauses, self.proposal.on_the_table.offer.kind
        )

    def vested(self, kept: int) -> Amounts:
        return vested(self.plan.waived, kept, len(self.plan.installments))


async def live_plan(proposal: ProposalCase) -> LivePlan:
    """Whoever calls has already been let in to the proposal."""
    receipts = await receipts_since(proposal.case.id, proposal.on_the_table.made_at)
    cure_terms = proposal.policy.cure_terms
    if proposal.agreement:
        cure_terms = CureTerms(**(await signed_rules(proposal.agreement, proposal.id, proposal.rules))["cure_terms"])
    return LivePlan(proposal, receipts, await _pauses(proposal), cure_terms)


async def receipts_since(loan_id: int, at: datetime) -> tuple[Receipt, ...]:
    """What the lender told of after that moment and has not taken back, as days and minor units."""
    rows = await tables.PaymentRow.filter(loan_id=loan_id).order_by("id")
    taken = {row.reverses for row in rows if row.reverses}
    return tuple(
        (row.received_on, row.amount_minor)
        for row in rows
        if row.recorded_at > at and row.external_id not in taken and row.reverses is None
    )


async def live_proposals(**which: Any) -> tuple[str, ...]:
    """The refs of all plans that live and are on `which` lines, by loan."""
    lines = tables.ProposalLineRow.filter(live_loan__isnull=False, **which).order_by("loan_id")
    return tuple(str(ref) for ref in await lines.values_list("proposal__ref", flat=True))


async def _pauses(proposal: ProposalCase) -> tuple[Pause, ...]:
    """Within a plan; one that ended early lasted until then."""
    kept = await known_facts("plan_pause", proposal.case)
    return tuple(
        Pause(days["starts_on"], min(days["until"], days["ended_on"] or days["until"]))
        for (ref, _), days in kept.items()
        if ref == proposal.ref
    )


async def monthly_of_plans(scope: PersonScope, besides: int) -> int:
    """Minor units a month that a person's plans ask for, but not for the loan `besides`.

    At the lenders they came in for: a way in that one lender gave does not tell what another one is paid.
    """
    found = 0
    theirs = {"proposal__person_id": scope.person_id, "proposal__lender_id__in": scope.lenders}
    for ref in await live_proposals(**theirs, loan_id__not=besides):
        table = (await proposal_case(ref, scope)).on_the_table
        found += monthly(table.plan.each, table.offer.every) if table.offer.kind is not OfferKind.PAUSE else 0
    return found
