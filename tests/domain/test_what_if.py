"""What 王小明's payment today would do; numbers worked by hand."""

from portal.domain.loan import Amounts
from portal.domain.what_if import what_pays
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
