"""The words of codes: what a component, a state, a move, a rule or an event is called on a page."""

from collections.abc import Mapping
from typing import Any

from portal.domain.conduct.complaints import ComplaintKind, Outcome
from portal.domain.conduct.payment_claim import ClaimStatus
from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import PenaltyBase, RoundingPoint
from portal.domain.ledger.reconciliation import Cause
from portal.domain.money import Rounding
from portal.domain.refusal import N_
from portal.domain.restructuring.negotiation import State
from portal.domain.restructuring.offer import Covers
from portal.domain.restructuring.progress import InstallmentStatus
from portal.domain.restructuring.reasons import (
    BORROWER_REASONS,
    DECLINE_REASONS,
    HOLD_REASONS,
    OPEN_REASONS,
    REJECT_REASONS,
)

COMPONENT_LABELS = {
    "costs": N_("Costs"),
    "fees": N_("Fees"),
    "penalty": N_("Penalty"),
    "interest": N_("Interest"),
    "principal": N_("Principal"),
}

STATE_LABELS = {
    State.DRAFT: N_("Draft"),
    State.SUBMITTED: N_("Sent"),
    State.UNDER_REVIEW: N_("Under review"),
    State.INFO_REQUESTED: N_("A question is open"),
    State.COUNTERED: N_("Another plan is offered"),
    State.ACCEPTED: N_("Accepted"),
    State.AGREED: N_("Agreed"),
    State.ACTIVE: N_("Running"),
    State.STRAINED: N_("An installment is missing"),
    State.PAUSED: N_("Paused"),
    State.DECLINED: N_("Declined"),
    State.WITHDRAWN: N_("Withdrawn"),
    State.EXPIRED: N_("Expired"),
    State.BROKEN: N_("Not kept"),
    State.SUPERSEDED: N_("Replaced by a new plan"),
    State.COMPLETED: N_("Completed"),
}

# What was asked, and up to where a plan is accepted at once.
RULE_LABELS = {
    "max_installments": N_("It has {asked} payments; at once it may have up to {allowed}."),
    "max_months": N_("It ends on {asked}; at once it may end by {allowed}."),
    "first_due_within_days": N_("It begins on {asked}; at once it may begin by {allowed}."),
    "every": N_("It is paid {asked}; at once it may be {allowed}."),
    "covers": N_("It takes in {asked}; at once it may take in {allowed}."),
    "min_installment": N_("It is {asked} each time; at once it is {allowed} or more."),
    "min_down_payment": N_("It begins with {asked}; at once it begins with {allowed} or more."),
    "waiver.penalty": N_("It asks for {asked} of penalty to be waived; at once it may be up to {allowed}."),
    "waiver.fees": N_("It asks for {asked} of fees to be waived; at once it may be up to {allowed}."),
    "waiver.interest": N_("It asks for {asked} of interest to be waived; at once it may be up to {allowed}."),
    "waiver.principal": N_("It asks for {asked} of principal to be waived; at once it may be up to {allowed}."),
    "pause_days": N_("It lasts until {asked}; at once it may last until {allowed}."),
    "settlement": N_("It asks that {asked} is let go for good; that is for a person to decide."),
    "statement": N_("The lender's figure and ours differ by {asked}; up to {allowed} it does not matter."),
    "waiver.costs": N_("It asks for {asked} of costs to be waived; at once it may be up to {allowed}."),
}

QUESTION_LABELS = {
    "missed": N_("What happens if a payment is missed?"),
    "late": N_("From when on is a payment late?"),
    "difficult": N_("What helps if a payment becomes difficult?"),
}

ANSWER_LABELS = {
    "missed.nothing": N_("Nothing at all"),
    "missed.catch_up": N_("There are some days to catch up; after that the plan ends"),
    "missed.all_lost": N_("Everything paid so far is lost"),
    "missed.why": N_(
        "A missed payment can be caught up within the days that stand above. Only after that the plan ends; what was "
        "paid stays paid."
    ),
    "late.week": N_("After a week"),
    "late.next_day": N_("From the day after its date"),
    "late.called": N_("When somebody calls"),
    "late.why": N_(
        "A payment is late from the day after its date. Pay a day or two early, so that it arrives in time."
    ),
    "difficult.stop": N_("Waiting and saying nothing"),
    "difficult.tell": N_("Telling the lender here before the date"),
    "difficult.borrow": N_("Borrowing somewhere else to pay it"),
    "difficult.why": N_(
        "Say so here before the date: a pause or another plan is easier to agree while the plan is kept. A new loan to "
        "pay this one makes the debt larger."
    ),
}

COVERS_LABELS = {
    Covers.OVERDUE.value: N_("what is overdue"),
    Covers.TO_COME.value: N_("what is still to come"),
    Covers.ALL.value: N_("the whole loan"),
}

# After who did it: "You sent a plan".
EVENT_LABELS = {
    "loan.added": N_("added the loan"),
    "loan.changed": N_("sent new figures"),
    "payment.received": N_("received a payment"),
    "payment.reported": N_("told of a payment"),
    "payment.asked_about": N_("has to look for a payment that was told of"),
    "payment.confirmed": N_("found the payment that was told of"),
    "payment.not_found": N_("did not find the payment that was told of"),
    "payment.report_withdrawn": N_("took back that something was paid"),
    "payment.reversed": N_("took a payment back"),
    "proposal.submitted": N_("sent a plan"),
    "proposal.under_review": N_("took it up"),
    "proposal.info_requested": N_("asked a question"),
    "proposal.info_provided": N_("answered the question"),
    "proposal.accepted": N_("accepted the plan"),
    "proposal.countered": N_("answered with another plan"),
    "proposal.declined": N_("did not agree"),
    "proposal.withdrawn": N_("took it back"),
    "proposal.expired": N_("let it expire"),
    "agreement.signed": N_("signed the plan"),
    "agreement.booking_failed": N_("could not book it"),
    "plan.activated": N_("began the plan"),
    "plan.installment_paid": N_("counted a payment of the plan as kept"),
    "plan.installment_missed": N_("counted a payment of the plan as missed"),
    "plan.strained": N_("gave some days to catch up"),
    "plan.cured": N_("counted it as caught up"),
    "plan.paused": N_("paused the plan"),
    "plan.resumed": N_("let the plan go on"),
    "plan.broken": N_("ended the plan, which was not kept"),
    "plan.superseded": N_("put a new plan in its place"),
    "plan.completed": N_("completed the plan"),
    "proposal.unanswered": N_("stopped the penalty, since the lender's answer is late"),
    "statement.differs": N_("stopped the penalty, since the lender's own books differ"),
    "statement.agrees": N_("let the penalty grow again, since both books agree"),
    "waiver.proposed": N_("asked a second person about the waiver"),
    "waiver.rejected": N_("did not agree to the waiver"),
    "waiver.withdrawn": N_("took the waiver back"),
    "contact.hold_requested": N_("asked that collection stop"),
    "contact.hold_acknowledged": N_("paused collection"),
    "contact.hold_ended": N_("ended the pause of collection"),
    "contact.preference_set": N_("chose how to be reached"),
    "complaint.opened": N_("said that something is wrong"),
    "complaint.answered": N_("wrote about it"),
    "complaint.extended": N_("took more time for the answer"),
    "complaint.decided": N_("answered what was said to be wrong"),
    "complaint.withdrawn": N_("took back what was said to be wrong"),
    "dispute.opened": N_("stopped what is disputed from growing"),
    "dispute.closed": N_("closed the dispute"),
    "borrower.erased": N_("destroyed the key to names, numbers and texts"),
}

ACTOR_LABELS = {
    "borrower": N_("Borrower"),
    "staff": N_("The lender's staff"),
    "lender": N_("The lender's system"),
    "system": N_("The lender's published policy"),
    "clock": N_("The calendar"),
}

ROLE_LABELS = {
    "agent": N_("Agent"),
    "approver": N_("Approver"),
    "admin": N_("Administrator"),
    "borrower": N_("Borrower"),
    "co-borrower": N_("Co-borrower"),
}

PENALTY_BASE_LABELS = {
    PenaltyBase.PRINCIPAL: N_("the overdue principal"),
    PenaltyBase.PRINCIPAL_AND_INTEREST: N_("the overdue principal and, on its own line, the overdue interest"),
    PenaltyBase.INTEREST: N_("the overdue interest"),
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

PENALTY_KIND_LABELS: Mapping[Any, str] = {
    **PENALTY_BASE_LABELS,
    Rounding.HALF_UP: N_("half up"),
    Rounding.HALF_EVEN: N_("half to even"),
    Rounding.UP: N_("up"),
    Rounding.DOWN: N_("down"),
    RoundingPoint.LINE: N_("once a line"),
    RoundingPoint.DAY: N_("every day"),
}

COMPLAINT_KIND_LABELS = {
    ComplaintKind.NOT_MINE: N_("This loan is not mine"),
    ComplaintKind.AMOUNT: N_("The amount is wrong"),
    ComplaintKind.CALLS: N_("They still call me"),
    ComplaintKind.OTHER: N_("Something else"),
}

OUTCOME_LABELS = {
    "open": N_("Being looked at"),
    "withdrawn": N_("Taken back"),
    Outcome.UPHELD.value: N_("Agreed with"),
    Outcome.PARTLY.value: N_("Partly agreed with"),
    Outcome.REJECTED.value: N_("Not agreed with"),
}

CLAIM_STATUS_LABELS = {
    ClaimStatus.AWAITING: N_("Looked for"),
    ClaimStatus.ASKED: N_("To be answered by you"),
    ClaimStatus.NOT_FOUND: N_("Not found; the borrower was told"),
    ClaimStatus.CONFIRMED: N_("Found"),
    ClaimStatus.WITHDRAWN: N_("Taken back"),
}

TEXT_SIZE_LABELS = {"usual": N_("as usual"), "large": N_("larger"), "largest": N_("the largest")}

CHANNEL_LABELS = {
    "sms": N_("Text message"),
    "app": N_("In the lender's app"),
    "letter": N_("Letter"),
    "phone": N_("Phone call"),
}

INSTALLMENT_STATUS_LABELS = {
    InstallmentStatus.TO_COME: N_("to come"),
    InstallmentStatus.PART_PAID: N_("paid in part"),
    InstallmentStatus.PAID: N_("paid in time"),
    InstallmentStatus.MISSED: N_("not paid in time"),
    InstallmentStatus.CURED: N_("caught up"),
}

ACCESS_LABELS = {
    "invitation": N_("By a link"),
    "password": N_("By password"),
    "code": N_("By a code"),
    "app": N_("By password and app"),
    "recovery": N_("By password and recovery code"),
}

DEVICE_LABELS = {
    "": N_("another device"),
    "MicroMessenger": N_("WeChat"),
    "iPhone": N_("an iPhone"),
    "iPad": N_("an iPad"),
    "Android": N_("Android phone"),
    "Windows": N_("a computer"),
    "Macintosh": N_("a computer"),
    "Linux": N_("a computer"),
}

LABELS: Mapping[str, Mapping[Any, str]] = {
    "component": COMPONENT_LABELS,
    "state": STATE_LABELS,
    "covers": COVERS_LABELS,
    "event": EVENT_LABELS,
    "stand": CLAIM_STATUS_LABELS,
    "actor": ACTOR_LABELS,
    "base": PENALTY_BASE_LABELS,
    "cause": CAUSE_LABELS,
    "day_count": DAY_COUNT_LABELS,
    "cap": CAP_LABELS,
    "reason": {**BORROWER_REASONS, **DECLINE_REASONS, **OPEN_REASONS, **REJECT_REASONS, **HOLD_REASONS},
    "role": ROLE_LABELS,
    "how": ACCESS_LABELS,
    "fare": INSTALLMENT_STATUS_LABELS,
    "question": QUESTION_LABELS,
    "answer": ANSWER_LABELS,
    "device": DEVICE_LABELS,
    "wrong": COMPLAINT_KIND_LABELS,
    "outcome": OUTCOME_LABELS,
    "channel": CHANNEL_LABELS,
    "size": TEXT_SIZE_LABELS,
}
