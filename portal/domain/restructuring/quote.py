"""A quote: the plan an offer makes of a loan today, whether the lender's policy takes it at once, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.plan import Plan
from portal.domain.ledger.position import Position
from portal.domain.ledger.reconciliation import Difference, differences, total_difference
from portal.domain.money import Money
from portal.domain.restructuring.comparison import Comparison, Month, compare, fullest_month
from portal.domain.restructuring.drawing import draw_up
from portal.domain.restructuring.figures import Figures, figures_of
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import StandingOfferOver
from portal.domain.restructuring.policy import Break, Policy, breaks, takes_standing_offer


@dataclass(frozen=True, slots=True)
class Quote:
    offer: Offer
    position: Position
    plan: Plan
    breaks: tuple[Break, ...]
    policy: Policy
    valid_until: date

    @property
    def accepted_at_once(self) -> bool:
        return not self.breaks

    @property
    def figures(self) -> Figures:
        return figures_of(self.plan, self.offer.every)

    @property
    def comparison(self) -> Comparison:
        return compare(self.position, self.plan, self.offer.covers)

    @property
    def fullest_month(self) -> Month | None:
        return fullest_month(self.position, self.plan, self.offer.covers)


def quote_offer(now: Position, offer: Offer, policy: Policy) -> Quote:
    """What the preview, the `quote` command, the proposal and the agreement all show.

    A plan that lives gives way to it: what that one has not paid is taken in too. Where the lender's own statement is
    lower and within the policy's tolerance, the plan is over the lower figure. A pause is by the policy's terms. An
    offer that goes beyond the standing offer that it names is one like any other.

    Unit      minor units of the loan's currency
    Rounding  as `draw_up`
    Errors    a `Refusal` whose `field` names the term that cannot be
    """
    now, policy = now.without_plan, policy.judging(now.currency)
    if offer.kind is OfferKind.PAUSE:
        offer = replace(offer, pause=policy.pause_terms)
    differ, terms = differences(now), now.loan.terms
    beyond = books_break(differ, policy, now.currency)
    valid_until = policy.stands_until(now.as_of)
    if offer.standing:
        until = {each.id: each.until for each in policy.offers_for(now)}
        if offer.standing not in until:
            raise StandingOfferOver("standing")
        valid_until = min(valid_until, until[offer.standing])
    taken_in = now if beyond else _lower(now, differ)
    plan = draw_up(taken_in, offer, terms.rounding, terms.day_count, valid_until)
    if not takes_standing_offer(policy, offer, plan, now):
        offer = replace(offer, standing="")
    found = (*breaks(policy, offer, plan, now), *beyond)
    return Quote(offer, now, plan, found, policy, valid_until)


def offer_breaks(policy: Policy, offer: Offer, plan: Plan, now: Position) -> tuple[Break, ...]:
    """Every rule that an offer goes beyond where it is judged another day, with the lender's books among them.

    A plan that lives gives way to it here too.
    """
    now, policy = now.without_plan, policy.judging(now.currency)
    return (*breaks(policy, offer, plan, now), *books_break(differences(now), policy, now.currency))


def books_break(found: Sequence[Difference], policy: Policy, currency: str) -> tuple[Break, ...]:
    """Whether the lender's own statement parts from the position by more than its policy tolerates."""
    difference = total_difference(found)
    if difference <= policy.tolerance:
        return ()
    allowed, asked = (Money(minor, currency) for minor in (policy.tolerance, difference))
    return (Break("statement", allowed, asked),)


def _lower(now: Position, differ: Sequence[Difference]) -> Position:
    """Without what the lender's own statement counts less of, never more than is owed of it today."""
    less = {each.component: max(each.computed - each.stated, 0) for each in differ}
    taken_off = Amounts(**{name: min(minor, now.overdue.of(name)) for name, minor in less.items()})
    return replace(now, overdue=now.overdue - taken_off)
