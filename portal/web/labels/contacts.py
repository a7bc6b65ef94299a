"""Contacts on a page and in an answer: channels, what came of one, why one was refused."""

from portal.domain.conduct.contact_gate import ContactOutcome, ContactRefusal
from portal.domain.conduct.contact_rules import ContactChannel
from portal.domain.refusal import N_
from portal.reads.contact_lists import ContactList

CONTACT_CHANNEL_LABELS = {
    ContactChannel.CALL: N_("Phone call"),
    ContactChannel.MESSAGE: N_("Text message"),
    ContactChannel.EMAIL: N_("E-mail"),
    ContactChannel.LETTER: N_("Letter"),
    ContactChannel.VISIT: N_("Visit"),
}

CONTACT_LIST_LABELS = {
    ContactList.ALL: N_("All of them"),
    ContactList.REFUSED: N_("Refused"),
    ContactList.AGAINST: N_("Made although refused, or after their time"),
    ContactList.NOT_TOLD: N_("Allowed, and nobody has told what came of it"),
}

CONTACT_OUTCOME_LABELS = {
    "": N_("Nobody has told yet what came of it"),
    ContactOutcome.REACHED.value: N_("The call was answered"),
    ContactOutcome.UNANSWERED.value: N_("Not answered"),
    ContactOutcome.BUSY.value: N_("The line was busy"),
    ContactOutcome.WRONG_PERSON.value: N_("Somebody else answered"),
    ContactOutcome.DELIVERED.value: N_("Delivered"),
    ContactOutcome.NOT_DELIVERED.value: N_("Not delivered"),
    ContactOutcome.MET.value: N_("Met in person"),
    ContactOutcome.NOBODY_THERE.value: N_("Nobody was there"),
    ContactOutcome.NOT_MADE.value: N_("Not made"),
}

CONTACT_REFUSAL_LABELS = {
    ContactRefusal.NOT_THE_DEBTOR: N_("Only who owes the loan is contacted, on the number on record."),
    ContactRefusal.NOTHING_OVERDUE: N_("Nothing is overdue on this loan."),
    ContactRefusal.COMPLAINT: N_("A complaint about this loan is being looked at."),
    ContactRefusal.PAUSE: N_("This loan is paused."),
    ContactRefusal.HOLD: N_("Collection on this loan is on hold."),
    ContactRefusal.NO_APPOINTMENT: N_("There is no appointment for a visit at this time."),
    ContactRefusal.PREFERENCE_CHANNEL: N_("Another way of being reached was chosen."),
    ContactRefusal.NUMBER_WAITS: N_("The number was changed only lately."),
    ContactRefusal.HOURS: N_("Nobody is contacted at this hour."),
    ContactRefusal.PREFERENCE_HOURS: N_("Other hours were chosen for being reached."),
    ContactRefusal.EFFECTIVE_CALLS: N_("{counted} calls were answered today; {most} are allowed."),
    ContactRefusal.UNANSWERED_TRIES: N_("This number was tried {counted} times today; {most} are allowed."),
    ContactRefusal.TRIES: N_("This loan was called about {counted} times within seven days; {most} are allowed."),
}
"""One sentence each: the lender's staff, a caller's screen and the borrower read the same."""
