"""Two hundred loans whose lender counts one thing otherwise, twenty-five a cause: which of them is named."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import AllocationRule, Cap, Installment, Loan, Payment, Statement
from portal.domain.contract.penalty_terms import Grace, PenaltyBase, PenaltyRate, RateForm
from portal.domain.contract.schedule import generate
from portal.domain.ledger.position import on_statement_day, position
from portal.domain.ledger.reconciliation import Cause, differences_of, reconcile
from portal.domain.money import Rounding
from tests.domain.people import ON, XIAOMING

OF_EACH = 25
BY_HEART = AllocationRule(due=("interest", "principal", "penalty", "fees", "costs"))


def drawn(of: Random) -> Loan:
    """Two to four installments behind, and something paid late on the way; dear enough to be held to 24 %."""
    first_due, rate = date(2026, of.choice((1, 2)), of.randint(2, 27)), Fraction(of.randint(100, 180), 1000)
    rows = generate(of.randint(300, 6000) * 1000, rate, 12, first_due).rows
    terms = replace(
        XIAOMING.terms,
        annual_rate=rate,
        first_due=first_due,
        penalty=replace(XIAOMING.terms.penalty, rate=PenaltyRate(RateForm.MULTIPLE, Fraction(of.randint(17, 25), 10))),
        cap=Cap("24-percent", Fraction(24, 100)),
    )
    schedule = tuple(Installment(row.no, row.due_on, row.principal, row.interest) for row in rows)
    paid = Payment("P-1", schedule[0].due_on, schedule[0].principal + schedule[0].interest)
    late = Payment("P-2", ON - timedelta(days=of.randint(20, 40)), of.randint(20_000, 90_000))
    return replace(XIAOMING, terms=terms, schedule=schedule, payments=(paid, late), statement=None)


def _penalty(loan: Loan, **change: object) -> Loan:
    return replace(loan, terms=replace(loan.terms, penalty=replace(loan.terms.penalty, **change)))


def _one_more(loan: Loan, of: Random) -> Loan:
    more = Payment("UNKNOWN", ON, of.randint(5_000, 60_000))
    return replace(loan, payments=(*loan.payments, more))


OTHERWISE: dict[Cause, Callable[[Loan, Random], Loan]] = {
    Cause.DAY_COUNT: lambda loan, of: _penalty(loan, day_count=of.choice([DayCount.ACTUAL_365, DayCount.THIRTY_360])),
    Cause.BASE: lambda loan, _: _penalty(loan, base=PenaltyBase.PRINCIPAL_AND_INTEREST),
    Cause.GRACE: lambda loan, of: _penalty(loan, grace=Grace.WAIVES, grace_days=of.choice((1, 2, 3, 5, 7))),
    Cause.ROUNDING: lambda loan, of: replace(
        loan, terms=replace(loan.terms, rounding=of.choice((Rounding.UP, Rounding.DOWN)))
    ),
    Cause.ALLOCATION: lambda loan, _: replace(loan, terms=replace(loan.terms, allocation=BY_HEART)),
    Cause.CAP: lambda loan, _: replace(loan, terms=replace(loan.terms, cap=None)),
    Cause.MISSING_HERE: _one_more,
    Cause.MISSING_THERE: lambda loan, _: replace(loan, payments=loan.payments[:1]),
}


def test_of_two_hundred_loans_whose_books_part_the_one_cause_is_named_for_nineteen_of_twenty() -> None:
    of, named = Random(20260614), Counter[Cause]()
    for cause, otherwise in OTHERWISE.items():
        for _ in range(OF_EACH):
            loan = drawn(of)
            theirs = on_statement_day(otherwise(loan, of), ON)
            while theirs == on_statement_day(loan, ON):  # nothing rounds, or it is the same count of days
                loan = drawn(of)
                theirs = on_statement_day(otherwise(loan, of), ON)
            told = replace(loan, statement=Statement(ON, theirs))
            assert differences_of(told)
            likeliest = reconcile(position(told, ON)).likeliest
            named[cause] += likeliest is not None and likeliest.cause is cause
    assert sum(named.values()) >= 190, named
    assert min(named.values()) >= 20, named
