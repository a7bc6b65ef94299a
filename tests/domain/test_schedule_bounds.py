"""What cannot be a loan is refused at its field, in words that say what could be."""

from fractions import Fraction
from typing import Any

import pytest

from portal.domain.contract.schedule import (
    AmountOutOfBounds,
    BalloonMisplaced,
    DueTooEarly,
    InstallmentMisplaced,
    Method,
    NumberMissing,
    OutOfBounds,
    generate,
)
from portal.domain.money import MAX_MINOR
from portal.domain.refusal import Refusal
from tests.domain.test_schedule import JANUARY, TWELVE, interests, principals

GOOD: dict[str, Any] = {"principal": 100_000, "annual_rate": TWELVE, "installments": 12, "first_due": JANUARY}


@pytest.mark.parametrize(
    ("asked", "field", "refusal"),
    [
        ({"principal": 0}, "principal", AmountOutOfBounds),
        ({"principal": MAX_MINOR + 1}, "principal", AmountOutOfBounds),
        ({"annual_rate": Fraction(-1, 100)}, "annual_rate", OutOfBounds),
        ({"annual_rate": Fraction(1001, 100)}, "annual_rate", OutOfBounds),
        ({"installments": 0}, "installments", OutOfBounds),
        ({"installments": 1201}, "installments", OutOfBounds),
        ({"installments": None}, "installments", NumberMissing),
        ({"disbursed": JANUARY}, "first_due", DueTooEarly),
        ({"round_to": 0}, "round_to", AmountOutOfBounds),
        ({"principal_grace": 12}, "principal_grace", OutOfBounds),
        ({"interest_grace": -1}, "interest_grace", OutOfBounds),
        ({"balloon": 1}, "balloon", BalloonMisplaced),
        ({"method": Method.BALLOON}, "balloon", BalloonMisplaced),
        ({"method": Method.BALLOON, "balloon": 100_000}, "balloon", AmountOutOfBounds),
        ({"method": Method.EQUAL_PRINCIPAL, "installment": 5}, "installment", InstallmentMisplaced),
        ({"installment": 0}, "installment", AmountOutOfBounds),
    ],
)
def test_what_cannot_be_a_loan_is_refused_by_name(asked: dict[str, Any], field: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        generate(**{**GOOD, **asked})
    assert refused.value.field == field
    assert str(refused.value)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"annual_rate": Fraction(1001, 100)}, "It must be from 0 to 10; 10.01 is not."),
        ({"installments": 1201}, "It must be from 1 to 1200; 1201 is not."),
        ({"principal_grace": 12}, "It must be from 0 to 11; 12 is not."),
        (
            {"disbursed": JANUARY},
            "The first due date must be after 2026-01-15, when the money is paid out; 2026-01-15 is not.",
        ),
        ({"method": Method.INTEREST_ONLY, "installment": 5}, "The method interest-only has no fixed installment."),
    ],
)
def test_a_refusal_says_what_is_allowed_and_what_was_given(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        generate(**{**GOOD, **asked})
    assert str(refused.value) == says


def test_the_bounds_themselves_are_a_loan() -> None:
    """1,000 % a year on 1,000.00 is 833.33 in the first month; one fen, and 1,200 rows of a fen, are loans too."""
    assert interests(generate(100_000, Fraction(10), 12, JANUARY))[0] == 83333
    assert principals(generate(1, TWELVE, 1, JANUARY)) == [1]
    assert len(generate(1200, Fraction(0), 1200, JANUARY).rows) == 1200
    assert principals(generate(MAX_MINOR, Fraction(0), 1, JANUARY)) == [MAX_MINOR]
    assert principals(generate(2, TWELVE, 2, JANUARY, method=Method.BALLOON, balloon=1))[1] >= 1


def test_a_refusal_of_an_amount_can_be_worded_in_its_currency() -> None:
    with pytest.raises(AmountOutOfBounds) as refused:
        generate(**{**GOOD, "method": Method.BALLOON, "balloon": 100_000})
    assert refused.value.worded_in("CNY").field == "balloon"
    assert str(refused.value.worded_in("CNY")) == "It must be from CNY 0.01 to CNY 999.99; CNY 1000.00 is not."
