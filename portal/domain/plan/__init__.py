"""A plan drawn up from an offer: the one function that previews, quotes, proposes and agrees."""

from portal.domain.plan.comparison import Change, Comparison, compare
from portal.domain.plan.drawing import draw_up
from portal.domain.plan.offer import (
    FIRST_DUE_WITHIN_MONTHS,
    MOST_INSTALLMENTS,
    MOST_MONTHS,
    Covers,
    Kind,
    Offer,
)
from portal.domain.plan.plan import Plan, PlanRow
from portal.domain.plan.refusals import (
    AmountTooSmall,
    CountOrAmount,
    DownPaymentTooHigh,
    FirstDueTooEarly,
    FirstDueTooLate,
    InstallmentsOutOfRange,
    InterestOnlyOutOfRange,
    NothingLeft,
    NothingToCome,
    NothingToPlan,
    PlanTooLong,
    PrincipalNotWaived,
    RoundToOutOfRange,
    TooManyPayments,
    WaiverTooHigh,
)

__all__ = [
    "FIRST_DUE_WITHIN_MONTHS",
    "MOST_INSTALLMENTS",
    "MOST_MONTHS",
    "AmountTooSmall",
    "Change",
    "Comparison",
    "CountOrAmount",
    "Covers",
    "DownPaymentTooHigh",
    "FirstDueTooEarly",
    "FirstDueTooLate",
    "InstallmentsOutOfRange",
    "InterestOnlyOutOfRange",
    "Kind",
    "NothingLeft",
    "NothingToCome",
    "NothingToPlan",
    "Offer",
    "Plan",
    "PlanRow",
    "PlanTooLong",
    "PrincipalNotWaived",
    "RoundToOutOfRange",
    "TooManyPayments",
    "WaiverTooHigh",
    "compare",
    "draw_up",
]
