"""The nearest yes to 小明, who owes 3,413.12 today: the smallest change that the policy takes at once."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.ledger.position import position
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import WholeLoanRules
from portal.domain.restructuring.quote import quote_offer
from portal.reads.policy_file import policy_from_text
from tests.domain.people import ON, XIAOMING

POLICY = policy_from_text('[plan]\nmax_months = 6\nmin_installment = "500.00"\n[waiver]\npenalty = "0.5"\n', 1, "CNY")
TWELVE = Offer(Every(1, "m"), date(2026, 7, 1), installments=12)


def test_twelve_payments_become_the_six_that_reach_the_smallest_amount() -> None:
    found = nearest_yes(position(XIAOMING, ON), TWELVE, POLICY)
    assert found is not None and found.accepted_at_once
    assert found.offer.installments == 6  # (3,413.12 - 56.32) / 6 = 559.47; 7 would be 479.54
    assert found.plan.each == 55947


def test_what_was_fine_stays_as_it_was_and_gains_what_the_policy_waives_at_once() -> None:
    four = replace(TWELVE, installments=4)
    found = nearest_yes(position(XIAOMING, ON), four, POLICY)
    assert found is not None and found.offer == replace(four, waiver=Amounts(penalty=5632))


def test_a_waiver_is_held_to_the_share_that_is_let_go() -> None:
    asked = replace(TWELVE, installments=5, waiver=Amounts(penalty=11264))
    found = nearest_yes(position(XIAOMING, ON), asked, POLICY)
    assert found is not None and found.offer.waiver == Amounts(penalty=5632)  # half of 112.64


def test_an_amount_too_small_becomes_a_count() -> None:
    found = nearest_yes(position(XIAOMING, ON), replace(TWELVE, installments=None, amount=10000), POLICY)
    assert found is not None and (found.offer.installments, found.offer.amount) == (6, None)


def test_a_late_beginning_is_moved_to_the_last_day_that_is_taken() -> None:
    found = nearest_yes(position(XIAOMING, ON), replace(TWELVE, installments=2, first_due=date(2026, 9, 1)), POLICY)
    assert found is not None and found.offer.first_due == date(2026, 7, 15)  # 31 days after 14 June


def test_a_settlement_becomes_a_plan_for_all_of_it() -> None:
    asked = replace(TWELVE, installments=1, kind=OfferKind.SETTLEMENT, waiver=Amounts(penalty=11264, principal=100000))
    found = nearest_yes(position(XIAOMING, ON), asked, POLICY)
    assert found is not None and found.offer.kind is OfferKind.PLAN and found.offer.waiver == Amounts(penalty=5632)


def test_a_pause_is_held_to_its_sixty_days() -> None:
    asked = Offer(Every(1, "m"), date(2026, 12, 1), installments=1, kind=OfferKind.PAUSE)
    found = nearest_yes(position(XIAOMING, ON), asked, POLICY)
    assert found is not None and found.offer.first_due == date(2026, 8, 13)


def test_where_nothing_fits_there_is_none() -> None:
    strict = policy_from_text('[plan]\nmax_months = 1\nfirst_due_within_days = 10\nmin_down_payment = "1"\n', 1, "CNY")
    found = nearest_yes(position(XIAOMING, ON), TWELVE, strict)
    assert found is None or quote_offer(position(XIAOMING, ON), found.offer, strict).accepted_at_once


def test_every_three_weeks_becomes_the_first_rhythm_that_is_taken_and_a_taken_one_stays() -> None:
    found = nearest_yes(position(XIAOMING, ON), replace(TWELVE, installments=3, every=Every(3, "w")), POLICY)
    assert found is not None and found.offer.every == Every(1, "m")
    found = nearest_yes(position(XIAOMING, ON), replace(TWELVE, installments=3, every=Every(2, "w")), POLICY)
    assert found is not None and found.offer.every == Every(2, "w")


def test_the_whole_loan_becomes_what_is_overdue_and_what_is_taken_stays() -> None:
    found = nearest_yes(position(XIAOMING, ON), replace(TWELVE, installments=3, covers=Covers.ALL), POLICY)
    assert found is not None and found.offer.covers is Covers.OVERDUE
    whole = WholeLoanRules(max_months=24, min_installment=30000)
    both = replace(POLICY, covers=(Covers.OVERDUE, Covers.ALL), whole_loan=whole)
    found = nearest_yes(position(XIAOMING, ON), replace(TWELVE, installments=30, covers=Covers.ALL), both)
    assert found is not None and (found.offer.covers, found.offer.installments) == (Covers.ALL, 24)
    assert found.offer.interest_rate == Fraction("0.18"), "the contract's, where the policy says no other"


def test_a_first_sum_is_raised_to_the_share_of_what_is_left_after_the_waiver() -> None:
    """A tenth of 3,413.12 - 56.32 = 3,356.80; one that is larger than all of it is held to that."""
    tenth = replace(POLICY, min_down_payment=Fraction(1, 10))
    asked = replace(TWELVE, installments=4, waiver=Amounts(penalty=5632))
    found = nearest_yes(position(XIAOMING, ON), asked, tenth)
    assert found is not None and found.offer.down_payment == 33568
    found = nearest_yes(position(XIAOMING, ON), replace(asked, down_payment=50000), tenth)
    assert found is not None and found.offer.down_payment == 50000


def test_months_of_interest_only_are_left_out() -> None:
    asked = replace(TWELVE, installments=4, interest_only=2)
    found = nearest_yes(position(XIAOMING, ON), asked, POLICY)
    assert found is not None and found.offer.interest_only == 0


def test_an_offer_that_cannot_be_drawn_is_counted_from_the_most_that_is_taken() -> None:
    """One fen each time never ends; the policy takes up to six months of 500.00 and more."""
    found = nearest_yes(position(XIAOMING, ON), replace(TWELVE, installments=None, amount=1), POLICY)
    assert found is not None and found.offer.installments == 6
    found = nearest_yes(position(XIAOMING, ON), replace(TWELVE, installments=1), POLICY)
    assert found is not None and found.offer.installments == 1
