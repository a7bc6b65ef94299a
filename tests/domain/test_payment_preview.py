"""What 王小明's payment today would do; numbers worked by hand."""

from dataclasses import replace
from datetime import date

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Payment, Suspension
from portal.domain.contract.prepayment import Purpose, Surplus, Then
from portal.domain.ledger.claimed import if_come
from portal.domain.ledger.payment_preview import beyond, preview_payment
from portal.domain.ledger.position import position
from portal.domain.money import COMPONENTS
from tests.domain.agreed import CASE, agreed, contract_money, lived
from tests.domain.people import ON, XIAOMING


def test_500_today_pays_the_oldest_installments_penalty_then_interest_then_principal() -> None:
    effect = preview_payment(position(XIAOMING, ON), 50000)
    assert effect.payment.allocated == Amounts(penalty=5607, interest=15219, principal=29174)
    assert effect.after.overdue.total == 341312 - 50000
    assert (effect.payment.received_on, effect.payment.amount) == (ON, 50000)


def test_500_today_reaches_one_installment_and_its_penalty() -> None:
    effect = preview_payment(position(XIAOMING, ON), 50000)
    assert [(row.no, paid) for row, paid in effect.installments] == [(3, 15219 + 29174)]
    assert effect.beside == 5607


def test_500_today_spares_the_penalty_on_291_74_for_thirty_days() -> None:
    # to 14 July, nothing else paid: no. 3 121 days 74.56, no. 4 90 days 56.29, no. 5 60 days 38.09, and no. 6, due
    # 15 June with 991.27 of principal, 29 days 18.69; 112.64 of it is there today. With it no. 3 adds 12.80 only.
    effect = preview_payment(position(XIAOMING, ON), 50000)
    assert effect.penalty_without == 7456 + 5629 + 3809 + 1869 - 11264
    assert effect.spares == (7456 - 5607) - 1280


def test_all_that_is_overdue_leaves_nothing_overdue() -> None:
    effect = preview_payment(position(XIAOMING, ON), 341312)
    assert effect.after.overdue.total == 0
    assert effect.payment.credit == 0


def test_more_than_everything_closes_the_loan_and_the_rest_is_credit() -> None:
    """3,413.12, the principal of 7,259.10 to come, and 29 of 30 days of 108.89: 105.26."""
    effect = preview_payment(position(XIAOMING, ON), 2_000_000)
    assert effect.payment.credit == 2_000_000 - 341312 - 725910 - 10526
    assert (effect.after.payoff, effect.penalty_with) == (0, 0)


def test_a_payment_that_is_tried_comes_after_what_has_come_that_day() -> None:
    """500.00 of today took the penalty of no. 3, its interest and 291.74 of its principal; 656.23 of it are left."""
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", ON, 50000)))
    assert preview_payment(position(paid, ON), 65623).payment.allocated == Amounts(principal=65623)


def test_under_a_plan_the_amount_of_a_row_is_the_rows_and_the_effect_names_it() -> None:
    """On 14 July June is missed; 568.85 is what the plan's first row asks, so it goes there and not to June."""
    now = position(lived([], agreed(CASE)), date(2026, 7, 14))
    effect = preview_payment(now, 56885)
    assert [(row.no, paid) for row, paid in effect.plan_rows] == [(1, 56885)]
    assert (effect.installments, effect.beside) == ((), 0)
    assert effect.after.overdue.total == now.overdue.total


def test_under_a_plan_another_amount_goes_to_what_is_oldest() -> None:
    """29 days of no. 6 are 18.69; 500.00 pay that, its 108.89 and 372.42 of its principal."""
    now = position(lived([], agreed(CASE)), date(2026, 7, 14))
    effect = preview_payment(now, 50000)
    assert ([(row.no, paid) for row, paid in effect.installments], effect.plan_rows) == ([(6, 48131)], ())
    assert effect.beside == 1869


def test_a_row_of_the_plan_that_is_named_is_paid_before_its_day() -> None:
    """A day after signing, for an agreement holds from the end of its day; the rest goes to June, due that day."""
    now = position(lived([], agreed(CASE)), date(2026, 6, 15))
    effect = preview_payment(now, 60000, plan_installment=3)
    assert [(row.no, paid) for row, paid in effect.plan_rows] == [(3, 56885)]
    assert [(row.no, paid) for row, paid in effect.installments] == [(6, 60000 - 56885)]
    assert effect.payment.plan_installment == 3


def test_what_a_payment_spares_counts_the_break_it_keeps_a_plan_from() -> None:
    """On 28 July row 1 can be cured for the last time. No. 8 falls due on 15 August, 12 days: 7.97 in any case.

    Unpaid, the plan breaks on 1 August: until the 27th 26 days more are 16.02, 16.26 and 16.51 on 3, 4 and 5. Paid, row
    2 of 14 August is a second miss and breaks it on the 20th: 7 days more, 4.12 on 905.46 left of 3, 4.37 and 4.45.
    """
    now = position(lived(contract_money(last=7, named=True), agreed(CASE)), date(2026, 7, 28))
    effect = preview_payment(now, 56885)
    assert (effect.penalty_without, effect.penalty_with) == (1602 + 1626 + 1651 + 797, 412 + 437 + 445 + 797)


def test_a_payment_of_today_that_is_there_already_is_not_taken_for_the_new_one() -> None:
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", ON, 50000)))
    assert preview_payment(position(paid, ON), 100).payment.amount == 100


def test_the_installment_that_is_named_is_paid_before_what_is_older() -> None:
    effect = preview_payment(position(XIAOMING, ON), 110019, installment=12)
    assert [(row.no, paid) for row, paid in effect.installments] == [(12, 110019)]
    assert effect.payment.installment == 12


def test_paying_everything_saves_the_interest_that_has_not_run() -> None:
    """Five paid, 10 June: of 108.89 of the period 90.74 has run; the rest, and all of later rows, is not asked for."""
    five = tuple(Payment(f"P-{row.no}", row.due_on, row.total) for row in XIAOMING.schedule[:5])
    now = position(replace(XIAOMING, payments=five, statement=None), date(2026, 6, 10))
    # 6 x 1,100.16 + 1,100.19 = 7,701.15 to come, 7,259.10 of it principal: 442.05 of interest - 90.74 = 351.31.
    assert (now.payoff, now.saved_by_payoff) == (734984, 35131)
    paid = preview_payment(now, 734984, purpose=Purpose.PAYOFF)
    assert (paid.saves, paid.after.payoff, paid.after.closed_on) == (35131, 0, date(2026, 6, 10))


FIRST_PAID = replace(XIAOMING, payments=(Payment("P-1", date(2026, 1, 15), 110016, installment=1),), statement=None)


def test_what_is_above_the_due_is_worth_something_only_if_it_prepays() -> None:
    """Interest in all 1,201.95, and 516.74, 740.76, 966.34 with 5,000.00 prepaid."""
    asked = beyond(preview_payment(position(FIRST_PAID, date(2026, 1, 15)), 500000))
    assert (asked.above, asked.surplus) == (0, 500000)
    assert asked.saves == {Then.FEWER: 68521, Then.LOWER: 46119, Then.NEXT: 23561}


def test_what_was_said_to_be_paid_counts_before_it_is_asked() -> None:
    """1,100.16 of 15 February is due; it was reported on the day itself, so paying it again is all surplus."""
    now = position(FIRST_PAID, date(2026, 2, 15))
    claimed = if_come(now, [Payment("said", date(2026, 2, 15), 110016)])
    assert claimed and (claimed.amount, claimed.first_on) == (110016, date(2026, 2, 15))
    assert beyond(preview_payment(now, 110016)).surplus == 0
    assert beyond(preview_payment(claimed.after, 110016)).surplus == 110016
    # 11,079.84 + 166.20 pays everything; with 1,100.16 on its way 10,145.88 does.
    assert beyond(preview_payment(claimed.after, 1124604)).above == 110016
    assert if_come(now, []) is None


def test_what_was_said_to_be_paid_leaves_the_rest_of_what_is_next() -> None:
    """Nothing is overdue on 15 January after no. 1; of the 1,100.16 of 15 February 600.16 are left if 500.00 came."""
    now = position(FIRST_PAID, date(2026, 1, 20))
    claimed = if_come(now, [Payment("said", date(2026, 1, 19), 50000)])
    assert claimed and claimed.left_of_next == (date(2026, 2, 15), 60016)


def test_on_the_day_of_signing_a_payment_of_the_plan_has_the_parts_of_the_plans_own_table() -> None:
    """Money of 14 June is allocated over what the plan takes in, oldest first: 56.07, 152.19 and 360.59.

    The table says 112.64, 413.70 and 42.51 of its first row; of the second, all principal, 31.15 more.
    """
    now = position(lived([], agreed(CASE)), ON)
    first = preview_payment(now, 56885)
    assert first.payment.allocated == Amounts(penalty=5607, interest=15219, principal=36059)
    assert first.parts == Amounts(penalty=11264, interest=41370, principal=4251)
    assert preview_payment(now, 30000).parts == Amounts(penalty=11264, interest=18736)
    assert preview_payment(now, 60000).parts == Amounts(penalty=11264, interest=41370, principal=4251 + 3115)
    assert preview_payment(position(lived([], agreed(CASE)), date(2026, 6, 16)), 56885).parts == first.parts


def test_where_no_penalty_runs_none_is_spared() -> None:
    """Under a plan, on a loan in order, and in a dispute over everything; with 500.00 overdue it is 5.69."""
    assert preview_payment(position(XIAOMING, ON), 50000).spares == 569
    assert preview_payment(position(lived([], agreed(CASE)), date(2026, 7, 14)), 56885).spares == 0
    assert preview_payment(position(FIRST_PAID, date(2026, 1, 15)), 110016).spares == 0
    disputed = tuple(Suspension(component, ON, None, "dispute") for component in COMPONENTS)
    assert preview_payment(position(replace(XIAOMING, suspensions=disputed), ON), 50000).spares == 0


def test_a_contract_that_says_what_a_surplus_is_leaves_nothing_to_ask() -> None:
    terms = replace(FIRST_PAID.terms, surplus=Surplus.PREPAY)
    now = position(replace(FIRST_PAID, terms=terms), date(2026, 1, 15))
    assert beyond(preview_payment(now, 500000)).saves == {}
    assert preview_payment(now, 500000).saves == 68521
