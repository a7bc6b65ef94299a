"""What leaves the house as a message: neutral for whoever sees the phone's screen, without amount or reason."""

from portal.domain.refusal import N_

INVITATION = N_(
    "{lender}: there is a page for you. {link} It asks for the last four of your ID number, never for a password "
    "or a transfer."
)
CODE = N_("Your code is {code}. It works for {minutes} minutes, once. Nobody of ours ever asks you for it.")
