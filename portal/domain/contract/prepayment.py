"""Money beyond what is due: what the borrower or the contract says of it."""

from enum import StrEnum


class Purpose(StrEnum):
    """What the money is for, beyond what is due."""

    PAYOFF = "payoff"
    PREPAY = "prepay"


class Then(StrEnum):
    """Which principal to come a prepayment pays: the last rows', a part of each row's, or the next rows'."""

    FEWER = "fewer"
    LOWER = "lower"
    NEXT = "next"


class PrepaidInterest(StrEnum):
    """What becomes of the contract's interest on principal that is prepaid: it runs no more, or stays as stated."""

    BY_DAY = "by-day"
    AS_SCHEDULED = "as-scheduled"


class Surplus(StrEnum):
    """What becomes of money that finds nothing due and says nothing: it waits for the next due, or is prepaid."""

    CREDIT = "credit"
    PREPAY = "prepay"
