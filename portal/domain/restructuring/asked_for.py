"""An offer from what somebody asks for: a sum that settles all, or a day until which nothing is asked."""

from datetime import date

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import PauseScope, PauseTerms
from portal.domain.ledger.position import Position
from portal.domain.restructuring.drawing import amounts_taken_in
from portal.domain.restructuring.offer import Offer

_WAIVER_ORDER = ("penalty", "fees", "costs", "interest", "principal")


def settlement_offer(now: Position, covers: Covers, asked: int, by: date) -> Offer:
    """One sum, minor units, for all that it covers: what it leaves is asked to be waived, penalty first and principal
    last.
    """
    owed = amounts_taken_in(now, covers)
    left, waiver = owed.total - asked, {}
    for name in _WAIVER_ORDER:
        waiver[name] = min(left, owed.of(name))
        left -= waiver[name]
    return Offer(Every(1, "m"), by, installments=1, waiver=Amounts(**waiver), covers=covers, kind=OfferKind.SETTLEMENT)


def pause_offer(now: Position, until: date, *, moves_next: bool) -> Offer:
    """Nothing until a day, within the plan that runs where there is one; or what falls due next moves to that day."""
    plan = now.live_plan.agreement if now.live_plan else None
    within = plan.ref if plan and not plan.own_pause else ""
    alone = PauseTerms(PauseScope.NEXT) if moves_next else None
    return Offer(Every(1, "m"), until, installments=1, pause=alone, within=within, kind=OfferKind.PAUSE)
