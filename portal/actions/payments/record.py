"""Payments and reversals from the lender's books: each once, each an event of its loan."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from portal.actions.act import change_of_lender
from portal.actions.books import sync_accrual
from portal.actions.journal import Journal, loan_stream
from portal.actions.parties import ROWS_AT_ONCE
from portal.actions.payment_claims import settle_reports
from portal.actions.payments.allocation import allocations
from portal.actions.payments.check import Books, RefusedPayments, books_of, new_payments
from portal.actions.portfolio import LENDER_SYSTEM, payment_row
from portal.actions.proposals.live import advance_plans_of
from portal.actions.proposals.restated import tell_restated_plans
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.contract.prepayment import Purpose
from portal.domain.event import NewEvent
from portal.domain.money import format_amount
from portal.domain.restructuring.plan_codec import money_of
from portal.reads.cases import LenderFacts
from portal.reads.loans import load_loans
from portal.tables import models as tables
from portal.vault import Vault


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many payments were new, and how many had been recorded before and say the same."""

    added: int = 0
    repeated: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(self.added + other.added, self.repeated + other.repeated)


@change_of_lender
async def record_payments(
    log: Journal, lender: LenderFacts, records: Sequence[PaymentRecord], vault: Vault
) -> Recorded:
    """A handful of payments in one act, all of them or none. Raises what `new_payments` refuses."""
    done, refused = await _record(log, lender, records, vault)
    for _, refusal in refused:
        raise refusal
    return done


@change_of_lender
async def record_batch(
    log: Journal,
    lender: LenderFacts,
    records: Sequence[PaymentRecord],
    vault: Vault,
    note: Callable[[Recorded], Awaitable[None]],
) -> tuple[Recorded, RefusedPayments]:
    """One batch of a job; `note` writes down in the same transaction how far it came. What is refused is answered."""
    done, refused = await _record(log, lender, records, vault)
    await note(done)
    return done, refused


async def _record(
    log: Journal, lender: LenderFacts, records: Sequence[PaymentRecord], vault: Vault
) -> tuple[Recorded, RefusedPayments]:
    """Records them, holds what borrowers reported against them, and follows the plans of their loans."""
    books = await books_of(lender.id, {record.loan_no for record in records})
    fresh, refused = await new_payments(books, records, log.moment.today)
    await _store(log, books, fresh)
    loans = {loan_id: loan_no for loan_no, loan_id in books.loans.items()}
    references = {
        (books.loans[r.loan_no], r.payment.id): r.reference for r in records if r.reference and r.loan_no in books.loans
    }
    await settle_reports(log, loans, vault, LENDER_SYSTEM, references)
    await advance_plans_of(log, list(loans))
    await sync_accrual(log, lender, list(loans))
    return Recorded(len(fresh), len(records) - len(fresh) - len(refused)), refused


async def _store(log: Journal, books: Books, records: Sequence[PaymentRecord]) -> None:
    loans = await _with_new(books, records)
    paid = {loan_no: allocations(*both, log.moment.today) for loan_no, both in loans.items()}
    rows = [payment_row(books.loans[each.loan_no], each.payment, log.moment.at) for each in records]
    await tables.PaymentRow.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    await log.heads([loan_stream(books.loans[loan_no]) for loan_no in {each.loan_no for each in records}])
    last = {each.loan_no: each for each in records}
    for each in records:
        what = _event(each.payment)
        allocation = paid[each.loan_no].facts(each.payment, last=last[each.loan_no] is each)
        facts = {**_facts(each.payment, paid[each.loan_no].currency), **allocation}
        await log.write(
            loan_stream(books.loans[each.loan_no]), NewEvent(what, LENDER_SYSTEM, facts), loan_no=each.loan_no
        )
    for loan_no, both in loans.items():
        await tell_restated_plans(log, books.loans[loan_no], *both, LENDER_SYSTEM)


async def _with_new(books: Books, records: Sequence[PaymentRecord]) -> dict[str, tuple[Loan, Loan]]:
    """By number, each loan before and after they are told."""
    new: dict[str, list[Payment]] = defaultdict(list)
    for each in records:
        new[each.loan_no].append(each.payment)
    found = await load_loans([books.loans[loan_no] for loan_no in new])
    loans = {loan_no: found[books.loans[loan_no]][0] for loan_no in new}
    return {no: (loan, replace(loan, payments=(*loan.payments, *new[no]))) for no, loan in loans.items()}


def _event(payment: Payment) -> str:
    if payment.reverses:
        return "payment.reversed"
    return "payment.refunded" if payment.is_refund else "payment.received"


def _facts(payment: Payment, currency: str) -> dict[str, object]:
    facts: dict[str, object] = {
        "payment": payment.id,
        "received_on": payment.received_on.isoformat(),
        "currency": currency,
    }
    if payment.reverses:
        part = {"amount": format_amount(payment.amount, currency)} if payment.amount else {}
        return {**facts, "reverses": payment.reverses, **part}
    if payment.is_refund:
        return {**facts, "amount": format_amount(payment.amount, currency)}
    stated = None if payment.allocated is None else money_of(payment.allocated, currency)
    if payment.installment is not None:
        facts["installment"] = payment.installment
    if payment.plan_installment is not None:
        facts["plan_installment"] = payment.plan_installment
    if payment.purpose is not None:
        facts["purpose"] = payment.purpose
    if payment.purpose is Purpose.PREPAY:
        facts["then"] = payment.then
    return {**facts, "amount": format_amount(payment.amount, currency), "allocated": stated}
