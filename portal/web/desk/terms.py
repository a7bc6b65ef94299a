"""What an offer takes in, and what it asks with the contract beside it: the same figures for either side's offer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.plan import Plan
from portal.domain.ledger.position import Position
from portal.domain.restructuring.comparison import Comparison, Month, Proceeds, compare, fullest_month
from portal.domain.restructuring.figures import Figures, figures_of
from portal.domain.restructuring.never_worse import better_at_once
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import Quote
from portal.reads.judged import position_of_offer
from portal.reads.proposals import OfferMade, ProposalCase
from portal.web.offer_form import offer_values


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """An offer with its plan. `both` is plan and contract to the end, None of a pause and once the plan is no offer
    any more; `month` is where most of both falls due, None where the contract asks for nothing beside it.

    `figures` are the five that the borrower sees: their total is of plan and contract, where both are there.
    """

    offer: Offer
    plan: Plan
    both: Comparison | None = None
    month: Month | None = None

    @property
    def figures(self) -> Figures:
        found = figures_of(self.plan, self.offer.every)
        return replace(found, total=self.both.after) if self.both else found

    @property
    def proceeds(self) -> Proceeds | None:
        """What comes in all by when, the contract included; None of a pause, which brings nothing by itself."""
        return self.both.proceeds if self.both else None


def terms_made(proposal: ProposalCase, made: OfferMade, now: Position) -> OfferTerms:
    """Over the day of its figures, without what the proposal itself has become since."""
    before = position_of_offer(proposal, made, now)
    return OfferTerms(made.offer, made.plan) if before is None else _over(before, made)


def terms_drawn(quote: Quote) -> OfferTerms:
    """Of what one of the staff is about to send."""
    return OfferTerms(quote.offer, quote.plan) if quote.offer.kind is OfferKind.PAUSE else _over(quote.position, quote)


def _over(before: Position, shown: Quote | OfferMade) -> OfferTerms:
    offer, plan = shown.offer, shown.plan
    both, month = compare(before, plan, offer.covers), fullest_month(before, plan, offer.covers)
    return OfferTerms(offer, plan, both, month)


def kind_asked(values: Mapping[str, str]) -> str:
    """Which kind of offer the form is of; a plan where it does not say."""
    return values.get("kind") or OfferKind.PLAN.value


async def better_for_borrower(quote: Quote | None) -> dict[str, Any] | None:
    """What the policy would take at once that is better for the borrower, and the form filled with it."""
    better = await run_in_threadpool(better_at_once, quote) if quote else None
    if better is None:
        return None
    filled = {**offer_values(better.offer, better.plan.currency, better.plan.total), "kind": better.offer.kind.value}
    return {"quote": better, "query": urlencode(filled)}
