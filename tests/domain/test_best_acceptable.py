"""The nearest yes to 小明, who owes 3,413.12 today: the smallest change that the policy takes at once."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.never_worse import quoted
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import DEFAULT_EVERY, Policy, WholeLoanRules
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


WHOLE = policy_from_text(
    '[plan]\nmax_months = 6\ncovers = ["overdue", "all"]\n[whole_loan]\nmax_months = 25\nmax_installments = 24\n'
    'min_installment = "400.00"\n',
    1,
    "CNY",
)
THE_LOAN = replace(TWELVE, covers=Covers.ALL, first_due=date(2026, 7, 15), interest_rate=Fraction(18, 100))


def test_the_whole_loan_over_three_years_becomes_one_over_the_two_that_are_taken() -> None:
    """10,777.48 at 18 % are 24 times 537.66; 450.00 each time would be more."""
    for asked in (replace(THE_LOAN, installments=36), replace(THE_LOAN, installments=None, amount=45000)):
        found = nearest_yes(position(XIAOMING, ON), asked, WHOLE)
        assert found is not None and (len(found.plan.installments), found.plan.each) == (24, 53766)


def test_the_whole_loan_without_interest_bears_what_the_policy_says() -> None:
    found = nearest_yes(position(XIAOMING, ON), replace(THE_LOAN, installments=24, interest_rate=Fraction(0)), WHOLE)
    assert found is not None and (found.offer.interest_rate, found.plan.interest) == (Fraction(18, 100), 212626)


def test_an_amount_that_is_taken_stays_an_amount() -> None:
    asked = replace(THE_LOAN, installments=None, amount=60000)
    found = nearest_yes(position(XIAOMING, ON), asked, WHOLE)
    assert found is not None and found.offer == asked


def test_a_first_sum_is_a_share_of_all_that_the_plan_covers() -> None:
    """A fifth of 10,777.48, rounded up."""
    fifth = replace(WHOLE, whole_loan=replace(WHOLE.whole_loan, min_down_payment=Fraction(1, 5)))
    found = nearest_yes(position(XIAOMING, ON), replace(THE_LOAN, installments=12), fifth)
    assert found is not None and found.offer.down_payment == 215550


def test_the_whole_loan_sooner_than_the_contract_becomes_one_until_its_end() -> None:
    """The contract's last installment is due on 15 December, five months after the first payment."""
    found = nearest_yes(position(XIAOMING, ON), replace(THE_LOAN, installments=3), WHOLE)
    assert found is not None and (found.offer.covers, len(found.plan.installments)) == (Covers.ALL, 6)
    shorter = replace(WHOLE, whole_loan=replace(WHOLE.whole_loan, max_months=5))
    found = nearest_yes(position(XIAOMING, ON), replace(THE_LOAN, installments=3), shorter)
    assert found is not None and found.offer.covers is Covers.OVERDUE, "where that is too long, what is overdue"


def test_where_nothing_of_what_was_asked_can_be_planned_it_is_of_what_can() -> None:
    """On 10 March nothing is overdue, so that a plan takes in what is to come."""
    asked = replace(THE_LOAN, installments=24, covers=Covers.OVERDUE, first_due=date(2026, 3, 15))
    found = nearest_yes(position(XIAOMING, date(2026, 3, 10)), asked, WHOLE)
    assert found is not None and (found.offer.covers, len(found.plan.installments)) == (Covers.ALL, 24)


def test_a_policy_for_plans_says_nothing_of_a_pause() -> None:
    """Neither a first sum nor what plans cover makes another pause of it."""
    strict = replace(WHOLE, min_down_payment=Fraction(1, 10), covers=(Covers.ALL,))
    asked = Offer(Every(1, "m"), date(2026, 7, 1), installments=1, kind=OfferKind.PAUSE)
    found = nearest_yes(position(XIAOMING, ON), asked, strict)
    assert found is not None and (found.offer.down_payment, found.offer.covers) == (0, Covers.OVERDUE)


def drawn_policy(dice: Random) -> Policy:
    whole_loan = WholeLoanRules(
        max_months=dice.choice((None, 24, 36)),
        max_installments=dice.choice((None, 24, 36)),
        min_installment=dice.choice((None, 0, 30000, 90000)),
        min_down_payment=dice.choice((None, Fraction(1, 5))),
        interest_rate=dice.choice((None, Fraction(0), Fraction(12, 100))),
        waiver_penalty=dice.choice((None, Fraction(1))),
    )
    return Policy(
        max_months=dice.choice((3, 6, 12)),
        max_installments=dice.choice((6, 12, 52)),
        first_due_within_days=dice.choice((10, 31, 60)),
        min_installment=dice.choice((0, 20000, 60000)),
        min_down_payment=dice.choice((Fraction(0), Fraction(1, 10))),
        every=dice.choice(((Every(1, "m"),), DEFAULT_EVERY)),
        covers=dice.choice(((Covers.OVERDUE,), (Covers.OVERDUE, Covers.ALL), (Covers.ALL,), tuple(Covers))),
        waiver=dice.choice(((), (("penalty", Fraction(1, 2)),))),
        whole_loan=whole_loan,
        currency="CNY",
    )


def drawn_offer(dice: Random) -> Offer:
    by_amount = dice.random() < 0.3
    return Offer(
        dice.choice(DEFAULT_EVERY),
        ON + timedelta(days=dice.randint(1, 60)),
        None if by_amount else dice.randint(1, 60),
        dice.choice((10000, 40000, 100000)) if by_amount else None,
        down_payment=dice.choice((0, 30000)),
        waiver=dice.choice((Amounts(), Amounts(penalty=11264), Amounts(penalty=3000))),
        covers=dice.choice(list(Covers)),
        interest_rate=dice.choice((Fraction(0), Fraction(18, 100))),
        kind=dice.choice((OfferKind.PLAN, OfferKind.PLAN, OfferKind.SETTLEMENT)),
    )


def test_whatever_is_asked_of_whatever_kind_the_nearest_is_taken_and_none_means_that_no_count_is() -> None:
    dice, now = Random(18), position(XIAOMING, ON)
    for _ in range(40):
        policy, asked = drawn_policy(dice), drawn_offer(dice)
        found = nearest_yes(now, asked, policy)
        if found is None:
            assert not any(counts_taken(now, replace(asked, covers=covers), policy) for covers in policy.covers)
            continue
        assert found.accepted_at_once, (policy, asked)
        if asked.covers in policy.covers and found.offer.covers is not asked.covers:
            assert not counts_taken(now, asked, policy), (policy, asked)


def counts_taken(now: Position, asked: Offer, policy: Policy) -> list[int]:
    """Which numbers of payments the policy would take of a plan over as much, with nothing asked beyond it."""
    rules, rate = policy.for_covers(asked.covers), policy.rate_for(asked.covers, Fraction(18, 100))
    first_due = min(asked.first_due, ON + timedelta(days=rules.first_due_within_days))
    down = 220000 if rules.min_down_payment else 0
    plain = Offer(rules.every[0], first_due, 1, down_payment=down, covers=asked.covers, interest_rate=rate)
    tried = (quoted(now, replace(plain, installments=count), policy) for count in range(1, rules.max_installments + 1))
    return [len(quote.plan.installments) for quote in tried if quote and quote.accepted_at_once]
