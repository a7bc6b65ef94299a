"""Bulk acts in words: the acts, why one of a list is left out, and what came of each."""

from portal.domain.refusal import N_
from portal.domain.restructuring.bulk import BulkAct, WhyLeftOut

BULK_ACT_LABELS = {
    BulkAct.ACCEPT: N_("Accept"),
    BulkAct.DECLINE: N_("Decline"),
    BulkAct.ASK: N_("Ask"),
    BulkAct.ASSIGN: N_("Assign"),
}

LEFT_OUT_LABELS = {
    WhyLeftOut.ANSWERED: N_("It is not to be answered now."),
    WhyLeftOut.WITH_BORROWER: N_("It waits for the borrower already."),
    WhyLeftOut.PENDING: N_("A waiver waits for a second person."),
    WhyLeftOut.SECOND: N_("It would take a second person."),
    WhyLeftOut.RULES: N_("It breaks another rule."),
    WhyLeftOut.FAR: N_("It goes beyond the rule by more than twice the median of this list."),
    WhyLeftOut.THREAT: N_("A complaint about a threat is open."),
    WhyLeftOut.COMPLAINT: N_("A complaint is open."),
    WhyLeftOut.ASSIGNED: N_("It is assigned to a colleague."),
    WhyLeftOut.OPEN: N_("A colleague has it open."),
}

BULK_OUTCOME_LABELS = {
    BulkAct.ACCEPT: N_("Accepted"),
    BulkAct.DECLINE: N_("Declined"),
    BulkAct.ASK: N_("The question was sent"),
    BulkAct.ASSIGN: N_("Assigned"),
    "changed": N_("Not done: it has changed since it was shown."),
    "second": N_("Not done: it takes a second person now."),
    "rules": N_("Not done: it breaks more rules than were shown."),
    "promise": N_("Not done: what would be promised with it has changed since."),
    "colleague": N_("Not done: the colleague works here no more."),
    "left": N_("Not done: whoever confirmed it works here no more."),
    "refused": N_("Not done: it is not possible any more."),
}
