"""One sum that settles, and a day until which nothing is asked."""

from datetime import date

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.ledger.position import position
from portal.domain.restructuring.asked_for import pause_offer, settlement_offer
from tests.domain.agreed import CASE
from tests.domain.people import ON

NOW = position(CASE, ON)


def test_what_one_sum_leaves_is_waived_penalty_first_and_principal_last() -> None:
    """3,413.12 are overdue: 112.64 of penalty, 413.70 of interest, 2,886.78 of principal. 2,800.00 leaves 613.12."""
    offer = settlement_offer(NOW, Covers.OVERDUE, 280000, date(2026, 7, 1))
    assert offer.waiver == Amounts(penalty=11264, interest=41370, principal=8678)
    assert (offer.kind, offer.installments, offer.first_due) == (OfferKind.SETTLEMENT, 1, date(2026, 7, 1))
    assert settlement_offer(NOW, Covers.OVERDUE, 340000, ON).waiver == Amounts(penalty=1312)


def test_a_pause_without_a_plan_is_within_none_and_says_whether_one_date_moves_alone() -> None:
    rests, moves = (pause_offer(NOW, date(2026, 7, 1), moves_next=each) for each in (False, True))
    assert (rests.kind, rests.within, rests.moves_next, moves.moves_next) == (OfferKind.PAUSE, "", False, True)
