"""A quote: the plan an offer makes of a loan today, whether the lender's policy takes it at once, and until when."""

from dataclasses import dataclass
from datetime import date

from portal.domain.calendar import add_working_days
from portal.domain.loan import Loan
from portal.domain.plan import Comparison, Offer, Plan, compare, draw_up
from portal.domain.policy import Break, Policy, breaks
from portal.domain.position import Position, position


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

    Unit      minor units of the loan's currency
    Rounding  as `draw_up`
    Errors    a `Refusal` whose `field` names the term that cannot be
    """
    now = position(loan, as_of)
    valid_until = add_working_days(as_of, policy.quote_working_days)
    terms = loan.terms
    plan = draw_up(now, offer, terms.rounding, terms.day_count, valid_until)
    return Quote(offer, now, plan, breaks(policy, offer, plan, now.overdue), policy, valid_until)
