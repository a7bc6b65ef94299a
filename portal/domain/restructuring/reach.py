"""Whom a standing offer reaches, and with which figures: each loan is given the plan that its own page would show."""

from dataclasses import dataclass, field

from portal.domain.ledger.position import Position
from portal.domain.restructuring.choices import Goal
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.relief import standing_quote
from portal.domain.restructuring.standing_offer import StandingOffer


@dataclass(slots=True)
class Reach:
    """Of one offer over many loans, minor units of the policy's currency: what it takes in, waives and asks for in all,
    and each loan's payment. `without_plan` are for whom it is meant, and no plan comes of it.
    """

    offer: StandingOffer
    taken_in: int = 0
    waived: int = 0
    total: int = 0
    each: list[int] = field(default_factory=list)
    without_plan: int = 0

    def add(self, now: Position, policy: Policy) -> None:
        """`now` is without a plan that would give way; what somebody can pay a month is not known."""
        policy = policy.judging(now.currency)
        if self.offer not in policy.offers_for(now):
            return
        quote = standing_quote(now, policy, Goal(), self.offer)
        if quote is None or not quote.accepted_at_once:
            self.without_plan += 1
            return
        self.taken_in += quote.plan.taken_in.total
        self.waived += quote.plan.waived.total
        self.total += quote.plan.total
        self.each.append(quote.figures.each)

    @property
    def figures(self) -> tuple[int, int, int]:
        """The smallest payment, the one that half of them do not exceed, and the largest; there has to be one."""
        found = sorted(self.each)
        return found[0], found[(len(found) - 1) // 2], found[-1]
