"""What pays everything, line by line: the lines are the whole of it, and interest that runs says how."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.prepayment import Purpose
from portal.domain.ledger.payoff_facts import payoff_facts, payoff_lines
from portal.domain.ledger.position import position
from tests.domain.agreed import CASE, agreed, lived, plan_money
from tests.domain.people import ON


def with_money(*payments: Payment) -> Loan:
    return replace(CASE, payments=(*CASE.payments, *payments))


def test_of_the_period_that_runs_the_interest_to_the_day_is_asked_for() -> None:
    """108.89 x 29/30 = 105.26 on 14 June, all of it on the 15th; nothing of later periods."""
    running = [line for line in payoff_lines(position(CASE, ON)) if line.runs]
    assert [(line.due, line.amount) for line in running] == [("contract:6", 10526)]
    assert running[0].runs == (date(2026, 5, 15), ON, 29, 30, 10889)
    due = [line for line in payoff_lines(position(CASE, date(2026, 6, 15))) if line.component == "interest"]
    assert [(line.due, line.amount, line.runs) for line in due][-1] == ("contract:6", 10889, None)


def test_what_is_paid_ahead_is_taken_off_at_the_end() -> None:
    found = payoff_facts(position(with_money(Payment("P-3", ON, 680000)), ON))
    assert (found["total"], found["credit"], found["payoff"]) == ("7364.36", "3386.88", "3977.48")


def test_a_loan_that_is_paid_off_has_no_line_and_says_since_when() -> None:
    found = payoff_facts(position(with_money(Payment("P-3", ON, 1080000, purpose=Purpose.PAYOFF)), date(2026, 7, 1)))
    assert (found["lines"], found["payoff"], found["closed_on"], found["credit"]) == ([], "0.00", "2026-06-14", "22.52")


@pytest.mark.parametrize("days", [0, 1, 20, 60, 200])
def test_the_lines_less_what_is_ahead_and_not_charged_are_the_payoff(days: int) -> None:
    """Without a plan and under one that is kept for two months and breaks."""
    for loan in (CASE, lived(plan_money(last=2), agreed(CASE))):
        found = position(loan, ON + timedelta(days=days))
        total = sum(line.amount for line in payoff_lines(found))
        assert max(total - found.credit - found.above_contract.total, 0) == found.payoff
        assert all(line.amount > 0 for line in payoff_lines(found))
