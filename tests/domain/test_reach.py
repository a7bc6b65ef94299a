"""Half of the penalty waived, in up to three payments: whom that reaches, and with what."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.ledger.position import position
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.reach import Reach
from portal.domain.restructuring.standing_offer import StandingOffer
from tests.domain.people import ON, XIAOMING
from tests.domain.test_together import SECOND

HALF = StandingOffer("half", "减半", "Half", "好", "Good", date(2026, 6, 30), 3, waiver=(("penalty", Fraction(1, 2)),))


def reached(offer: StandingOffer, **policy: int) -> Reach:
    """Over 小明's two loans, 91 and 30 days late."""
    found = Reach(offer)
    for loan in (XIAOMING, SECOND):
        found.add(position(loan, ON).without_plan, Policy(offers=(offer,), currency="CNY", **policy))
    return found


def test_each_loan_is_counted_with_the_plan_that_its_page_would_show() -> None:
    """3,413.12 less 56.32 of penalty is 3 x 1,118.93 and a fen; 1,119.20 less 9.52 is 3 x 369.89 and a fen."""
    found = reached(HALF)
    assert (found.taken_in, found.waived, found.total) == (341312 + 111920, 5632 + 952, 335680 + 110968)
    assert found.figures == (36989, 36989, 111893) and len(found.each) == 2


def test_whoever_it_is_not_for_is_not_counted() -> None:
    assert reached(replace(HALF, days_late_from=60)).each == [111893]
    assert reached(replace(HALF, until=date(2026, 6, 13))).each == []
    euros = Reach(HALF)
    euros.add(position(replace(XIAOMING, currency="EUR"), ON), Policy(offers=(HALF,), currency="CNY"))
    assert (euros.each, euros.without_plan) == ([], 0), "an offer is of the lender's currency"


def test_whom_it_is_for_and_no_plan_comes_of_it_is_counted_apart() -> None:
    """An offer for those who are not late either reaches a loan on which nothing is owed."""
    found = Reach(replace(HALF, days_late_from=0))
    found.add(position(replace(XIAOMING, payments=(), schedule=()), ON), Policy(offers=(found.offer,), currency="CNY"))
    assert (found.each, found.without_plan) == ([], 1)
