"""What 王小明's payment today would do; numbers worked by hand."""

from dataclasses import replace

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Payment
from portal.domain.ledger.payment_preview import preview_payment
from portal.domain.ledger.position import position
from tests.domain.people import ON, XIAOMING


def test_500_today_pays_the_oldest_installments_penalty_then_interest_then_principal() -> None:
    effect = preview_payment(position(XIAOMING, ON), 50000)
    assert effect.payment.allocated == Amounts(penalty=5607, interest=15219, principal=29174)
    assert effect.after.overdue.total == 341312 - 50000
    assert (effect.payment.id, effect.payment.received_on, effect.payment.amount) == ("", ON, 50000)


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
    assert effect.payment.unallocated == 0


def test_more_than_everything_stays_unallocated() -> None:
    effect = preview_payment(position(XIAOMING, ON), 2_000_000)
    assert effect.payment.unallocated == 2_000_000 - 341312 - 6 * 110016 - 110019


def test_a_payment_of_today_that_is_there_already_is_not_taken_for_the_new_one() -> None:
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", ON, 50000)))
    assert preview_payment(position(paid, ON), 100).payment.amount == 100
