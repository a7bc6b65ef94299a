"""A payments file: JSON Lines, each with the number of its loan."""

from collections.abc import Iterable, Iterator, Mapping

from portal.domain.conduct.names import tidy_id
from portal.domain.contract.portfolio import BadRow, PaymentRecord
from portal.intake import refusals as no
from portal.intake.lines import RowProblems, json_line, shape_row
from portal.intake.portfolio import Reader
from portal.intake.received import read_payment
from portal.intake.shape import AmountsShape, PaymentLine, PaymentShape

_ALLOCATED = [f"allocated.{component}" for component in AmountsShape.model_fields]
_CALLED = {f"payment.{name}": name for name in (*PaymentShape.model_fields, *_ALLOCATED)}
"""A line is a payment and no more: its fields stand in nothing."""


def payment_line(number: int, raw: bytes) -> tuple[PaymentLine | None, list[BadRow]]:
    """One line in its shape, or what is wrong with it."""
    given, problem = json_line(number, raw)
    if problem is not None:
        return None, [problem]
    problems = RowProblems(number)
    told = given.get("loan_no") if isinstance(given, dict) else None
    problems.loan_no = tidy_id(told) if isinstance(told, str) else ""
    return shape_row(PaymentLine, given, problems), problems.found


def payment_records(
    lines: Iterable[tuple[int, PaymentLine]], currencies: Mapping[str, str]
) -> Iterator[tuple[PaymentRecord | None, list[BadRow]]]:
    """`currencies` are those of the lender's loans by number; a payment to any other is refused."""
    for number, shape in lines:
        problems = RowProblems(number, _CALLED)
        record = _record(shape, currencies, problems)
        yield None if problems.found else record, problems.found


def _record(shape: PaymentLine, currencies: Mapping[str, str], problems: RowProblems) -> PaymentRecord | None:
    problems.loan_no = shape.loan_no
    currency = currencies.get(shape.loan_no)
    if currency is None:
        problems.add("loan_no", no.UnknownLoan(given=repr(shape.loan_no)))
        return None
    if shape.currency not in (None, currency):
        problems.add("currency", no.OtherCurrency(allowed=currency, given=repr(shape.currency)))
    payment = read_payment(Reader(currency, problems), "payment", shape)
    return PaymentRecord(problems.line, shape.loan_no, payment, shape.currency, shape.reference)
