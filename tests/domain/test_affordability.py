"""What is left over, and what of it a plan may take: half is the guide, all of it the limit."""

import pytest

from portal.domain.contract.calendar import Every
from portal.domain.restructuring.affordability import Strain, dry_month, guide, left_over, monthly, strain


def test_what_is_left_over_is_never_below_nothing() -> None:
    assert left_over(600000, [200000, 150000, 50000]) == 200000
    assert left_over(300000, [200000, 150000]) == 0


def test_the_three_offers_are_half_three_quarters_and_all() -> None:
    assert guide(200001) == (100000, 150000, 200001)
    assert guide(0) == ()
    assert guide(1) == (1,)


@pytest.mark.parametrize(
    ("each", "every", "month"),
    [(50000, "1m", 50000), (50000, "2m", 25000), (10000, "1w", 43334), (10000, "2w", 21667), (10000, "15d", 20278)],
)
def test_a_weekly_wage_counts_fifty_two_times_a_year(each: int, every: str, month: int) -> None:
    # 100.00 x 52 / 12 = 433.333...: rounded up, so that nobody is told less than it is.
    assert monthly(each, Every.parse(every)) == month


def test_half_is_easy_more_is_tight_and_more_than_all_is_too_much() -> None:
    assert [strain(a_month, 100000) for a_month in (50000, 50001, 100000, 100001)] == [
        Strain.EASY,
        Strain.TIGHT,
        Strain.TIGHT,
        Strain.TOO_MUCH,
    ]


def test_a_month_with_three_tenths_less_coming_in() -> None:
    assert dry_month(600000, 200000) == 20000
    assert dry_month(600000, 100000) == -80000
