"""Never worse than asked: whether the published policy would take, at once, a plan better for the borrower.

Better is at least as good in all of the five figures and better in one. What a lender offers, counters or presets is
held to it; whoever asks for less than the policy gives is told before sending.
"""

from collections.abc import Iterator
from dataclasses import replace

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.calendar import count_until
from portal.domain.ledger.position import Position
from portal.domain.money import Rounding, rounded
from portal.domain.refusal import Refusal
from portal.domain.restructuring.drawing import amounts_taken_in
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import WorseThanPolicy
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, quote_offer


def better_at_once(quote: Quote) -> Quote | None:
    """A plan that takes in the same and is better for the borrower, taken at once; None where there is none.

    Of several the one that asks for least in all.
    """
    if quote.offer.kind is OfferKind.PAUSE:
        return None
    shown, found = quote.figures, []
    for offer in _candidates(quote):
        for drawn in _drawn(quote, offer):
            if drawn.accepted_at_once and drawn.figures.is_better_than(shown):
                found.append(drawn)
    return min(found, key=lambda each: each.plan.total, default=None)


def gains_at_once(quote: Quote) -> Quote | None:
    """The better plan, where it asks for less in all: what whoever asks for less than the policy gives is told."""
    found = better_at_once(quote)
    return found if found and found.plan.total < quote.plan.total else None


def check_never_worse(quote: Quote) -> None:
    """Raises WorseThanPolicy: nobody is answered with less than the policy takes at once."""
    if better_at_once(quote):
        raise WorseThanPolicy


def undominated(quote: Quote) -> Quote:
    """The plan itself, or the better one that the policy takes at once."""
    return better_at_once(quote) or quote


def quoted(now: Position, offer: Offer, policy: Policy) -> Quote | None:
    try:
        return quote_offer(now, offer, policy)
    except Refusal:
        return None


def _candidates(quote: Quote) -> Iterator[Offer]:
    """By the policy, and by each standing offer: with the full waiver, the least rate, and as many equal payments."""
    now, policy, offer, shown = quote.position, quote.policy, quote.offer, quote.figures
    rules, taken_in = policy.for_covers(offer.covers), amounts_taken_in(now, offer.covers)
    waiver = NOTHING if offer.covers is Covers.TO_COME else rules.waived_at_once(now.overdue)
    left = taken_in.total - waiver.total
    least_down = rounded(left * rules.min_down_payment, Rounding.UP)
    rate = policy.rate_for(offer.covers, now.loan.terms.annual_rate)
    plain = replace(offer, kind=OfferKind.PLAN, waiver=waiver, interest_rate=rate, standing="")
    for every in rules.every:
        count = count_until(offer.first_due, every, shown.last_on, min(shown.count, rules.max_installments))
        for down in {least_down, min(max(offer.down_payment, least_down), left)}:
            yield _equal(replace(plain, every=every, down_payment=down), count)
    for standing in policy.offers_for(now):
        if standing.covers is offer.covers:
            waived = standing.waived_of(taken_in)
            terms = replace(
                plain, kind=standing.kind, every=standing.every, waiver=waived, interest_rate=standing.least_rate(rate)
            )
            count = count_until(offer.first_due, standing.every, shown.last_on, min(shown.count, standing.installments))
            for down in {0, min(offer.down_payment, taken_in.total - waived.total)}:
                yield _equal(replace(terms, down_payment=down, standing=standing.id), count)


def _drawn(quote: Quote, offer: Offer) -> Iterator[Quote]:
    """The offer with its payments, or fewer while each is no larger than what was shown, until one is taken at once."""
    for count in range(offer.installments or 1, 0, -1):
        drawn = quoted(quote.position, replace(offer, installments=count), quote.policy)
        if drawn is None:
            continue
        if drawn.figures.each > quote.figures.each:
            return
        yield drawn
        if drawn.accepted_at_once:
            return
        yield from _with_less_waived(quote, drawn)


def _with_less_waived(quote: Quote, drawn: Quote) -> Iterator[Quote]:
    """Where the full waiver makes the payments too small: the most that may be waived, interest given up first."""
    if {each.rule for each in drawn.breaks} != {"min_installment"}:
        return
    full, found = drawn.offer.waiver, None
    low, high = 0, full.total
    while low < high:
        middle = (low + high + 1) // 2
        tried = quoted(quote.position, replace(drawn.offer, waiver=_part(full, middle)), quote.policy)
        if tried is not None and tried.accepted_at_once:
            low, found = middle, tried
        else:
            high = middle - 1
    if found is not None:
        yield found


def _part(waiver: Amounts, most: int) -> Amounts:
    """So much of a waiver, in the order of its components."""
    parts = {}
    for name, minor in waiver.items():
        parts[name] = min(minor, most)
        most -= parts[name]
    return Amounts(**parts)


def _equal(offer: Offer, count: int) -> Offer:
    return replace(offer, installments=count, amount=None, interest_only=0, round_to=1)
