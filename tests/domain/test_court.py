"""Court fees, by the examples that courts print: 50 yuan up to ten thousand, then by parts of the amount."""

import pytest

from portal.domain.conduct.court import CourtFees, court_bands, court_fees


@pytest.mark.parametrize(
    ("yuan", "fee"),
    [
        (1, 50),
        (10_000, 50),
        (100_000, 2_300),  # 50 + 90,000 x 2.5 %
        (200_000, 4_300),  # + 100,000 x 2 %
        (500_000, 8_800),  # + 300,000 x 1.5 %
        (1_000_000, 13_800),  # + 500,000 x 1 %
        (2_000_000, 22_800),  # + 1,000,000 x 0.9 %
        (5_000_000, 46_800),  # + 3,000,000 x 0.8 %
        (10_000_000, 81_800),  # + 5,000,000 x 0.7 %
        (20_000_000, 141_800),  # + 10,000,000 x 0.6 %
        (30_000_000, 191_800),  # + 10,000,000 x 0.5 %
    ],
)
def test_the_fee_grows_part_by_part(yuan: int, fee: int) -> None:
    assert court_fees(yuan * 100).whole == fee * 100


@pytest.mark.parametrize(
    ("yuan", "fee"),
    [
        (10_000, 50),
        (500_000, 7_400),  # 50 + 490,000 x 1.5 %
        (5_000_000, 52_400),  # + 4,500,000 x 1 %
        (10_000_000, 77_400),  # + 5,000,000 x 0.5 %
        (20_000_000, 87_400),  # + 10,000,000 x 0.1 %
    ],
)
def test_enforcement_has_parts_of_its_own(yuan: int, fee: int) -> None:
    assert court_fees(yuan * 100).enforcement == fee * 100


def test_what_xiaoming_owes_costs_the_least_there_is_and_a_third_is_rounded_once() -> None:
    assert court_fees(341_312) == CourtFees(5000, 2500, 1667, 5000)
    # 50 + 0.01 x 2.5 % = 50.00025
    assert court_fees(1_000_001).whole == 5000
    # 12,345.67: 50 + 2,345.67 x 2.5 % = 108.64175; half 54.320875; a third 36.2139...; 50 + 2,345.67 x 1.5 % = 85.18505
    assert court_fees(1_234_567) == CourtFees(10864, 5432, 3621, 8519)


def test_only_the_parts_an_amount_goes_into_are_told() -> None:
    assert [band.until for band in court_bands(341_312)] == [10_000_000]
    assert [band.until for band in court_bands(10_000_000)] == [10_000_000]
    assert [band.until for band in court_bands(10_000_001)] == [10_000_000, 20_000_000]
    assert [band.until for band in court_bands(2_000_000_001)][-1] is None
