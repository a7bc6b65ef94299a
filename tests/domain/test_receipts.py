"""A lender that tells sums every month: what is new is the difference, and a sum that fell takes everything back."""

from dataclasses import replace
from datetime import date

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Payment
from portal.domain.ledger.position import position
from portal.domain.ledger.receipts import since_then
from tests.domain.agreed import CASE

MARCH, APRIL, TODAY = date(2026, 3, 15), date(2026, 4, 15), date(2026, 4, 30)


def total(day: date, interest: int, principal: int, open_: int = 0) -> Payment:
    return Payment("total", day, interest + principal + open_, Amounts(interest=interest, principal=principal))


FIRST = Payment("total-1", MARCH, 110016, Amounts(interest=18000, principal=92016))


def test_the_first_sum_is_the_first_payment() -> None:
    assert since_then([], [total(MARCH, 18000, 92016)], TODAY) == [FIRST]


def test_a_sum_that_stayed_adds_nothing() -> None:
    assert since_then([FIRST], [total(APRIL, 18000, 92016)], TODAY) == []


def test_a_sum_that_grew_adds_the_difference_on_the_day_the_last_money_came() -> None:
    second = Payment("total-2", APRIL, 110016, Amounts(interest=16620, principal=93396))
    assert since_then([FIRST], [total(APRIL, 34620, 185412)], TODAY) == [second]


def test_a_payment_recorded_one_by_one_is_part_of_the_sum() -> None:
    single = Payment("P-9", APRIL, 110016, Amounts(interest=16620, principal=93396))
    assert since_then([FIRST, single], [total(APRIL, 34620, 185412)], TODAY) == []


def test_a_sum_that_fell_takes_back_what_stood_and_stands_instead() -> None:
    second = Payment("total-2", APRIL, 110016, Amounts(interest=16620, principal=93396))
    assert since_then([FIRST, second], [total(MARCH, 18000, 92016)], TODAY) == [
        Payment("total-1-back", MARCH, reverses="total-1"),
        Payment("total-2-back", APRIL, reverses="total-2"),
        Payment("total-5", MARCH, 110016, Amounts(interest=18000, principal=92016)),
    ]


def test_money_moved_from_one_component_to_another_is_no_difference_to_add() -> None:
    assert since_then([FIRST], [total(MARCH, 20000, 90016)], TODAY) == [
        Payment("total-1-back", MARCH, reverses="total-1"),
        Payment("total-3", MARCH, 110016, Amounts(interest=20000, principal=90016)),
    ]


def test_money_that_was_left_open_and_is_assigned_now_takes_back_what_stood() -> None:
    open_ = Payment("total-1", MARCH, 5000, Amounts())
    assert [payment.reverses for payment in since_then([open_], [total(APRIL, 0, 5000)], TODAY)] == ["total-1", None]


def test_what_was_reversed_counts_no_more() -> None:
    back = Payment("total-1-back", APRIL, reverses="total-1")
    again = since_then([FIRST, back], [total(APRIL, 18000, 92016)], TODAY)
    assert again == [Payment("total-3", APRIL, 110016, Amounts(interest=18000, principal=92016))]


def test_a_loan_that_never_paid_has_nothing_to_add() -> None:
    assert since_then([], [], TODAY) == []


def test_a_sum_that_is_gone_takes_back_all_that_stood() -> None:
    assert since_then([FIRST], [], TODAY) == [Payment("total-1-back", MARCH, reverses="total-1")]


def test_after_a_sum_fell_it_is_as_if_only_the_new_one_had_been_told() -> None:
    """1,100.16 of 15 March was really 800.16, 152.19 of it interest: 300.00 of no. 3 are open since that day."""
    first = Payment("total-1", MARCH, 110016, Amounts(interest=15219, principal=94797))
    fell = since_then([first], [total(MARCH, 15219, 64797)], TODAY)
    loan = replace(CASE, payments=(*CASE.payments, first, *fell))
    only = replace(CASE, payments=(*CASE.payments, fell[-1]))
    now = position(loan, TODAY)
    assert (now.overdue, now.payoff) == (position(only, TODAY).overdue, position(only, TODAY).payoff)
    # 300.00 x 23.4 % x 46 / 360 = 8.97; of no. 4, 962.19 for 15 days 9.38.
    assert now.overdue == Amounts(penalty=897 + 938, interest=13797, principal=30000 + 96219)
