"""小明 owes 3,413.12; what he asked for is judged again by the policy of then, and by one that is not in force yet."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.ledger.position import position
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import quote_offer
from portal.domain.restructuring.replay import PastDecision, PastOffer, turned
from portal.domain.restructuring.standing_offer import StandingOffer
from portal.domain.restructuring.together import Spread, Together, asked_together, quotes_together
from tests.domain.people import ON, XIAOMING
from tests.domain.test_together import SECOND

HALF_A_YEAR = Policy(version=1, max_months=6, min_installment=30000)
A_YEAR = replace(HALF_A_YEAR, version=2, max_months=13, min_installment=20000)
STRICT = replace(HALF_A_YEAR, version=3, min_installment=60000)
SIX = Offer(Every(1, "m"), date(2026, 7, 1), installments=6)
TWELVE = replace(SIX, installments=12)
HALF = StandingOffer("half", "减半", "Half", "好", "Good", date(2026, 6, 30), 3, waiver=(("penalty", Fraction(1, 2)),))


def asked(offer: Offer, under: Policy = HALF_A_YEAR, promised: bool = False) -> PastOffer:
    """As it was drawn, and taken or left, on the day."""
    now = position(XIAOMING, ON)
    quote = quote_offer(now, offer, under)
    return PastOffer(now, quote.offer, quote.plan, under, quote.accepted_at_once or promised, promised)


def test_what_happened_comes_out_again() -> None:
    taken, left = asked(SIX), asked(TWELVE)
    assert (taken.at_once, left.at_once) == (True, False)
    assert taken.is_given_back() and left.is_given_back()


def test_what_did_not_happen_does_not() -> None:
    """Another answer, another payment by a fen, or a version that would have answered otherwise."""
    taken = asked(SIX)
    assert not replace(taken, at_once=False).is_given_back()
    assert not replace(taken, under=STRICT).is_given_back()
    plan = taken.plan
    row = replace(plan.rows[0], components=Amounts(principal=plan.rows[0].components.total + 1))
    assert not replace(taken, plan=replace(plan, rows=(row, *plan.rows[1:]))).is_given_back()


def test_a_longer_policy_takes_twelve_payments_and_a_strict_one_takes_no_six() -> None:
    """12 x 284.43 is above 200 a month; 6 x 568.86 is below 600."""
    found = turned([asked(TWELVE)], A_YEAR)
    assert found is not None and found.accepted and found.quote.plan.total == 341312 and found.waived == 0
    found = turned([asked(SIX)], STRICT)
    assert found is not None and not found.accepted and len(found.quote.plan.installments) == 6
    assert turned([asked(SIX)], A_YEAR) is None and turned([asked(TWELVE)], STRICT) is None


def test_whoever_would_have_been_taken_by_the_first_offer_was_taken_by_the_second_all_the_same() -> None:
    assert turned([asked(TWELVE), asked(SIX)], A_YEAR) is None


def test_a_promise_holds_whatever_the_new_policy_says() -> None:
    promised = asked(TWELVE, promised=True)
    assert promised.at_once and promised.is_given_back() and turned([promised], STRICT) is None


def test_what_a_standing_offer_took_goes_to_a_person_once_it_is_taken_away_with_what_it_let_go() -> None:
    """Half of 112.64 of penalty, 56.32, was let go with three payments."""
    with_it = replace(HALF_A_YEAR, offers=(HALF,))
    past = asked(replace(SIX, installments=3, waiver=Amounts(penalty=5632)), with_it)
    assert past.at_once and past.offer.standing == "half" and past.is_given_back()
    assert turned([past], with_it) is None
    found = turned([past], HALF_A_YEAR)
    assert found is not None and not found.accepted and found.waived == 5632


def test_the_rules_that_a_decision_was_made_over_are_worked_out_again() -> None:
    now = position(XIAOMING, ON)
    quote = quote_offer(now, TWELVE, HALF_A_YEAR)
    for drawn in (True, False):
        decision = PastDecision(now, quote.offer, quote.plan, HALF_A_YEAR, drawn)
        assert [each.rule for each in decision.breaks or ()] == ["max_months", "min_installment"]
        assert decision.over.overdue.total == 341312
    assert PastDecision(now, quote.offer, quote.plan, A_YEAR, True).breaks == ()


@pytest.mark.parametrize("spread", list(Spread))
def test_a_part_of_what_was_asked_for_over_two_loans_is_judged_as_that_part_again(spread: Spread) -> None:
    """1,500 a month over two loans: a share of 370.40 alone is below 600 a month, and the second's turn in October is
    more than a month away; both were taken at once, and a policy from 1,600 a month on would not have taken all of it.
    """
    under = replace(STRICT, max_months=24)
    asked_in_all = Together(150000, SIX.every, SIX.first_due, spread)
    over = [position(loan, ON) for loan in (XIAOMING, SECOND)]
    quotes = quotes_together(over, asked_in_all, under)
    found = asked_together([each.offer for each in quotes])
    assert found == asked_in_all
    assert asked_together([SIX, SIX]) is None, "so many payments are asked for of one loan at a time"
    parts = [
        PastOffer(now, each.offer, each.plan, under, each.accepted_at_once, part_of=found)
        for now, each in zip(over, quotes, strict=True)
    ]
    assert [each.at_once for each in parts] == [True, True] and all(each.is_given_back() for each in parts)
    assert not all(replace(each, part_of=None).is_given_back() for each in parts)
    more = replace(under, min_installment=160000)
    assert any(each.taken_by(more) is None for each in parts)
