"""Relief by kind: each way out of arrears drawn up for what somebody can pay a month; none is left out.

The order is by harm to the borrower, not by gain to the lender: the lender's own offers, then what fits the trouble.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.calendar import Every, count_to_reach
from portal.domain.contract.pause import PauseScope
from portal.domain.ledger.position import Position
from portal.domain.ledger.upcoming import last_day_of
from portal.domain.money import Rounding, rounded
from portal.domain.refusal import Refusal
from portal.domain.restructuring import offer_refusals as no
from portal.domain.restructuring.affordability import each_within
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.choices import (
    Choice,
    ChoiceKind,
    Goal,
    Trouble,
    contract_month,
    first_day,
    heaviest_month,
)
from portal.domain.restructuring.drawing import amounts_taken_in
from portal.domain.restructuring.never_worse import quoted, undominated
from portal.domain.restructuring.offer import MOST_MONTHS, MOST_PAUSE, Offer
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, quote_offer
from portal.domain.restructuring.standing_offer import StandingOffer

LIGHTER = Fraction(4, 5)
"""What a plan for the whole loan asks of an installment of the contract where nobody said what they can pay."""

MONTHS_AT_FIRST = 6
"""For how long a plan beside the contract runs where nobody said what they can pay."""


_ORDER = {
    Trouble.SHORT: (ChoiceKind.PAUSE, ChoiceKind.CATCH_UP, ChoiceKind.WHOLE_LOAN, ChoiceKind.SETTLEMENT),
    Trouble.LASTING: (ChoiceKind.WHOLE_LOAN, ChoiceKind.CATCH_UP, ChoiceKind.PAUSE, ChoiceKind.SETTLEMENT),
}


def choices(now: Position, policy: Policy, goal: Goal) -> tuple[Choice, ...]:
    """Every kind in the order of the trouble, the lender's standing offers first; `now` is with a plan that lives."""
    without = now.without_plan
    policy = policy.judging(now.currency)
    ways = {
        ChoiceKind.WHOLE_LOAN: _whole_loan(without, policy, goal),
        ChoiceKind.CATCH_UP: _catch_up(without, policy, goal),
        ChoiceKind.PAUSE: _pause(now, policy, goal),
        ChoiceKind.SETTLEMENT: _settlement(without, policy, goal),
    }
    return (*_standing(without, policy, goal), *(ways[kind] for kind in _ORDER[goal.trouble]))


def _standing(now: Position, policy: Policy, goal: Goal) -> Iterator[Choice]:
    for standing in policy.offers_for(now):
        found = standing_quote(now, policy, goal, standing)
        if found is not None:
            yield Choice(ChoiceKind.OFFER, goal, undominated(found), standing=standing, at_once=found)


def standing_quote(now: Position, policy: Policy, goal: Goal, standing: StandingOffer) -> Quote | None:
    """With as few payments as fit what they said, or the most it is for."""
    rate = policy.rate_for(standing.covers, now.loan.terms.annual_rate)
    try:
        waiver = standing.waived_of(amounts_taken_in(now, standing.covers))
    except Refusal:
        return None
    offer = Offer(
        standing.every,
        min(first_day(policy, now.as_of), standing.begins_by(now.as_of)),
        installments=standing.installments,
        waiver=waiver,
        covers=standing.covers,
        interest_rate=standing.least_rate(rate),
        kind=standing.kind,
        standing=standing.id,
    )
    return quoted(now, _fitted(now, policy, goal, offer, standing.installments), policy)


def _whole_loan(now: Position, policy: Policy, goal: Goal) -> Choice:
    covers = Covers.ALL if now.overdue.total else Covers.TO_COME
    rules = policy.for_covers(covers)
    rate, begin = policy.rate_for(covers, now.loan.terms.annual_rate), _on_contract_day(now, rules)
    waiver = rules.waived_at_once(now.overdue) if covers is Covers.ALL else NOTHING
    offer = Offer(_rhythm(rules), begin, waiver=waiver, covers=covers, interest_rate=rate)
    most = goal.a_month
    if most is None:
        most = rounded(contract_month(now) * LIGHTER, Rounding.DOWN)
    try:
        amounts_taken_in(now, covers)
    except Refusal as refusal:
        return Choice(ChoiceKind.WHOLE_LOAN, goal, refusal=refusal)
    wanted = _lightest(now, policy, offer, most)
    at_once = nearest_yes(now, wanted.offer, policy) if wanted and covers in policy.covers else None
    if at_once is not None and at_once.offer.covers is not covers:
        at_once = None
    if wanted is None:
        longest = nearest_yes(now, replace(offer, installments=MOST_MONTHS), policy)
        at_once = longest if longest and longest.offer.covers is covers else None
        wanted = at_once or quoted(now, replace(offer, installments=MOST_MONTHS), policy)
    if wanted is not None and wanted.accepted_at_once:
        at_once = wanted
    return Choice(ChoiceKind.WHOLE_LOAN, goal, wanted, at_once=at_once)


def _lightest(now: Position, policy: Policy, offer: Offer, most: int) -> Quote | None:
    """The fewest payments of at most so much a month that do not end sooner than the contract.

    Where the policy's rate makes that impossible it asks for none: a person decides then.
    """
    for rate in dict.fromkeys((offer.interest_rate, Fraction(0))):
        terms = replace(offer, interest_rate=rate)
        counted = quoted(now, replace(terms, amount=max(each_within(most, offer.every), 1)), policy)
        if counted is not None:
            to_contract_end = count_to_reach(
                terms.first_due, terms.every, last_day_of(now.next_dues) or now.as_of, MOST_MONTHS
            )
            count = max(len(counted.plan.installments), to_contract_end)
            found = quoted(now, replace(terms, installments=count), policy)
            if found is not None:
                return undominated(found)
    return None


def _catch_up(now: Position, policy: Policy, goal: Goal) -> Choice:
    if not now.overdue.total:
        return Choice(ChoiceKind.CATCH_UP, goal, refusal=no.NothingToPlan("covers"))
    waiver = policy.waived_at_once(now.overdue)
    offer = Offer(_rhythm(policy), first_day(policy, now.as_of), installments=MONTHS_AT_FIRST, waiver=waiver)
    wanted = quoted(now, _fitted(now, policy, goal, offer, MOST_MONTHS), policy)
    at_once = nearest_yes(now, wanted.offer if wanted else offer, policy)
    if wanted is not None and (wanted.accepted_at_once or at_once is None or _fits_only(wanted, at_once, goal)):
        return Choice(ChoiceKind.CATCH_UP, goal, undominated(wanted), at_once=at_once)
    return Choice(ChoiceKind.CATCH_UP, goal, at_once or wanted, at_once=at_once)


def _fits_only(wanted: Quote, at_once: Quote, goal: Goal) -> bool:
    """Whether what they can pay takes a person, and what is taken at once is above it."""
    return goal.a_month is not None and heaviest_month(wanted) <= goal.a_month < heaviest_month(at_once)


def _fitted(now: Position, policy: Policy, goal: Goal, offer: Offer, most: int) -> Offer:
    """With as few payments as fit beside the contract, `most` at most; where nobody said what they can pay as it is."""
    if goal.a_month is None:
        return offer
    room = goal.a_month - (contract_month(now) if offer.covers is Covers.OVERDUE else 0)
    if room <= 0:
        return replace(offer, installments=most)
    counted = quoted(now, replace(offer, amount=each_within(room, offer.every), installments=None, standing=""), policy)
    return replace(offer, installments=min(len(counted.plan.installments), most) if counted else most)


def _pause(now: Position, policy: Policy, goal: Goal) -> Choice:
    live = now.live_plan
    if live is not None:
        until = live.paused_until if live.agreement.kind is OfferKind.PAUSE else None
        refusal: Refusal = no.PauseBesidePlan("kind")
        if until is not None:
            refusal = no.PausedAlready("first_due", until=until, next=until + timedelta(days=1))
        return Choice(ChoiceKind.PAUSE, goal, refusal=refusal)
    if policy.pause_terms.scope is PauseScope.OVERDUE and not now.overdue.total:
        return Choice(ChoiceKind.PAUSE, goal, refusal=no.NothingToPause("first_due"))
    until = now.as_of + min(timedelta(days=policy.pause_days), MOST_PAUSE)
    try:
        found = quote_offer(now, Offer(Every(1, "m"), until, installments=1, kind=OfferKind.PAUSE), policy)
    except Refusal as refused:
        return Choice(ChoiceKind.PAUSE, goal, refusal=refused)
    return Choice(ChoiceKind.PAUSE, goal, found, at_once=found if found.accepted_at_once else None)


def _settlement(now: Position, policy: Policy, goal: Goal) -> Choice:
    """All that is owed in one sum, without what lateness costs, or without interest where it cost nothing."""
    covers = Covers.ALL if now.overdue.total else Covers.TO_COME
    try:
        owed = amounts_taken_in(now, covers)
    except Refusal as refusal:
        return Choice(ChoiceKind.SETTLEMENT, goal, refusal=refusal)
    late = Amounts(costs=owed.costs, fees=owed.fees, penalty=owed.penalty)
    waiver = late if late.total else Amounts(interest=owed.interest)
    begin = first_day(policy, now.as_of)
    offer = Offer(Every(1, "m"), begin, 1, waiver=waiver, covers=covers, kind=OfferKind.SETTLEMENT)
    return Choice(ChoiceKind.SETTLEMENT, goal, quoted(now, offer, policy))


def _rhythm(rules: Policy) -> Every:
    monthly = Every(1, "m")
    return monthly if monthly in rules.every else rules.every[0]


def _on_contract_day(now: Position, rules: Policy) -> date:
    """The contract's own last day that a first payment may wait for, so that the day of the month stays the same."""
    latest = now.as_of + timedelta(days=rules.first_due_within_days)
    days = [due.due_on for due in now.next_dues if not due.is_charge and now.as_of < due.due_on <= latest]
    return max(days, default=first_day(rules, now.as_of))
