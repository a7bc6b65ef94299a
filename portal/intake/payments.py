"""A payments file: JSON Lines, each with the number of its loan."""

from collections.abc import Mapping

from portal.domain.portfolio import BadRow, PaymentRecord
from portal.intake import refusals as no
from portal.intake.lines import Problems, json_lines, shaped
from portal.intake.portfolio import Reader, read_payment
from portal.intake.shape import PaymentLine


def read_payments(data: bytes, currencies: Mapping[str, str]) -> tuple[list[PaymentRecord], list[BadRow]]:
    """`currencies` are the lender's loans by number; a payment to any other is refused."""
    records: list[PaymentRecord] = []
    bad: list[BadRow] = []
    for line, given, problem in json_lines(data):
        if problem is not None:
            bad.append(problem)
            continue
        problems = Problems(line)
        shape = shaped(PaymentLine, given, problems)
        if shape is not None:
            record = _record(shape, currencies, problems)
            if record is not None and not problems.found:
                records.append(record)
        bad += problems.found
    return records, bad


def _record(shape: PaymentLine, currencies: Mapping[str, str], problems: Problems) -> PaymentRecord | None:
    problems.loan_no = shape.loan_no
    currency = currencies.get(shape.loan_no)
    if currency is None:
        problems.add("loan_no", no.UnknownLoan(given=repr(shape.loan_no)))
        return None
    if shape.currency not in (None, currency):
        problems.add("currency", no.OtherCurrency(allowed=currency, given=repr(shape.currency)))
    payment = read_payment(Reader(currency, problems), "payment", shape)
    return PaymentRecord(problems.line, shape.loan_no, payment, shape.currency, shape.reference)
