"""王小明 says what he can pay a month: what is open to him, what each way comes to, and what stands open first.

3,413.12 is overdue and 10,777.48 outstanding with the running interest (ledger.md 4); the contract asks 1,100.16 a
month, in December 1,100.19. The whole loan is open for 24 months at the contract's 18 %.
"""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Agreement, Covers, CureTerms, OfferKind
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import PauseScope, PauseTerms
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.choices import Choice, ChoiceKind, Goal, Trouble, contract_month, open_at_first
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import NothingToPause, NothingToPlan, PausedAlready
from portal.domain.restructuring.policy import Policy, WholeLoanRules
from portal.domain.restructuring.quote import quote_offer
from portal.domain.restructuring.relief import choices
from portal.domain.restructuring.standing_offer import StandingOffer
from tests.domain.people import ON, XIAOMING

NOW = position(XIAOMING, ON)
RULES = Policy(
    max_months=6,
    max_installments=26,
    min_installment=30000,
    covers=(Covers.OVERDUE, Covers.ALL),
    whole_loan=WholeLoanRules(max_months=24),
)
JUNE = StandingOffer(
    "june", "罚息减一半", "Half", "", "", date(2026, 6, 30), installments=3, waiver=(("penalty", Fraction(1, 2)),)
)


def ways(goal: Goal, policy: Policy = RULES, now: Position = NOW) -> dict[ChoiceKind, Choice]:
    return {each.kind: each for each in choices(now, policy, goal)}


def shown(choice: Choice) -> tuple[int, int, int, date]:
    """Each, how many, all still to pay, last day."""
    return choice.figures.each, choice.figures.count, choice.figures.total, choice.figures.last_on


def test_who_can_pay_600_gets_the_whole_loan_in_22_payments_at_once() -> None:
    """By hand: 22 x 578.39 less a few fen is 12,724.55; 21 would be 601.70 each. The contract asks 11,114.27."""
    whole = ways(Goal(60000))[ChoiceKind.WHOLE_LOAN]
    assert shown(whole) == (57839, 22, 1272455, date(2028, 4, 15))
    assert whole.figures.first_on == date(2026, 7, 15), "the contract's own day of the month"
    assert (whole.costs_more, whole.over, whole.fits) == (161028, -2161, True)
    assert whole.quote is not None and whole.quote.accepted_at_once


@pytest.mark.parametrize("a_month", [40000, 60000, 100000])
def test_what_he_can_afford_is_open_or_the_least_at_once_is_said(a_month: int) -> None:
    """The issue's table: at 400 it takes 35 payments, which a person decides; at once 23 of 557.13 are the least."""
    whole = ways(Goal(a_month))[ChoiceKind.WHOLE_LOAN]
    assert whole.fits and whole.heaviest_month <= a_month
    assert whole.quote is not None and whole.quote.accepted_at_once is (a_month > 40000)
    if a_month == 40000:
        assert (whole.figures.each, whole.figures.count) == (39761, 35)
        assert whole.at_once is not None and (whole.at_once.plan.each, whole.at_once.offer.installments) == (55713, 23)


def test_less_than_the_interest_of_sixty_months_asks_for_none() -> None:
    """10,777.48 over 54 months is 199.58; at 18 % no sixty months come to 200 a month."""
    whole = ways(Goal(20000))[ChoiceKind.WHOLE_LOAN]
    assert whole.quote is not None and (whole.figures.each, whole.figures.count) == (19958, 54)
    assert whole.quote.offer.interest_rate == 0 and not whole.quote.accepted_at_once


def test_a_fen_a_month_fits_nothing_and_the_least_at_once_is_shown() -> None:
    whole = ways(Goal(1))[ChoiceKind.WHOLE_LOAN]
    assert not whole.fits and whole.quote is not None and whole.quote.accepted_at_once
    assert (whole.figures.each, whole.figures.count) == (55713, 23)


def test_beside_the_contract_it_is_never_less_than_the_contract() -> None:
    """568.87 in December and 1,100.19 of the contract are 1,669.06: 1,069.06 more than 600."""
    beside = ways(Goal(60000))[ChoiceKind.CATCH_UP]
    assert (beside.heaviest_month, beside.over, beside.fits) == (166906, 106906, False)
    assert beside.figures.total == 1111427, "the contract's installments are still to pay too"
    assert contract_month(NOW) == 110019


def test_who_can_pay_3_000_catches_up_in_two() -> None:
    beside = ways(Goal(300000))[ChoiceKind.CATCH_UP]
    assert beside.quote is not None and beside.quote.offer.installments == 2 and beside.fits


def test_the_two_that_fit_stand_open_in_the_order_of_the_trouble() -> None:
    def kinds(trouble: Trouble) -> list[ChoiceKind]:
        found = choices(NOW, RULES, Goal(60000, trouble))
        return [found[place].kind for place in sorted(open_at_first(found))]

    assert kinds(Trouble.LASTING) == [ChoiceKind.WHOLE_LOAN, ChoiceKind.PAUSE]
    assert kinds(Trouble.SHORT) == [ChoiceKind.PAUSE, ChoiceKind.WHOLE_LOAN]


def test_a_standing_offer_stands_first_while_it_lasts() -> None:
    policy = replace(RULES, offers=(JUNE,))
    first = choices(NOW, policy, Goal())[0]
    assert first.kind is ChoiceKind.OFFER and first.quote is not None
    assert (first.quote.plan.waived.total, first.quote.offer.installments, first.quote.accepted_at_once) == (
        5632,
        3,
        True,
    )
    assert first.quote.valid_until == date(2026, 6, 17)
    over = position(XIAOMING, date(2026, 7, 1))
    assert ChoiceKind.OFFER not in ways(Goal(), policy, over)
    for other in (
        replace(JUNE, days_late_to=90),
        replace(JUNE, products=("别的",)),
        replace(JUNE, overdue_from=341313),
    ):
        assert ChoiceKind.OFFER not in ways(Goal(), replace(RULES, offers=(other,)))


def test_a_pause_says_what_is_asked_for_again_and_when() -> None:
    """Sixty days to 13 August: 3,413.12 on the 14th, and the seven of the contract two months later, until February."""
    pause = ways(Goal(60000))[ChoiceKind.PAUSE]
    assert (pause.figures.first_on, pause.figures.first) == (date(2026, 8, 14), 341312)
    assert shown(pause) == (110019, 8, 1111427, date(2027, 2, 15)) and pause.fits and pause.costs_more == 0


def test_what_is_not_open_says_why_and_from_when() -> None:
    pausing = Offer(Every(1, "m"), date(2026, 7, 14), 1, kind=OfferKind.PAUSE)
    quote = quote_offer(NOW, pausing, RULES)
    signed = Agreement("A", OfferKind.PAUSE, Covers.OVERDUE, quote.plan, CureTerms(), ON, ON)
    during = position(replace(XIAOMING, agreements=(signed,)), date(2026, 6, 20))
    refusal = ways(Goal(), RULES, during)[ChoiceKind.PAUSE].refusal
    assert isinstance(refusal, PausedAlready) and refusal.facts["next"] == date(2026, 7, 15)
    before = position(XIAOMING, date(2026, 3, 1))
    in_order = ways(Goal(), replace(RULES, pause_terms=PauseTerms(PauseScope.OVERDUE)), before)
    assert isinstance(in_order[ChoiceKind.CATCH_UP].refusal, NothingToPlan)
    assert isinstance(in_order[ChoiceKind.PAUSE].refusal, NothingToPause)
    whole = in_order[ChoiceKind.WHOLE_LOAN]
    assert whole.quote is not None and whole.quote.offer.covers is Covers.TO_COME


def test_a_settlement_is_of_the_whole_debt_without_what_lateness_cost() -> None:
    """10,777.48 less 112.64 of penalty; a person decides."""
    settled = ways(Goal())[ChoiceKind.SETTLEMENT]
    assert settled.quote is not None and settled.figures.total == 1066484
    assert settled.quote.offer.covers is Covers.ALL and not settled.quote.accepted_at_once


def test_where_nobody_said_what_they_can_pay_the_whole_loan_asks_a_fifth_less_than_the_contract() -> None:
    whole = ways(Goal())[ChoiceKind.WHOLE_LOAN]
    assert whole.figures.each <= 88015 and whole.figures.count == 14  # 1,100.19 x 4 / 5
