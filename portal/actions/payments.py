"""Payments and reversals from the lender's books: all of a batch or none, each once, each an event of its loan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.actions.books import follow_books
from portal.actions.journal import Journal, journal, loan_stream
from portal.actions.portfolio import LENDER_SYSTEM, PaymentDiffers, payment_of, payment_row
from portal.actions.proposals.live import follow_plans_of
from portal.actions.reports import settle_reports
from portal.domain.codec import schedule_from_text
from portal.domain.event import Happening, Moment
from portal.domain.loan import Payment
from portal.domain.money import format_amount
from portal.domain.plan_codec import money_of
from portal.domain.portfolio import PaymentRecord
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts
from portal.tables import models as t
from portal.tables.transaction import retried
from portal.vault import Vault


class UnknownLoan(Refusal):
    says = N_("There is no loan {loan_no}.")


class PaymentInFuture(Refusal):
    says = N_("Payment {id} of loan {loan_no} is dated {given}, after today, {today}.")


class PaymentBeforeLoan(Refusal):
    says = N_("Payment {id} of loan {loan_no} is dated {given}, before the loan was paid out on {disbursed}.")


class NothingToReverse(Refusal):
    says = N_("Payment {id} of loan {loan_no} is not there, or was reversed already.")


class ReversedBeforePaid(Refusal):
    says = N_("Payment {id} of loan {loan_no} was received on {received}; it cannot be reversed on {given}.")


class NoInstallment(Refusal):
    says = N_("Payment {id} of loan {loan_no} names installment {given}; the loan has none of that number.")


_CONTRACT = ("id", "loan_id", "currency", "disbursed_on", "schedule")


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many payments were new, and how many had been recorded before and say the same."""

    added: int
    repeated: int


@retried
async def record_payments(
    lender: LenderFacts, records: Sequence[PaymentRecord], vault: Vault, moment: Moment
) -> Recorded:
    """Records them and holds what borrowers reported against them.

    Raises UnknownLoan, PaymentDiffers, PaymentInFuture, PaymentBeforeLoan, NoInstallment,
    NothingToReverse, ReversedBeforePaid.
    """
    async with journal(lender.id, moment) as log:
        numbers = {record.loan_no for record in records}
        rows = await t.Loan.filter(lender_id=lender.id, loan_no__in=numbers).values("id", "loan_no")
        loans = {row["loan_no"]: row["id"] for row in rows}
        stated = await t.Contract.filter(loan_id__in=list(loans.values())).order_by("version").only(*_CONTRACT)
        contracts: dict[int, t.Contract] = {row.loan_id: row for row in stated}  # type: ignore[attr-defined]
        added = 0
        for record in records:
            if record.loan_no not in loans:
                raise UnknownLoan("loan_no", loan_no=record.loan_no)
            added += await _record(log, contracts[loans[record.loan_no]], record)
        numbers_by_id = {loan_id: loan_no for loan_no, loan_id in loans.items()}
        references = {(loans[r.loan_no], r.payment.id): r.reference for r in records if r.reference}
        await settle_reports(log, numbers_by_id, vault, LENDER_SYSTEM, references)
        await follow_plans_of(log, list(loans.values()))
        await follow_books(log, lender, list(loans.values()))
        return Recorded(added, len(records) - added)


async def _record(log: Journal, contract: t.Contract, record: PaymentRecord) -> int:
    payment, loan_no, today = record.payment, record.loan_no, log.moment.today
    loan_id: int = contract.loan_id  # type: ignore[attr-defined]
    known = await t.Payment.get_or_none(loan_id=loan_id, external_id=payment.id)
    if known is not None:
        if payment_of(known) != payment:
            raise PaymentDiffers("id", id=payment.id, loan_no=loan_no)
        return 0
    _check(payment, contract, loan_no, today)
    if payment.reverses is not None:
        await _check_reversal(loan_id, loan_no, payment)
    await payment_row(loan_id, payment, log.moment.at).save()
    happening = Happening(_type(payment), LENDER_SYSTEM, _facts(payment, contract.currency))
    await log.write(loan_stream(loan_id), happening, loan_no=loan_no)
    return 1


def _check(payment: Payment, contract: t.Contract, loan_no: str, today: date) -> None:
    if payment.received_on > today:
        raise PaymentInFuture("received_on", id=payment.id, loan_no=loan_no, given=payment.received_on, today=today)
    if payment.received_on < contract.disbursed_on:
        dates = {"given": payment.received_on, "disbursed": contract.disbursed_on}
        raise PaymentBeforeLoan("received_on", id=payment.id, loan_no=loan_no, **dates)
    if payment.installment is not None:
        numbers = [row.no for row in schedule_from_text(contract.schedule)]
        if payment.installment not in numbers:
            raise NoInstallment("installment", id=payment.id, loan_no=loan_no, given=payment.installment)


async def _check_reversal(loan_id: int, loan_no: str, payment: Payment) -> None:
    paid = await t.Payment.get_or_none(loan_id=loan_id, external_id=payment.reverses, reverses__isnull=True)
    done = await t.Payment.exists(loan_id=loan_id, reverses=payment.reverses)
    if paid is None or done:
        raise NothingToReverse("reverses", id=payment.reverses, loan_no=loan_no)
    if payment.received_on < paid.received_on:
        raise ReversedBeforePaid(
            "received_on", id=paid.external_id, loan_no=loan_no, received=paid.received_on, given=payment.received_on
        )


def _type(payment: Payment) -> str:
    return "payment.reversed" if payment.reverses else "payment.received"


def _facts(payment: Payment, currency: str) -> dict[str, object]:
    facts: dict[str, object] = {
        "payment": payment.id,
        "received_on": payment.received_on.isoformat(),
        "currency": currency,
    }
    if payment.reverses:
        return {**facts, "reverses": payment.reverses}
    stated = None if payment.allocated is None else money_of(payment.allocated, currency)
    if payment.installment is not None:
        facts["installment"] = payment.installment
    return {**facts, "amount": format_amount(payment.amount, currency), "allocated": stated}
