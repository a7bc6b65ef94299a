"""What became of a proposal, kept as rows beside the events that tell it: whoever asks later reads these."""

import json
from datetime import date

from portal.actions.journal import Journal, loan_stream
from portal.domain.contract.pause import Pause
from portal.domain.event import Actor
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import Party
from portal.domain.restructuring.plan_codec import money_of, offer_facts
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, offer_breaks
from portal.domain.restructuring.quote_facts import break_facts
from portal.reads.cases import Case
from portal.reads.facts import position_text, promised_terms
from portal.reads.proposals import OfferMade
from portal.tables import models as tables


async def keep_decision(
    log: Journal,
    row: tables.ProposalRow,
    case: Case,
    who: tuple[Party, str],
    actor: Actor,
    under: Policy,
    decided: Quote | OfferMade,
) -> None:
    """Keeps who answered an offer how, under which policy, over what, and the minor units that it lets go.

    Signing, booking and the clocks of a plan read the policy from here; four eyes add up from here. What was owed and
    which rules are broken are a quote's own; of an offer that lay there they are today's.
    """
    party, verdict = who
    now = decided.position if isinstance(decided, Quote) else position(case.loan, log.moment.today).without_plan
    broken = decided.breaks if isinstance(decided, Quote) else offer_breaks(under, decided.offer, decided.plan, now)
    await tables.DecisionRow.create(
        proposal_id=row.id,
        loan_id=case.id,
        version=row.version,
        verdict=verdict,
        party=party.value,
        actor_ref="" if party is Party.POLICY else actor.ref,
        policy_version=under.version,
        waived_minor=0 if verdict == "decline" else decided.plan.waived.total,
        currency=case.loan.currency,
        position=position_text(now.as_of.isoformat(), now.currency, money_of(now.overdue, now.currency)),
        breaks=json.dumps([break_facts(each) for each in broken], ensure_ascii=False),
        decided_on=log.moment.today,
        decided_at=log.moment.at,
    )


async def keep_booking(log: Journal, agreement: str | None, *, core_id: str = "", reason: str = "") -> None:
    """The lender's word on an agreement: booked as `core_id`, or refused for `reason`."""
    outcome = "booked" if core_id else "refused"
    row = await tables.AgreementRow.get(ref=agreement)
    await tables.BookingRow.create(
        agreement_id=row.id, outcome=outcome, core_id=core_id, reason=reason, booked_on=log.moment.today
    )


async def keep_pause(log: Journal, row: tables.ProposalRow, loan_id: int, pause: Pause) -> None:
    """A plan rests after the first day of a pause; call it behind the move that tells so."""
    seq, terms = await log.seq(loan_stream(loan_id)), pause.terms
    await tables.PlanPauseRow.create(
        proposal_id=row.id,
        starts_on=pause.start,
        until=pause.end,
        seq=seq,
        scope=terms and terms.scope.value,
        interest=terms and terms.interest.value,
    )


async def end_pause(row: tables.ProposalRow, on: date) -> None:
    await tables.PlanPauseRow.filter(proposal_id=row.id, ended_on__isnull=True).update(ended_on=on)


async def keep_outcome(row: tables.ProposalRow, no: int, outcome: str) -> None:
    """Payment `no` was missed, or is paid."""
    await tables.InstallmentOutcomeRow.create(proposal_id=row.id, version=row.version, no=no, outcome=outcome)


async def keep_promise(row: tables.ProposalRow, nearest: Quote) -> None:
    terms = promised_terms(offer_facts(nearest.offer, nearest.plan.currency))
    await tables.PromiseRow.create(proposal_id=row.id, terms=terms, valid_until=nearest.valid_until)
