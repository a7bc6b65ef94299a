"""What rows of a portfolio say against what is stored: asked of many loans in a few statements, without writing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from portal.actions.parties import BorrowerDiffers, in_batches
from portal.actions.portfolio.corrections import check_money_back
from portal.actions.portfolio.snapshots import Snapshots, snapshots_of
from portal.actions.portfolio.versions import FactChange, same_kind
from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal
from portal.tables import models as tables

MEANT = '"complete": true'
Against = dict[str, list[Refusal]]
"""By loan number, what of its row says otherwise than may be."""


class PaymentDiffers(Refusal):
    says = N_(
        "Payment {id} of loan {loan_no} was recorded before as another kind: {allowed}, not {given}. Give this one "
        "another id."
    )


class LoanFactDiffers(Refusal):
    says = N_(
        "The {name} of loan {loan_no} is {allowed} on record; this row says {given}. It does not change: give the row "
        "{allowed}, or the loan another number."
    )


class PaymentGone(Refusal):
    says = N_(
        "Payment {id} of {amount}, received on {received}, stood in the row of loan {loan_no} before and is not in "
        "this one. Put it back, reverse it, or say {meant} if all payments there are stand here."
    )


class CreditGone(Refusal):
    says = N_(
        "Credit {id} of {amount}, made on {made}, stood in the row of loan {loan_no} before and is not in this one. "
        "Put it back, or say {meant} if all credits there are stand here."
    )


class DayToCome(Refusal):
    says = N_("{given} is after today, {today}: only what has happened is told.")


async def contradictions(lender_id: int, records: Sequence[LoanRecord], today: date) -> Against:
    """The rows that could not be stored, and why (see `against`)."""
    snapshots = await snapshots_of(lender_id, records, today)
    borrowers: dict[int, list[str]] = defaultdict(list)
    for loan_id, name in await in_batches(
        tables.PartyRow, snapshots.loans.values(), "loan_id", "loan_id", "borrower__external_id", role="borrower"
    ):
        borrowers[loan_id].append(name)
    return against(records, snapshots, borrowers, today)


def against(
    records: Iterable[LoanRecord], snapshots: Snapshots, borrowers: Mapping[int, Collection[str]], today: date
) -> Against:
    """BorrowerDiffers, LoanFactDiffers, DayToCome, PaymentGone, CreditGone, PaymentDiffers and those of `money_back`.

    `borrowers` are those on record by the lender's own ids, by loan.
    """
    found: Against = {}
    for record in records:
        number = record.loan.loan_no
        loan_id = snapshots.loans.get(number, 0)
        refusals = _other_borrower(record, list(borrowers.get(loan_id, ())))
        if number in snapshots.changes:
            refusals += _otherwise(record, snapshots, snapshots.before.get(loan_id), today)
        if refusals:
            found[number] = refusals
    return found


def _otherwise(record: LoanRecord, snapshots: Snapshots, before: Loan | None, today: date) -> list[Refusal]:
    """What is wrong with a row that says another thing than the last one."""
    loan, changes = record.loan, snapshots.changes[record.loan.loan_no]
    found: list[Refusal] = [*_days_to_come(loan, today)]
    found += _other_loan(loan, before) if before else ()
    found += () if record.complete else _gone(loan, changes.all)
    if record.totals or found:
        return found
    found += _other_kinds(loan, changes.payments)
    return found or check_money_back(loan, before, changes.payments)


def _other_borrower(record: LoanRecord, names: Sequence[str]) -> list[Refusal]:
    given = record.borrower.external_id
    if not names or given in names:
        return []
    return [BorrowerDiffers("borrower.external_id", loan_no=record.loan.loan_no, allowed=names[0], given=given)]


def _other_loan(loan: Loan, before: Loan) -> Iterator[Refusal]:
    """What makes a loan this one; amounts of two currencies are not compared."""
    for field in ("currency", "disbursed_on", "principal"):
        allowed, given = getattr(before, field), getattr(loan, field)
        if field == "principal":
            if loan.currency != before.currency:
                return
            allowed, given = (format_amount(minor, loan.currency) for minor in (allowed, given))
        if allowed != given:
            name = field.replace("_", " ")
            yield LoanFactDiffers(field, name=name, loan_no=loan.loan_no, allowed=allowed, given=given)


def _days_to_come(loan: Loan, today: date) -> Iterator[Refusal]:
    days: list[tuple[str, date | None]] = [
        *((f"payments.{place}.received_on", each.received_on) for place, each in enumerate(loan.payments)),
        *((f"charges.{place}.on", each.on) for place, each in enumerate(loan.charges)),
        *((f"credits.{place}.on", each.on) for place, each in enumerate(loan.lender_credits)),
        ("statement.as_of", loan.statement.as_of if loan.statement else None),
        ("closed.on", loan.closing.on if loan.closing else None),
        ("written_off_on", loan.written_off_on),
    ]
    for field, day in days:
        if day is not None and day > today:
            yield DayToCome(field, given=day, today=today)


def _gone(loan: Loan, changes: Iterable[FactChange]) -> Iterator[Refusal]:
    """A charge that is gone is withdrawn; money is not."""
    for each in changes:
        if each.now is None and isinstance(each.before, Payment):
            amount, day = format_amount(each.before.amount, loan.currency), each.before.received_on
            yield PaymentGone("payments", id=each.id, loan_no=loan.loan_no, amount=amount, received=day, meant=MEANT)
        if each.now is None and isinstance(each.before, LenderCredit):
            amount = format_amount(each.before.amounts.total, loan.currency)
            yield CreditGone(
                "credits", id=each.id, loan_no=loan.loan_no, amount=amount, made=each.before.on, meant=MEANT
            )


def _other_kinds(loan: Loan, changes: Iterable[FactChange]) -> Iterator[Refusal]:
    for each in changes:
        if isinstance(each.before, Payment) and isinstance(each.now, Payment) and not same_kind(each.before, each.now):
            yield payment_differs(each.before, each.now, loan.loan_no, "payments")


def payment_differs(before: Payment, now: Payment, loan_no: str, field: str) -> PaymentDiffers:
    allowed, given = (_kind_in_words(each) for each in (before, now))
    return PaymentDiffers(field, id=now.id, loan_no=loan_no, allowed=allowed, given=given)


def _kind_in_words(payment: Payment) -> str:
    if payment.is_refund:
        return "a refund"
    return f"a reversal of {payment.reverses}" if payment.reverses else "a payment"
