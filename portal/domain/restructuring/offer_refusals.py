"""What an offer can be refused for, each at the field that says it."""

from portal.domain.refusal import N_, Refusal


class NothingToPlan(Refusal):
    says = N_("Nothing is overdue on this loan, so there is nothing to make a plan for.")


class NothingToCome(NothingToPlan):
    says = N_("Nothing of this loan is still to come, so there is nothing to change.")


class CountOrAmount(Refusal):
    says = N_("Say either how many installments or how much each time.")


class InstallmentsOutOfRange(Refusal):
    says = N_("A plan can have 1 to {most} installments. You asked for {asked}.")


class NothingLeft(Refusal):
    says = N_("With this waiver nothing would be left to make a plan for.")


class TooManyPayments(InstallmentsOutOfRange):
    says = N_("With this amount the plan would need more than {most} payments. Please choose a larger one.")


class PlanTooLong(Refusal):
    says = N_("A plan can run for at most {months} months, until {most}. This one would end on {asked}.")


class FirstDueTooEarly(Refusal):
    says = N_("The first payment has to be after {today}. You chose {asked}.")


class FirstDueTooLate(Refusal):
    says = N_("The first payment has to be by {most}. You chose {asked}.")


class PauseOutOfRange(Refusal):
    says = N_("A pause lasts {days} days at most, so until {most}. You wrote {given}: that would be {asked} days.")


class PauseTooShort(PauseOutOfRange):
    says = N_("A pause begins today, {today}, so its last day has to be later. You wrote {given}.")


class PausedAlready(PauseOutOfRange):
    says = N_("There is a pause already, until {until}. The next can be asked for on {next}; a plan, at any time.")


class NothingToPause(PauseOutOfRange):
    says = N_("By the policy only what is overdue can be paused, and nothing is overdue today.")


class NothingDueByThen(PauseOutOfRange):
    says = N_("Nothing falls due by {given}, so nothing would change. The next payment is due on {next}.")


class OverdueFirst(PauseOutOfRange):
    says = N_("Something is overdue on this loan, so moving one date would not help. A plan can be made at any hour.")


class MoveOutOfRange(PauseOutOfRange):
    says = N_("What is due on {due} can move to a day from {first} to {last}. You chose {given}.")


class AmountTooSmall(Refusal):
    says = N_("Each payment has to be more than zero and pay more than the interest of its period.")


class DownPaymentTooHigh(Refusal):
    says = N_("The first payment now can be at most {most}. You entered {asked}.")


class WaiverTooHigh(Refusal):
    says = N_("At most {most} of this can be waived. You asked for {asked}.")


class PrincipalNotWaived(Refusal):
    says = N_("Principal is not waived in a plan.")


class InterestOnlyOutOfRange(Refusal):
    says = N_("Where interest runs, 0 to {most} installments can be interest alone. You asked for {asked}.")


class RoundToOutOfRange(Refusal):
    says = N_("Installments can be rounded to {least} up to {most}. You asked for {asked}.")


class StandingOfferOver(Refusal):
    says = N_("This offer of the lender is not open any more. Nothing was sent. What is open today is shown below.")


class WorseThanPolicy(Refusal):
    says = N_(
        "Your published policy takes a plan at once that is better for the borrower, so this one cannot be sent. That "
        "plan is shown here."
    )


class PauseBesidePlan(Refusal):
    says = N_("A plan runs. Its payments can be moved or skipped on the page of the plan, without ending it.")
