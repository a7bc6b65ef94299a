"""The nearest yes: the smallest change to an offer that the lender's policy would take at once."""

from dataclasses import replace
from datetime import date, timedelta

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import NOTHING
from portal.domain.contract.calendar import add_months, due_date
from portal.domain.ledger.position import Position
from portal.domain.money import Rounding, rounded
from portal.domain.restructuring.affordability import each_within
from portal.domain.restructuring.drawing import amounts_taken_in
from portal.domain.restructuring.never_worse import quoted, undominated
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import NothingToPlan
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, beside

# What another number of payments could mend; every other rule is kept or broken whatever their number.
_OF_THE_COUNT = frozenset({"max_installments", "max_months", "min_installment"})


def nearest_yes(now: Position, offer: Offer, policy: Policy) -> Quote | None:
    """The offer with as many payments as it asked for, or the most below that, and no worse than the policy gives.

    None where no plan fits the policy.
    """
    now = beside(now, offer)
    policy = policy.judging(now.currency)
    if offer.kind is OfferKind.PAUSE:
        latest = now.as_of + timedelta(days=policy.pause_days)
        shorter = quoted(now, replace(offer, first_due=min(offer.first_due, latest)), policy)
        return shorter if shorter and shorter.accepted_at_once else None
    covers = offer.covers if offer.covers in policy.covers else Covers(policy.covers[0])
    rules = policy.for_covers(covers)
    try:
        within = _within(now, replace(offer, covers=covers), policy)
    except NothingToPlan:
        return None
    count = min(_asked(now, offer, policy, rules), _in_time(within, rules, now.as_of))
    while count > 0:
        found = quoted(now, replace(within, installments=count, amount=None), policy)
        if found and found.accepted_at_once:
            return undominated(found)
        count = _next(count, within, found, rules)
    return None


def _next(count: int, offer: Offer, quote: Quote | None, rules: Policy) -> int:
    """The most payments below `count` that may still be taken; 0 where their number is not what stands in the way.

    Fewer payments never cost more in all, so of each at least what `min_installment` a month comes to there are no
    more than go into that.
    """
    if quote is None:
        return count - 1
    if not {each.rule for each in quote.breaks} <= _OF_THE_COUNT:
        return 0
    if offer.round_to > 1 or not rules.min_installment:
        return count - 1
    least = each_within(rules.min_installment - 1, offer.every) + 1
    return min(count - 1, (quote.plan.total + count) // least + 1)


def _within(now: Position, offer: Offer, policy: Policy) -> Offer:
    """Every term but the count, as good for the borrower as the policy takes it; what it covers is taken at once."""
    owed, as_of, least_rate = now.overdue, now.as_of, policy.rate_for(offer.covers, now.loan.terms.annual_rate)
    policy = policy.for_covers(offer.covers)
    waiver = NOTHING if offer.covers is Covers.TO_COME else policy.waived_at_once(owed)
    left = amounts_taken_in(now, offer.covers).total - waiver.total
    return replace(
        offer,
        kind=OfferKind.PLAN,
        every=offer.every if offer.every in policy.every else policy.every[0],
        first_due=min(offer.first_due, as_of + timedelta(days=policy.first_due_within_days)),
        down_payment=min(left, max(offer.down_payment, rounded(left * policy.min_down_payment, Rounding.UP))),
        waiver=waiver,
        interest_rate=least_rate,
        interest_only=0,
    )


def _asked(now: Position, offer: Offer, policy: Policy, rules: Policy) -> int:
    quote = quoted(now, offer, policy)
    count = len(quote.plan.installments) if quote else rules.max_installments
    return min(max(count, 1), rules.max_installments)


def _in_time(offer: Offer, rules: Policy, as_of: date) -> int:
    """The most payments whose last day the policy still takes; of more, none needs to be drawn up."""
    last, count = add_months(as_of, rules.max_months), 1
    while count < rules.max_installments and due_date(offer.first_due, offer.every, count) <= last:
        count += 1
    return count
