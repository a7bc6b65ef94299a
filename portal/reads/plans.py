"""A plan that is agreed and what has come of it: receipts and pauses, from which everything else follows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain.contract.agreement import CureTerms, OfferKind, Pause
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.plan import Plan
from portal.domain.restructuring.affordability import monthly
from portal.domain.restructuring.negotiation import LIVE, State
from portal.domain.restructuring.progress import InstallmentProgress, PlanProgress, Receipt, plan_progress, vested
from portal.reads.cases import OWED_LOANS, Case, PersonScope, in_scope
from portal.reads.facts import known_facts, signed_rules
from portal.reads.proposals import ProposalCase, offer_and_plan
from portal.tables import models as tables
from portal.tables.query import Query, stored_date, stored_time


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


_LAST_OFFERS = """
SELECT proposal.ref, proposal_line.loan_id, offer.terms, offer.plan, offer.made_at,
    proposal.id, agreement.ref, agreement.rules
FROM proposal_line
JOIN proposal ON proposal.id = proposal_line.proposal_id
LEFT JOIN agreement ON agreement.proposal_id = proposal.id
    AND agreement.version = (SELECT max(anew.version) FROM agreement AS anew WHERE anew.proposal_id = proposal.id)
JOIN offer ON offer.proposal_id = proposal.id
    AND offer.version = (SELECT max(later.version) FROM offer AS later WHERE later.proposal_id = proposal.id)
WHERE"""
_OFFERS_OF = Query(f"{_LAST_OFFERS} proposal_line.loan_id IN :loans AND proposal.ref IN :refs")
_OFFERS_LIVED_UNDER = Query(f"""{_LAST_OFFERS} proposal_line.live_loan IS NOT NULL AND proposal_line.loan_id <> :besides
    AND proposal.person_id = :person AND proposal.lender_id IN :lenders AND proposal_line.loan_id IN ({OWED_LOANS})
""")
_RECEIPTS = Query("""
SELECT loan_id, received_on, amount_minor, recorded_at
FROM payment WHERE loan_id IN :loans AND reverses IS NULL AND NOT EXISTS (
    SELECT 1 FROM payment AS back WHERE back.loan_id = payment.loan_id AND back.reverses = payment.external_id)
ORDER BY id
""")


async def next_payments(stands: Sequence[tuple[Case, date]]) -> dict[str, InstallmentProgress | None]:
    """By ref, the next payment of each plan that these loans have agreed or live under, on each one's day.

    Whoever calls has already been let in to the loans.
    """
    sent = [(each, day) for case, day in stands for each in (case.plan, case.proposal) if each]
    days = {each.ref: day for each, day in sent if each.state in (State.AGREED, *LIVE)}
    if not days:
        return {}
    refs, loans = tuple(days), tuple(case.id for case, _ in stands)
    came = await _RECEIPTS.read(loans=loans)
    pauses = await _pauses(*(case for case, _ in stands))
    found = {}
    for ref, loan_id, terms, drawn, made_at, *signed in await _OFFERS_OF.read(loans=loans, refs=refs):
        offer, plan = offer_and_plan(terms, drawn)
        receipts = _after(stored_time(made_at), [row for row in came if row[0] == loan_id])
        cure_terms = await _cure_terms(*signed)
        found[ref] = plan_progress(plan, receipts, cure_terms, days[ref], tuple(pauses[ref]), offer.kind).next
    return found


async def live_plan(proposal: ProposalCase) -> LivePlan:
    """Whoever calls has already been let in to the proposal."""
    receipts = await receipts_since(proposal.case.id, proposal.on_the_table.made_at)
    cure_terms = proposal.policy.cure_terms
    if proposal.agreement:
        cure_terms = await _cure_terms(proposal.id, proposal.agreement, proposal.rules)
    pauses = await _pauses(proposal.case)
    return LivePlan(proposal, receipts, tuple(pauses[proposal.ref]), cure_terms)


async def _cure_terms(proposal_id: int, agreement: str, rules: str | None) -> CureTerms:
    return CureTerms(**(await signed_rules(agreement, proposal_id, rules))["cure_terms"])


async def receipts_since(loan_id: int, at: datetime) -> tuple[Receipt, ...]:
    """What the lender told of after that moment and has not taken back, as days and minor units."""
    return _after(at, await _RECEIPTS.read(loans=(loan_id,)))


def _after(at: datetime, rows: Sequence[Sequence[Any]]) -> tuple[Receipt, ...]:
    return tuple((stored_date(on), amount) for _, on, amount, recorded_at in rows if stored_time(recorded_at) > at)


async def live_proposals(**which: Any) -> tuple[str, ...]:
    """The refs of all plans that live and are on `which` lines, by loan."""
    lines = tables.ProposalLineRow.filter(live_loan__isnull=False, **which).order_by("loan_id")
    return tuple(str(ref) for ref in await lines.values_list("proposal__ref", flat=True))


async def _pauses(*cases: Case) -> Mapping[str, list[Pause]]:
    """By proposal, those within a plan; one that ended early lasted until then."""
    found = defaultdict(list)
    for (ref, _), days in (await known_facts("plan_pause", *cases)).items():
        found[ref].append(Pause(days["starts_on"], min(days["until"], days["ended_on"] or days["until"])))
    return found


async def monthly_of_plans(scope: PersonScope, besides: int) -> int:
    """Minor units a month that a person's plans ask for, but not for the loan `besides`.

    At the lenders they came in for: a way in that one lender gave does not tell what another one is paid.
    """
    rows = await _OFFERS_LIVED_UNDER.read(**in_scope(scope), besides=besides)
    asked = (offer_and_plan(terms, drawn) for _, _, terms, drawn, *_ in rows)
    return sum(monthly(plan.each, offer.every) for offer, plan in asked if offer.kind is not OfferKind.PAUSE)
