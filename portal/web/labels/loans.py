"""What the parts of a loan are called on a page: components, bases, day counts, caps and causes."""

from collections.abc import Mapping
from typing import Any

from portal.domain.contract.calendar import DayCount
from portal.domain.contract.closing import ClosingReason
from portal.domain.contract.loan import LegalStage
from portal.domain.contract.penalty_terms import Grace, PenaltyBase, RoundingPoint
from portal.domain.contract.prepayment import Then
from portal.domain.ledger.reconciliation import Cause
from portal.domain.money import Rounding
from portal.domain.refusal import N_

COMPONENT_LABELS = {
    "costs": N_("Costs"),
    "fees": N_("Fees"),
    "penalty": N_("Penalty"),
    "interest": N_("Interest"),
    "principal": N_("Principal"),
}

THEN_LABELS = {
    Then.FEWER: N_("Paid early: fewer installments"),
    Then.LOWER: N_("Paid early: lower installments"),
    Then.NEXT: N_("Paid early: the next installments"),
}

CLOSING_LABELS = {
    ClosingReason.SOLD: N_("The lender has sold the loan; ask it to whom, and pay nobody before it has told you."),
    ClosingReason.BOUGHT_BACK: N_("The loan was bought back from this lender; ask it by whom before you pay anybody."),
    ClosingReason.SETTLED: N_("It was settled: what was agreed has been paid, and the rest is not asked for."),
    ClosingReason.RECALLED: N_("It was taken back from this lender; ask it who handles it before you pay anybody."),
    ClosingReason.PAID: N_("By the lender's books everything is paid."),
}

CLOSED_AS_LABELS = {
    ClosingReason.SOLD: N_("the loan was sold"),
    ClosingReason.BOUGHT_BACK: N_("the loan was bought back"),
    ClosingReason.SETTLED: N_("it was settled"),
    ClosingReason.RECALLED: N_("it was taken back by its owner"),
    ClosingReason.PAID: N_("everything is paid"),
}

LEGAL_STAGE_LABELS = {
    LegalStage.DEMAND_LETTER: N_("demand letter sent"),
    LegalStage.FILED: N_("filed with the court"),
    LegalStage.JUDGMENT: N_("judgment given"),
    LegalStage.ENFORCEMENT: N_("enforced by the court"),
}
"""For the lender's own people."""
LEGAL_STAGE_SENTENCES = {
    LegalStage.DEMAND_LETTER: N_("The lender has sent a formal letter that asks for payment. No court has been asked."),
    LegalStage.FILED: N_("The lender has asked a court to decide about this loan. The court has not decided yet."),
    LegalStage.JUDGMENT: N_("A court has decided about this loan. What it decided is in the papers of the court."),
    LegalStage.ENFORCEMENT: N_(
        "A court is carrying out what was decided about this loan. Its papers say what that means."
    ),
}
"""What whoever owes it is told of the same."""

PENALTY_BASE_LABELS = {
    PenaltyBase.PRINCIPAL: N_("the overdue principal"),
    PenaltyBase.PRINCIPAL_AND_INTEREST: N_("the overdue principal and, on its own line, the overdue interest"),
    PenaltyBase.INTEREST: N_("the overdue interest"),
    PenaltyBase.OUTSTANDING: N_("the principal not paid back"),
}

LINE_OF_LABELS = {
    "principal": N_("the overdue principal"),
    "interest": N_("the overdue interest"),
    "principal-and-interest": N_("what is overdue of it"),
    "outstanding-principal": N_("the principal not paid back"),
}

DAY_COUNT_LABELS = {
    DayCount.THIRTY_360: N_("Every month counts as 30 days and the year as 360."),
    DayCount.ACTUAL_360: N_("The days that really pass are counted, and the year as 360."),
    DayCount.ACTUAL_364: N_("The days that really pass are counted, and the year as 364."),
    DayCount.ACTUAL_365: N_("The days that really pass are counted, and the year as 365."),
    DayCount.ACTUAL_ACTUAL: N_("The days that really pass are counted, in years as long as they really are."),
}

CAP_LABELS = {
    "strictest": N_(
        "It is the strictest limit that may hold for this loan; it holds until the lender has said which one does."
    ),
    "24-percent": N_(
        "It is the yardstick for loans of financial institutions in the opinions of the Supreme People's Court "
        "on financial trials, of 2017."
    ),
    "24-percent-together": N_(
        "It is the yardstick for loans of financial institutions in the opinions of the Supreme People's Court "
        "on financial trials, of 2017, held against all that lateness costs."
    ),
    "4x-lpr": N_(
        "It is four times the one-year loan prime rate on the day of the contract, as the provisions of the "
        "Supreme People's Court on private lending have it, of 2020."
    ),
}

CAUSE_LABELS = {
    Cause.DAY_COUNT: N_("days are counted otherwise"),
    Cause.BASE: N_("the penalty is charged on something else"),
    Cause.GRACE: N_("other days of grace"),
    Cause.ROUNDING: N_("sums are rounded otherwise"),
    Cause.ALLOCATION: N_("payments go in another order"),
    Cause.CAP: N_("the limit on the penalty is not applied"),
    Cause.MISSING_HERE: N_("a payment is booked there that we do not know"),
    Cause.MISSING_THERE: N_("a payment we know is not booked there"),
}

GRACE_LABELS = {
    Grace.WAIVES: N_("days that stay free"),
    Grace.COUNTS_FROM_DUE_DATE: N_("days that count once they are over"),
}
PENALTY_KIND_LABELS: Mapping[Any, str] = {
    **PENALTY_BASE_LABELS,
    Rounding.HALF_UP: N_("half up"),
    Rounding.HALF_EVEN: N_("half to even"),
    Rounding.UP: N_("up"),
    Rounding.DOWN: N_("down"),
    RoundingPoint.LINE: N_("once a line"),
    RoundingPoint.DAY: N_("every day"),
}
