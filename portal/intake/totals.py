"""A file that tells sums instead of installments and payments: the contract's schedule is brought in line with them.

Stated and kept: principal, rate, number of installments, the installment, what was paid by component, the state.
Derived: which installments that paid. Up to there the schedule asks exactly what was paid, in one row, since a file of
sums does not tell how it came in; from there on it is drawn up from the principal that is left.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count, takewhile

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.annual_cost import drawn_up
from portal.domain.contract.calendar import due_date
from portal.domain.contract.loan import Installment, Loan
from portal.domain.contract.schedule import Method
from portal.domain.money import COMPONENTS, format_amount, parse_amount
from portal.intake import refusals as no
from portal.intake.cells import Cells
from portal.intake.mapping import StatusWord, TotalsShape

METHODS = (Method.LEVEL, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY)
RUNNING = StatusWord(state="running")


def read_sums(totals: TotalsShape, cells: Cells) -> tuple[Amounts, int]:
    """What a row says was paid, and all that was received, minor units; held against the total it states."""
    paid = Amounts(**{name: cells.minor(getattr(totals, name)) for name in COMPONENTS})
    received = paid.total + cells.minor(totals.unallocated)
    if totals.total is not None:
        stated, within = cells.minor(totals.total), parse_amount(totals.total_within, cells.currency)
        if abs(stated - received) > within:
            allowed, given = (format_amount(minor, cells.currency) for minor in (received, stated))
            problem = no.TotalDiffers(allowed=allowed, within=totals.total_within, given=given)
            cells.problems.note(totals.total.column, problem)
    return paid, received


def payment_of(paid: Amounts, received: int, totals: TotalsShape, cells: Cells) -> dict[str, object]:
    """All that was ever paid as one payment of the portfolio format.

    Where no day is stated it was by the day of the file; a month that is the file's own has no later day than that.
    """
    received_on = cells.read(totals.received_on)
    as_of = str(cells.as_of)
    if totals.received_on.day_is_free and str(received_on)[:7] == as_of[:7]:
        received_on = min(str(received_on), as_of)
    if isinstance(received_on, str) and received_on > as_of:
        cells.problems.note(totals.received_on.column, no.AfterTheFile(allowed=as_of, given=received_on))
    allocated = {name: format_amount(minor, cells.currency) for name, minor in paid.items() if minor}
    amount = format_amount(received, cells.currency)
    return {"id": "total", "received_on": received_on or as_of, "amount": amount, "allocated": allocated}


def in_line(loan: Loan, word: StatusWord, as_of: date, day_is_free: bool) -> Loan:
    """The loan with the schedule that its sums and its state make of the contract's.

    Raises TotalsNeedMethod, MoreThanPrincipal, NotPaidUp, StatusAgainstDates.
    """
    _check(loan, word)
    paid = _paid(loan)
    if loan.principal == paid.principal:
        return replace(loan, schedule=tuple(_settled(loan, max(_reached(loan), 1))))
    settled, first_due = _next_due(loan, word, as_of, day_is_free)
    loan = replace(loan, terms=replace(loan.terms, first_due=first_due))
    rest = _rest(loan, settled, loan.principal - paid.principal)
    if word.state == "written-off":
        written_off_on = min(rest[0].due_on + timedelta(days=word.after_days), as_of)
        rest = [row if row.due_on <= written_off_on else row._replace(interest=0) for row in rest]
        loan = replace(loan, written_off_on=written_off_on)
    return replace(loan, schedule=(*_settled(loan, settled), *rest))


def outstanding(loan: Loan) -> int:
    """The principal left, minor units."""
    return loan.principal - _paid(loan).principal


def _check(loan: Loan, word: StatusWord) -> None:
    left, method = outstanding(loan), loan.terms.method
    if method not in METHODS:
        raise no.TotalsNeedMethod("terms.method", allowed=", ".join(METHODS), given=method.value)
    if left < 0:
        amounts = (format_amount(minor, loan.currency) for minor in (loan.principal, loan.principal - left))
        raise no.MoreThanPrincipal("totals.principal", **dict(zip(("allowed", "given"), amounts, strict=True)))
    if left and word.state == "paid":
        raise no.NotPaidUp("status", given=format_amount(left, loan.currency))


def _paid(loan: Loan) -> Amounts:
    return (loan.payments[0].allocated or NOTHING) if loan.payments else NOTHING


def _due(loan: Loan, index: int, first_due: date | None = None) -> date:
    return due_date(first_due or loan.terms.first_due, loan.terms.every, index)


def _reached(loan: Loan) -> int:
    """How many installments had fallen due when the last money came in."""
    if not loan.payments:
        return 0
    last = loan.payments[0].received_on
    return sum(1 for _ in takewhile(lambda index: _due(loan, index) <= last, range(loan.terms.installments)))


def _next_due(loan: Loan, word: StatusWord, as_of: date, day_is_free: bool) -> tuple[int, date]:
    """How many installments are settled, and the first due date of the contract.

    The oldest unpaid one is the first due after the last money, moved by as few installments as bring it within the
    days late that the state allows; and where the file knows no day, by as few days.
    """
    reached, least_settled = _reached(loan), 1 if _paid(loan).total else 0
    if word.days_late is None:
        return max(reached, least_settled), loan.terms.first_due
    least, most = word.days_late
    for first_due in _first_dues(loan, day_is_free):
        near = takewhile(lambda index: _due(loan, index, first_due) <= as_of, count())  # noqa: B023
        last = sum(1 for _ in near)
        for settled in sorted(range(least_settled, last + 2), key=lambda index: abs(index - reached)):
            late = max((as_of - _due(loan, settled, first_due)).days, 0)
            if least <= late <= most:
                return settled, first_due
    raise no.StatusAgainstDates("status", least=least, most=most, as_of=as_of)


def _first_dues(loan: Loan, day_is_free: bool) -> Iterator[date]:
    """The first due date, then where its day is free the other days of its month, the nearest first."""
    stated = loan.terms.first_due
    yield stated
    for days in range(1, 31) if day_is_free else ():
        for day in (stated + timedelta(days=days), stated - timedelta(days=days)):
            if day.month == stated.month and day > loan.disbursed_on:
                yield day


def _settled(loan: Loan, settled: int) -> Iterator[Installment]:
    """The installments that were paid: the last of them asks all of it."""
    paid = _paid(loan)
    for index in range(settled):
        last = index == settled - 1
        amounts = (paid.principal, paid.interest, paid.fees) if last else (0, 0, 0)
        yield Installment(index + 1, _due(loan, index), *amounts)


def _rest(loan: Loan, settled: int, left: int) -> list[Installment]:
    """The installments still to pay, by the contract's terms and its stated installment; the last takes the rest."""
    terms = loan.terms
    level = (terms.installment or loan.schedule[0].total) if terms.method is Method.LEVEL else None
    count_left, first_due = max(terms.installments - settled, 1), _due(loan, settled)
    changed = replace(terms, installments=count_left, first_due=first_due, installment=level)
    begun = _due(loan, settled - 1) if settled else loan.disbursed_on
    rows = [row for row in drawn_up(changed, left, begun) if row.total]
    return [Installment(settled + no, row.due_on, row.principal, row.interest) for no, row in enumerate(rows, 1)]
