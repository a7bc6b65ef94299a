"""What leaves the house as a message: neutral for whoever sees the phone's screen, without amount or reason."""

from portal.domain.refusal import N_

INVITATION = N_(
    "{lender}: there is a page for you. {link} It asks for the last four of your ID number, never for a bank "
    "password or a transfer."
)
NUMBER_CHANGED = N_(
    "{lender} has noted another phone number for you. If that was not you, call {hotline}: nothing can be signed with "
    "the new number before {time}."
)
NUMBER_REMOVED = N_("{lender} has no phone number of you any more. If that is not right, call {hotline}.")
PARTY_ADDED = N_(
    "{lender} has noted somebody else beside you. If that is not right, call {hotline}: that person can sign nothing "
    "before {time}."
)
DIGITS_CHANGED = N_("{lender} has corrected the ID digits it has of you. If that is not right, call {hotline}.")
PASSWORD_CHANGED = N_(
    "A password was chosen for your account at {host} on {time}. If that was not you, call {lender}: {hotline}."
)
CODE = N_(
    "{code} is your code for {host}. It works once, for {minutes} minutes. Nobody ever asks you for it by phone or "
    "message."
)
"""Says the one rule against fraud as the pages do (`code_rule`), short enough for one message."""
