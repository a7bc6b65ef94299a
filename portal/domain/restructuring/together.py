"""One amount over several loans of one lender: an offer for each, in proportion or one loan after the other.

Where the policy judges what is paid a month, or when it begins, it judges all of them together: a part of the amount is
no installment too small, and a loan whose turn comes later has begun with the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from portal.domain.contract.calendar import Every, add_months, due_date
from portal.domain.ledger.position import Position
from portal.domain.money import Money, Rounding, digits, divide
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.affordability import monthly
from portal.domain.restructuring.comparison import Month, fullest_month_of
from portal.domain.restructuring.offer import FIRST_DUE_WITHIN_MONTHS, Offer
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, quote_offer


class Spread(StrEnum):
    """In proportion to what is overdue, or all of it to the loan that is overdue for longest, then to the next."""

    PRO_RATA = "pro-rata"
    OLDEST_FIRST = "oldest-first"


class TooLittleForAll(Refusal):
    says = N_("Spread over these loans it has to be at least {least} each time.")


class WaitsTooLong(Refusal):
    says = N_("With this amount the next loan would wait until {begins}. Choose more, or pay all of them at once.")


@dataclass(frozen=True, slots=True)
class Together:
    """What is paid in all: `each` so often, minor units of the lender's currency, from `first_due` on."""

    each: int
    every: Every
    first_due: date
    spread: Spread = Spread.PRO_RATA
    reason: str = ""


def quotes_together(over: Sequence[Position], asked: Together, policy: Policy) -> tuple[Quote, ...]:
    """A quote for each loan, in the order given; no period asks for more than `asked.each` over all of them.

    What all of them together keep of the policy none of them breaks.

    Unit      minor units
    Rounding  in proportion: down, and the minor units that are left over go to the first loans, one to each
    Errors    TooLittleForAll and WaitsTooLong at `amount`; whatever `quote` refuses
    """
    over = [each.without_plan for each in over]
    if asked.each < len(over):
        raise TooLittleForAll("amount", least=Money(len(over), over[0].currency))
    quotes = _in_turn(over, asked, policy) if asked.spread is Spread.OLDEST_FIRST else _at_once(over, asked, policy)
    return tuple(judged_together(each, over[0], asked, policy) for each in quotes)


def judged_together(quote: Quote, first: Position, asked: Together, policy: Policy) -> Quote:
    """Without the rules that a part of what was `asked` goes beyond, and all of it does not."""
    kept = rules_kept_together(first, asked, policy)
    return replace(quote, breaks=tuple(each for each in quote.breaks if each.rule not in kept))


def asked_together(offers: Sequence[Offer]) -> Together | None:
    """What was asked for in all, from the offers that came of it; None where they say no amount.

    All of them begin on one day where it was spread in proportion, and one after the other elsewhere.
    """
    amounts, begins = [each.amount for each in offers if each.amount is not None], {each.first_due for each in offers}
    if len(amounts) != len(offers) or not offers:
        return None
    spread = Spread.PRO_RATA if len(begins) == 1 else Spread.OLDEST_FIRST
    each = sum(amounts) if spread is Spread.PRO_RATA else max(amounts)
    return Together(each, offers[0].every, min(begins), spread, offers[0].reason)


def least_at_once(over: Sequence[Position], every: Every, first_due: date, policy: Policy) -> int | None:
    """The smallest amount each time that is accepted at once over all of these in proportion; None where none is.

    Unit      minor units
    Rounding  up to whole units of the currency, so that nothing is left at the end
    """
    owed, whole = sum(each.without_plan.overdue.total for each in over), 10 ** digits(over[0].currency)
    for count in range(policy.max_installments, 0, -1):
        if due_date(first_due, every, count - 1) > add_months(over[0].as_of, policy.max_months):
            continue
        asked = Together(divide(owed, count, Rounding.UP, whole), every, first_due)
        if asked.each >= len(over) and all(each.accepted_at_once for each in quotes_together(over, asked, policy)):
            return asked.each
    return None


def fullest_month_together(quotes: Sequence[Quote]) -> Month | None:
    """The month in which all plans and all contracts beside them ask for most; None where no contract asks any more."""
    beside = [due for quote in quotes for due in quote.position.next_dues]
    return fullest_month_of([quote.plan for quote in quotes], beside)


def rules_kept_together(first: Position, asked: Together, policy: Policy) -> frozenset[str]:
    """The rules that a part alone may go beyond, and all of it does not."""
    policy = policy.judging(first.currency)
    kept = {
        "min_installment": monthly(asked.each, asked.every) >= policy.min_installment,
        "first_due_within_days": asked.first_due <= first.as_of + timedelta(days=policy.first_due_within_days),
    }
    return frozenset(rule for rule, is_kept in kept.items() if is_kept)


def _at_once(over: Sequence[Position], asked: Together, policy: Policy) -> tuple[Quote, ...]:
    shares = in_proportion(asked.each, [each.overdue.total for each in over])
    return tuple(
        quote_offer(each, _offer(asked, share, asked.first_due), policy)
        for each, share in zip(over, shares, strict=True)
    )


def in_proportion(amount: int, owed: Sequence[int]) -> list[int]:
    """Shares that add up to the amount, each at least 1 where the amount allows it."""
    total = sum(owed)
    shares = [max(amount * part // total, 1) for part in owed]
    left = amount - sum(shares)
    for index in range(max(left, 0)):
        shares[index % len(shares)] += 1
    largest = shares.index(max(shares))
    shares[largest] += min(left, 0)
    return shares


def _in_turn(over: Sequence[Position], asked: Together, policy: Policy) -> tuple[Quote, ...]:
    """The next loan's turn begins a period after the last payment of the one before."""
    found: dict[int, Quote] = {}
    paid = 0
    for index in sorted(range(len(over)), key=lambda index: _how_old(over[index])):
        begins = due_date(asked.first_due, asked.every, paid)
        if begins > add_months(over[index].as_of, FIRST_DUE_WITHIN_MONTHS):
            raise WaitsTooLong("amount", begins=begins)
        found[index] = quote_offer(over[index], _offer(asked, asked.each, begins), policy)
        paid += len(found[index].plan.installments)
    return tuple(found[index] for index in range(len(over)))


def _how_old(over: Position) -> tuple[date, Fraction]:
    """The loan overdue for longest comes first; of the same day, the dearer one."""
    return over.as_of - timedelta(days=over.days_past_due), -over.loan.terms.annual_rate


def _offer(asked: Together, each: int, first_due: date) -> Offer:
    return Offer(asked.every, first_due, amount=each, reason=asked.reason)
