"""Payments held against what is recorded of their loans, and against those that stand before them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tortoise.functions import Max

from portal.actions.parties import ROWS_AT_ONCE
from portal.actions.portfolio.check import PaymentDiffers, loan_ids, payments_of
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.ledger.position import position
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal
from portal.tables import models as tables
from portal.tables.stored import schedule_from_text


class PaidLoanUnknown(Refusal):
    says = N_("There is no loan {loan_no}.")


class PaymentInFuture(Refusal):
    says = N_("Payment {id} of loan {loan_no} is dated {given}, after today, {today}.")


class PaymentBeforeLoan(Refusal):
    says = N_("Payment {id} of loan {loan_no} is dated {given}, before the loan was paid out on {disbursed}.")


class PaymentToReverseUnknown(Refusal):
    says = N_("Payment {id} of loan {loan_no} is not there, or was reversed already.")


class ReversedBeforePaid(Refusal):
    says = N_("Payment {id} of loan {loan_no} was received on {received}; it cannot be reversed on {given}.")


class MoreThanIsLeftOfPayment(Refusal):
    says = N_("Of payment {id} of loan {loan_no} {allowed} are left; {given} cannot be taken back.")


class RefundAboveCredit(Refusal):
    says = N_("Refund {id} of loan {loan_no} is of {given}, and {allowed} of credit are there on its day.")


class NoInstallment(Refusal):
    says = N_("Payment {id} of loan {loan_no} names installment {given}; the loan has none of that number.")


@dataclass(slots=True)
class Books:
    """What is recorded of some loans, by number; each payment that passes is added to it.

    `refunding` are loans of which credit is to be paid back.
    """

    loans: Mapping[str, int]
    contracts: Mapping[str, Mapping[str, Any]]
    payments: dict[str, dict[str, Payment]]
    taken_back: dict[str, Counter[str]]
    refunding: Mapping[str, Loan] = field(default_factory=dict)

    @property
    def currencies(self) -> dict[str, str]:
        return {loan_no: contract["currency"] for loan_no, contract in self.contracts.items()}


async def books_of(lender_id: int, numbers: Collection[str]) -> Books:
    """In a statement for each table, whatever the number of payments; of each loan its newest contract alone."""
    loans = await loan_ids(lender_id, list(numbers))
    named = {loan_id: loan_no for loan_no, loan_id in loans.items()}
    contracts = {named[row["loan_id"]]: row for row in await _contracts(list(named))}
    paid = await payments_of(list(loans.values()))
    payments = {loan_no: {each.id: each for each in paid.get(loan_id, ())} for loan_no, loan_id in loans.items()}
    back = {loan_no: _taken_back(found) for loan_no, found in payments.items()}
    return Books(loans, contracts, payments, back)


def _taken_back(payments: Mapping[str, Payment]) -> Counter[str]:
    """By the payment that was reversed, how much of it."""
    back: Counter[str] = Counter()
    for each in payments.values():
        if each.reverses and each.reverses in payments:
            back[each.reverses] += each.amount or payments[each.reverses].amount
    return back


async def _contracts(ids: Sequence[int]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(ids), ROWS_AT_ONCE):
        of_loans = tables.ContractRow.filter(loan_id__in=ids[start : start + ROWS_AT_ONCE])
        newest = await of_loans.annotate(newest=Max("id")).group_by("loan_id").values_list("newest", flat=True)
        found += await tables.ContractRow.filter(id__in=list(newest)).values(
            "loan_id", "currency", "disbursed_on", "schedule"
        )
    return found


def is_new(record: PaymentRecord, books: Books, today: date) -> bool:
    """Whether it is to be recorded, or was before and says the same.

    Raises UnknownLoan, PaymentDiffers, PaymentInFuture, PaymentBeforeLoan, NoInstallment, NothingToReverse,
    ReversedBeforePaid, MoreThanIsLeftOfPayment, RefundAboveCredit.
    """
    payment, loan_no = record.payment, record.loan_no
    if loan_no not in books.contracts:
        raise PaidLoanUnknown("loan_no", loan_no=loan_no)
    known = books.payments[loan_no].get(payment.id)
    if known is not None:
        if known != payment:
            raise PaymentDiffers("id", id=payment.id, loan_no=loan_no)
        return False
    _check(payment, books.contracts[loan_no], loan_no, today)
    if payment.reverses is not None:
        _check_reversal(payment, loan_no, books)
    if payment.is_refund:
        _check_refund(payment, loan_no, books)
    books.payments[loan_no][payment.id] = payment
    return True


def _check(payment: Payment, contract: Mapping[str, Any], loan_no: str, today: date) -> None:
    if payment.received_on > today:
        raise PaymentInFuture("received_on", id=payment.id, loan_no=loan_no, given=payment.received_on, today=today)
    if payment.received_on < contract["disbursed_on"]:
        dates = {"given": payment.received_on, "disbursed": contract["disbursed_on"]}
        raise PaymentBeforeLoan("received_on", id=payment.id, loan_no=loan_no, **dates)
    if payment.installment is not None:
        numbers = [row.no for row in schedule_from_text(contract["schedule"])]
        if payment.installment not in numbers:
            raise NoInstallment("installment", id=payment.id, loan_no=loan_no, given=payment.installment)


def _check_reversal(payment: Payment, loan_no: str, books: Books) -> None:
    name = str(payment.reverses)
    paid = books.payments[loan_no].get(name)
    back = books.taken_back[loan_no][name]
    if paid is None or paid.reverses is not None or paid.is_refund or paid.amount == back:
        raise PaymentToReverseUnknown("reverses", id=name, loan_no=loan_no)
    if payment.received_on < paid.received_on:
        raise ReversedBeforePaid(
            "received_on", id=name, loan_no=loan_no, received=paid.received_on, given=payment.received_on
        )
    left = paid.amount - back
    if payment.amount > left:
        currency = books.contracts[loan_no]["currency"]
        given, allowed = (format_amount(minor, currency) for minor in (payment.amount, left))
        raise MoreThanIsLeftOfPayment("amount", id=name, loan_no=loan_no, allowed=allowed, given=given)
    books.taken_back[loan_no][name] += payment.amount or left


def _check_refund(refund: Payment, loan_no: str, books: Books) -> None:
    """By all that is recorded so far there has to be so much credit on its day."""
    loan = replace(books.refunding[loan_no], payments=tuple(books.payments[loan_no].values()))
    credit = position(loan, refund.received_on).credit
    if refund.amount > credit:
        given, allowed = (format_amount(minor, loan.currency) for minor in (refund.amount, credit))
        raise RefundAboveCredit("amount", id=refund.id, loan_no=loan_no, allowed=allowed, given=given)
