"""A pause pauses: what falls due on its days moves, penalty and running interest stand still. 3,413.12 is overdue."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Agreement, Covers, CureTerms, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount, Every
from portal.domain.contract.loan import Charge, Installment, Loan, Payment
from portal.domain.contract.pause import BY_CONTRACT, Pause, PauseInterest, PauseScope, PauseTerms
from portal.domain.contract.prepayment import Purpose
from portal.domain.ledger.pause_told import dates_of_pause
from portal.domain.ledger.pausing import paused_dates
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.drawing import draw_up
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import (
    offer_differences,
    offer_facts,
    offer_from_facts,
    plan_facts,
    plan_from_facts,
)
from tests.domain.agreed import CASE, agreed, contract_money, lived, plan_money
from tests.domain.people import ON

UNTIL, AFTER = date(2026, 7, 14), date(2026, 7, 15)
ALL, CHARGED = PauseTerms(), PauseTerms(interest=PauseInterest.RUNS)
ODD_DAYS = date(2026, 5, 15), date(2026, 6, 15), date(2026, 6, 25)
WITHIN = Pause(ON, UNTIL, ALL)
"""The lender's pause of a plan that runs."""


def pause(loan: Loan = CASE, terms: PauseTerms = ALL, until: date = UNTIL, on: date = ON) -> Agreement:
    offer = Offer(Every(1, "m"), until, installments=1, kind=OfferKind.PAUSE, pause=terms)
    plan = draw_up(position(loan, on).without_plan, offer, loan.terms.rounding, loan.terms.day_count, until)
    return Agreement("B-1", offer.kind, offer.covers, plan, CureTerms(), on, on, taken_in=plan.dues, pause=terms)


def at(day: date, terms: PauseTerms = ALL, *payments: Payment) -> Position:
    return position(lived(payments, pause(terms=terms)), day)


def due_dates(found: Position) -> list[str]:
    return [row.due_on.isoformat() for row in found.installments[5:]]


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def test_installment_6_is_due_a_month_later_and_so_is_each_after_it_to_the_last() -> None:
    monthly = ["2026-07-15", "2026-08-15", "2026-09-15", "2026-10-15", "2026-11-15", "2026-12-15", "2027-01-15"]
    for day in (ON, UNTIL, AFTER):
        assert due_dates(at(day)) == monthly
    assert [row.total for row in at(ON).installments] == [row.total for row in CASE.schedule]


@pytest.mark.parametrize("day", days_from(date(2026, 6, 14), UNTIL))
def test_until_its_last_day_nothing_is_overdue_and_neither_penalty_nor_interest_grows(day: date) -> None:
    found = at(day)
    assert (found.overdue.total, found.penalty_charged, found.payoff) == (0, 11264, 1077748)
    assert found.live_plan is not None and found.live_plan.left == 341312


def test_on_the_day_after_all_of_it_is_asked_for_again_with_one_days_penalty() -> None:
    found = at(AFTER)
    assert (found.overdue.total, found.payoff) == (341500, 1078299)
    assert found.plans[0].status is PlanStatus.COMPLETED
    assert at(date(2026, 7, 16)).overdue.total == 341500 + 188 + 63 + 110016, "3,416.88, and no. 6 with its first day"


def test_days_of_the_pause_are_left_out_of_a_penalty_line_and_cut_none_in_two() -> None:
    lines = at(AFTER).penalty_lines
    assert [(each.installment, each.days + each.days_not_counted, each.days_not_counted) for each in lines] == [
        (3, 122, 30),
        (4, 91, 30),
        (5, 61, 30),
    ]
    assert [each.charged for each in lines] == [5669, 3815, 1968]


def test_where_interest_runs_108_89_is_one_line_on_the_last_installment() -> None:
    found = at(ON, CHARGED)
    *others, last = found.installments
    assert (last.pause_interest, last.total, last.due_on) == (10889, 110019 + 10889, date(2027, 1, 15))
    assert not any(row.pause_interest for row in others)
    assert found.next_dues[-1].amount == 120908
    assert at(AFTER).installments[-1].pause_interest == 0


def test_where_interest_runs_it_does_over_the_month_by_which_installment_6_moves() -> None:
    """From 15 June to 15 July, a day of the thirty is 3.63; 15 of them 54.45 (54.445 is rounded up)."""
    assert at(ON, CHARGED).payoff == at(date(2026, 6, 15), CHARGED).payoff == 1077748
    assert at(date(2026, 6, 16), CHARGED).payoff == 1077748 + 363
    assert at(date(2026, 6, 30), CHARGED).payoff == 1077748 + 5445
    assert at(UNTIL, CHARGED).payoff == 1077748 + 10526
    assert at(AFTER, CHARGED).payoff == 1078299 + 10889


def test_what_runs_is_paid_with_the_last_installment_and_not_before() -> None:
    """Each on its new day; what was overdue is paid on the last day of the pause. Of the last its interest comes first,
    so 108.89 of principal is left, with a day's penalty of 0.07."""
    money = [Payment("P-U", UNTIL, 341312)]
    money += [replace(each, received_on=row) for each, row in zip(contract_money(), _moved(), strict=True)]
    late = at(date(2027, 1, 16), CHARGED, *money)
    assert (late.overdue.principal, late.overdue.interest, late.overdue.penalty) == (10889, 0, 7)
    assert at(date(2027, 1, 16), ALL, *money).overdue.total == 0


def _moved() -> list[date]:
    return [row.due_on for row in at(ON).installments[5:]]


def test_a_pause_of_what_is_overdue_alone_leaves_the_contract_as_it_is() -> None:
    only = PauseTerms(PauseScope.OVERDUE, PauseInterest.RUNS)
    found = at(UNTIL, only)
    assert due_dates(found) == [row.due_on.isoformat() for row in CASE.schedule[5:]]
    assert (found.overdue.principal, found.overdue.interest) == (99127, 10889), "no. 6, as the contract has it"
    assert found.overdue.penalty == 1869, "991.27 x 23.4 % x 29 / 360"
    plan = pause(terms=only).plan.paused
    assert plan is not None and not plan.moved and not plan.interest
    assert [(each.due, each.due_on, each.amount) for each in plan.still_due] == [
        ("contract:6", date(2026, 6, 15), 110016)
    ]


def test_a_pause_says_what_moves_with_both_dates() -> None:
    plan = pause().plan.paused
    assert plan is not None and not plan.still_due
    assert plan.moved[0] == ("contract:6", date(2026, 6, 15), date(2026, 7, 15), 110016)
    assert plan.last == ("contract:12", date(2026, 12, 15), date(2027, 1, 15), 110019)
    assert len(plan.moved) == 7
    with_interest = pause(terms=CHARGED).plan.paused
    assert with_interest is not None
    assert (with_interest.interest, with_interest.interest_on) == (10889, "contract:12")


def test_a_pause_signed_before_it_had_terms_leaves_installments_on_their_days() -> None:
    """So its document says."""
    old = replace(pause(), pause=BY_CONTRACT)
    assert due_dates(position(lived([], old), UNTIL))[0] == "2026-06-15"
    assert Agreement("A", OfferKind.PAUSE, Covers.OVERDUE, old.plan, CureTerms(), ON).pause == BY_CONTRACT


def test_sixty_days_hold_two_installments_and_move_all_by_two_months() -> None:
    sixty = pause(until=date(2026, 8, 13))
    found = position(lived([], sixty), date(2026, 8, 13))
    assert (due_dates(found)[0], due_dates(found)[-1]) == ("2026-08-15", "2027-02-15")
    assert found.payoff == 1077748
    runs = pause(terms=CHARGED, until=date(2026, 8, 13)).plan.paused
    assert runs is not None and runs.interest == 21777, "7,259.10 x 18 % x 60 / 360, rounded once"


def test_days_without_a_due_date_move_nothing_and_interest_stands_still() -> None:
    """From 16 June, one day late with no. 6, to 10 July: the period that began on the 15th has run for one day."""
    loan, on = CASE, date(2026, 6, 16)
    short = pause(loan, on=on, until=date(2026, 7, 10))
    assert short.plan.paused is not None and not short.plan.paused.moved
    stands, over = (position(lived([], short), day) for day in (date(2026, 7, 10), date(2026, 7, 14)))
    assert due_dates(stands)[1] == "2026-07-15"
    assert stands.payoff - position(loan, on).payoff == 0
    run = 9402 * 5  # no. 7: 94.02 in 30 days; one day before the pause and four after it
    assert over.payoff == stands.payoff + round(run / 30) - round(9402 / 30) + _four_days_of_penalty()


def _four_days_of_penalty() -> int:
    late = position(CASE, date(2026, 6, 16)), position(CASE, date(2026, 6, 20))
    return late[1].penalty_charged - late[0].penalty_charged


def test_two_pauses_leave_out_the_days_of_both() -> None:
    """Again from 1 to 31 August: no. 7, due 15 September, has run 16 days before and one after: 53.28."""
    first = pause()
    second = replace(pause(lived([], first), on=date(2026, 8, 1), until=date(2026, 8, 31)), ref="B-2")
    found = position(lived([], first, second), date(2026, 9, 1))
    assert due_dates(found)[:3] == ["2026-07-15", "2026-09-15", "2026-10-15"]
    assert found.penalty_charged == 6778 + 4941 + 3111 + 1160
    assert found.payoff == found.overdue.total + 626783 + 5328


def test_an_installment_due_on_the_day_of_signing_or_on_the_last_day_moves_too() -> None:
    first = pause(on=date(2026, 6, 15), until=date(2026, 7, 14))
    assert due_dates(position(lived([], first), date(2026, 6, 16)))[:2] == ["2026-07-15", "2026-08-15"]
    both = pause(on=date(2026, 6, 15), until=date(2026, 7, 15))
    assert due_dates(position(lived([], both), date(2026, 6, 16)))[:2] == ["2026-08-15", "2026-09-15"]


def test_an_installment_that_is_paid_already_does_not_move_nor_does_one_after_it() -> None:
    paid = Payment("P-6", date(2026, 6, 10), 110016, installment=6)
    loan = lived([paid])
    found = position(replace(loan, agreements=(pause(loan),)), UNTIL)
    assert due_dates(found)[:2] == ["2026-06-15", "2026-07-15"]


def test_an_installment_at_the_end_of_a_month_stays_there() -> None:
    rows = [Installment(no, date(2026, no, 28) if no == 2 else date(2026, no, 31), 10000, 100) for no in (1, 2, 3)]
    terms = replace(CASE.terms, first_due=date(2026, 1, 31), installments=3)
    loan = replace(CASE, schedule=tuple(rows), terms=terms, payments=(), disbursed_on=date(2025, 12, 31))
    held = pause(loan, on=date(2026, 2, 10), until=date(2026, 3, 5))
    found = position(replace(loan, agreements=(held,)), date(2026, 3, 5))
    assert [row.due_on for row in found.installments[1:]] == [date(2026, 3, 31), date(2026, 4, 30)]


def test_a_charge_that_would_fall_due_in_the_pause_falls_due_a_period_later() -> None:
    loan = replace(CASE, charges=(Charge("C-1", date(2026, 6, 1), date(2026, 6, 20), "fees", 1500),))
    held = pause(loan)
    found = position(replace(loan, agreements=(held,)), UNTIL)
    charged = [(each.key, each.due_on) for each in found.next_dues if each.is_charge]
    assert (found.overdue.total, charged) == (0, [("charge:C-1", date(2026, 7, 20))])


def test_a_plan_made_in_the_pause_ends_it_and_what_has_moved_has_moved() -> None:
    """On 24 June: 3,413.12 is taken in, no. 6 stays on 15 July, and its interest runs again."""
    loan = lived([], pause())
    plan = agreed(loan, Offer(Every(1, "m"), date(2026, 7, 24), installments=6), ref="A-2", as_of=date(2026, 6, 24))
    assert plan.plan.taken_in == Amounts(penalty=11264, interest=41370, principal=288678)
    on = position(replace(loan, agreements=(*loan.agreements, plan)), date(2026, 6, 25))
    assert due_dates(on)[0] == "2026-07-15"
    assert on.payoff == 1077748 + 363, "the last of the thirty days of its period"


def test_money_in_the_pause_is_what_was_overdue_first_and_saves_penalty() -> None:
    found = at(AFTER, ALL, Payment("N-1", date(2026, 7, 1), 110016, installment=3))
    assert found.payments[-1].allocated == Amounts(penalty=5607, interest=15219, principal=89190), "on its own day"
    assert found.overdue.total == 341312 - 110016 + 4 + 62 + 64, "56.07 of no. 3, and 4 and 5, one day"
    assert [each.charged for each in found.penalty_lines] == [5607, 4, 3815, 1968]


@pytest.mark.parametrize("terms", [ALL, CHARGED])
def test_what_is_prepaid_in_the_pause_saves_the_interest_of_the_day_that_had_not_run(terms: PauseTerms) -> None:
    """6,000.00: no. 6 asks 108.89 x (7,259.10 x 30 - 6,000 x 1) / (7,259.10 x 30) = 105.89."""
    money = Payment("N-1", date(2026, 7, 1), 341312), Payment("N-2", date(2026, 7, 1), 600000, purpose=Purpose.PREPAY)
    assert at(UNTIL, terms, *money).installments[5].interest == 10589


def test_a_reversal_in_the_pause_brings_no_penalty_for_its_days() -> None:
    money = [Payment("N-1", date(2026, 6, 10), 110016, installment=3)]
    loan = lived(money)
    loan = replace(loan, agreements=(pause(loan),))
    back = Payment("R-1", date(2026, 7, 1), reverses="N-1")
    found = position(replace(loan, payments=(*loan.payments, back)), UNTIL)
    line = next(each for each in found.penalty_lines if each.installment == 3)
    assert (line.end, line.days) == (ON, 91), "its days after 14 June are not counted"


def test_the_lenders_pause_of_a_plan_moves_its_rows_and_the_contracts_each_by_its_own_step() -> None:
    """A plan by the fortnight from 21 June: two rows on days of the pause, so four weeks; the contract a month."""
    plan = agreed(CASE, Offer(Every(2, "w"), date(2026, 6, 21), installments=6))
    rests = replace(plan, every=Every(2, "w"), pauses=(WITHIN,))
    found = position(lived([], rests), UNTIL)
    assert [row.due_on.isoformat() for row in found.plans[0].rows[:3]] == ["2026-07-19", "2026-08-02", "2026-08-16"]
    assert due_dates(found)[:2] == ["2026-07-15", "2026-08-15"]
    assert (found.overdue.total, found.plans[0].paused_until) == (0, UNTIL)
    told = dates_of_pause(lived([], rests), rests, WITHIN)
    assert [(each.due, each.to.isoformat()) for each in told.moved if not each.due.startswith("contract:")][:2] == [
        ("plan:A-1:1", "2026-07-19"),
        ("plan:A-1:2", "2026-08-02"),
    ]


def test_a_pause_of_a_plan_with_the_scope_overdue_moves_nothing() -> None:
    rests = replace(agreed(CASE), pauses=(replace(WITHIN, terms=PauseTerms(PauseScope.OVERDUE)),))
    found = position(lived([], rests), UNTIL)
    assert found.plans[0].rows[0].due_on == date(2026, 7, 14)
    assert due_dates(found)[0] == "2026-06-15" and found.overdue.total > 110016


def test_what_is_missed_beside_a_plan_is_not_asked_for_in_the_lenders_pause_of_it() -> None:
    rests = replace(agreed(CASE), pauses=(Pause(date(2026, 6, 20), date(2026, 7, 10), ALL),))
    before, held, after = (position(lived([], rests), day) for day in (date(2026, 6, 19), UNTIL, date(2026, 7, 10)))
    assert (before.overdue.total, after.overdue.total) == (110016 + 258, 0)
    assert held.overdue.principal == 99127 and held.days_past_due == 29


def test_days_to_catch_up_stand_still_in_a_pause() -> None:
    """Row 1 of 14 July is missed; L is 28 July. Paused from the 20th to 9 August, eight days are left after it."""
    rests = replace(agreed(CASE), pauses=(Pause(date(2026, 7, 20), date(2026, 8, 9), ALL),))
    money = contract_money(named=True)
    found = position(lived(money, rests), date(2026, 8, 12)).plans[0]
    assert (found.status, found.cure_by) == (PlanStatus.STRAINED, date(2026, 8, 17))
    checked = replace(agreed(CASE), pauses=(Pause(date(2026, 7, 30), date(2026, 8, 9), ALL),))
    found = position(lived(money, checked), date(2026, 8, 10)).plans[0]
    assert (found.status, found.cure_by, found.breaks_on) == (
        PlanStatus.STRAINED,
        date(2026, 7, 28),
        date(2026, 8, 11),
    ), "it was being checked: 29 and 30 July and 10 August"


def test_no_penalty_on_a_contract_row_missed_before_the_lender_paused() -> None:
    late = replace(agreed(CASE), pauses=(Pause(date(2026, 6, 20), date(2026, 7, 10), ALL),))
    found = position(lived([], late), date(2026, 7, 10))
    assert [(each.installment, each.days) for each in found.penalty_lines if each.installment == 6] == [(6, 5)]


def test_a_pause_within_a_plan_that_was_granted_before_terms_moves_by_days_as_it_was_told() -> None:
    old = replace(agreed(CASE), pauses=(Pause(ON, UNTIL),))
    found = position(lived(plan_money(1, 0), old), ON)
    assert found.plans[0].rows[0].due_on == date(2026, 8, 13)
    assert due_dates(found)[0] == "2026-06-15"


def test_a_first_row_that_would_still_fall_in_the_pause_moves_by_more() -> None:
    """No. 7 is paid ahead, so one period has an open due date; moved by one, no. 6 would fall on 15 July."""
    paid = Payment("N-7", date(2026, 6, 10), 110016, installment=7)
    found = paused_dates(position(lived([paid]), ON).book, Pause(ON, date(2026, 7, 20), ALL))
    assert (found.moved[0].due, found.moved[0].to) == ("contract:6", date(2026, 8, 15))
    assert (found.moved[1].due, found.moved[1].to) == ("contract:8", date(2026, 10, 15))


def test_two_due_dates_in_one_month_are_two_periods() -> None:
    rows = [Installment(no, day, 10000, 100) for no, day in enumerate(ODD_DAYS, 1)]
    loan = replace(CASE, schedule=tuple(rows), payments=(Payment("N-1", date(2026, 6, 1), 5000),))
    found = pause(loan, until=date(2026, 7, 10)).plan.paused
    assert found is not None and [each.to for each in found.moved] == [date(2026, 8, 15), date(2026, 8, 25)]


def test_an_offer_of_before_that_names_no_terms_leaves_dates_as_they_are_and_a_new_one_comes_back_whole() -> None:
    held = pause(terms=CHARGED)
    offer = Offer(Every(1, "m"), UNTIL, installments=1, kind=OfferKind.PAUSE, pause=CHARGED)
    facts = offer_facts(offer, "CNY")
    assert facts["pause"] == {"scope": "all", "interest": "runs"}
    assert offer_from_facts(facts, "CNY") == offer
    assert offer_from_facts({**facts, "pause": None}, "CNY").pause == BY_CONTRACT
    assert plan_from_facts(plan_facts(held.plan)) == held.plan
    assert offer_differences(offer, replace(offer, kind=OfferKind.PLAN, pause=None), "CNY")[0]["offered"] is None


def test_a_plan_that_broke_is_held_to_the_contract_with_its_pause() -> None:
    """The pause before it is a fact of the loan: the contract alone has it too."""
    loan = lived([], pause())
    plan = agreed(loan, Offer(Every(1, "m"), date(2026, 8, 15), installments=6), ref="A-2", as_of=AFTER)
    broken = replace(loan, agreements=(*loan.agreements, plan))
    day = date(2026, 12, 1)
    assert position(broken, day).payoff <= position(loan, day).payoff


def test_interest_by_actual_days_is_charged_for_the_days_of_the_period() -> None:
    """30 days from 15 June to 15 July of 365: 7,259.10 x 18 % x 30 / 365 = 107.39."""
    loan = replace(CASE, terms=replace(CASE.terms, day_count=DayCount.ACTUAL_365))
    found = pause(loan, terms=CHARGED).plan.paused
    assert found is not None and found.interest == round(Fraction(725910 * 18 * 30, 36500))
