"""What is too little to be asked for makes nobody late, costs nothing and breaks nothing; all figures by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Agreement, Covers, CureTerms, MissedContract
from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import Charge, Installment, Loan, Payment, ToleratedArrears
from portal.domain.contract.penalty_terms import Grace, PenaltyKind, PenaltyRate, PenaltyTerms, RateForm
from portal.domain.ledger.delinquency import DelinquencyStatus, delinquency
from portal.domain.ledger.dues_of_facts import contract_due
from portal.domain.ledger.overlooked import late_since
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.ledger.progress import InstallmentStatus
from tests.domain.agreed import CASE, SIX, agreed, contract_money, lived, plan_money

DUE = (date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15))
TENTH = PenaltyTerms(
    PenaltyKind.DAILY_SIMPLE, rate=PenaltyRate(RateForm.DAILY, Fraction(1, 1000)), day_count=DayCount.ACTUAL_365
)
THREE = replace(
    CASE,
    principal=100000,
    schedule=tuple(
        Installment(no, on, minor, 0) for no, on, minor in zip((1, 2, 3), DUE, (33333, 33333, 33334), strict=True)
    ),
    terms=replace(CASE.terms, annual_rate=Fraction(0), penalty=TENTH),
    payments=(),
)
"""1,000.00 in 333.33, 333.33 and 333.34; a thousandth of what is overdue a day."""


def owing(*paid: int, most: int = 0, since: date = date(2025, 12, 1), loan: Loan = THREE) -> Loan:
    """Each payment on the day of its installment."""
    money = tuple(Payment(f"P-{no}", DUE[no], minor) for no, minor in enumerate(paid) if minor)
    return replace(loan, payments=money, arrears_tolerance=(ToleratedArrears(since, most),))


def late(found: Position) -> tuple[int, int, int]:
    return found.overdue.total, found.days_past_due, found.penalty_charged


def test_nobody_is_chased_for_one_fen_of_a_thousand() -> None:
    found = position(owing(33333, 33333, 33333, most=1), date(2026, 9, 30))
    assert late(found) == (0, 0, 0)
    assert (found.overlooked.principal, found.payoff, found.outstanding_principal) == (1, 1, 1)
    assert [(row.overdue, row.days_past_due, row.left) for row in found.installments] == [
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 1),
    ]
    assert found.itemisation.now == 0 and found.itemisation.opened_on == date(2026, 9, 30)
    assert delinquency(found).status is DelinquencyStatus.PAID_UP
    told = position_facts(found)
    assert (told["overlooked"], told["days_past_due"], told["payoff"]) == ("0.01", 0, "0.01")
    asked = position(owing(33333, 33333, 33333), date(2026, 9, 30))
    assert (asked.overdue.total, asked.days_past_due, asked.overlooked.total) == (1, 199, 0)


@pytest.mark.parametrize(("short", "comes_out"), [(100, (0, 0, 0)), (101, (102, 10, 1))])
def test_exactly_the_tolerance_is_overlooked_and_one_fen_more_is_not(
    short: int, comes_out: tuple[int, int, int]
) -> None:
    """1.01 for ten days at a thousandth a day is 0.0101, so 0.01."""
    assert late(position(owing(33333 - short, most=100), date(2026, 1, 25))) == comes_out


def test_the_part_above_what_is_overlooked_is_late_since_it_fell_due() -> None:
    dues = [contract_due(row) for row in THREE.schedule]
    assert [late_since(dues, date(2026, 3, 1), most) for most in (0, 33332, 33333, 66665, 66666)] == [
        DUE[0],
        DUE[0],
        DUE[1],
        DUE[1],
        None,
    ]


def test_two_rows_that_are_short_of_less_each_are_late_from_the_day_on_which_both_are_more() -> None:
    """0.60 and 0.60 of 1.00: the second makes them overdue, and no day before it is counted or charged."""
    loan = owing(33273, 33273, most=100)
    money = tuple(replace(each, installment=no) for no, each in enumerate(loan.payments, 1))
    assert late(position(replace(loan, payments=money), date(2026, 2, 15))) == (0, 0, 0)
    found = position(replace(loan, payments=money), date(2026, 3, 7))
    assert found.days_past_due == 20
    assert [(line.installment, line.base, line.start, line.charged) for line in found.penalty_lines] == [
        (1, 60, date(2026, 2, 15), 1),
        (2, 60, date(2026, 2, 15), 1),
    ], "0.60 for twenty days is 0.012"
    assert [(row.overdue, row.days_past_due) for row in found.installments[:2]] == [(60, 20), (60, 20)]
    assert found.overdue.total == 122


def test_what_is_overlooked_is_neither_forgiven_nor_counted_when_the_next_one_is_missed() -> None:
    """0.50 since January, and 333.33 since 15 February: on the 25th ten days of both, 0.005 and 3.3333."""
    found = position(owing(33283, most=100), date(2026, 2, 25))
    assert (found.days_past_due, found.overdue.principal) == (10, 33383)
    assert [(line.days, line.charged) for line in found.penalty_lines] == [(10, 1), (10, 333)]


def test_a_fee_counts_as_well_as_what_the_contract_asks_for() -> None:
    fee = Charge("C-1", date(2026, 1, 20), date(2026, 1, 20), "fees", 60)
    loan = replace(owing(33283, most=100), charges=(fee,))
    assert late(position(loan, date(2026, 1, 20))) == (0, 0, 0)
    assert late(position(loan, date(2026, 1, 21))) == (110, 1, 0)


def test_the_version_in_force_on_a_day_says_what_is_overlooked_on_it() -> None:
    """10.00 short: charged to 20 January, and from the 26th on, when the next version overlooks less."""
    loan = replace(
        owing(32333),
        arrears_tolerance=(ToleratedArrears(date(2026, 1, 21), 2000), ToleratedArrears(date(2026, 1, 26), 500)),
    )
    assert late(position(loan, date(2026, 1, 20))) == (1005, 5, 5)
    assert late(position(loan, date(2026, 1, 25)))[:2] == (0, 0)
    found = position(loan, date(2026, 1, 30))
    assert [(line.days, line.days_not_counted, line.charged) for line in found.penalty_lines] == [(10, 5, 10)]
    assert late(found) == (1010, 15, 10)


def test_money_taken_back_is_owed_as_if_it_had_never_come_but_for_what_is_overlooked() -> None:
    loan = owing(33283, most=100)
    back = Payment("R-1", date(2026, 2, 4), 10000, reverses="P-0")
    found = position(replace(loan, payments=(*loan.payments, back)), date(2026, 2, 4))
    assert [(line.base, line.days, line.charged) for line in found.penalty_lines] == [(10050, 20, 201)]
    little = replace(back, amount=50)
    assert late(position(replace(loan, payments=(*loan.payments, little)), date(2026, 2, 4))) == (0, 0, 0)


def test_what_a_day_of_grace_or_a_fee_for_lateness_would_cost_is_not_charged_either() -> None:
    fee = PenaltyTerms(PenaltyKind.ONE_OFF_AMOUNT, amount=1500)
    loan = owing(33283, most=100, loan=replace(THREE, terms=replace(THREE.terms, penalty=fee)))
    assert late(position(loan, date(2026, 2, 14))) == (0, 0, 0)
    found = position(loan, date(2026, 2, 16))
    assert [(line.installment, line.charged) for line in found.penalty_lines] == [(2, 1500)]


def plan(most: int, contract: MissedContract = MissedContract.APART) -> Agreement:
    return agreed(CASE, cure_terms=CureTerms(arrears_tolerance=most, contract=contract))


def under(agreement: Agreement, *shorter: tuple[int, int]) -> Loan:
    """王小明 pays contract and plan on their days; of some rows of the plan so much less, naming each."""
    less = dict(shorter)
    money = [
        replace(each, plan_installment=no, amount=each.amount - less.get(no, 0))
        for no, each in enumerate(plan_money(), 1)
    ]
    return lived([*contract_money(named=True), *money], agreement)


def test_a_row_of_a_plan_that_is_short_of_no_more_is_not_missed() -> None:
    found = position(under(plan(50), (1, 50)), date(2026, 12, 20)).plans[0]
    assert (found.status, found.kept) == (PlanStatus.COMPLETED, 6)
    assert [(row.status, row.left) for row in found.rows[:2]] == [(InstallmentStatus.PAID, 0)] * 2
    assert found.rows[0].received == 56835
    missed = position(under(plan(49), (1, 50)), date(2026, 7, 20)).plans[0]
    assert (missed.status, missed.cure_by) == (PlanStatus.STRAINED, date(2026, 7, 28))
    assert position(under(plan(49), (1, 50)), date(2026, 8, 1)).plans[0].status is PlanStatus.BROKEN


def test_two_rows_that_are_short_of_more_together_miss_the_second() -> None:
    loan = under(plan(100), (1, 60), (2, 60))
    assert position(loan, date(2026, 8, 14)).plans[0].status is PlanStatus.ACTIVE
    found = position(loan, date(2026, 8, 15)).plans[0]
    assert [row.status for row in found.rows[:2]] == [InstallmentStatus.PAID, InstallmentStatus.MISSED]
    assert (found.status, found.cure_by) == (PlanStatus.STRAINED, date(2026, 8, 28))
    enough = Payment("X-1", date(2026, 8, 20), 20, plan_installment=1)
    cured = position(replace(loan, payments=(*loan.payments, enough)), date(2026, 8, 20)).plans[0]
    assert (cured.status, cured.rows[1].status) == (PlanStatus.ACTIVE, InstallmentStatus.CURED)


def test_an_installment_beside_a_plan_breaks_it_for_more_alone() -> None:
    short = [replace(each, amount=each.amount - 50) for each in contract_money(last=6)]
    for most, status in ((50, PlanStatus.ACTIVE), (49, PlanStatus.STRAINED)):
        loan = lived(short, plan(most, MissedContract.BREAKS))
        assert position(loan, date(2026, 7, 1)).plans[0].status is status


def test_a_plan_over_the_whole_loan_takes_in_what_is_overlooked_too() -> None:
    loan = owing(33333, 33332, most=1)
    signed = agreed(loan, replace(SIX, covers=Covers.ALL, first_due=date(2026, 3, 20)), as_of=date(2026, 3, 1))
    assert signed.plan.taken_in.principal == 33335 == sum(line.amounts.principal for line in signed.plan.dues)


def test_who_is_short_of_so_little_at_the_end_of_the_days_of_grace_has_paid_within_them() -> None:
    """999.99 of 1,000.00 on the last free day: five days from the due date would cost 5.00."""
    grace = replace(TENTH, grace_days=5, grace=Grace.COUNTS_FROM_DUE_DATE)
    row = Installment(1, date(2026, 3, 20), 100000, 0)
    bare = replace(THREE, schedule=(row,), terms=replace(THREE.terms, penalty=grace))
    loan = replace(bare, payments=(Payment("P", date(2026, 3, 25), 99999),))
    assert position(loan, date(2026, 3, 26)).penalty_charged == 500
    loan = replace(loan, arrears_tolerance=(ToleratedArrears(date(2025, 12, 1), 1),))
    assert late(position(loan, date(2026, 3, 26))) == (0, 0, 0)
    assert late(position(replace(loan, payments=()), date(2026, 3, 26))) == (100600, 6, 600)


@pytest.mark.parametrize(("paid", "costs"), [(21, 0), (25, 0), (26, 600), (27, 700)])
def test_five_days_of_grace_that_count_from_the_due_date(paid: int, costs: int) -> None:
    """Due on the 20th, 1.00 a day: up to the 25th nothing, on the 26th six days; none is shown until the 25th."""
    grace = replace(TENTH, grace_days=5, grace=Grace.COUNTS_FROM_DUE_DATE)
    row = Installment(1, date(2026, 3, 20), 100000, 0)
    bare = replace(THREE, schedule=(row,), terms=replace(THREE.terms, penalty=grace))
    loan = replace(bare, payments=(Payment("P", date(2026, 3, paid), 100000 + costs),))
    assert [position(bare, date(2026, 3, day)).penalty_charged for day in (21, 25, 26)] == [0, 0, 600]
    assert position(loan, date(2026, 4, 30)).penalty_charged == costs
    assert position(loan, date(2026, 4, 30)).overdue.total == 0
