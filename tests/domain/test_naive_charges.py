"""What lateness costs where a contract charges for it more than once is what counting day by day gives."""

from random import Random

import pytest

from portal.domain.ledger.position import position
from tests.naive.figures import naive, product
from tests.naive.lives import drawn_life
from tests.naive.loans import several_charges


def compare(seed: int) -> int:
    """Answers how many kinds of charges there were."""
    life = drawn_life(Random(seed))
    loan = several_charges(Random(seed), life.loan)
    assert product(loan, life.on) == naive(loan, life.on), seed
    return len({line.kind for line in position(loan, life.on).penalty_lines})


def test_several_charges_cost_what_counting_day_by_day_gives() -> None:
    assert sum(compare(seed) > 1 for seed in range(24)) > 12


@pytest.mark.proof
def test_several_charges_of_very_many_cost_what_counting_gives() -> None:
    for seed in range(24, 324):
        compare(seed)
