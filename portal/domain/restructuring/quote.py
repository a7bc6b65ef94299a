"""A quote: the plan an offer makes of a loan today, whether the lender's policy takes it at once, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.pause import PauseScope
from portal.domain.contract.plan import Plan
from portal.domain.ledger.position import Position
from portal.domain.ledger.reconciliation import Difference, differences, total_difference
from portal.domain.money import Money
from portal.domain.restructuring.comparison import Comparison, DayAhead, Month, compare, days_ahead, fullest_month
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
    def days_ahead(self) -> tuple[DayAhead, ...]:
        """Of the three months that follow, plan and contract together."""
        return days_ahead(self.position, self.plan, self.offer.covers, 3)

    @property
    def fullest_month(self) -> Month | None:
        return fullest_month(self.position, self.plan, self.offer.covers)


def quote_offer(now: Position, offer: Offer, policy: Policy) -> Quote:
    """What the preview, the `quote` command, the proposal and the agreement all show.

    A plan that lives gives way to it: what that one has not paid is taken in too. A pause within a plan leaves it.
    Where the lender's own statement is lower and within the policy's tolerance, the plan is over the lower figure. A
    pause is by the policy's terms, also where it only moves what falls due next. What is inside a standing offer is
    accepted at once, whether it names that one or not.

    Unit      minor units of the loan's currency
    Rounding  as `draw_up`
    Errors    a `Refusal` whose `field` names the term that cannot be
    """
    now, policy = beside(now, offer), policy.judging(now.currency)
    if offer.kind is OfferKind.PAUSE:
        scope = PauseScope.NEXT if offer.moves_next else policy.pause_terms.scope
        offer = replace(offer, pause=replace(policy.pause_terms, scope=scope))
    differ, terms = differences(now), now.loan.terms
    beyond = books_break(differ, policy, now.currency)
    valid_until = policy.stands_until(now.as_of)
    if offer.standing:
        until = {each.id: each.until for each in policy.offers_for(now)}
        if offer.standing not in until:
            raise StandingOfferOver("covers")
        valid_until = min(valid_until, until[offer.standing])
    taken_in = now if beyond else _lower(now, differ)
    plan = draw_up(taken_in, offer, terms.rounding, terms.day_count, valid_until)
    offer, found = _judged(policy, offer, plan, now)
    return Quote(offer, now, plan, (*found, *beyond), policy, valid_until)


def _judged(policy: Policy, offer: Offer, plan: Plan, now: Position) -> tuple[Offer, tuple[Break, ...]]:
    """Named for the standing offer that it is inside of, where it would go beyond a rule without; else for none."""
    plain = replace(offer, standing="")
    found = breaks(policy, plain, plan, now)
    if not offer.standing and not found:
        return plain, ()
    names = dict.fromkeys((offer.standing, *(each.id for each in policy.offers_for(now))))
    for inside in (replace(offer, standing=name) for name in names if name):
        if takes_standing_offer(policy, inside, plan, now):
            return inside, ()
    return plain, found


def beside(now: Position, offer: Offer) -> Position:
    """Where a loan stands once an offer takes the place of the plan that lives; one that is within it does not."""
    return now if offer.within else now.without_plan


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
