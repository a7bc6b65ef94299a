"""An agreement over a loan, as it was signed: what it takes in, what is paid instead, and the rules both hold to."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class CureTerms:
    """What a plan forgives: a payment late by `cure_days`, and one miss among `within` payments in a row."""

    cure_days: int = 14
    within: int = 6


@dataclass(frozen=True, slots=True)
class Pause:
    """Days after `start` up to and including `end` on which nothing falls due; what was to come moves by as many."""

    start: date
    end: date

    @property
    def days(self) -> timedelta:
        return self.end - self.start
