"""Payments held against what is recorded of their loans, and against those that stand before them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tortoise.functions import Max

from portal.actions.money_back import order_told, refused_money_back
from portal.actions.parties import ROWS_AT_ONCE
from portal.actions.portfolio.check import payment_differs
from portal.actions.portfolio.snapshots import loan_ids
from portal.actions.portfolio.versions import FactChange, restated, same_kind
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal
from portal.reads.loans import load_loans
from portal.reads.payments import payments_of
from portal.tables import models as tables
from portal.tables.stored import schedule_from_text


class PaidLoanUnknown(Refusal):
    says = N_("There is no loan {loan_no}.")


class PaymentInFuture(Refusal):
    says = N_("Payment {id} of loan {loan_no} is dated {given}, after today, {today}.")


class PaymentBeforeLoan(Refusal):
    says = N_("Payment {id} of loan {loan_no} is dated {given}, before the loan was paid out on {disbursed}.")


class NoInstallment(Refusal):
    says = N_("Payment {id} of loan {loan_no} names installment {given}; the loan has none of that number.")


class PaymentTwice(Refusal):
    says = N_("Payment {id} of loan {loan_no} is here twice, of {allowed} on {day} and otherwise.")


RefusedPayments = list[tuple[PaymentRecord, Refusal]]


@dataclass(slots=True)
class Books:
    """What is recorded of some loans, by number; each payment that passes is added to it, and to `passed`.

    `refunding` are loans of which credit is to be paid back.
    """

    loans: Mapping[str, int]
    contracts: Mapping[str, Mapping[str, Any]]
    payments: dict[str, dict[str, Payment]]
    refunding: Mapping[str, Loan] = field(default_factory=dict)
    passed: set[tuple[str, str]] = field(default_factory=set)

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
    return Books(loans, contracts, payments)


async def _contracts(ids: Sequence[int]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(ids), ROWS_AT_ONCE):
        of_loans = tables.ContractRow.filter(loan_id__in=ids[start : start + ROWS_AT_ONCE])
        newest = await of_loans.annotate(newest=Max("id")).group_by("loan_id").values_list("newest", flat=True)
        found += await tables.ContractRow.filter(id__in=list(newest)).values(
            "loan_id", "currency", "disbursed_on", "schedule"
        )
    return found


@dataclass(frozen=True, slots=True)
class ToldPayment:
    """A payment that is to be recorded: new, or with `before` a correction of what was."""

    record: PaymentRecord
    told: FactChange

    @property
    def payment(self) -> Payment:
        assert isinstance(self.told.now, Payment)
        return self.told.now

    @property
    def loan_no(self) -> str:
        return self.record.loan_no


async def new_payments(
    books: Books, records: Sequence[PaymentRecord], today: date
) -> tuple[list[ToldPayment], RefusedPayments]:
    """Those to be recorded, what came before what goes back of it, and those that are refused.

    Refused are UnknownLoan, PaymentDiffers, PaymentInFuture, PaymentBeforeLoan, NoInstallment and what `money_back`
    refuses.
    """
    refunded = {books.loans[each.loan_no] for each in records if each.payment.is_refund and each.loan_no in books.loans}
    books.refunding = {loan.loan_no: loan for loan, _ in (await load_loans(list(refunded))).values()}
    found: list[ToldPayment] = []
    refused: RefusedPayments = []
    for record in sorted(records, key=lambda each: order_told(each.payment)):
        try:
            told = _told(record, books, today)
            found += [ToldPayment(record, told)] if told is not None else []
        except Refusal as refusal:
            refused.append((record, refusal))
    return found, refused


def _told(record: PaymentRecord, books: Books, today: date) -> FactChange | None:
    """What it says that is not recorded yet; none where it was told before and says the same."""
    loan_no = record.loan_no
    if loan_no not in books.contracts:
        raise PaidLoanUnknown("loan_no", loan_no=loan_no)
    told = books.payments[loan_no]
    known = told.get(record.payment.id)
    payment = restated(known, record.payment) if known else record.payment
    if known == payment:
        return None
    if known and (loan_no, known.id) in books.passed:
        amount = format_amount(known.amount, books.currencies[loan_no])
        raise PaymentTwice("id", id=known.id, loan_no=loan_no, allowed=amount, day=known.received_on)
    if known and not same_kind(known, payment):
        raise payment_differs(known, payment, loan_no, "id")
    _check(payment, books.contracts[loan_no], loan_no, today)
    if known or payment.reverses or payment.is_refund:
        _check_money_back({**told, payment.id: payment}, payment, loan_no, books)
    told[payment.id] = payment
    books.passed.add((loan_no, payment.id))
    return FactChange(known, payment)


def _check_money_back(told: Mapping[str, Payment], payment: Payment, loan_no: str, books: Books) -> None:
    """Of what goes back, and of a payment of which something went back before."""
    named = loan_no, books.currencies[loan_no]
    for refusal in refused_money_back(told, {payment.id}, named, books.refunding.get(loan_no)):
        raise refusal


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
