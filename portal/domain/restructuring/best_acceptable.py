"""The nearest yes: the smallest change to an offer that the lender's policy would take at once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import NOTHING
from portal.domain.contract.calendar import add_months, count_to_reach, count_until
from portal.domain.ledger.position import Position
from portal.domain.money import Rounding, rounded
from portal.domain.restructuring.affordability import each_within
from portal.domain.restructuring.drawing import amounts_taken_in
from portal.domain.restructuring.never_worse import quoted, undominated
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import NothingToPlan
from portal.domain.restructuring.plan_codec import plan_fingerprint
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, beside

_Term = TypeVar("_Term")

# What another number of payments could mend; every other rule is kept or broken whatever their number.
_OF_THE_COUNT = frozenset({"max_installments", "max_months", "min_installment"})

NO_NEAREST = "none"
"""What is carried back where no offer was shown that would be accepted at once."""


def nearest_yes(now: Position, offer: Offer, policy: Policy) -> Quote | None:
    """As it was asked for, else with as many payments, else the most below that, and no worse than the policy gives.

    Over what it covers and in its rhythm, where a plan of that fits the policy, else another rhythm, else over what
    else it takes at once; None where none fits.
    """
    now = beside(now, offer)
    policy = policy.judging(now.currency)
    if offer.kind is OfferKind.PAUSE:
        last = now.as_of + timedelta(days=policy.pause_days)
        found = quoted(now, replace(offer, first_due=min(offer.first_due, last)), policy)
        return found if found and found.accepted_at_once else None
    for covers in _asked_first(policy.covers, offer.covers):
        for every in _asked_first(policy.for_covers(covers).every, offer.every):
            if found := _nearest_over(now, replace(offer, covers=covers, every=every), policy):
                return found
    return None


def promise_mark(nearest: Quote | None) -> str:
    """What is carried back of what was shown as promised: the plan, and until when it is."""
    if nearest is None:
        return NO_NEAREST
    return f"{plan_fingerprint([(nearest.offer, nearest.plan)])}:{nearest.valid_until}"


def _asked_first(taken: Iterable[_Term], asked: _Term) -> list[_Term]:
    return sorted(taken, key=lambda each: each != asked)


def _nearest_over(now: Position, offer: Offer, policy: Policy) -> Quote | None:
    try:
        within = _within(now, offer, policy)
    except NothingToPlan:
        return None
    rules, asked = policy.for_covers(offer.covers), quoted(now, within, policy)
    if asked and asked.accepted_at_once:
        return undominated(asked)
    in_time = count_until(
        within.first_due, within.every, add_months(now.as_of, rules.max_months), rules.max_installments
    )
    count = min(_count(within, asked, rules), in_time)
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
    """Every term but the count, as good for the borrower as the policy takes it, of a kind that it takes at once."""
    rules = policy.for_covers(offer.covers)
    waiver = NOTHING if offer.covers is Covers.TO_COME else rules.waived_at_once(now.overdue)
    left = amounts_taken_in(now, offer.covers).total - waiver.total
    return replace(
        offer,
        kind=OfferKind.PLAN,
        first_due=min(offer.first_due, now.as_of + timedelta(days=rules.first_due_within_days)),
        down_payment=min(left, max(offer.down_payment, rounded(left * rules.min_down_payment, Rounding.UP))),
        waiver=waiver,
        interest_rate=policy.rate_for(offer.covers, now.loan.terms.annual_rate),
        interest_only=0,
    )


def _count(within: Offer, asked: Quote | None, rules: Policy) -> int:
    """As many as were asked for, and of the whole loan until the contract ends at least."""
    if asked is None:
        return rules.max_installments
    until = asked.plan.last_due_on
    for each in asked.breaks:
        if each.rule == "ends_sooner" and isinstance(each.allowed, date):
            until = each.allowed
    reaching = count_to_reach(within.first_due, within.every, until, rules.max_installments)
    return max(min(len(asked.plan.installments), rules.max_installments), reaching)
