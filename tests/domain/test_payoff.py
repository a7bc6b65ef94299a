"""What 王小明's payment today would do, and what it takes to be done with the loan; numbers worked by hand."""

from datetime import date

from portal.domain.loan import Amounts
from portal.domain.payoff import payoff, what_pays
from tests.domain.people import ON, XIAOMING


def test_500_today_pays_the_oldest_installments_penalty_then_interest_then_principal() -> None:
    effect = what_pays(XIAOMING, 50000, ON)
    assert effect.payment.allocated == Amounts(penalty=5607, interest=15219, principal=29174)
    assert effect.after.overdue.total == 341312 - 50000


def test_500_today_spares_the_penalty_on_291_74_for_thirty_days() -> None:
    # 30 days later: no. 3 for 121 days would be 947.97 x 23.4 % x 121/360 = 74.56; with it 56.07 to today and
    # 656.23 x 23.4 % x 30/360 = 12.80, so 68.87
    assert what_pays(XIAOMING, 50000, ON).spares == 7456 - (5607 + 1280)


def test_all_that_is_overdue_leaves_nothing_overdue() -> None:
    effect = what_pays(XIAOMING, 341312, ON)
    assert effect.after.overdue.total == 0
    assert effect.payment.unallocated == 0


def test_more_than_everything_stays_unallocated() -> None:
    effect = what_pays(XIAOMING, 2_000_000, ON)
    assert effect.payment.unallocated == 2_000_000 - 341312 - 6 * 110016 - 110019


def test_all_of_it_today_asks_for_interest_to_the_day_only() -> None:
    # 3,413.12 overdue, 7,259.10 still to come, 108.89 x 29/30 = 105.26 of no. 6
    done = payoff(XIAOMING, ON)
    assert (done.overdue.total, done.principal, done.interest, done.total) == (341312, 725910, 10526, 1077748)


def test_on_a_due_date_the_whole_interest_of_the_month_is_asked_for() -> None:
    assert payoff(XIAOMING, date(2026, 6, 15)).interest == 10889


def test_a_loan_that_has_run_out_asks_for_what_is_overdue() -> None:
    done = payoff(XIAOMING, date(2027, 1, 20))
    assert (done.principal, done.interest) == (0, 0)
    assert done.total == done.overdue.total
