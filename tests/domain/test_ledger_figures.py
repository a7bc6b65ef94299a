"""Every figure of the ledger's rules, worked out by hand: the second count gives it, and so does the product."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from portal.domain.contract.loan import Loan
from tests.domain.people import ON
from tests.naive.days import due_dates
from tests.naive.figures import last, naive, product
from tests.naive.plan import Wish, paid, rows
from tests.naive.stories import STORIES

COUNTS = [naive, product]


@pytest.mark.parametrize("count", COUNTS, ids=lambda count: count.__name__)
@pytest.mark.parametrize(("loan", "on", "comes_out"), [pytest.param(*story[1:], id=story[0]) for story in STORIES])
def test_a_life_comes_to_what_was_worked_out_by_hand(
    count: Callable[[Loan, date], dict[str, Any]], loan: Loan, on: date, comes_out: dict[str, Any]
) -> None:
    found = last(count(loan, on))
    assert {word: found[word] for word in comes_out} == comes_out


def whole_loan(count: int, rate: int, owed: tuple[int, ...] = (11264, 51896, 1014588)) -> Wish:
    dates = due_dates(date(2026, 7, 15), count, "1m")
    return Wish([*owed], ON, dates, Fraction(rate, 100), "30/360", "half-up")


@pytest.mark.parametrize(
    ("count", "each", "last", "interest"),
    [(12, 98769, 98758, 107469), (24, 53766, 53756, 212626), (36, 38918, 38918, 323300)],
)
def test_a_whole_loan_at_18_percent_asks_the_smallest_equal_installment(
    count: int, each: int, last: int, interest: int
) -> None:
    found = paid(whole_loan(count, 18), each)
    assert [total for _, total, _ in found] == [each] * (count - 1) + [last]
    assert sum(own for _, _, own in found) == interest
    assert paid(whole_loan(count, 18), each - 1)[-1][1] > each - 1


@pytest.mark.parametrize(("count", "each", "last"), [(12, 89812, 89816), (24, 44906, 44910), (36, 29937, 29953)])
def test_a_whole_loan_without_interest_asks_the_rounded_share(count: int, each: int, last: int) -> None:
    assert [total for _, total, _ in rows(whole_loan(count, 0))] == [each] * (count - 1) + [last]


def test_of_36_rows_the_first_two_hold_no_principal() -> None:
    """Interest of the plan's own on the whole principal, and then the old penalty and interest."""
    found = paid(whole_loan(36, 18), 38918)
    old = 38918 * 2 - found[0][2] - found[1][2]
    assert old < 11264 + 51896
    assert found[1][2] == found[2][2] == 15219


def test_a_yen_has_no_smaller_unit() -> None:
    """JPY 10,778 over twelve rows: 898.17, so 898 eleven times and 900 in the end."""
    assert [total for _, total, _ in rows(whole_loan(12, 0, (113, 519, 10146)))] == [898] * 11 + [900]
