"""What is owed is what living through the calendar day by day gives; see `tests.naive`, which knows no rule of ours."""

from datetime import date

import pytest
from hypothesis import given, settings

from portal.domain.contract.loan import Loan
from portal.domain.ledger.penalty import PenaltyLine
from portal.domain.ledger.position import Position, position
from tests.naive import contracts
from tests.naive.owed import Owed, owed
from tests.naive.penalty import Line

FEW = settings(max_examples=250, derandomize=True, deadline=None)
MANY = settings(max_examples=5_000, derandomize=True, deadline=None)


def shown(line: PenaltyLine) -> Line:
    return Line(line.installment, line.of, line.base, line.start, line.end, line.contract, line.charged)


def compare(loan: Loan, on: date) -> None:
    got, expected = position(loan, on), owed(loan, on)
    same_lines(got, expected)
    same_payments(got, expected)
    assert {name: minor for name, minor in got.overdue.items() if minor} == expected.overdue
    assert got.outstanding_principal == expected.principal_left
    assert got.days_past_due == expected.days_late


def same_lines(got: Position, expected: Owed) -> None:
    assert [shown(line) for line in got.penalty_lines] == expected.lines


def same_payments(got: Position, expected: Owed) -> None:
    for payment in got.payments:
        went = {name: minor for name, minor in payment.allocated.items() if minor}
        assert went == expected.payments.get(payment.id, {})
        assert payment.credit == expected.left_over.get(payment.id, 0)
        assert (payment.reversed_on is None) == (payment.id in expected.payments)


histories = given(contracts.loans(), contracts.looked_at)

test_what_is_owed_is_what_counting_day_by_day_gives = FEW(histories(compare))
test_what_very_many_owe_is_what_counting_day_by_day_gives = pytest.mark.proof(MANY(histories(compare)))
