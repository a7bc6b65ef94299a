"""An offer beyond the bounds is refused at its field, in words that say what is allowed and what was asked."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.refusal import Refusal
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import (
    AmountTooSmall,
    CountOrAmount,
    DownPaymentTooHigh,
    FirstDueTooEarly,
    FirstDueTooLate,
    InstallmentsOutOfRange,
    PauseOutOfRange,
    PlanTooLong,
    PrincipalNotWaived,
    TooManyPayments,
    WaiverTooHigh,
)
from tests.domain.people import ON
from tests.domain.test_plan import MONTHS, SIX, quoted


@pytest.mark.parametrize(
    ("offer", "refusal", "field"),
    [
        (replace(SIX, installments=None), CountOrAmount, "installments"),
        (replace(SIX, amount=100), CountOrAmount, "installments"),
        (replace(SIX, installments=0), InstallmentsOutOfRange, "installments"),
        (replace(SIX, installments=10000), InstallmentsOutOfRange, "installments"),
        (replace(SIX, installments=61), PlanTooLong, "installments"),
        (replace(SIX, first_due=ON), FirstDueTooEarly, "first_due"),
        (replace(SIX, first_due=date(2027, 6, 15)), FirstDueTooLate, "first_due"),
        (replace(SIX, down_payment=341313), DownPaymentTooHigh, "down_payment"),
        (replace(SIX, waiver=Amounts(penalty=11265)), WaiverTooHigh, "waiver_penalty"),
        (replace(SIX, waiver=Amounts(principal=1)), PrincipalNotWaived, "waiver_principal"),
        (replace(SIX, installments=None, amount=0), AmountTooSmall, "amount"),
        (replace(SIX, installments=None, amount=1000), InstallmentsOutOfRange, "amount"),
    ],
)
def test_an_offer_beyond_the_bounds_is_refused_at_its_field(offer: Offer, refusal: type[Refusal], field: str) -> None:
    with pytest.raises(refusal) as refused:
        quoted(offer)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("offer", "says"),
    [
        (replace(SIX, installments=261), "A plan can have 1 to 260 installments. You asked for 261."),
        (replace(SIX, first_due=ON), "The first payment has to be after 2026-06-14. You chose 2026-06-14."),
        (
            replace(SIX, first_due=date(2027, 6, 15)),
            "The first payment has to be by 2027-06-14. You chose 2027-06-15.",
        ),
        (
            replace(SIX, down_payment=341313),
            "The first payment now can be at most CNY 3413.12. You entered CNY 3413.13.",
        ),
        (
            replace(SIX, waiver=Amounts(penalty=11265)),
            "At most CNY 112.64 of this can be waived. You asked for CNY 112.65.",
        ),
        (
            replace(SIX, interest_only=1),
            "Where interest runs, 0 to 0 installments can be interest alone. You asked for 1.",
        ),
        (
            replace(SIX, interest_only=6, interest_rate=Fraction(18, 100)),
            "Where interest runs, 0 to 5 installments can be interest alone. You asked for 6.",
        ),
        (
            replace(SIX, round_to=10001),
            "Installments can be rounded to CNY 0.01 up to CNY 100.00. You asked for CNY 100.01.",
        ),
        (
            replace(SIX, installments=61),
            "A plan can run for at most 60 months, until 2031-06-14. This one would end on 2031-07-01.",
        ),
        (
            replace(SIX, installments=None, amount=1000),
            "With this amount the plan would need more than 260 payments. Please choose a larger one.",
        ),
    ],
)
def test_a_refused_offer_says_what_is_allowed_and_what_was_asked(offer: Offer, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        quoted(offer)
    assert str(refused.value) == says


def test_the_very_bounds_are_allowed() -> None:
    assert len(quoted(replace(SIX, installments=1)).plan.rows) == 1
    assert quoted(replace(SIX, installments=60, first_due=date(2026, 7, 14))).plan.last_due_on == date(2031, 6, 14)
    assert len(quoted(Offer(Every(1, "w"), date(2026, 6, 21), installments=260)).plan.rows) == 260
    assert quoted(replace(SIX, first_due=date(2027, 6, 14))).plan.rows[0].due_on == date(2027, 6, 14)
    assert quoted(replace(SIX, first_due=date(2026, 6, 15))).plan.rows[0].due_on == date(2026, 6, 15)
    assert quoted(replace(SIX, waiver=Amounts(penalty=11264))).plan.total == 341312 - 11264
    assert quoted(replace(SIX, installments=1, round_to=10_000)).plan.total == 341312


def test_an_amount_takes_260_payments_at_most_and_sixty_months() -> None:
    """3,413.12 is 259.95 times 13.13, 260.15 times 13.12 and 68.3 times 50.00."""
    weekly = Offer(Every(1, "w"), date(2026, 6, 21), amount=1313)
    assert len(quoted(weekly).plan.rows) == 260
    with pytest.raises(TooManyPayments):
        quoted(replace(weekly, amount=1312))
    with pytest.raises(PlanTooLong) as refused:
        quoted(replace(SIX, installments=None, amount=5000))
    assert refused.value.field == "amount"


def test_an_installment_of_no_fen_is_refused() -> None:
    """3,413.12 over 50 weeks is 68.26; in steps of 100.00 that is 100.00, of which 35 are too many, or nothing."""
    with pytest.raises(AmountTooSmall) as refused:
        quoted(replace(SIX, installments=50, every=Every(1, "w"), round_to=10_000))
    assert refused.value.field == "installments"


@pytest.mark.parametrize(
    ("offer", "field"),
    [
        (replace(SIX, interest_only=1), "interest_only"),
        (replace(MONTHS, interest_only=12), "interest_only"),
        (replace(SIX, round_to=0), "round_to"),
        (replace(SIX, round_to=10001), "round_to"),
    ],
)
def test_odd_forms_of_an_installment_are_refused_at_their_field(offer: Offer, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        quoted(offer)
    assert refused.value.field == field


def test_a_pause_lasts_sixty_days_at_most_whatever_the_lenders_rules() -> None:
    """From 14 June 2026 that is until 13 August."""
    pause = Offer(Every(1, "m"), date(2026, 8, 13), installments=1, kind=OfferKind.PAUSE)
    assert quoted(pause).plan.last_due_on == date(2026, 8, 13)
    with pytest.raises(PauseOutOfRange) as refused:
        quoted(replace(pause, first_due=date(2026, 8, 14)))
    assert refused.value.field == "first_due" and refused.value.facts["most"] == date(2026, 8, 13)
