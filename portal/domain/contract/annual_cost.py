"""A contract as a whole: what it costs a year all charges counted, and where its list departs from the formula."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from portal.domain.contract.apr import us_actuarial
from portal.domain.contract.loan import Installment, Loan, Terms
from portal.domain.contract.schedule import generate
from portal.domain.contract.schedule_values import Schedule
from portal.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Deviation:
    """An installment the lender states otherwise than the formula has it, minor units; a note, never a correction."""

    no: int
    stated: int
    formula: int


def cost(loan: Loan) -> Fraction | None:
    """A rate a year, simple: from what was paid out and what is due by the list; None where none can be told.

    Source    People's Bank of China, announcement 2021 no. 3, 2; computed as in 12 CFR 1026, appendix J
    """
    advances = [(loan.disbursed_on, loan.principal)]
    payments = [(row.due_on, row.total) for row in loan.schedule if row.total]
    try:
        return us_actuarial(advances, payments)
    except Refusal:
        return None


def drawn_up(terms: Terms, principal: int, disbursed: date) -> tuple[Installment, ...]:
    """The list that the terms make of a principal, whatever list the lender stated. Raises what `generate` raises."""
    rows = formula(terms, principal, disbursed).rows
    return tuple(Installment(row.no, row.due_on, row.principal, row.interest) for row in rows)


def formula(terms: Terms, principal: int, disbursed: date) -> Schedule:
    """The same with the days of each period. Raises what `generate` raises."""
    return generate(
        principal,
        terms.annual_rate,
        terms.installments,
        terms.first_due,
        disbursed=disbursed,
        method=terms.method,
        every=terms.every,
        day_count=terms.day_count,
        rounding=terms.rounding,
        installment=terms.installment,
    )


def deviations(loan: Loan) -> tuple[Deviation, ...]:
    """Where the stated list and one generated from the same terms part, row by row; () where no list was stated."""
    if loan.schedule_generated:
        return ()
    try:
        generated = drawn_up(loan.terms, loan.principal, loan.disbursed_on)
    except Refusal:
        return ()
    pairs = ((row.no, row.total - row.fees, made.total) for row, made in zip(loan.schedule, generated, strict=False))
    return tuple(Deviation(no, stated, made) for no, stated, made in pairs if stated != made)
