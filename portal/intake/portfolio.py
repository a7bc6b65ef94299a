"""A line of a portfolio in its shape becomes a loan: what the fields mean, and whether they fit one another."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, BinaryIO, TypeVar

from portal.domain.conduct.names import tidy_id
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.annual_cost import drawn_up
from portal.domain.contract.calendar import parse_date
from portal.domain.contract.closing import WRITTEN_OFF, ClosingReason, LoanClosing
from portal.domain.contract.loan import Charge, Installment, LegalStage, Loan, Payment, Statement, Terms
from portal.domain.contract.portfolio import BorrowerFacts, LoanRecord
from portal.domain.contract.schedule import AmountOutOfBounds, Method, OutOfBounds
from portal.domain.money import COMPONENTS, digits, format_amount, parse_amount, parse_rate
from portal.domain.refusal import Refusal
from portal.intake import refusals as no
from portal.intake.lines import RowProblems, json_lines, shape_row
from portal.intake.reading import FileRow, PortfolioFile, rows_of
from portal.intake.received import check_payments, read_credits, read_payment
from portal.intake.shape import AmountsShape, BorrowerShape, LoanShape, StatementShape
from portal.intake.terms import read_terms

_Value = TypeVar("_Value")
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2200, 12, 31)
# A file says the same amounts and days again and again, and each is read in every walk over it.
_minor = lru_cache(maxsize=1 << 14)(parse_amount)
NO_DAY = date.min
"""Stands for a day that was refused; nothing is said of how it lies to other days."""


def portfolio_lines(opened: Callable[[], BinaryIO], lender_kind: str) -> PortfolioFile:
    """A portfolio of JSON Lines: every line is a record or has its problems named."""

    def read(given: Any, problems: RowProblems) -> LoanRecord | None:
        return read_line(given, lender_kind, problems)

    def rows() -> Iterator[FileRow]:
        with opened() as file:
            yield from rows_of(json_lines(file), read)

    return PortfolioFile(rows)


def read_line(given: Any, lender_kind: str, problems: RowProblems) -> LoanRecord | None:
    """One loan from one object; None where anything is wrong with it, and `problems` say what."""
    if isinstance(given, dict) and isinstance(given.get("loan_no"), str):
        problems.loan_no = tidy_id(given["loan_no"])
    shape = shape_row(LoanShape, given, problems)
    if shape is None:
        return None
    reader = Reader(shape.currency, problems, rate_is_meant=shape.rate_is_meant)
    loan = _loan(shape, shape.lender_kind or lender_kind, reader)
    if loan is None or problems.found:
        return None
    others = tuple(_borrower(each) for each in shape.co_borrowers)
    return LoanRecord(problems.line, loan, _borrower(shape.borrower), others, complete=shape.complete)


class Reader:
    """Reads single fields of one line; what is refused is noted with its field and the reading goes on.

    `unread` are those that were refused, so that nothing is said of what stands in their place. With `rate_is_meant` a
    rate is taken that looks like a percentage written where a fraction belongs.
    """

    def __init__(self, currency: str, problems: RowProblems, *, rate_is_meant: bool = False) -> None:
        self.currency = currency
        self.rate_is_meant = rate_is_meant
        self.contract_rate = Fraction(0)
        self.problems = problems
        self.unread: set[str] = set()

    def take(self, field: str, read: Callable[..., _Value], *arguments: Any) -> _Value | None:
        try:
            return read(*arguments)
        except Refusal as refusal:
            self.problems.add(field, refusal)
            self.unread.add(field)
            return None

    def money(self, field: str, text: str) -> int:
        return self.take(field, _minor, text, self.currency) or 0

    def rate(self, field: str, text: str) -> Any:
        return self.take(field, parse_rate, text)

    def day(self, field: str, text: str) -> date:
        return self.take(field, _day, text) or NO_DAY

    def amounts(self, field: str, shape: AmountsShape) -> Amounts:
        return Amounts(**{name: self.money(f"{field}.{name}", getattr(shape, name)) for name in COMPONENTS})

    def not_before(self, field: str, day: date, name: str, earliest: date) -> None:
        if NO_DAY < day < earliest:
            self.problems.add(field, no.TooEarly(name=name, allowed=earliest, given=day))


@lru_cache(maxsize=1 << 12)
def _day(text: str) -> date:
    day = parse_date(text)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise OutOfBounds(least=FIRST_DAY, most=LAST_DAY, given=day)
    return day


def _loan(shape: LoanShape, lender_kind: str, reader: Reader) -> Loan | None:
    before = len(reader.problems.found)
    if reader.take("currency", digits, shape.currency) is None:
        return None
    principal = reader.money("principal", shape.principal)
    if not principal and not reader.problems.found[before:]:
        reader.problems.add("principal", no.NotAboveZero(given=repr(shape.principal)))
    if reader.problems.found[before:]:
        return None
    signed_on, disbursed_on = (reader.day(n, getattr(shape, n)) for n in ("signed_on", "disbursed_on"))
    reader.not_before("disbursed_on", disbursed_on, "signed_on", signed_on)
    terms = read_terms(shape.terms, lender_kind, signed_on, reader)
    if terms is None or reader.problems.found:
        return None
    if terms.first_due <= disbursed_on:
        problem = no.NotAfter(name="disbursed_on", allowed=disbursed_on, given=terms.first_due)
        reader.problems.add("terms.first_due", problem)
        return None
    schedule = _schedule(shape, principal, disbursed_on, terms, reader)
    loan = Loan(
        loan_no=shape.loan_no,
        product=shape.product,
        lender_kind=lender_kind,
        currency=shape.currency,
        signed_on=signed_on,
        disbursed_on=disbursed_on,
        principal=principal,
        terms=terms,
        schedule=schedule,
        schedule_generated=shape.schedule is None,
        payments=_payments(shape, schedule, reader),
        charges=_charges(shape, schedule, reader),
        statement=_statement(shape.statement, reader),
        written_off_on=_written_off_on(shape, reader),
        lender_credits=read_credits(reader, shape.credits, disbursed_on),
        closing=_closing(shape, disbursed_on, reader),
        legal_stage=LegalStage(shape.legal_stage),
    )
    check_payments(loan, reader)
    return loan


def _schedule(
    shape: LoanShape, principal: int, disbursed_on: date, terms: Terms, reader: Reader
) -> tuple[Installment, ...]:
    if shape.schedule is None:
        return _generated(terms, principal, disbursed_on, reader)
    rows, last = [], disbursed_on
    for index, each in enumerate(shape.schedule):
        field = f"schedule.{index}"
        if each.no != index + 1:
            reader.problems.add(f"{field}.no", no.WrongNumber(allowed=index + 1, given=each.no))
        due_on = reader.day(f"{field}.due_on", each.due_on)
        if NO_DAY < due_on <= last:
            name = "the due date before it" if index else "disbursed_on"
            reader.problems.add(f"{field}.due_on", no.NotAfter(name=name, allowed=last, given=due_on))
        last = max(due_on, last)
        parts = (reader.money(f"{field}.{name}", getattr(each, name)) for name in ("principal", "interest", "fees"))
        rows.append(Installment(each.no, due_on, *parts))
    adds_up = sum(row.principal for row in rows)
    if adds_up != principal and not any(f"schedule.{index}.principal" in reader.unread for index in range(len(rows))):
        given, allowed = (format_amount(minor, shape.currency) for minor in (adds_up, principal))
        reader.problems.add("schedule", no.DoesNotAddUp(given=given, allowed=allowed))
    return tuple(rows)


def _generated(terms: Terms, principal: int, disbursed_on: date, reader: Reader) -> tuple[Installment, ...]:
    try:
        if terms.method is Method.BALLOON:
            raise no.ScheduleNeeded("method", given=repr(terms.method.value))
        return drawn_up(terms, principal, disbursed_on)
    except Refusal as refusal:
        field = "principal" if refusal.field == "principal" else f"terms.{refusal.field}".rstrip(".")
        worded = refusal.worded_in(reader.currency) if isinstance(refusal, AmountOutOfBounds) else refusal
        reader.problems.add(field, worded)
        return ()


def _payments(shape: LoanShape, schedule: Sequence[Installment], reader: Reader) -> tuple[Payment, ...]:
    for index, each in enumerate(shape.payments):
        _check_number(reader, f"payments.{index}", each.installment, schedule)
    return tuple(read_payment(reader, f"payments.{n}", each) for n, each in enumerate(shape.payments))


def _check_number(reader: Reader, field: str, number: int | None, schedule: Sequence[Installment]) -> None:
    if number is not None and not 1 <= number <= len(schedule):
        problem = no.NoSuchInstallment(allowed=len(schedule), given=number)
        reader.problems.add(f"{field}.installment", problem)


def _charges(shape: LoanShape, schedule: Sequence[Installment], reader: Reader) -> tuple[Charge, ...]:
    found: dict[str, Charge] = {}
    for index, each in enumerate(shape.charges):
        field = f"charges.{index}"
        if each.id in found:
            reader.problems.add(f"{field}.id", no.IdTwice(given=repr(each.id)))
        _check_number(reader, field, each.installment, schedule)
        amount = reader.money(f"{field}.amount", each.amount)
        if not amount and f"{field}.amount" not in reader.unread:
            reader.problems.add(f"{field}.amount", no.NotAboveZero(given=repr(each.amount)))
        on, due_on = (reader.day(f"{field}.{name}", getattr(each, name)) for name in ("on", "due_on"))
        found[each.id] = Charge(each.id, on, due_on, each.kind, amount, each.installment)
    return tuple(found.values())


def _statement(shape: StatementShape | None, reader: Reader) -> Statement | None:
    if shape is None:
        return None
    return Statement(reader.day("statement.as_of", shape.as_of), reader.amounts("statement", shape))


def _written_off_on(shape: LoanShape, reader: Reader) -> date | None:
    closed = shape.closed if shape.closed and shape.closed.reason == WRITTEN_OFF else None
    if closed and shape.written_off_on not in (None, closed.on):
        problem = no.TwoDays(name="written_off_on", allowed=shape.written_off_on, given=closed.on)
        reader.problems.add("closed.on", problem)
    said = shape.written_off_on or (closed.on if closed else None)
    return reader.day("written_off_on", said) if said else None


def _closing(shape: LoanShape, disbursed_on: date, reader: Reader) -> LoanClosing | None:
    if shape.closed is None or shape.closed.reason == WRITTEN_OFF:
        return None
    on = reader.day("closed.on", shape.closed.on)
    reader.not_before("closed.on", on, "disbursed_on", disbursed_on)
    return LoanClosing(on, ClosingReason(shape.closed.reason))


def _borrower(shape: BorrowerShape) -> BorrowerFacts:
    code = shape.entry_code.upper()
    told = shape.external_id, shape.name, shape.phone, shape.id_last4, shape.locale
    return BorrowerFacts(*told, code, shape.timezone)
