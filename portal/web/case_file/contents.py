"""What each kind of file in a case file is, in words."""

from portal.domain.refusal import N_

CONTENTS = {
    "events": N_("What happened, a line each, in the exact bytes that were chained; and the links of the chain"),
    "access": N_("Who looked at this loan or opened a name, and what for; and the links of the chain"),
    "contracts": N_("The contract in every version that the lender told: terms, clauses, schedule"),
    "payments": N_("Payments and reversals"),
    "charges": N_("Costs, fees and penalties that the lender charged"),
    "lender_credits": N_("What the lender cancelled or corrected"),
    "corrections": N_("What the lender told otherwise later"),
    "statements": N_("What was overdue by the lender's own books"),
    "suspensions": N_("From when to when a part of the debt did not grow"),
    "payment_claims": N_("Payments that the borrower reported"),
    "payment_references": N_("What the borrower wrote with a payment they reported"),
    "holds": N_("When collection was to stop, and when it had stopped"),
    "complaints": N_("Problems that the borrower reported, and how they were answered"),
    "complaint_texts": N_("Which text belongs to which problem"),
    "proposals": N_("Plans that were proposed, and what became of them"),
    "offers": N_("Each side's offers, with the plan as it was shown"),
    "promises": N_("What would have been accepted at once instead of what was declined"),
    "approvals": N_("What took two of the staff: who proposed it and who answered"),
    "decisions": N_("Who decided what, under which policy, over which figures, and which rules were broken"),
    "bookings": N_("Whether the lender's books took an agreement"),
    "plan_pauses": N_("Pauses within a plan"),
    "plan_payments": N_("Payments of a plan that were kept or missed"),
    "texts": N_("Everything that either side wrote, with the salt of its hash"),
    "agreements": N_("Agreements in the exact bytes that were signed"),
    "policies": N_("The lender's policy in every version that was in force, to the byte"),
    "messages": N_("Messages that were sent to a phone about this loan"),
    "people": N_("Who owes the loan"),
    "staff": N_("Whom of the staff the references mean"),
    "position": N_("What is owed on the day of this file, and how each figure came about"),
    "about": N_("When this file was made, by whom and what for"),
    "index": N_("This page"),
    "verify": N_("Checks all of it"),
}
"""By the name of the file without its ending, or of its folder."""
