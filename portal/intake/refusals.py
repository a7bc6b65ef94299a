"""What a lender's file is refused for, in words that say what is allowed and what was given."""

from portal.domain.refusal import N_, Refusal


class NotUtf8(Refusal):
    says = N_("The line is not {encoding}: byte {given} at position {position} of the line.")


class CutOff(Refusal):
    says = N_("The line ends in the middle of a value: the file seems cut off.")


class Unfinished(Refusal):
    says = N_("The line ends in the middle of a value; everything about one loan stands on one line.")


class NotJson(Refusal):
    says = N_("The line is not JSON: {problem} at position {position}.")


class TwiceTheKey(Refusal):
    says = N_("The key {given} stands twice in one object.")


class NotFinite(Refusal):
    says = N_("{given} is not a number in JSON.")


class NotAnObject(Refusal):
    says = N_("It must be an object in braces; {given} is not.")


class NotAList(Refusal):
    says = N_("It must be a list in square brackets; {given} is not.")


class Missing(Refusal):
    says = N_("This field is needed and is not there.")


class UnknownField(Refusal):
    says = N_("There is no such field here. There are: {allowed}.")


class NotOneOf(Refusal):
    says = N_("It must be one of {allowed}; {given} is not.")


class NotText(Refusal):
    says = N_("It must be text in quotes, of 1 to {allowed} characters that can be printed; {given} is not.")


class NotWhole(Refusal):
    says = N_("It must be a whole number without quotes; {given} is not.")


class AmountNotInQuotes(Refusal):
    says = N_("An amount is text in quotes, such as {allowed}; the number {given} is not.")


class RateNotInQuotes(Refusal):
    says = N_("A rate is text in quotes, such as {allowed} for 18 %; the number {given} is not.")


class NotAPhone(Refusal):
    says = N_("A phone number is written like {allowed}: a plus sign and 8 to 15 digits; {given} is not.")


class NotLastFour(Refusal):
    says = N_("It must be the last four digits or letters of the ID number, such as {allowed}; {given} is not.")


class NotALanguage(Refusal):
    says = N_("A language is written like {allowed}; {given} is not.")


class LoanTwice(Refusal):
    says = N_("The loan {given} already stands on line {first}.")


class PaymentTwice(Refusal):
    says = N_("The payment {given} already stands on line {first}.")


class IdTwice(Refusal):
    says = N_("{given} stands here twice; each must be different.")


class TooEarly(Refusal):
    says = N_("It must not be before {name}, {allowed}; {given} is.")


class NotAfter(Refusal):
    says = N_("It must be after {name}, {allowed}; {given} is not.")


class WrongNumber(Refusal):
    says = N_("Installments are numbered 1, 2, 3 and so on: {allowed} comes here, not {given}.")


class DoesNotAddUp(Refusal):
    says = N_("The principal of the installments adds up to {given}; the loan's principal is {allowed}.")


class AmountOrReversal(Refusal):
    says = N_("A payment has either an amount (and, if stated, where it went) or the payment it reverses.")


class NothingToReverse(Refusal):
    says = N_("There is no payment {given} here that could be reversed.")


class AlreadyReversed(Refusal):
    says = N_("The payment {given} is already reversed here.")


class AllocatedTooMuch(Refusal):
    says = N_("What was allocated adds up to {given}, more than the payment of {allowed}.")


class NoSuchInstallment(Refusal):
    says = N_("There are installments 1 to {allowed}; {given} is none of them.")


class NoSuchClause(Refusal):
    says = N_("There are the clauses {allowed}; {given} is none of them.")


class OneRateForm(Refusal):
    says = N_("A rate has exactly one of {allowed}; here stands {given}.")


class NeededByKind(Refusal):
    says = N_("A penalty of the kind {kind} needs this field.")


class NotWithKind(Refusal):
    says = N_("A penalty of the kind {kind} does not have this field.")


class TiersNotRising(Refusal):
    says = N_("Tiers begin on rising days: this one must begin after day {allowed}; {given} is not.")


class NotAnOrder(Refusal):
    says = N_("An order names each of {allowed} exactly once; {problem}.")


class OnlyTogether(Refusal):
    says = N_("{allowed} go together; one of them is missing.")


class ScheduleNeeded(Refusal):
    says = N_("A loan by the method {given} needs its schedule stated: its terms alone do not make one.")


class UnknownLoan(Refusal):
    says = N_("There is no loan {given} at this lender.")


class OtherCurrency(Refusal):
    says = N_("The loan is in {allowed}, not in {given}.")
