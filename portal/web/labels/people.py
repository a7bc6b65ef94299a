"""What people do and are on a page: actors, roles, complaints, claims, channels, ways in."""

from portal.domain.conduct.complaints import NOT_CLASSIFIED, ComplaintCause, ComplaintKind, Outcome
from portal.domain.conduct.news import News, NewsKind
from portal.domain.conduct.payment_claim import ClaimStatus
from portal.domain.refusal import N_

ACTOR_LABELS = {
    "borrower": N_("Borrower"),
    "staff": N_("The lender's staff"),
    "lender": N_("The lender's system"),
    "system": N_("The system, by the lender's rules,"),
    "clock": N_("The calendar"),
}

ROLE_LABELS = {
    "agent": N_("Agent"),
    "approver": N_("Approver"),
    "admin": N_("Administrator"),
    "operator": N_("Whoever runs this site"),
    "borrower": N_("Borrower"),
    "co-borrower": N_("Co-borrower"),
}

COMPLAINT_KIND_LABELS = {
    ComplaintKind.NOT_MINE: N_("This loan is not mine"),
    ComplaintKind.AMOUNT: N_("The amount is wrong"),
    ComplaintKind.CALLS: N_("They still call me"),
    ComplaintKind.THREAT: N_("Somebody threatens me or my family"),
    ComplaintKind.UNLISTED: N_("A contact is not on the list"),
    ComplaintKind.OTHER: N_("Something else"),
}

COMPLAINT_CAUSE_LABELS = {
    ComplaintCause.MANNER.value: N_("Manner and quality of service"),
    ComplaintCause.COLLECTION.value: N_("How debts are collected"),
    ComplaintCause.RULES.value: N_("Rules and procedures"),
    ComplaintCause.FEES.value: N_("Fees and pricing"),
    ComplaintCause.SYSTEM.value: N_("Systems and equipment"),
    ComplaintCause.INFORMATION.value: N_("What customers were told"),
    ComplaintCause.PERSONAL_DATA.value: N_("Personal data"),
    ComplaintCause.AGENCY.value: N_("An agency or partner"),
    ComplaintCause.OTHER.value: N_("Another cause"),
    NOT_CLASSIFIED: N_("Not classified"),
}

OUTCOME_LABELS = {
    "open": N_("Being looked at"),
    "withdrawn": N_("Withdrawn"),
    Outcome.UPHELD.value: N_("Confirmed"),
    Outcome.PARTLY.value: N_("Partly confirmed"),
    Outcome.REJECTED.value: N_("Not confirmed"),
}

CLAIM_STATUS_LABELS = {
    ClaimStatus.AWAITING: N_("Looked for"),
    ClaimStatus.ASKED: N_("To be answered by you"),
    ClaimStatus.NOT_FOUND: N_("Not found; the borrower was told"),
    ClaimStatus.CONFIRMED: N_("Found"),
    ClaimStatus.WITHDRAWN: N_("Withdrawn"),
}

TEXT_SIZE_LABELS = {"usual": N_("as usual"), "large": N_("larger"), "largest": N_("the largest")}

CHANNEL_LABELS = {
    "sms": N_("Text message"),
    "app": N_("In the lender's app"),
    "letter": N_("Letter"),
    "phone": N_("Phone call"),
}

NEWS_KIND_LABELS = {
    NewsKind.ANSWERS: N_("Answers and questions, a plan to sign, and whether it was registered"),
    NewsKind.PLAN: N_("Payments of a plan: three days before, and the morning after one was missed"),
    NewsKind.CONTRACT: N_("Installments of a loan without a plan: three days before"),
}

TOLD_LABELS = {
    "": N_("A change at your lender"),
    News.OFFERED.value: N_("An offer of your lender"),
    News.COUNTERED.value: N_("An answer to your plan"),
    News.DECLINED.value: N_("An answer to your plan"),
    News.ACCEPTED.value: N_("A plan to sign"),
    News.SIGN_BY.value: N_("The last days to sign a plan"),
    News.QUESTION.value: N_("A question to you"),
    News.BOOKED.value: N_("Your plan is registered"),
    News.VARIED.value: N_("The change of your plan is registered"),
    News.NOT_BOOKED.value: N_("Your plan is not registered yet"),
    News.COMPLAINT.value: N_("An answer to what you reported"),
    News.NOT_FOUND.value: N_("An answer to a payment you reported"),
    News.DUE.value: N_("A payment that is due soon"),
    News.MISSED.value: N_("A missed payment"),
    News.PASSED.value: N_("A payment that was not made in time"),
    News.BROKEN.value: N_("Your plan has ended"),
    "number": N_("Another phone number"),
    "party": N_("Somebody else beside you"),
    "digits": N_("Other ID digits"),
    "password": N_("Another password"),
}

TOLD_STATE_LABELS = {
    "delivered": N_("sent"),
    "waiting": N_("waiting to be sent"),
    "failed": N_("could not be sent"),
    "dropped": N_("not sent: no longer needed"),
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
