"""A dry run of a policy over what was proposed before: what was judged then is judged again, by the same functions.

It is honest as far as the version then in force gives back, today, what happened then. What it says of another version
is worth no more than that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.plan import Plan
from portal.domain.ledger.position import Position
from portal.domain.restructuring.affordability import monthly
from portal.domain.restructuring.choices import heaviest_month
from portal.domain.restructuring.never_worse import quoted
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Break, Policy
from portal.domain.restructuring.quote import Quote, beside, offer_breaks
from portal.domain.restructuring.together import Together, judged_together


@dataclass(frozen=True, slots=True)
class PastOffer:
    """What a borrower offered: over which position, the plan as it was shown, under which version of the policy.

    `at_once`: the policy took it; `promised`: it had been promised to be taken, whatever the policy says; `part_of` is
    what was asked for over several loans in one.
    """

    position: Position
    offer: Offer
    plan: Plan
    under: Policy
    at_once: bool
    promised: bool = False
    part_of: Together | None = None

    def is_given_back(self) -> bool:
        """Whether the version of then draws the same plan today, and takes it or leaves it as it did."""
        again = _judged(self.position, self.offer, self.under, self.part_of)
        if again is None or _shown(again.plan) != _shown(self.plan):
            return False
        return (again.accepted_at_once or self.promised) is self.at_once

    def taken_by(self, policy: Policy) -> Quote | None:
        """The plan of it where that policy takes it at once, or it is promised; by the name of no standing offer."""
        found = _judged(self.position, replace(self.offer, standing=""), policy, self.part_of)
        return found if found and (found.accepted_at_once or self.promised) else None


@dataclass(frozen=True, slots=True)
class PastDecision:
    """An offer that somebody decided on, over which position; `drawn` says that it was drawn up anew for that."""

    position: Position
    offer: Offer
    plan: Plan
    under: Policy
    drawn: bool
    part_of: Together | None = None

    @property
    def over(self) -> Position:
        """Where the loan stood without the plan that gives way."""
        return beside(self.position, self.offer) if self.drawn else self.position.without_plan

    @property
    def breaks(self) -> tuple[Break, ...] | None:
        """The rules that it goes beyond, by the version of then as it is read today; None where it cannot be drawn."""
        if not self.drawn:
            return offer_breaks(self.under, self.offer, self.plan, self.position)
        again = _judged(self.position, self.offer, self.under, self.part_of)
        return again.breaks if again else None


@dataclass(frozen=True, slots=True)
class Turned:
    """A proposal that another policy would have answered otherwise: `quote` is what it would take, or did take.

    `part_of` is what was asked for over several loans in one.
    """

    quote: Quote
    accepted: bool
    part_of: Together | None = None

    @property
    def waived(self) -> int:
        return self.quote.plan.waived.total

    @property
    def a_month(self) -> int | None:
        """What is held against what is left over, as when it was sent; None of a pause or a settlement."""
        if self.quote.offer.kind in (OfferKind.PAUSE, OfferKind.SETTLEMENT):
            return None
        return monthly(self.part_of.each, self.part_of.every) if self.part_of else heaviest_month(self.quote)


def turned(offers: Sequence[PastOffer], policy: Policy) -> Turned | None:
    """What that policy makes otherwise of the offers of one proposal, in their order; None where nothing.

    It is accepted by the first that is taken at once: later ones would not have come.
    """
    was = next((each for each in offers if each.at_once), None)
    taken = next(((found, each.part_of) for each in offers if (found := each.taken_by(policy))), None)
    if was is None and taken is not None:
        return Turned(taken[0], True, taken[1])
    if was is not None and taken is None:
        then = quoted(was.position, was.offer, was.under)
        return Turned(then, False) if then else None
    return None


def _shown(plan: Plan) -> tuple[object, ...]:
    """What somebody saw of a plan: how it was taken apart by due was not kept from the beginning."""
    return plan.as_of, plan.taken_in, plan.waived, plan.rows


def _judged(now: Position, offer: Offer, policy: Policy, part_of: Together | None) -> Quote | None:
    found = quoted(now, offer, policy)
    return judged_together(found, now, part_of, policy) if found and part_of else found
