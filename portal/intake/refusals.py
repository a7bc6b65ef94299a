"""What a lender's file is refused for, in words that say what is allowed and what was given."""

from portal.domain.refusal import N_, Refusal


class NotUtf8(Refusal):
    says = N_("The line is not {encoding}: byte {given} at position {position} of the line.")


class CutOff(Refusal):
    says = N_("The line ends in the middle of a value: the file seems cut off.")


class Unfinished(Refusal):
    says = N_("The line ends in the middle of a value; everything about one loan is on one line.")


class LineTooLong(Refusal):
    says = N_("The line is longer than {allowed} bytes; everything about one loan is on one line.")


class NotJson(Refusal):
    says = N_("The line is not JSON: {problem} at position {position}.")


class TooManyKeys(Refusal):
    says = N_("An object can have at most {most} keys; this one has {given}.")


class MoreProblems(Refusal):
    says = N_("{count} more fields here do not fit; first put right what is named.")


class Unwieldy(Refusal):
    says = N_("The line nests too deeply, or has a number of too many digits.")


class HalfCharacter(Refusal):
    says = N_("A text on the line has a NUL or half a character: {given}.")


class TwiceTheKey(Refusal):
    says = N_("The key {given} is there twice in one object.")


class NotFinite(Refusal):
    says = N_("{given} is not a number in JSON.")


class NotAnObject(Refusal):
    says = N_("It must be an object in braces; {given} is not.")


class NotAList(Refusal):
    says = N_("It must be a list in square brackets; {given} is not.")


class MissingCell(Refusal):
    says = N_("This field is needed and is not there.")


class UnknownField(Refusal):
    says = N_("There is no such field here. There are: {allowed}.")


class Misfit(Refusal):
    says = N_("{problem}; found {given}")


class NotText(Refusal):
    says = N_("It must be text in quotes; {given} is not.")


class NotWhole(Refusal):
    says = N_("It must be a whole number without quotes; {given} is not.")


class NotLastFour(Refusal):
    says = N_("It must be the last four digits or letters of the ID number, such as {allowed}; {given} is not.")


class NotWritten(Refusal):
    says = N_("It must be {allowed}; {given} is not.")


class NotAboveZero(Refusal):
    says = N_("It must be more than zero; {given} is not.")


class LoanTwice(Refusal):
    says = N_("The loan {given} is on line {other} as well.")


class IdTwice(Refusal):
    says = N_("{given} is here twice; each must be different.")


class TooEarly(Refusal):
    says = N_("It must not be before {name}, {allowed}; {given} is.")


class NotAfter(Refusal):
    says = N_("It must be after {name}, {allowed}; {given} is not.")


class WrongNumber(Refusal):
    says = N_("Installments are numbered 1, 2, 3 and so on: {allowed} comes here, not {given}.")


class DoesNotAddUp(Refusal):
    says = N_("The principal of the installments adds up to {given}; the loan's principal is {allowed}.")


class RateUnlikely(Refusal):
    says = N_(
        "{given} is a fraction of one, and above {allowed}: write 9 % as 0.09. If it is meant, the row says "
        '"rate_is_meant": true.'
    )


class TwoDays(Refusal):
    says = N_("{name} is {allowed}, and here {given} is said: name one day.")


class NoSuchInstallment(Refusal):
    says = N_("There are installments 1 to {allowed}; {given} is none of them.")


class NoSuchClause(Refusal):
    says = N_("There are the clauses {allowed}; {given} is none of them.")


class OneRateForm(Refusal):
    says = N_("A rate has exactly one of {allowed}; here is {given}.")


class NeededByKind(Refusal):
    says = N_("A penalty of the kind {kind} needs this field.")


class NotWithKind(Refusal):
    says = N_("A penalty of the kind {kind} does not have this field.")


class TiersNotRising(Refusal):
    says = N_("Tiers begin on rising days: this one must begin after day {allowed}; {given} is not.")


class BandsNotRising(Refusal):
    says = N_("Bands begin at rising debts: this one must begin above {allowed}; {given} is not.")


class PenaltyTwice(Refusal):
    says = N_("What lateness costs stands in `penalties` or in `penalty`, not in both.")


class ClauseNeeded(Refusal):
    says = N_("Of several charges for lateness each names its clause, one of {allowed}.")


class NotAnOrder(Refusal):
    says = N_("An order names each of {allowed} exactly once; {problem}.")


class ScheduleNeeded(Refusal):
    says = N_("A loan by the method {given} needs its schedule stated: its terms alone do not make one.")


class UnknownLoan(Refusal):
    says = N_("There is no loan {given} at this lender.")


class OtherCurrency(Refusal):
    says = N_("The loan is in {allowed}, not in {given}.")


class Empty(Refusal):
    says = N_("The file is empty; a line with the names of its columns is needed.")


class OtherEncoding(Refusal):
    says = N_("The file is not {allowed} but {given}. Save it as {allowed}, or name its encoding in the mapping.")


class CellNotReadable(Refusal):
    says = N_("The cell is not {allowed}: byte {given} at position {position} of the cell.")


class NoSuchColumns(Refusal):
    says = N_("The mapping reads the columns {given}, which the file does not have. It has: {allowed}.")


class NoNames(Refusal):
    says = N_("The first line has none of the columns that the mapping reads, {given}; it has to name the columns.")


class NoLineOfNames(Refusal):
    says = N_(
        "None of the first {lines} lines has the columns that the mapping reads, {given}; one of them has to name the "
        "columns."
    )


class OneColumn(Refusal):
    says = N_("The mapping separates columns by {allowed}, which is not in the first line, where {given} does.")


class OtherSeparator(Refusal):
    says = N_("The first line says that {given} separates columns; in the mapping it is {allowed}.")


class ColumnTwice(Refusal):
    says = N_("The columns {given} are there twice; each name must be different.")


class WrongWidth(Refusal):
    says = N_("The row has {given} cells; the first line names {allowed} columns.")


class RowCutOff(Refusal):
    says = N_("The row has {given} cells of {allowed}: the file seems cut off.")


class QuoteNotClosed(Refusal):
    says = N_("A quotation mark opens here and is not closed as it should be.")


class NotANumberCell(Refusal):
    says = N_("A number is written like {allowed}; {given} is not.")


class NotInThrees(Refusal):
    says = N_(
        "The mapping says that {thousands} groups digits in threes and {decimal} is before the decimals, as in "
        "{allowed}; {given} is written otherwise. If it is a decimal mark there, say so in [file] of the mapping."
    )


class AsOfNeeded(Refusal):
    says = N_("The day the file speaks of is needed: state it when the file is sent (--as-of), or in the mapping.")


class AfterTheFile(Refusal):
    says = N_("It must not be after {allowed}, the day the file speaks of; {given} is.")


class MoreThanPrincipal(Refusal):
    says = N_("It must not be more than the principal, {allowed}; {given} is.")


class OutstandingDiffers(Refusal):
    says = N_("It must be {allowed}, the principal less what was paid of it; {given} is not.")


class NotPaidUp(Refusal):
    says = N_("It says that the loan is paid, but {given} of its principal is not.")


class TotalDiffers(Refusal):
    says = N_("It must be {allowed}, as its parts add up, or within {within} of it; {given} is not.")


class StatusAgainstDates(Refusal):
    says = N_("No installment of this loan can be {least} to {most} days late on {as_of}.")


class TotalsNeedMethod(Refusal):
    says = N_("Totals can be brought in line with a schedule by {allowed}; by {given} they cannot.")


class LeftOut(Refusal):
    says = N_("The mapping leaves out rows with {given} here: {reason}.")


class NoSuchMapping(Refusal):
    says = "There is no file {given}, and no mapping of that name ships; there are: {allowed}."


class MappingNotToml(Refusal):
    says = "The mapping is not TOML in UTF-8: {problem}."


class NotADateFormat(Refusal):
    says = "A date is written with YYYY, one of Mon, MM, M, and at most one of DD, D: {allowed}; {given} is not."


class DayNeeded(Refusal):
    says = "The format {given} has no day: a day from 1 to 31 is needed (31 means the last of the month)."


class GoesWith(Refusal):
    says = "This key goes with {allowed} only."


class SameMark(Refusal):
    says = "It must be another mark than the decimal one, {given}."


class NotBoth(Refusal):
    says = "Of {allowed} only one can be there."
