"""A charge made once: on the first day that is not free, of what was unpaid the evening before."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import Cap, Payment, Suspension
from portal.domain.contract.penalty_terms import Grace, PenaltyBase, PenaltyKind, PenaltyTerms
from portal.domain.ledger.penalty import Base, PenaltyLine, penalty_lines
from portal.domain.ledger.position import position
from tests.domain.people import XIAOMING

FIXED = PenaltyTerms(PenaltyKind.ONE_OFF_AMOUNT, amount=2500)
SHARE = PenaltyTerms(PenaltyKind.ONE_OFF_PERCENT, percent=Fraction(5, 100))


def charged(penalty: PenaltyTerms, on: date, *payments: Payment, held: Suspension | None = None) -> list[PenaltyLine]:
    """No. 3 fell due on 15 March: 947.97 of principal and 152.19 of interest."""
    loan = replace(
        XIAOMING,
        terms=replace(XIAOMING.terms, penalty=penalty),
        payments=(*XIAOMING.payments, *payments),
        suspensions=(held,) if held else (),
    )
    return list(position(loan, on).penalty_lines)


@pytest.mark.parametrize(
    ("grace", "days", "free", "charge"),
    [
        (Grace.WAIVES, 0, 15, 16),
        (Grace.WAIVES, 1, 16, 17),
        (Grace.WAIVES, 3, 18, 19),
        (Grace.COUNTS_FROM_DUE_DATE, 0, 15, 16),
        (Grace.COUNTS_FROM_DUE_DATE, 1, 16, 17),
        (Grace.COUNTS_FROM_DUE_DATE, 3, 18, 19),
    ],
)
def test_it_is_charged_on_the_first_day_that_is_not_free(grace: Grace, days: int, free: int, charge: int) -> None:
    """Three days after the 15th are the 16th, 17th and 18th, whatever is charged once they are over."""
    terms = replace(FIXED, grace=grace, grace_days=days)
    assert charged(terms, date(2026, 3, free)) == []
    assert [line.contract for line in charged(terms, date(2026, 3, charge))] == [2500]


@pytest.mark.parametrize("grace", list(Grace))
def test_what_was_paid_before_that_day_is_in_no_share_and_what_is_paid_on_it_is(grace: Grace) -> None:
    """Grace to the 18th: 500.00 pays 152.19 of interest, 347.81 of principal."""
    terms = replace(SHARE, grace=grace, grace_days=3)
    before = Payment("P-3", date(2026, 3, 18), 50000)
    assert [line.contract for line in charged(terms, date(2026, 3, 31), before)] == [3001]  # 5 % of 600.16
    same_day = Payment("P-3", date(2026, 3, 19), 50000)
    assert [line.contract for line in charged(terms, date(2026, 3, 31), same_day)] == [4740]  # 5 % of 947.97


def test_a_dispute_stops_it_only_on_its_own_day() -> None:
    """A dispute counts from the day after it was told; the charge is made on the 16th."""
    told_on_the_15th = Suspension("penalty", date(2026, 3, 15), date(2026, 3, 20), "dispute")
    told_on_the_16th = replace(told_on_the_15th, start=date(2026, 3, 16))
    ended_on_the_15th = Suspension("penalty", date(2026, 3, 1), date(2026, 3, 15), "dispute")
    ended_on_the_16th = replace(ended_on_the_15th, end=date(2026, 3, 16))
    on = date(2026, 3, 31)
    assert charged(FIXED, on, held=told_on_the_15th) == charged(FIXED, on, held=ended_on_the_16th) == []
    assert len(charged(FIXED, on, held=told_on_the_16th)) == len(charged(FIXED, on, held=ended_on_the_15th)) == 1


def test_a_share_names_its_rate_and_that_it_is_made_once() -> None:
    (line,) = charged(SHARE, date(2026, 4, 1))
    assert (line.of, line.base, line.rate, line.per) == ("principal", 94797, Fraction(5, 100), "once")
    assert (line.start, line.end, line.days) == (date(2026, 3, 15), date(2026, 4, 1), 17)


def test_a_share_of_principal_and_interest_is_two_lines_and_a_fixed_amount_one() -> None:
    both = PenaltyBase.PRINCIPAL_AND_INTEREST
    on = date(2026, 4, 1)
    assert [(line.of, line.contract) for line in charged(replace(SHARE, base=both), on)] == [
        ("principal", 4740),
        ("interest", 761),  # 5 % of 152.19
    ]
    assert [(line.of, line.contract) for line in charged(replace(FIXED, base=both), on)] == [("principal", 2500)]


def test_the_line_of_an_installment_that_was_paid_ends_on_the_day_it_was_paid() -> None:
    late = Payment("P-3", date(2026, 3, 20), 112516)
    (line,) = charged(FIXED, date(2026, 4, 10), late)
    assert (line.base, line.end, line.days) == (94797, date(2026, 3, 20), 5)


def test_a_contract_that_names_no_amount_and_no_share_charges_nothing() -> None:
    assert charged(PenaltyTerms(PenaltyKind.ONE_OFF_AMOUNT), date(2026, 4, 1)) == []
    assert charged(PenaltyTerms(PenaltyKind.ONE_OFF_PERCENT), date(2026, 4, 1)) == []


def test_a_limit_counts_days_in_a_row_as_one_stretch_whatever_was_paid_between() -> None:
    """Due on 15 March, a part paid on the 31st: to 1 April are 16 days of 30/360, in two parts they would be 17.

    5 % of 947.97 is 47.40; 24 % of it for 16 days are 10.11.
    """
    share = replace(SHARE, day_count=DayCount.THIRTY_360)
    terms = replace(XIAOMING.terms, penalty=share, cap=Cap("drawn", Fraction(24, 100)))
    part = Payment("P-3", date(2026, 3, 31), 30000)
    loan = replace(XIAOMING, terms=terms, payments=(*XIAOMING.payments, part))
    (line,) = position(loan, date(2026, 4, 1)).penalty_lines
    assert (line.base, line.days, line.contract, line.charged) == (94797, 16, 4740, 1011)


def test_what_is_owed_again_only_from_the_day_of_the_charge_is_not_charged() -> None:
    """Due on 15 March and charged on the 16th for what was unpaid the evening before."""
    terms = replace(XIAOMING.terms, penalty=SHARE)
    due_on, missed_on = date(2026, 3, 15), date(2026, 3, 16)
    for since, charge in ((due_on, [500]), (missed_on, [])):
        bases = {"principal": [Base(date.min, 0), Base(since, 10000)], "interest": [Base(date.min, 0)]}
        assert [line.charged for line in penalty_lines(terms, 3, due_on, bases, date(2026, 4, 1))] == charge
