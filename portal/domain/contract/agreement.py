"""An agreement over a loan, as it was signed: what it takes in, what is paid instead, and the rules both hold to."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.calendar import THE_WEEK, Every, WorkingDays
from portal.domain.contract.pause import BY_CONTRACT, Pause, PauseTerms
from portal.domain.contract.plan import Plan, TakenIn

EVERY_MONTH = Every(1, "m")


class Covers(StrEnum):
    """What a plan takes in: what is overdue now, the principal still to come, or both.

    One for what is overdue stands beside the contract's later installments; the others replace them.
    """

    OVERDUE = "overdue"
    TO_COME = "to-come"
    ALL = "all"


class OfferKind(StrEnum):
    PLAN = "plan"
    PAUSE = "pause"
    SETTLEMENT = "settlement"
    VARIATION = "variation"


class MissedContract(StrEnum):
    """What an installment of the contract that is missed beside a plan does to the plan: nothing, or the same."""

    APART = "apart"
    BREAKS = "breaks"


@dataclass(frozen=True, slots=True)
class CureTerms:
    """What a plan forgives: a payment late by `cure_days`, and one miss among `within` payments in a row.

    It breaks after `telling_days` more working days, so that what was paid in time can be told. Where the `contract`
    breaks it too, an installment that is missed beside it does so by the same days. No row is missed for
    `arrears_tolerance` minor units or less, which the rows up to it are short of together.
    """

    cure_days: int = 14
    within: int = 6
    telling_days: int = 3
    contract: MissedContract = MissedContract.APART
    arrears_tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement that was signed, from the end of `plan.as_of` on: the day its figures are of.

    `taken_in` says by due what leaves it; None, as in those signed before it was written down, is what is oldest.
    `proposal` is what led to it. `every` is the step between its rows, `interest_rate` what they bear a year; `pause`
    is what it holds, where it is one, `within` the agreement that such a one is a part of, by its ref; `pauses` are
    those within this one. `answered_on` is the day
    on which the lender's core booked it or, with `refused`, did not; None while it is silent.
    """

    ref: str
    kind: OfferKind
    covers: Covers
    plan: Plan
    cure_terms: CureTerms
    signed_on: date
    answered_on: date | None = None
    refused: bool = False
    taken_in: tuple[TakenIn, ...] | None = None
    pauses: tuple[Pause, ...] = ()
    working_days: WorkingDays = THE_WEEK
    proposal: str = ""
    every: Every = EVERY_MONTH
    interest_rate: Fraction = Fraction(0)
    pause: PauseTerms = BY_CONTRACT
    within: str = ""

    @property
    def stated(self) -> Amounts:
        """All that it takes in as it was signed, minor units."""
        return sum((line.amounts for line in self.taken_in), NOTHING) if self.taken_in else self.plan.taken_in

    @property
    def stays(self) -> bool:
        """Whether its schedule is the contract's from now on, also where it is not kept."""
        return self.covers is not Covers.OVERDUE and self.kind is not OfferKind.SETTLEMENT

    @property
    def own_pause(self) -> Pause | None:
        """What it is itself, if it is a pause."""
        return Pause(self.plan.as_of, self.plan.last_due_on, self.pause) if self.kind is OfferKind.PAUSE else None

    @property
    def all_pauses(self) -> tuple[Pause, ...]:
        """What it is itself, and what the lender granted within it."""
        return (self.own_pause, *self.pauses) if self.own_pause else self.pauses
