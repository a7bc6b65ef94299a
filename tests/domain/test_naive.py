"""What is owed is what living through the calendar day by day gives; see `tests.naive`, which knows no rule of ours."""

from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Loan
from portal.domain.ledger.position import Position, position
from tests.naive import contracts
from tests.naive.ledger import Owed, owed
from tests.naive.lives import drawn_life

FEW = settings(max_examples=250, derandomize=True, deadline=None)
MANY = settings(max_examples=5_000, derandomize=True, deadline=None)


def compare(loan: Loan, on: date) -> None:
    got, expected = position(loan, on), owed(loan, on)
    assert minor(got.overdue) == expected.overdue
    assert minor(got.overdue_in_plan) == expected.overdue_in_plan
    assert minor(got.above_contract) == expected.above_contract
    assert (got.credit, got.payoff, got.closed_on) == (expected.credit, expected.payoff, expected.closed_on)
    assert got.outstanding_principal == expected.principal_left
    assert got.days_past_due == expected.days_late
    same_lines(got, expected)
    same_plans(got, expected)


def minor(amounts: Amounts) -> dict[str, int]:
    return {name: fen for name, fen in amounts.items() if fen}


def same_lines(got: Position, expected: Owed) -> None:
    shown = ("installment", "of", "base", "start", "end", "contract", "charged")
    mine = [tuple(getattr(line, name) for name in shown) for line in got.penalty_lines]
    assert sorted(mine) == sorted(tuple(getattr(line, name) for name in shown) for line in expected.lines)


def same_plans(got: Position, expected: Owed) -> None:
    for mine, other in zip(got.plans, expected.plans, strict=True):
        told = (other.ref, other.status, other.cure_by, other.ended_on, other.vested)
        assert (mine.ref, mine.status, mine.cure_by, mine.ended_on, minor(mine.vested)) == told
        rows = [(row.no, row.due_on, row.total, row.received, row.whole_on) for row in mine.rows]
        assert rows == [(row.no, row.due_on, row.total, row.received, row.whole_on) for row in other.rows]


def compare_life(seed: int) -> None:
    life = drawn_life(Random(seed))
    compare(life.loan, life.on)


histories = given(contracts.loans(), contracts.looked_at)
lives = given(st.integers(0, 2**32))

test_what_is_owed_is_what_counting_day_by_day_gives = FEW(histories(compare))
test_what_very_many_owe_is_what_counting_day_by_day_gives = pytest.mark.proof(MANY(histories(compare)))
test_what_is_owed_under_agreements_is_what_counting_day_by_day_gives = FEW(lives(compare_life))
test_what_very_many_owe_under_agreements_is_what_counting_gives = pytest.mark.proof(MANY(lives(compare_life)))
