"""Why the lender's books and the position part: one thing at a time is taken otherwise until both say the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import (
    AllocationRule,
    Grace,
    Loan,
    Payment,
    PenaltyBase,
    PenaltyTerms,
    RoundingPoint,
    Statement,
    Terms,
)
from portal.domain.ledger.dated import known_to_lender
from portal.domain.ledger.position import Position, on_statement_day, position
from portal.domain.money import Money, Rounding
from portal.domain.refusal import N_, Refusal


@dataclass(frozen=True, slots=True)
class Difference:
    component: str
    stated: int
    computed: int


class Cause(StrEnum):
    """What the lender's system may do otherwise, the likeliest first: its order breaks a tie."""

    DAY_COUNT = "day_count"
    BASE = "base"
    GRACE = "grace"
    ROUNDING = "rounding"
    ALLOCATION = "allocation"
    CAP = "cap"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"


GRACE_DAYS = (0, 1, 2, 3, 5, 7, 10, 15)
ORDERS = (
    AllocationRule(),
    AllocationRule(across="component"),
    AllocationRule(due=("penalty", "costs", "fees", "interest", "principal")),
    AllocationRule(due=("costs", "fees", "interest", "principal", "penalty")),
    AllocationRule(due=("principal", "interest", "penalty", "fees", "costs")),
    AllocationRule(due=("interest", "principal", "penalty", "fees", "costs")),
)


Otherwise = DayCount | PenaltyBase | tuple[Grace, int] | Rounding | RoundingPoint | AllocationRule | Money | str
"""A rule, an amount, or the name of a limit or payment."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One thing that, taken otherwise, leaves no difference; `otherwise` is how, and `on` the day of a payment."""

    cause: Cause
    otherwise: Otherwise
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The lender's statement against the position of its day; no `explanations`: no single thing explains it."""

    differences: tuple[Difference, ...]
    explanations: tuple[Explanation, ...]

    @property
    def likeliest(self) -> Explanation | None:
        return self.explanations[0] if self.explanations else None


def differences(now: Position) -> tuple[Difference, ...]:
    """Where the lender's statement and the position of its day part, component by component."""
    stated = now.loan.statement
    return differing(stated.overdue, now.at_statement) if stated else ()


def differences_of(loan: Loan) -> tuple[Difference, ...]:
    """The same where nothing else is asked of the loan."""
    stated = loan.statement
    return differing(stated.overdue, on_statement_day(loan, stated.as_of)) if stated else ()


def differing(stated: Amounts, computed: Amounts) -> tuple[Difference, ...]:
    return tuple(
        Difference(component, minor, computed.of(component))
        for component, minor in stated.items()
        if minor != computed.of(component)
    )


def _compared(loan: Loan, stated: Statement) -> Position:
    return position(known_to_lender(loan), stated.as_of)


class BooksDiffer(Refusal):
    says = N_(
        "The lender's figure and ours still differ by {difference}. The lender has to put it right before anything is "
        "signed; you need not do anything."
    )


def total_difference(found: Iterable[Difference]) -> int:
    """How far the two are apart in all, minor units: what differs one way does not make up for the other."""
    return sum(abs(each.stated - each.computed) for each in found)


def check_books(loan: Loan, tolerance: int) -> None:
    """Within `tolerance` minor units the borrower signs at the lower figure; beyond it nobody signs.

    Raises BooksDiffer.
    """
    difference = total_difference(differences_of(loan))
    if difference > tolerance:
        raise BooksDiffer("", difference=Money(difference, loan.currency))


def reconcile(now: Position) -> Reconciliation:
    """What parts the two, by component, and every single cause that explains all of it to the last minor unit."""
    found = differences(now)
    if not found:
        return Reconciliation((), ())
    alternatives = _alternatives(now.loan, found)
    explained = (explanation for explanation, other in alternatives if not differences_of(other))
    return Reconciliation(found, tuple(explained))


def _alternatives(loan: Loan, found: tuple[Difference, ...]) -> Iterator[tuple[Explanation, Loan]]:
    terms = loan.terms
    for cause, otherwise, other in _each_penalty(terms):
        yield Explanation(cause, otherwise), _with(loan, other)
    for mode in Rounding:
        if mode is not terms.rounding:
            yield Explanation(Cause.ROUNDING, mode), _with(loan, replace(terms, rounding=mode))
    for order in ORDERS:
        if order != terms.allocation:
            yield Explanation(Cause.ALLOCATION, order), _with(loan, replace(terms, allocation=order))
    if terms.cap:
        yield Explanation(Cause.CAP, terms.cap.rule), _with(loan, replace(terms, cap=None))
    yield from _payments(loan, found)


def _each_penalty(terms: Terms) -> Iterator[tuple[Cause, Otherwise, Terms]]:
    every = (terms.penalty, *terms.further_penalties)
    for place, stated in enumerate(every):
        for cause, otherwise, penalty in _penalties(stated):
            changed = (*every[:place], penalty, *every[place + 1 :])
            yield cause, otherwise, replace(terms, penalty=changed[0], further_penalties=changed[1:])


def _penalties(stated: PenaltyTerms) -> Iterator[tuple[Cause, Otherwise, PenaltyTerms]]:
    changes: list[tuple[Cause, Otherwise, dict[str, Any]]] = [
        *((Cause.DAY_COUNT, count, {"day_count": count}) for count in DayCount),
        *((Cause.BASE, base, {"base": base}) for base in PenaltyBase if base is not PenaltyBase.OUTSTANDING),
        *((Cause.GRACE, (grace, days), {"grace": grace, "grace_days": days}) for grace in Grace for days in GRACE_DAYS),
        *((Cause.ROUNDING, point, {"rounding_point": point}) for point in RoundingPoint),
    ]
    for cause, otherwise, change in changes:
        other = replace(stated, **change)
        if other != stated:
            yield cause, otherwise, other


def _payments(loan: Loan, found: tuple[Difference, ...]) -> Iterator[tuple[Explanation, Loan]]:
    """One payment that only one side knows: ours left out, or one the lender counts on a day that asks for it."""
    assert loan.statement is not None
    as_of, short = loan.statement.as_of, sum(each.computed - each.stated for each in found)
    now = _compared(loan, loan.statement)
    room = _room(loan, now)
    for payment in loan.payments:
        too_much = room is not None and payment.amount > room - short
        if payment.reverses is None and payment.received_on <= as_of and not too_much:
            others = tuple(p for p in loan.payments if payment.id not in (p.id, p.reverses))
            left_out = Explanation(Cause.MISSING_THERE, payment.id, payment.received_on)
            yield left_out, replace(loan, payments=others)
    if short > 0:
        for day, amount in _receivable(now, short, least=0 if room is None else short - room):
            unknown = Payment("", day, amount)
            counted = Explanation(Cause.MISSING_HERE, Money(amount, loan.currency), day)
            yield counted, replace(loan, payments=(*loan.payments, unknown))


def _room(loan: Loan, now: Position) -> int | None:
    """How far the total may part from what is paid more or less, minor units: a payment beyond it explains nothing.

    All the penalty there is could go with another payment or come, and what was paid before it was due, or found
    nothing to pay, could have made up for it. None where the lender allocated, or a plan takes in or waives, which is
    not bounded so.
    """
    if loan.agreements or any(payment.allocated for payment in loan.payments):
        return None
    ahead = sum(row.paid for row in now.installments if row.due_on >= now.as_of)
    ahead += sum(charge.amount for charge in loan.charges if charge.due_on >= now.as_of)
    return now.penalty_charged + ahead + now.credit


def _receivable(now: Position, short: int, least: int) -> Iterator[tuple[date, int]]:
    """The difference on the statement's day, or an overdue installment on a day when one fell due."""
    yield now.as_of, short
    overdue = now.overdue_installments
    amounts = sorted(amount for amount in {short, *(row.left for row in overdue)} if amount >= least)
    for day in sorted({row.due_on for row in overdue}, reverse=True):
        for amount in amounts:
            yield day, amount


def _with(loan: Loan, terms: Terms) -> Loan:
    return replace(loan, terms=terms)
