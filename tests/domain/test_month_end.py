"""Where 小明's loan is at month ends: his third installment fell due on 15 March 2026 and was not paid."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.contract.closing import ClosingReason, LoanClosing
from portal.domain.contract.loan import Payment
from portal.domain.ledger.month_end import (
    Bucket,
    MonthEnd,
    at_month_end,
    bucket_of,
    month_end_after,
    month_end_of,
    month_ends,
    month_ends_known,
)
from tests.domain.people import XIAOMING

JUNE, JULY, AUGUST = date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        *((0, "current"), (1, "days_1_29"), (29, "days_1_29"), (30, "days_30_59"), (59, "days_30_59")),
        *((60, "days_60_89"), (89, "days_60_89"), (90, "days_90"), (4000, "days_90")),
    ],
)
def test_each_day_past_due_is_in_one_bucket(days: int, bucket: str) -> None:
    assert bucket_of(days) == bucket


def test_a_month_ends_on_its_last_day_in_a_leap_year_too() -> None:
    assert month_end_of(date(2028, 2, 3)) == date(2028, 2, 29) and month_end_of(JUNE) == JUNE
    assert month_end_after(date(2027, 1, 31)) == date(2027, 2, 28)
    assert list(month_ends(JUNE, AUGUST)) == [JUNE, JULY, AUGUST] and not list(month_ends(JULY, JUNE))


def test_from_month_to_month_he_rolls_on() -> None:
    """The 15th of March is 16 days before the end of March, 46 before that of April, 77 of May and 107 of June. Of
    his 12,000.00 no. 1 and 2 paid back 920.16 + 933.96; at the end of March 947.97 + 152.19 is overdue with
    947.97 x 23.4 % x 16 / 360 = 9.86.
    """
    ends = [date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31), JUNE]
    found = [at_month_end(XIAOMING, of, "") for of in ends]
    assert [each.bucket for each in found if each] == ["days_1_29", "days_30_59", "days_60_89", "days_90"]
    assert found[0] == MonthEnd(ends[0], "", Bucket.DAYS_1, "CNY", 1014588, 94797 + 15219 + 986)
    assert at_month_end(XIAOMING, date(2026, 2, 28), "") == MonthEnd(
        date(2026, 2, 28), "", Bucket.CURRENT, "CNY", 1014588
    )


def test_what_the_lender_closed_is_told_once_and_no_more() -> None:
    sold = replace(XIAOMING, closing=LoanClosing(date(2026, 6, 20), ClosingReason.SOLD))
    assert at_month_end(sold, JUNE, "days_60_89") == MonthEnd(JUNE, "days_60_89", Bucket.CLOSED, "CNY")
    assert at_month_end(sold, JULY, "closed") is None


def test_what_is_told_late_moves_its_own_month_end_and_those_behind_it() -> None:
    """2,500.00 of 29 June pay no. 3 and 4; no. 5, due on 15 May, is 46 and 77 days late then."""
    kept = {of: at_month_end(XIAOMING, of, was) for of, was in ((JUNE, ""), (JULY, "days_90"))}
    told = {of: each for of, each in kept.items() if each}
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-9", date(2026, 6, 29), 250000)))
    now = month_ends_known(XIAOMING, paid, told, (JUNE, JULY))
    buckets = [(each.was, each.bucket) for each in now.values() if each]
    assert buckets == [("", "days_30_59"), ("days_30_59", "days_60_89")]
    later = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-9", date(2026, 7, 3), 250000)))
    assert month_ends_known(XIAOMING, later, told, (JUNE,)) == {JUNE: told[JUNE]}


def test_what_was_closed_already_at_the_month_end_before_is_left_out_once_that_is_known() -> None:
    july = replace(XIAOMING, closing=LoanClosing(date(2026, 7, 2), ClosingReason.SOLD))
    told = {JUNE: MonthEnd(JUNE, "", "days_90", "CNY", 1, 1), JULY: MonthEnd(JULY, "days_90", "closed", "CNY")}
    june = replace(XIAOMING, closing=LoanClosing(date(2026, 6, 20), ClosingReason.SOLD))
    known = month_ends_known(july, june, told, (JUNE, JULY, AUGUST))
    assert known == {JUNE: MonthEnd(JUNE, "", "closed", "CNY"), JULY: None, AUGUST: None}
