"""What the tables and keys of a lender's policy, and their values, are called on a page."""

from portal.domain.contract.agreement import MissedContract, OfferKind
from portal.domain.contract.pause import PauseInterest, PauseScope
from portal.domain.refusal import N_
from portal.domain.restructuring.payment_methods import WayKind
from portal.domain.restructuring.standing_offer import Lateness

POLICY_SECTION_LABELS = {
    "plan": N_("A plan beside the contract"),
    "waiver": N_("Waived at once in a plan beside the contract"),
    "whole_loan": N_("A plan for what is to come, or for the whole loan"),
    "changes": N_("How often a loan may be changed at once"),
    "clocks": N_("How long each side has"),
    "booking": N_("When a signed plan begins"),
    "signing": N_("Before a signature"),
    "slips": N_("What a running plan forgives"),
    "pause": N_("A pause"),
    "four_eyes": N_("What takes two people"),
    "statement": N_("While the books differ"),
    "arrears": N_("What is too little to be asked for"),
    "numbers": N_("A changed phone number"),
    "messages": N_("What borrowers who want it are told to their phone"),
    "contact": N_("Calls, messages and visits"),
    "invitations": N_("Being told again"),
    "retention": N_("How long a borrower is kept"),
    "credit_bureau": N_("The credit record"),
}
"""By table of the file."""

_BOUNDS = {
    "max_months": N_("Months until the last payment, at most"),
    "max_installments": N_("Number of payments, at most"),
    "first_due_within_days": N_("Days until the first payment, at most"),
    "min_installment": N_("Smallest payment, counted by the month"),
    "min_down_payment": N_("Share that is paid to begin with, at least"),
    "every": N_("How often it may be paid"),
}
_WAIVED = {
    "costs": N_("Of the costs that are overdue, at most"),
    "fees": N_("Of the fees that are overdue, at most"),
    "penalty": N_("Of the penalty that is overdue, at most"),
    "interest": N_("Of the interest that is overdue, at most"),
}
_INTEREST_A_YEAR = N_("Interest a year, at least")

POLICY_RULE_LABELS = {
    "plan": {**_BOUNDS, "covers": N_("What a plan may take in")},
    "waiver": _WAIVED,
    "whole_loan": {
        **_BOUNDS,
        "interest_rate": _INTEREST_A_YEAR,
        **{f"waiver_{component}": label for component, label in _WAIVED.items()},
    },
    "changes": {
        "in_life": N_("Plans, pauses and settlements in the life of a loan, at most"),
        "in_a_year": N_("Plans, pauses and settlements within a year, at most"),
    },
    "clocks": {
        "decision_working_days": N_("Working days to decide"),
        "quote_working_days": N_("Working days in which an offer can be taken"),
        "hold_days": N_("Days without collection after a no"),
        "pause_days": N_("Days of a pause that is accepted at once, at most"),
        "complaint_days": N_("Days to answer a complaint"),
        "complaint_extended_days": N_("Days in all after one extension"),
        "complaint_final_days": N_("Days more after a second extension"),
        "report_working_days": N_("Working days to find a payment that a borrower tells of"),
        "info_working_days": N_("Working days for the borrower to answer a question"),
        "booking_working_days": N_("Working days to book a signed plan"),
        "penalty_stops_when_late": N_("Penalty stands still while the answer is late"),
    },
    "booking": {"automatic": N_("A signed plan runs at once, without being booked")},
    "signing": {"reading_seconds": N_("Seconds to read the terms before they can be signed")},
    "slips": {
        "cure_days": N_("Days to catch up with a missed payment"),
        "within": N_("A second miss ends the plan within so many payments"),
        "telling_days": N_("Working days after that to tell of what was paid in time"),
        "contract": N_("An installment of the contract that is missed beside a plan"),
    },
    "pause": {"scope": N_("What is paused"), "interest": N_("The contract's interest while dates move")},
    "four_eyes": {"waiver_above": N_("A waiver of more than")},
    "statement": {
        "tolerance": N_("A difference does not matter up to"),
        "penalty_stops": N_("Penalty stands still from the statement's day on"),
    },
    "arrears": {"tolerance": N_("Nobody is called overdue up to, in all")},
    "numbers": {"wait_hours": N_("Hours in which it proves nothing")},
    "messages": {
        "answers": N_("That there is an answer, a question, something to sign"),
        "plan_payments": N_("A payment of a plan that is due or was missed"),
        "contract_payments": N_("An installment of a loan without a plan that is due"),
    },
    "contact": {
        "rules": N_("The rules that hold"),
        "from_hour": N_("Not before this hour, where the borrower is"),
        "to_hour": N_("Not from this hour on, where the borrower is"),
        "effective_calls_a_day": N_("Answered calls to one borrower a day, at most"),
        "unanswered_tries_a_day": N_("Unanswered calls to one number a day, at most"),
        "tries_in_seven_days": N_("Calls about one loan in seven days, at most"),
        "visit_within_days": N_("Days ahead for which a borrower can appoint a visit, at most"),
    },
    "invitations": {"again_days": N_("Days until somebody is told again of what is overdue")},
    "retention": {"days_after_end": N_("Days after the last loan has ended")},
    "credit_bureau": {"reports": N_("Reported while a plan is kept")},
}
"""By table and key of the file."""

OFFER_TERM_LABELS = {
    "name_zh": N_("Name in Chinese"),
    "name_en": N_("Name in English"),
    "reason_zh": N_("Why it is made, in Chinese"),
    "reason_en": N_("Why it is made, in English"),
    "until": N_("Last day"),
    "installments": _BOUNDS["max_installments"],
    "kind": N_("What it is"),
    "covers": N_("What it takes in"),
    "every": N_("How often it is paid"),
    "first_due_within_days": _BOUNDS["first_due_within_days"],
    "interest_rate": _INTEREST_A_YEAR,
    "waived_costs": N_("Costs waived, of what it takes in"),
    "waived_fees": N_("Fees waived, of what it takes in"),
    "waived_penalty": N_("Penalty waived, of what it takes in"),
    "waived_interest": N_("Interest waived, of what it takes in"),
    "waived_principal": N_("Principal waived, of what it takes in"),
    "days_late_from": N_("For loans so many days late, from"),
    "days_late_to": N_("For loans so many days late, up to"),
    "overdue_from": N_("For loans with so much overdue, from"),
    "overdue_to": N_("For loans with so much overdue, up to"),
    "products": N_("For these products"),
    "lateness": N_("Late before"),
}
"""By key of a standing offer."""

NOT_SET = N_("not set")
UNSET_LABELS = {
    "changes": N_("any number"),
    "whole_loan": N_("as beside the contract"),
    "four_eyes": N_("none: one person decides alone"),
    "contact": N_("as the rules say"),
    "retention": N_("nobody is erased by time"),
    "interest_rate": N_("the contract's own"),
    "offer_rate": N_("as the policy says"),
    "offer": N_("for all"),
}
"""What it means that a key says nothing, by its table or name."""

YES_OR_NO_LABELS = {True: N_("yes"), False: N_("no")}
POLICY_CODE_LABELS = {
    MissedContract.APART: N_("does nothing to the plan"),
    MissedContract.BREAKS: N_("ends the plan too"),
    PauseScope.ALL: N_("all that is overdue or falls due until its last day"),
    PauseScope.OVERDUE: N_("only what is overdue"),
    PauseInterest.STANDS_STILL: N_("stands still"),
    PauseInterest.RUNS: N_("runs"),
    OfferKind.PLAN: N_("a plan"),
    OfferKind.SETTLEMENT: N_("one sum, with the rest waived"),
    Lateness.FIRST: N_("nothing was"),
    Lateness.AGAIN: N_("something was, and was paid since"),
    WayKind.APP: N_("an app"),
    WayKind.CASHIER: N_("a cashier's page"),
    WayKind.ACCOUNT: N_("an account"),
    "overdue-until-settled": N_("overdue until everything is paid"),
    "current-while-kept": N_("not overdue"),
}
