"""A loan as its lender states it: terms, schedule and the dated facts that happened to it. Nothing here is computed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount, Every
from portal.domain.contract.closing import LenderCredit, LoanClosing
from portal.domain.contract.penalty_terms import NO_PENALTY, PenaltyKind, PenaltyTerms
from portal.domain.contract.prepayment import PrepaidInterest, Purpose, Surplus, Then
from portal.domain.contract.schedule import Method
from portal.domain.money import COMPONENTS, Rounding


@dataclass(frozen=True, slots=True)
class Cap:
    """The most a penalty may cost, a year and as a fraction of one; `rule` and `source` say who set it.

    `together`: it is for all that an installment's lateness costs, on its overdue principal, not line by line.
    """

    rule: str
    annual_rate: Fraction
    source: str = ""
    together: bool = False


@dataclass(frozen=True, slots=True)
class AllocationRule:
    """Where the fen of a payment go: `due` for what has fallen due, `in_advance` for what has not.

    Without an order of its own for that, what finds nothing due is credit and pays each due on its day.
    `across` is "installment" (oldest installment first, its components in order) or "component" (a component over
    all installments before the next). `late` replaces `due` from the `late_from_day`-th day late on.
    """

    due: tuple[str, ...] = COMPONENTS
    in_advance: tuple[str, ...] = ()
    across: str = "installment"
    late: tuple[str, ...] = ()
    late_from_day: int = 0

    def order(self, due: bool, days_late: int) -> tuple[str, ...]:
        if not due:
            return self.in_advance or self.due
        return self.late if self.late and days_late >= self.late_from_day else self.due


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause as the contract words it; `about` says which part of the terms it is the source of, if any."""

    ref: str
    lang: str
    title: str
    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """`further_penalties` are charged for the same lateness beside `penalty`, each by its own clause."""

    annual_rate: Fraction
    method: Method
    installments: int
    every: Every
    first_due: date
    day_count: DayCount
    rounding: Rounding = Rounding.HALF_UP
    penalty: PenaltyTerms = NO_PENALTY
    cap: Cap | None = None
    allocation: AllocationRule = AllocationRule()
    prepayment: PrepaidInterest = PrepaidInterest.BY_DAY
    surplus: Surplus = Surplus.CREDIT
    clauses: tuple[Clause, ...] = ()
    installment: int | None = None
    """The installment as the contract states it, minor units; None where it states none."""
    further_penalties: tuple[PenaltyTerms, ...] = ()

    @property
    def penalties(self) -> tuple[PenaltyTerms, ...]:
        """All that is charged for lateness, in the contract's order; none where nothing is."""
        return tuple(each for each in (self.penalty, *self.further_penalties) if each.kind is not PenaltyKind.NONE)

    @property
    def free_days(self) -> int:
        """Days after a due date on which paying costs nothing yet."""
        return min((each.grace_days for each in self.penalties), default=self.penalty.grace_days)


class Installment(NamedTuple):
    """One row of the contract's schedule, minor units."""

    no: int
    due_on: date
    principal: int
    interest: int
    fees: int = 0

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.fees


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received, taken back (`reverses`; without an amount all of it) or, a refund, paid back out of credit.

    `allocated`: as the lender stated it, kept as stated. `installment`, or `plan_installment` of the plan in force, is
    the debt the borrower named: it is paid before anything else. Source: Civil Code, article 560.
    """

    id: str
    received_on: date
    amount: int = 0
    allocated: Amounts | None = None
    reverses: str | None = None
    installment: int | None = None
    plan_installment: int | None = None
    purpose: Purpose | None = None
    then: Then = Then.FEWER
    is_refund: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount the lender charged beyond the schedule; `kind` is penalty, fees or costs."""

    id: str
    on: date
    due_on: date
    kind: str
    amount: int
    installment: int | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What the lender told otherwise, on a day, of what it had told before; None is what is not there."""

    told_on: date
    id: str
    before: Payment | Charge | LenderCredit | None
    now: Payment | Charge | LenderCredit | None


@dataclass(frozen=True, slots=True)
class Statement:
    """The overdue components as the lender's own system has them."""

    as_of: date
    overdue: Amounts


DISPUTE, OVERLOOKED = "dispute", "overlooked"
"""Reasons of a suspension: a dispute asked for it (a late answer has another), or too little was overdue to ask for."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days after `start` up to and including `end` (open: None) on which a component does not grow, and why."""

    component: str
    start: date
    end: date | None
    reason: str


class ToleratedArrears(NamedTuple):
    """From day `since` on, what the lender's policy does not ask for where no more is overdue, minor units."""

    since: date
    amount: int


class LegalStage(StrEnum):
    """How far the lender has gone by law to be paid, as it says itself."""

    NONE = "none"
    DEMAND_LETTER = "demand_letter"
    FILED = "filed"
    JUDGMENT = "judgment"
    ENFORCEMENT = "enforcement"


@dataclass(frozen=True, slots=True)
class Loan:
    loan_no: str
    product: str
    lender_kind: str
    currency: str
    signed_on: date
    disbursed_on: date
    principal: int
    terms: Terms
    schedule: tuple[Installment, ...]
    schedule_generated: bool = False
    payments: tuple[Payment, ...] = ()
    charges: tuple[Charge, ...] = ()
    statement: Statement | None = None
    suspensions: tuple[Suspension, ...] = ()
    written_off_on: date | None = None
    agreements: tuple[Agreement, ...] = ()
    """In the order in which they were signed."""
    lender_credits: tuple[LenderCredit, ...] = ()
    closing: LoanClosing | None = None
    restated_on: date | None = None
    """The day from which a schedule holds that the lender stated anew; what was prepaid until then is counted in it."""
    arrears_tolerance: tuple[ToleratedArrears, ...] = ()
    """By the versions of the lender's policy, in their order."""
    corrections: tuple[Correction, ...] = ()
    """In the order in which they were told; what holds now stands in its place."""
    legal_stage: LegalStage = LegalStage.NONE

    def tolerance_on(self, day: date) -> int:
        """By the version in force on that day, minor units: where no more is overdue, nobody is asked for it."""
        return next((each.amount for each in reversed(self.arrears_tolerance) if each.since <= day), 0)
