"""The fixed reason codes of both sides: stored and sent as codes, worded where they are shown."""

from portal.domain.refusal import N_

BORROWER_REASONS: dict[str, str] = {
    "income_dropped": N_("My income dropped"),
    "job_lost": N_("I lost my job"),
    "illness": N_("Illness or injury, mine or in the family"),
    "family": N_("A change in the family"),
    "other_debts": N_("Other debts take too much"),
    "unexpected_cost": N_("A large unexpected cost"),
    "prefer_not_to_say": N_("I would rather not say"),
}

OTHER_REASON = "other"
"""In the lender's own words, which have to be there."""

DECLINE_REASONS: dict[str, str] = {
    "too_long": N_("The plan takes longer than we can agree to"),
    "too_little": N_("The installments are lower than we can agree to"),
    "starts_too_late": N_("The first payment is later than we can agree to"),
    "waiver_too_high": N_("The waiver is more than we can agree to"),
    "plan_broken_recently": N_("A plan on this loan was broken recently"),
    "court_case": N_("The loan is already before a court"),
    "papers_first": N_("We need papers from you before we can decide"),
    "circumstances_not_shown": N_("We could not see what has changed in your circumstances"),
    "other_persons_loan": N_("By our records the loan is another person's"),
    "agency_talks": N_("You are already in talks with an agency about this loan"),
    OTHER_REASON: N_("Another reason, which we have written down for you"),
}

READY_QUESTIONS: dict[str, str] = {
    "income_now": N_("What do you earn in a month now, and what has changed?"),
    "sure_amount": N_("How much can you surely pay in a month?"),
    "pay_day": N_("On which day of the month can you pay?"),
    "how_long": N_("How long do you think it will last?"),
    "when_to_call": N_("When may we call you, and on which number?"),
}
"""What the lender most often asks; each borrower reads it in their own language."""

OPEN_REASONS: dict[str, str] = {
    "speak": N_("To speak with the borrower"),
    "write": N_("To write to the borrower"),
    "identify": N_("To check who somebody is"),
    "answer": N_("To answer a problem the borrower reported"),
    "correct": N_("To correct what is recorded"),
    "court": N_("For a court or an authority"),
}

CASE_REASONS: dict[str, str] = {
    "case_court": N_("The whole case file, for a court"),
    "case_authority": N_("The whole case file, for a regulator or another authority"),
    "case_borrower": N_("The whole case file, since the borrower asked for it"),
    "case_review": N_("The whole case file, for the lender's own review"),
}
"""With all else that is kept of a loan, names and numbers are opened too: told and limited as any other opening."""

REJECT_REASONS: dict[str, str] = {
    "contract_agrees": N_("The figures are those of the contract"),
    "identity_checked": N_("We checked that the loan is this person's"),
    "no_contact_found": N_("We found no such call or message"),
    "nothing_found": N_("We found nothing that is wrong"),
}

HOLD_REASONS: dict[str, str] = {
    "answered": N_("What it was about is answered"),
    "agreed_otherwise": N_("Agreed otherwise with the borrower"),
    "court": N_("For a court or an authority"),
}

CHECKED_BY: dict[str, str] = {
    "id_document": N_("An identity document was seen"),
    "callback": N_("We called back on a number known before"),
    "app": N_("In our own app, signed in"),
}
