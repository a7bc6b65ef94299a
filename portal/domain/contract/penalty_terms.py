"""What lateness costs by a contract: kind, base, rate, days of grace, and bands of the debt."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from portal.domain.contract.calendar import DayCount


class PenaltyKind(StrEnum):
    NONE = "none"
    DAILY_SIMPLE = "daily-simple"
    DAILY_COMPOUND = "daily-compound"
    ONE_OFF_PERCENT = "one-off-percent"
    ONE_OFF_AMOUNT = "one-off-amount"
    TIERED = "tiered"
    ONE_OFF_BY_BAND = "one-off-by-band"


class PenaltyBase(StrEnum):
    PRINCIPAL = "overdue-principal"
    PRINCIPAL_AND_INTEREST = "overdue-principal-and-interest"
    INTEREST = "overdue-interest"
    OUTSTANDING = "outstanding-principal"
    """Of a charge by band alone: all the principal that is left, due or not."""


class RateForm(StrEnum):
    MULTIPLE = "multiple_of_contract"
    MARGIN = "margin_over_contract"
    ANNUAL = "annual"
    MONTHLY = "monthly"
    DAILY = "daily"


class RoundingPoint(StrEnum):
    LINE = "line"
    DAY = "day"


class Grace(StrEnum):
    """What days of grace do: they are never charged, or only if the money comes within them."""

    WAIVES = "waives"
    COUNTS_FROM_DUE_DATE = "counts-from-due-date"


@dataclass(frozen=True, slots=True)
class PenaltyRate:
    """A rate as the contract words it; `value` is a fraction of one (a factor for `MULTIPLE`)."""

    form: RateForm
    value: Fraction

    def yearly(self, contract_rate: Fraction) -> Fraction:
        """The rate a year; twelve months a year for `MONTHLY`. A `DAILY` rate has none: see `penalty`."""
        match self.form:
            case RateForm.MULTIPLE:
                return contract_rate * self.value
            case RateForm.MARGIN:
                return contract_rate + self.value
            case RateForm.MONTHLY:
                return self.value * 12
            case _:
                return self.value


@dataclass(frozen=True, slots=True)
class Tier:
    """From the `from_day`-th day late on, this rate."""

    from_day: int
    rate: PenaltyRate


@dataclass(frozen=True, slots=True)
class RateChange:
    """From the day `since` on (counted), this rate."""

    since: date
    rate: PenaltyRate


class PenaltyBand(NamedTuple):
    """Of a debt of `from_debt` or more, `amount` is charged once; minor units."""

    from_debt: int
    amount: int


@dataclass(frozen=True, slots=True)
class PenaltyTerms:
    """One charge for lateness. `percent` is a fraction of one, `amount` minor units, `bands` rise: all are one-off."""

    kind: PenaltyKind = PenaltyKind.NONE
    base: PenaltyBase = PenaltyBase.PRINCIPAL
    rate: PenaltyRate | None = None
    tiers: tuple[Tier, ...] = ()
    changes: tuple[RateChange, ...] = ()
    percent: Fraction | None = None
    amount: int | None = None
    bands: tuple[PenaltyBand, ...] = ()
    day_count: DayCount = DayCount.ACTUAL_360
    rounding_point: RoundingPoint = RoundingPoint.LINE
    grace_days: int = 0
    grace: Grace = Grace.WAIVES
    clause: str | None = None


NO_PENALTY = PenaltyTerms()
