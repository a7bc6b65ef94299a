"""What the parts of a plan are called on a page: states, rules, questions, what it covers."""

from portal.domain.contract.agreement import Covers
from portal.domain.ledger.progress import InstallmentStatus
from portal.domain.refusal import N_
from portal.domain.restructuring.negotiation import State

STATE_LABELS = {
    State.DRAFT: N_("Draft"),
    State.SUBMITTED: N_("Sent"),
    State.UNDER_REVIEW: N_("Under review"),
    State.INFO_REQUESTED: N_("A question is open"),
    State.OFFERED: N_("An offer to the borrower"),
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
    State.ENDED: N_("Ended with the loan"),
}

# What was asked, and up to where a plan is accepted at once.
RULE_LABELS = {
    "max_installments": N_("It has {asked} payments; at once it may have up to {allowed}."),
    "max_months": N_("It ends on {asked}; at once it may end by {allowed}."),
    "ends_sooner": N_("It ends on {asked}, sooner than the contract; at once it may end on {allowed} or later."),
    "first_due_within_days": N_("It begins on {asked}; at once it may begin by {allowed}."),
    "every": N_("It is paid {asked}; at once it may be {allowed}."),
    "covers": N_("It covers {asked}; at once it may cover {allowed}."),
    "min_installment": N_("It comes to {asked} a month; at once it is {allowed} or more."),
    "interest_rate": N_("It bears {asked} interest a year; at once it bears {allowed} or more."),
    "min_down_payment": N_("It begins with {asked}; at once it begins with {allowed} or more."),
    "waiver.penalty": N_("It asks for {asked} of penalty to be waived; at once it may be up to {allowed}."),
    "waiver.fees": N_("It asks for {asked} of fees to be waived; at once it may be up to {allowed}."),
    "waiver.interest": N_("It asks for {asked} of interest to be waived; at once it may be up to {allowed}."),
    "waiver.principal": N_("It asks for {asked} of principal to be waived; at once it may be up to {allowed}."),
    "pause_days": N_("It lasts until {asked}; at once it may last until {allowed}."),
    "pause_scope": N_("It moves a date that is to come; at once only what is overdue is paused."),
    "settlement": N_("It asks that {asked} is waived for good; that is for a person to decide."),
    "changes_in_life": N_("It is change no. {asked} to how this loan is paid; at once there may be {allowed}."),
    "changes_in_a_year": N_(
        "It is change no. {asked} to how this loan is paid in a year; at once there may be {allowed}."
    ),
    "statement": N_("The lender's figure and ours differ by {asked}; up to {allowed} it does not matter."),
    "waiver.costs": N_("It asks for {asked} of costs to be waived; at once it may be up to {allowed}."),
}

RULE_NAMES = {
    "max_installments": N_("Number of payments"),
    "max_months": N_("Last day"),
    "ends_sooner": N_("Ends before the contract"),
    "first_due_within_days": N_("First day"),
    "every": N_("Rhythm"),
    "covers": N_("What it covers"),
    "min_installment": N_("A month"),
    "interest_rate": N_("Interest a year"),
    "min_down_payment": N_("To begin with"),
    "waiver.costs": N_("Costs waived"),
    "waiver.fees": N_("Fees waived"),
    "waiver.penalty": N_("Penalty waived"),
    "waiver.interest": N_("Interest waived"),
    "waiver.principal": N_("Principal waived"),
    "pause_days": N_("Length of the pause"),
    "pause_scope": N_("Moves what is to come"),
    "settlement": N_("Settlement for good"),
    "statement": N_("The books differ"),
    "changes_in_a_year": N_("Changes of plan in a year"),
    "changes_in_life": N_("Changes of plan in all"),
}
"""The same in a word or two, for a row of a list."""
RULES_OF_PEOPLE = frozenset({"pause_scope", "settlement"})
"""Nothing of these is taken at once, so there is no figure to be within."""

QUESTION_LABELS = {
    "missed": N_("What happens if a payment is missed?"),
    "late": N_("From when on is a payment late?"),
    "difficult": N_("What helps if a payment becomes difficult?"),
    "held_all": N_("What do you have to pay on this loan until the pause is over?"),
    "held_overdue": N_("What do you have to pay on this loan until the pause is over?"),
    "moved": N_("What becomes of the installments that are still to come?"),
    "moved_alone": N_("What becomes of the next payment, and of those after it?"),
    "stay": N_("What becomes of the installments that are still to come?"),
    "over": N_("What happens on the day after the pause?"),
}

ANSWER_LABELS = {
    "missed.nothing": N_("Nothing at all"),
    "missed.catch_up": N_("There are some days to catch up; after that the plan ends"),
    "missed.all_lost": N_("Everything paid so far is lost"),
    "missed.why": N_(
        "A missed payment can be caught up within the days named above. Only after that the plan ends; what was "
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

# Of a pause.
ANSWER_LABELS |= {
    "held_all.all": N_("All of it, as before"),
    "held_all.half": N_("Half of it"),
    "held_all.nothing": N_("Nothing"),
    "held_all.why": N_("Until its last day the pause asks for nothing on this loan. You may pay all the same."),
    "held_overdue.nothing": N_("Nothing at all"),
    "held_overdue.listed": N_("What falls due on these days, as it is listed above"),
    "held_overdue.all": N_("All that is overdue"),
    "held_overdue.why": N_(
        "Only what is overdue today is not asked for. What is listed above with its date falls due all the same; "
        "paid late, it costs penalty."
    ),
    "moved.stay": N_("They stay on their days"),
    "moved.later": N_("They fall due later, as it is listed above"),
    "moved.waived": N_("They need not be paid any more"),
    "moved.why": N_("Each falls due later, by as much as is listed above, and none is cancelled."),
    "moved_alone.all": N_("All of them fall due later"),
    "moved_alone.one": N_("The next one falls due on its new day, the others stay on theirs"),
    "moved_alone.waived": N_("The next one need not be paid any more"),
    "moved_alone.why": N_("Only the next payment has another day, and all of it is due then. The others stay."),
    "stay.later": N_("They fall due later"),
    "stay.stay": N_("They stay on their days"),
    "stay.waived": N_("They need not be paid any more"),
    "stay.why": N_("This pause is for what is overdue today. The installments to come stay on their days."),
    "over.waived": N_("What was overdue is cancelled"),
    "over.asked": N_("What was overdue has to be paid again, and penalty grows from then on"),
    "over.never": N_("Nothing, until the lender calls"),
    "over.why": N_(
        "A pause cancels nothing. On the day after it, what was overdue has to be paid again. You can make a plan for "
        "it here before that day, at any hour."
    ),
}

COVERS_LABELS = {
    Covers.OVERDUE.value: N_("what is overdue"),
    Covers.TO_COME.value: N_("what is still to come"),
    Covers.ALL.value: N_("the whole loan"),
}

INSTALLMENT_STATUS_LABELS = {
    InstallmentStatus.TO_COME: N_("to come"),
    InstallmentStatus.PART_PAID: N_("paid in part"),
    InstallmentStatus.PAID: N_("paid in time"),
    InstallmentStatus.MISSED: N_("not paid in time"),
    InstallmentStatus.CURED: N_("caught up"),
    InstallmentStatus.DISPUTED: N_("not asked for until the dispute is answered"),
}

BOOKING_LABELS = {
    "timed_out": N_("it did not answer in time"),
    "loan_closed": N_("the loan is closed in its books"),
}
