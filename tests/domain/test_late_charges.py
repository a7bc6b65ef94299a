"""Several charges for one lateness, and a fixed fee by band of the debt: worked by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import (
    Cap,
    Charge,
    Installment,
    Loan,
    Payment,
    PenaltyBand,
    PenaltyBase,
    PenaltyKind,
    PenaltyRate,
    PenaltyTerms,
    RateForm,
    Statement,
    Suspension,
)
from portal.domain.contract.prepayment import Purpose, Then
from portal.domain.ledger.delinquency import delinquency
from portal.domain.ledger.late_charges import principal_left_on
from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.ledger.reconciliation import Cause, reconcile
from tests.domain.agreed import CASE
from tests.domain.people import ON, XIAOMING


def annual(percent: int, **more: object) -> PenaltyTerms:
    rate = PenaltyRate(RateForm.ANNUAL, Fraction(percent, 100))
    return PenaltyTerms(PenaltyKind.DAILY_SIMPLE, rate=rate, day_count=DayCount.ACTUAL_365, **more)  # type: ignore[arg-type]


STATUTE = PenaltyTerms(
    PenaltyKind.ONE_OFF_BY_BAND,
    base=PenaltyBase.PRINCIPAL_AND_INTEREST,
    bands=(PenaltyBand(1, 4000), PenaltyBand(100000, 7000), PenaltyBand(1000000, 10000)),
    clause="5A",
)
"""Late Payment of Commercial Debts (Interest) Act 1998, section 5A: 40 below 1,000, 70 below 10,000, and 100."""
STATUTORY = annual(8, base=PenaltyBase.PRINCIPAL_AND_INTEREST, clause="6")


def invoice(principal: int, interest: int = 0, *charges: PenaltyTerms, cap: Cap | None = None, left: int = 0) -> Loan:
    """One row due on 1 March 2026, and `left` that is due a year later."""
    rows = [Installment(1, date(2026, 3, 1), principal, interest)]
    rows += [Installment(2, date(2027, 3, 1), left, 0)] if left else []
    first, *further = charges or (STATUTORY, STATUTE)
    terms = replace(CASE.terms, annual_rate=Fraction(0), penalty=first, further_penalties=tuple(further), cap=cap)
    return replace(CASE, principal=principal + left, schedule=tuple(rows), terms=terms, payments=())


def costs(loan: Loan, on: date = date(2026, 3, 31)) -> list[tuple[str, int, int]]:
    """By clause what each line charges and what is not charged."""
    return [(line.clause or "", line.charged, line.not_charged) for line in position(loan, on).penalty_lines]


@pytest.mark.parametrize(
    ("debt", "interest", "fee"),
    [(99999, 658, 4000), (100000, 658, 7000), (999999, 6575, 7000), (1000000, 6575, 10000)],
)
def test_eight_percent_and_a_fee_by_the_debt(debt: int, interest: int, fee: int) -> None:
    """Thirty days: 1,000.00 x 8 % x 30 / 365 is 6.5753, 10,000.00 ten times that; a penny less makes no difference."""
    assert costs(invoice(debt)) == [("6", interest, 0), ("5A", fee, 0)]


def test_the_debt_is_all_that_is_open_of_the_installment_when_it_is_missed() -> None:
    """999.00 and 1.00 of interest are 1,000.00; 0.50 paid in time make it 999.50, and paid a day late they do not."""
    loan = invoice(99900, 100)
    assert [(line.base, line.of, line.charged) for line in position(loan, date(2026, 3, 2)).penalty_lines][-1] == (
        100000,
        "principal-and-interest",
        7000,
    )
    for day, fee in ((date(2026, 3, 1), 4000), (date(2026, 3, 2), 7000)):
        paid = replace(loan, payments=(Payment("P", day, 50),))
        assert ("5A", fee, 0) in costs(paid)


def test_it_is_charged_once_and_never_for_what_is_paid_in_time_or_within_its_days_of_grace() -> None:
    late = invoice(100000, 0, STATUTORY, replace(STATUTE, grace_days=5))
    assert costs(late, date(2026, 3, 6)) == [("6", 110, 0)], "five days of 8 %: 1.0959"
    assert costs(late, date(2026, 3, 7)) == [("6", 132, 0), ("5A", 7000, 0)]
    assert costs(late, date(2027, 3, 1)) == [("6", 8000, 0), ("5A", 7000, 0)]
    assert costs(replace(late, payments=(Payment("P", date(2026, 3, 1), 100000),))) == []


def test_a_fee_by_the_balance_looks_at_all_principal_that_is_left() -> None:
    """A card: 25.00 from 500.00 and 35.00 from 1,000.00. 100.00 are due of 1,100.00; 150.00 were prepaid in time."""
    bands = (PenaltyBand(50000, 2500), PenaltyBand(100000, 3500))
    card = PenaltyTerms(PenaltyKind.ONE_OFF_BY_BAND, base=PenaltyBase.OUTSTANDING, bands=bands, clause="7")
    loan = invoice(10000, 0, card, left=100000)
    (line,) = position(loan, date(2026, 3, 2)).penalty_lines
    assert (line.base, line.of, line.charged, line.kind) == (110000, "outstanding-principal", 3500, card.kind)
    early = Payment("P", date(2026, 2, 1), 15000, purpose=Purpose.PREPAY, then=Then.FEWER)
    assert costs(replace(loan, payments=(early,)), date(2026, 3, 2)) == [("7", 2500, 0)]
    assert costs(invoice(10000, 0, card, left=30000), date(2026, 3, 2)) == [], "below the first band"
    assert principal_left_on(110000, position(loan, date(2026, 3, 2)).book.entries, (), date(2026, 3, 2)) == 110000
    back = Payment("R", date(2026, 4, 1), reverses="P")
    taken_back = replace(loan, payments=(early, back))
    assert costs(taken_back, date(2026, 4, 1)) == [("7", 2500, 0)], "the balance of that day was what it was"


def test_interest_and_damages_under_one_limit() -> None:
    """罚息 at 18 % and 违约金 of 5 %: 10,000.00 for 30 days cost 147.95 and 500.00, at 24 % at most 197.26 in all.

    Line by line each has the limit for itself, by its own count of days: of 360 it is 200.00.
    """
    damages = PenaltyTerms(PenaltyKind.ONE_OFF_PERCENT, percent=Fraction(5, 100), clause="9")
    interest = annual(18, clause="8")
    together = Cap("24-percent-together", Fraction(24, 100), together=True)
    assert costs(invoice(1000000, 0, interest, damages, cap=together)) == [("8", 14795, 0), ("9", 4931, 45069)]
    assert costs(invoice(1000000, 0, damages, interest, cap=together)) == [("9", 19726, 30274), ("8", 0, 14795)]
    each = Cap("24-percent", Fraction(24, 100))
    assert costs(invoice(1000000, 0, interest, damages, cap=each)) == [("8", 14795, 0), ("9", 20000, 30000)]
    apart = Charge("C-1", date(2026, 3, 10), date(2026, 3, 10), "fees", 10000, installment=1)
    loan = replace(invoice(1000000, 0, interest, damages, cap=together), charges=(apart,))
    assert costs(loan) == [("8", 9726, 5069), ("9", 0, 50000)], "what is charged apart counts first: 97.26 are left"


def test_a_limit_together_counts_by_the_days_of_what_runs() -> None:
    """24 % of 10,000.00 for 30 days by 360 is 200.00, whatever stands first."""
    runs = replace(annual(18, clause="8"), day_count=DayCount.ACTUAL_360)
    fee = PenaltyTerms(PenaltyKind.ONE_OFF_AMOUNT, amount=50000, day_count=DayCount.ACTUAL_365, clause="9")
    together = Cap("24-percent-together", Fraction(24, 100), together=True)
    assert costs(invoice(1000000, 0, fee, runs, cap=together)) == [("9", 20000, 30000), ("8", 0, 15000)]


def test_each_charge_has_days_of_grace_of_its_own_and_a_dispute_stops_each_on_its_base() -> None:
    loan = invoice(100000, 100, annual(18, grace_days=3, clause="8"), STATUTE)
    assert delinquency(position(loan, date(2026, 3, 1))).status.value != "in_grace"
    assert [line[0] for line in costs(loan, date(2026, 3, 3))] == ["5A"]
    held = (Suspension("principal", date(2026, 2, 1), None, "dispute"),)
    assert costs(replace(loan, suspensions=held)) == [("5A", 4000, 0)], "of the 1,000.00 in dispute nothing is charged"
    held = (Suspension("penalty", date(2026, 2, 1), None, "dispute"),)
    assert costs(replace(loan, suspensions=held)) == []


def test_what_is_paid_of_penalty_does_not_compound() -> None:
    """1 % a day on 1,000.00: 10.00, and 10.05 on the next, for the fee of 5.00 that was paid counts first."""
    daily = PenaltyTerms(PenaltyKind.DAILY_COMPOUND, rate=PenaltyRate(RateForm.DAILY, Fraction(1, 100)), clause="8")
    fee = PenaltyTerms(PenaltyKind.ONE_OFF_AMOUNT, amount=500, clause="9")
    loan = replace(invoice(100000, 0, daily, fee), payments=(Payment("P", date(2026, 3, 2), 500),))
    assert costs(loan, date(2026, 3, 3)) == [("8", 2005, 0), ("9", 500, 0)]


def test_the_position_names_kind_and_clause_of_each_line() -> None:
    told = position_facts(position(invoice(100000), date(2026, 3, 31)))["penalty_lines"]
    assert [(line["kind"], line["clause"], line["charged"]) for line in told] == [  # type: ignore[attr-defined]
        ("daily-simple", "6", "6.58"),
        ("one-off-by-band", "5A", "70.00"),
    ]


def test_one_charge_alone_is_what_it_was() -> None:
    first = XIAOMING.terms.penalty
    beside = replace(XIAOMING.terms, penalty=PenaltyTerms(), further_penalties=(first,))
    assert position(replace(XIAOMING, terms=beside), ON).penalty_lines == position(XIAOMING, ON).penalty_lines


def test_the_lenders_books_may_take_any_of_them_otherwise() -> None:
    loan = invoice(100000, 0, STATUTE, annual(18, clause="8"))
    other = replace(loan.terms.further_penalties[0], day_count=DayCount.ACTUAL_360)
    stated = position(replace(loan, terms=replace(loan.terms, further_penalties=(other,))), date(2026, 3, 31)).overdue
    loan = replace(loan, statement=Statement(date(2026, 3, 31), Amounts(principal=100000, penalty=stated.penalty)))
    found = reconcile(position(loan, date(2026, 3, 31))).likeliest
    assert found is not None and found.cause is Cause.DAY_COUNT
