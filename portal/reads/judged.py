"""A proposal as it is judged today: the rules that what is on the table goes beyond, and over what it was drawn up."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from portal.domain.contract.agreement import OfferKind
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.negotiation import OPEN_STATES
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import PausedAlready
from portal.domain.restructuring.policy import Break, Policy
from portal.domain.restructuring.quote import Quote, offer_breaks, quote_offer
from portal.domain.restructuring.together import Together, rules_kept_together
from portal.reads.cases import Case
from portal.reads.proposals import OfferMade, ProposalCase
from portal.reads.replays import amounts_together


def drawn_over(now: Position, kind: str) -> Position:
    """Over which an offer of that kind is drawn up: a pause is within the plan that runs; to others that gives way."""
    return now if kind == OfferKind.PAUSE.value else now.without_plan


def quote_for_case(case: Case, offer: Offer, policy: Policy, now: Position) -> Quote:
    """`now` is as it is drawn over. Raises PausedAlready: a pause begins when the one before is over, so that none is
    longer than it may be.
    """
    until = case.plan.paused_until if case.plan else None
    if offer.kind is OfferKind.PAUSE and until is not None:
        raise PausedAlready("first_due", until=until, next=until + timedelta(days=1))
    return quote_offer(now, offer, policy)


async def broken_rules(proposal: ProposalCase, now: Position) -> tuple[Break, ...]:
    """What the offer goes beyond; as it was sent, a part of one amount for several loans goes beyond what all do."""
    table = proposal.on_the_table
    found = offer_breaks(proposal.policy, table.offer, table.plan, now)
    asked = await amount_for_all(proposal)
    kept = rules_kept_together(now, asked, proposal.policy) if asked else frozenset()
    return tuple(each for each in found if each.rule not in kept)


async def amount_for_all(proposal: ProposalCase) -> Together | None:
    """What was asked for in one with other loans; None once another version lies on the table."""
    joined = proposal.together if proposal.version == 1 else ""
    return (await amounts_together({joined})).get(joined) if joined else None


def rules_mark(broken: Iterable[Break]) -> str:
    """What is carried back of the rules that were said to be broken."""
    return ",".join(each.rule for each in broken)


def position_of_offer(proposal: ProposalCase, made: OfferMade, now: Position) -> Position | None:
    """Of the day of its figures, without what the proposal itself has become since; None of a pause, and once the plan
    is no offer any more.
    """
    if proposal.state not in OPEN_STATES or made.offer.kind is OfferKind.PAUSE:
        return None
    loan = proposal.case.loan
    before = tuple(each for each in loan.agreements if each.proposal != proposal.ref)
    if before != loan.agreements or made.plan.as_of != now.as_of:
        now = position(replace(loan, agreements=before), made.plan.as_of)
    return now.without_plan
