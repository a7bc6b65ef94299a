"""What is owed is what living through the calendar day by day gives; see `tests.naive`, which knows no rule of ours."""

from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.loan import Loan
from tests.naive import contracts
from tests.naive.figures import naive, product
from tests.naive.lives import drawn_life, told_once

FEW = settings(max_examples=120, derandomize=True, deadline=None)
FEWER = settings(max_examples=25, derandomize=True, deadline=None)
MANY = settings(max_examples=5_000, derandomize=True, deadline=None)


def compare(loan: Loan, on: date) -> None:
    assert product(loan, on) == naive(loan, on)


def compare_life(seed: int) -> None:
    life = drawn_life(Random(seed))
    compare(life.loan, life.on)


histories = given(contracts.loans(), contracts.looked_at)
lives = given(st.integers(0, 2**32))

test_what_is_owed_is_what_counting_day_by_day_gives = FEW(histories(compare))
test_what_very_many_owe_is_what_counting_day_by_day_gives = pytest.mark.proof(MANY(histories(compare)))
test_what_is_owed_under_agreements_is_what_counting_day_by_day_gives = FEWER(lives(compare_life))
test_what_very_many_owe_under_agreements_is_what_counting_gives = pytest.mark.proof(MANY(lives(compare_life)))

ONCE = [
    353,
    461,
    742,
    890,
    1519,
    2050,
    2342,
    2516,
    2696,
    2722,
    3115,
    3367,
    4153,
    29892,
    59713677,
    253736323,
    1577751153,
    1634175187,
    1773688920,
    2021991948,
    2097152,
    2674089355,
    2679648465,
    3201856476,
]
"""Lives of which the two counts once made different figures; in part by money taken back beside several plans."""


@pytest.mark.parametrize("seed", ONCE)
def test_what_was_once_counted_otherwise_is_counted_alike(seed: int) -> None:
    life = told_once(Random(seed))
    compare(life.loan, life.on)
