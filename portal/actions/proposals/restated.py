"""Told after it was signed: a plan whose contract changed, or on whose day another sum was owed, with both figures."""

from portal.actions.journal import Journal, loan_stream
from portal.domain.contract.loan import Loan
from portal.domain.event import Actor, NewEvent
from portal.domain.ledger.books_facts import counted_facts
from portal.domain.ledger.position import position
from portal.domain.ledger.restated import restated_plans
from portal.domain.restructuring.negotiation import State, state_now
from portal.domain.restructuring.plan_codec import money_of
from portal.tables import models as tables


async def tell_restated_plans(log: Journal, loan_id: int, before: Loan, now: Loan, actor: Actor) -> None:
    """Nothing is told of a plan that turned over with an upgrade, until its operator tells it."""
    for found in restated_plans(before, now, log.moment.today):
        agreement, currency = found.plan.agreement, now.currency
        row = await tables.ProposalRow.get(ref=agreement.proposal)
        told = State(row.state)
        if row.turned_over is not False and state_now(told, found.plan) is not told:
            continue
        facts: dict[str, object] = {
            "agreement": agreement.ref,
            "as_of": agreement.plan.as_of.isoformat(),
            "changed": list(found.changed),
            "currency": currency,
            "taken_in": money_of(agreement.stated, currency),
            "owed": money_of(found.owed, currency),
        }
        facts |= counted_facts(position(now, log.moment.today), agreement.ref)
        happening = NewEvent("plan.differs", actor, facts, row.ref, row.version)
        await log.write(loan_stream(loan_id), happening, loan_no=now.loan_no)
