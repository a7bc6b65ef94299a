"""The nearest yes: the smallest change to an offer that the lender's policy would take at once."""

from dataclasses import replace
from datetime import date, timedelta

from portal.domain.calendar import add_months, due_date
from portal.domain.loan import Amounts, Loan
from portal.domain.money import Rounding, rounded
from portal.domain.plan import Covers, Kind, Offer
from portal.domain.policy import Policy
from portal.domain.position import position
from portal.domain.quote import Quote, quote
from portal.domain.refusal import Refusal


def nearest_yes(loan: Loan, offer: Offer, policy: Policy, as_of: date) -> Quote | None:
    """The offer with as many payments as it asked for, or the most below that; None where no plan fits the policy."""
    within = _within(loan, offer, policy, as_of)
    if within.kind is Kind.PAUSE:
        return _taken(loan, within, policy, as_of)
    for count in range(min(_asked(loan, offer, policy, as_of), _in_time(within, policy, as_of)), 0, -1):
        if found := _taken(loan, replace(within, installments=count, amount=None), policy, as_of):
            return found
    return None


def _within(loan: Loan, offer: Offer, policy: Policy, as_of: date) -> Offer:
    """Every term but the count, held to what the policy allows."""
    owed = position(loan, as_of).overdue
    days = policy.pause_days if offer.kind is Kind.PAUSE else policy.first_due_within_days
    most = {c: rounded(owed.of(c) * policy.waiver_share(c), Rounding.DOWN) for c, _ in owed.items()}
    waiver = Amounts(**{c: min(minor, most[c]) for c, minor in offer.waiver.items()})
    left = owed.total - waiver.total
    return replace(
        offer,
        kind=Kind.PAUSE if offer.kind is Kind.PAUSE else Kind.PLAN,
        every=offer.every if offer.every in policy.every else policy.every[0],
        covers=offer.covers if offer.covers in policy.covers else Covers(policy.covers[0]),
        first_due=min(offer.first_due, as_of + timedelta(days=days)),
        down_payment=min(left, max(offer.down_payment, rounded(left * policy.min_down_payment, Rounding.UP))),
        waiver=waiver,
        interest_only=0,
    )


def _asked(loan: Loan, offer: Offer, policy: Policy, as_of: date) -> int:
    try:
        count = len(quote(loan, offer, policy, as_of).plan.installments)
    except Refusal:
        count = policy.max_installments
    return min(max(count, 1), policy.max_installments)


def _in_time(offer: Offer, policy: Policy, as_of: date) -> int:
    """The most payments whose last day the policy still takes; of more, none needs to be drawn up."""
    last, count = add_months(as_of, policy.max_months), 1
    while count < policy.max_installments and due_date(offer.first_due, offer.every, count) <= last:
        count += 1
    return count


def _taken(loan: Loan, offer: Offer, policy: Policy, as_of: date) -> Quote | None:
    try:
        found = quote(loan, offer, policy, as_of)
    except Refusal:
        return None
    return found if found.accepted_at_once else None
