"""What pays everything on a day: interest only for the days that were used."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Covers
from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import Charge, Installment, Payment
from portal.domain.ledger.dues_of_facts import contract_due
from portal.domain.ledger.payoff import payable, running
from portal.domain.ledger.position import position
from tests.domain.agreed import CASE, SIX, agreed, contract_money, lived
from tests.domain.people import ON

MAY, JUNE = date(2026, 5, 15), date(2026, 6, 15)


@pytest.mark.parametrize(
    ("on", "run"),
    [
        (date(2026, 5, 1), 0),
        (MAY, 0),
        (date(2026, 5, 16), 363),  # 108.89 / 30 = 3.6297
        (date(2026, 6, 10), 9074),  # 25 of 30 days: 90.7417
        (date(2026, 6, 14), 10526),
        (JUNE, 10889),
        (date(2026, 8, 1), 10889),
    ],
)
def test_interest_runs_day_by_day_from_the_due_date_before_to_its_own(on: date, run: int) -> None:
    assert running(10889, MAY, JUNE, on, DayCount.THIRTY_360) == run


def test_half_a_minor_unit_is_rounded_up() -> None:
    assert running(15219, MAY, JUNE, date(2026, 5, 20), DayCount.THIRTY_360) == 2537  # 152.19 x 5 / 30 = 25.365


def test_it_runs_by_the_contracts_own_count_of_days() -> None:
    assert running(3100, MAY, JUNE, date(2026, 6, 14), DayCount.ACTUAL_365) == 3000  # 30 of 31 days
    assert running(3100, MAY, JUNE, date(2026, 6, 14), DayCount.THIRTY_360) == 2997  # 29 of 30


def test_what_is_due_is_paid_whole_and_of_what_is_to_come_the_principal_and_what_has_run() -> None:
    dues = [contract_due(Installment(5, MAY, 97662, 12354)), contract_due(Installment(6, JUNE, 99127, 10889, 60))]
    dues.append(contract_due(Installment(7, date(2026, 7, 15), 100614, 9402)))
    found = {(due.no, item.component): minor for due, item, minor in payable(dues, {}, ON, DayCount.THIRTY_360)}
    assert found == {
        (5, "interest"): 12354,
        (5, "principal"): 97662,
        (6, "interest"): 10526,
        (6, "fees"): 58,  # 0.60 x 29 / 30
        (6, "principal"): 99127,
        (7, "principal"): 100614,
    }


def test_what_was_paid_of_the_running_interest_is_taken_off() -> None:
    due = contract_due(Installment(6, JUNE, 99127, 10889))
    due.scheduled["interest"].paid = 10000
    found = [
        minor for _, item, minor in payable([due], {"": MAY}, ON, DayCount.THIRTY_360) if item.component != "principal"
    ]
    assert found == [526]
    due.scheduled["interest"].paid = 10889
    assert len(list(payable([due], {"": MAY}, ON, DayCount.THIRTY_360))) == 1


def test_the_first_period_runs_from_the_day_of_disbursement() -> None:
    """180.00 of 15 December to 15 January: on 30 December 15 of 30 days, 90.00."""
    assert position(replace(CASE, payments=()), date(2025, 12, 30)).payoff == 1200000 + 9000


def test_credit_is_taken_off_and_it_is_never_below_nothing() -> None:
    assert position(lived([Payment("P-3", ON, 341312 + 50000)]), ON).payoff == 725910 + 10526 - 50000
    assert position(lived([Payment("P-3", ON, 2_000_000)]), ON).payoff == 0


def test_one_fen_short_of_it_closes_nothing_and_the_last_fen_does() -> None:
    """7,349.84 pay everything on 10 June; what is a fen short pays June on its day, and July's on its."""
    five = contract_money(first=3, last=5)
    short = lived([*five, Payment("X", date(2026, 6, 10), 734983)])
    assert (position(short, date(2026, 6, 10)).payoff, position(short, date(2026, 6, 10)).credit) == (1, 734983)
    assert position(short, JUNE).credit == 734983 - 110016
    last = replace(short, payments=(*short.payments, Payment("Y", date(2026, 6, 10), 1)))
    assert (position(last, date(2026, 6, 10)).credit, position(last, date(2030, 1, 1)).overdue.total) == (0, 0)


def test_what_is_charged_after_it_was_closed_is_owed_and_paid_by_what_is_left() -> None:
    """10.00 too much; of a fee of 15.00 in August 5.00 are overdue the day after."""
    fee = Charge("F", date(2026, 8, 1), date(2026, 8, 1), "fees", 1500)
    closed = lived([*contract_money(first=3, last=5), Payment("X", date(2026, 6, 10), 735984)])
    now = position(replace(closed, charges=(fee,)), date(2026, 8, 2))
    assert (now.credit, now.overdue.fees, now.overdue.total) == (0, 500, 500)


def test_rows_of_a_whole_loan_plan_owe_old_components_whole_and_its_own_interest_by_days() -> None:
    """12 rows at 18 % from 15 July: 10,777.48, and of the first period's interest 16 of 31 days on 30 June.

    10,145.88 x 18 % x 31 / 360 = 157.26; 157.26 x 16 / 31 = 81.17.
    """
    offer = replace(
        SIX, covers=Covers.ALL, installments=12, first_due=date(2026, 7, 15), interest_rate=Fraction(18, 100)
    )
    plan = agreed(CASE, offer)
    assert (plan.plan.rows[0].days, plan.plan.rows[0].plan_interest) == (31, 15726)
    assert position(lived([], plan), date(2026, 6, 30)).payoff == 1077748 + 8117
