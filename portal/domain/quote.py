"""A quote: the plan an offer makes of a loan today, whether the lender's policy takes it at once, and until when."""

from dataclasses import dataclass, replace
from datetime import date

from portal.domain.loan import Amounts, Loan
from portal.domain.money import Money
from portal.domain.plan import Comparison, Offer, Plan, compare, draw_up
from portal.domain.policy import Break, Policy, breaks
from portal.domain.position import Position, position
from portal.domain.reconciliation import differences, in_the_borrowers_favour


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
    def comparison(self) -> Comparison:
        return compare(self.position, self.plan, self.offer.covers)


def quote(loan: Loan, offer: Offer, policy: Policy, as_of: date) -> Quote:
    """What the preview, the `quote` command, the proposal and the agreement all show.

    Where the lender's own statement is lower and within the policy's tolerance, the plan is over the lower figure.

    Unit      minor units of the loan's currency
    Rounding  as `draw_up`
    Errors    a `Refusal` whose `field` names the term that cannot be
    """
    now = position(loan, as_of)
    differ = sum(abs(each.stated - each.computed) for each in differences(loan))
    lower = replace(now, overdue=now.overdue - _lower(now, in_the_borrowers_favour(loan, policy.tolerance)))
    valid_until = policy.working_days.after(as_of, policy.quote_working_days)
    terms = loan.terms
    plan = draw_up(lower, offer, terms.rounding, terms.day_count, valid_until)
    found = breaks(policy, offer, plan, now.overdue)
    if differ > policy.tolerance:
        found += (Break("statement", Money(policy.tolerance, loan.currency), Money(differ, loan.currency)),)
    return Quote(offer, now, plan, found, policy, valid_until)


def _lower(now: Position, favour: Amounts) -> Amounts:
    """What the lender's own statement counts less of, never more than is owed of it today."""
    return Amounts(**{name: min(minor, now.overdue.of(name)) for name, minor in favour.items()})
