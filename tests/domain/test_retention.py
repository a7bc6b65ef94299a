"""When keeping is over: nothing is left to pay, and that for longer than the lender said."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.conduct.retention import Ground, all_ended_on, ended_on, erasure_ground, only_reports
from portal.domain.contract.agreement import Agreement, Covers, CureTerms, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Charge, Installment, Payment, Statement
from portal.domain.contract.plan import Plan, PlanRow
from tests.domain.agreed import CASE, agreed, contract_money, lived, plan_money
from tests.domain.people import ON, XIAOMING

LAST = date(2026, 12, 15)
PAID_UP = replace(
    XIAOMING,
    payments=tuple(Payment(f"P-{no}", date(2026, no, 15), 110019 if no == 12 else 110016) for no in range(1, 13)),
    statement=None,
)
WRITTEN_OFF = replace(XIAOMING, written_off_on=date(2026, 8, 1))


def test_a_loan_that_is_owed_has_not_ended() -> None:
    assert ended_on(XIAOMING, ON) is None
    assert ended_on(replace(PAID_UP, payments=PAID_UP.payments[:11]), date(2040, 1, 1)) is None


def test_a_loan_paid_up_ended_with_its_last_payment() -> None:
    assert ended_on(PAID_UP, date(2027, 1, 1)) == LAST


def test_a_loan_of_nothing_ended_with_its_last_row() -> None:
    rows = (Installment(1, date(2026, 1, 15), 0, 0), Installment(2, date(2026, 2, 15), 0, 0))
    assert ended_on(replace(XIAOMING, principal=0, schedule=rows, payments=()), ON) == date(2026, 2, 15)


def test_a_charge_after_the_last_payment_opens_it_again() -> None:
    late = Charge("C-1", date(2027, 2, 1), date(2027, 2, 1), "fees", 1500)
    assert ended_on(replace(PAID_UP, charges=(late,)), date(2027, 3, 1)) is None
    settled = Payment("P-13", date(2027, 2, 20), 1500)
    paid = replace(PAID_UP, charges=(late,), payments=(*PAID_UP.payments, settled))
    assert ended_on(paid, date(2027, 3, 1)) == date(2027, 2, 20)


@pytest.mark.parametrize(
    ("stated", "ended"),
    [
        (None, None),
        (Statement(date(2026, 7, 31), Amounts()), None),
        (Statement(date(2026, 8, 1), Amounts()), date(2026, 8, 1)),
        (Statement(date(2026, 9, 1), Amounts(principal=1)), None),
        (Statement(date(2026, 9, 1), Amounts()), date(2026, 9, 1)),
    ],
)
def test_a_loan_written_off_has_ended_when_the_lender_says_nothing_is_asked_for(
    stated: Statement | None, ended: date | None
) -> None:
    assert ended_on(replace(WRITTEN_OFF, statement=stated), date(2030, 1, 1)) == ended


def test_a_loan_ends_no_sooner_than_its_plan_and_what_was_still_paid() -> None:
    """Both are paid on their days but for the last row, which is told for 20 December."""
    late = Payment("P-76", date(2026, 12, 20), 56887)
    loan = lived([*contract_money(named=True), *plan_money(last=5), late], agreed(CASE))
    assert ended_on(loan, date(2026, 12, 19)) is None
    assert ended_on(loan, date(2028, 1, 1)) == date(2026, 12, 20)
    still = replace(WRITTEN_OFF, statement=Statement(date(2026, 8, 1), Amounts()))
    paid = replace(still, payments=(*still.payments, Payment("P-9", date(2026, 10, 5), 100)))
    assert ended_on(paid, date(2030, 1, 1)) == date(2026, 10, 5)


def test_a_loan_ends_no_sooner_than_the_lenders_answer_to_a_plan() -> None:
    """A pause that asked for nothing after the last payment is over on its day, 10 January."""
    row = PlanRow(1, date(2027, 1, 10), 20, Amounts(), 0, 0)
    plan = Plan(date(2026, 12, 20), "CNY", Amounts(), Amounts(), (row,), Fraction(0))
    pause = Agreement("A", OfferKind.PAUSE, Covers.OVERDUE, plan, CureTerms(), plan.as_of, plan.as_of)
    assert ended_on(replace(PAID_UP, agreements=(pause,)), date(2027, 1, 11)) == date(2027, 1, 10)


# 1,096 days after 15 December 2026 is 15 December 2029: 365 + 366 (2028) + 365.
@pytest.mark.parametrize(("today", "due"), [(date(2029, 12, 15), None), (date(2029, 12, 16), Ground.RETENTION)])
def test_the_last_day_of_keeping_still_keeps(today: date, due: Ground | None) -> None:
    assert erasure_ground(LAST, 1096, False, today) is due


def test_without_a_time_for_keeping_nobody_is_due_but_who_closed_the_account() -> None:
    far = date(2090, 1, 1)
    assert erasure_ground(LAST, None, False, far) is None
    assert erasure_ground(LAST, None, True, LAST) is Ground.CLOSED
    assert erasure_ground(LAST, 1096, True, LAST) is Ground.CLOSED
    assert erasure_ground(None, 30, True, far) is None


def test_the_last_of_several_loans_counts_one_that_runs_keeps_all_and_none_is_no_reason() -> None:
    far = date(2040, 1, 1)
    later = replace(PAID_UP, payments=(*PAID_UP.payments[:11], Payment("P-12", date(2027, 5, 1), 200000)))
    assert all_ended_on([later, PAID_UP], far) == date(2027, 5, 1)
    assert all_ended_on([PAID_UP, XIAOMING], far) is None
    assert all_ended_on([], far) is None


@pytest.mark.parametrize(
    ("last_on", "last_days", "days", "reports"),
    [
        (None, None, 1096, True),
        (None, None, None, True),
        (date(2026, 6, 13), 1096, 1096, False),
        (date(2026, 6, 13), None, None, False),
        (date(2026, 6, 13), 1096, 400, True),
        (date(2026, 6, 13), None, 1096, True),
        (date(2026, 6, 13), 1096, None, True),
        (date(2026, 6, 15), 1096, 1096, True),
    ],
)
def test_a_first_look_a_changed_time_and_a_clock_that_ran_ahead_only_report(
    last_on: date | None, last_days: int | None, days: int | None, reports: bool
) -> None:
    assert only_reports(last_on, last_days, days, ON) is reports
