"""Payments and reversals from the lender's books: each once, each an event of its loan."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from portal.actions.act import change_of_lender
from portal.actions.allocations import allocations
from portal.actions.books import compare_books
from portal.actions.journal import Journal, loan_stream
from portal.actions.payment_claims import settle_reports
from portal.actions.payments.check import Books, RefusedPayments, ToldPayment, books_of, new_payments
from portal.actions.portfolio import LENDER_SYSTEM
from portal.actions.portfolio.changes import correction_facts
from portal.actions.portfolio.snapshots import store_facts
from portal.actions.portfolio.versions import FactChange, with_changes
from portal.actions.proposals.live import advance_plans_of
from portal.actions.proposals.restated import tell_restated_plans
from portal.actions.proposals.summed_up import sum_up_overdue
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.contract.prepayment import Purpose
from portal.domain.event import Actor, NewEvent
from portal.domain.money import format_amount
from portal.domain.restructuring.plan_codec import money_of
from portal.reads.cases import LenderFacts
from portal.reads.loans import load_loans
from portal.vault import Vault


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many payments were new, were recorded before and say the same, or say otherwise by now."""

    added: int = 0
    repeated: int = 0
    corrected: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(self.added + other.added, self.repeated + other.repeated, self.corrected + other.corrected)


@dataclass(frozen=True, slots=True)
class RecordedRows:
    """What a batch did: the counts, the payments refused, and the corrections as they are told."""

    done: Recorded
    refused: RefusedPayments
    corrections: list[dict[str, object]]


@change_of_lender
async def record_payments(
    log: Journal, lender: LenderFacts, records: Sequence[PaymentRecord], vault: Vault
) -> Recorded:
    """A handful of payments in one act, all of them or none. Raises what `new_payments` refuses."""
    recorded = await _record(log, lender, records, vault)
    for _, refusal in recorded.refused:
        raise refusal
    return recorded.done


@change_of_lender
async def record_batch(
    log: Journal,
    lender: LenderFacts,
    records: Sequence[PaymentRecord],
    vault: Vault,
    note: Callable[[Recorded], Awaitable[None]],
) -> RecordedRows:
    """One batch of a job; `note` writes down in the same transaction how far it came. What is refused is answered."""
    recorded = await _record(log, lender, records, vault)
    await note(recorded.done)
    return recorded


async def _record(log: Journal, lender: LenderFacts, records: Sequence[PaymentRecord], vault: Vault) -> RecordedRows:
    """Records them, holds what borrowers reported against them, and follows the plans of their loans."""
    books = await books_of(lender.id, {record.loan_no for record in records})
    told, refused = await new_payments(books, records, log.moment.today)
    both = await _store(log, books, told)
    loans = {loan_id: loan_no for loan_no, loan_id in books.loans.items()}
    references = {
        (books.loans[r.loan_no], r.payment.id): r.reference for r in records if r.reference and r.loan_no in books.loans
    }
    await settle_reports(log, loans, vault, LENDER_SYSTEM, references)
    await advance_plans_of(log, list(loans))
    await compare_books(log, lender, {books.loans[loan_no]: each for loan_no, each in both.items()})
    await sum_up_overdue({books.loans[loan_no]: loan for loan_no, (_, loan) in both.items()}, log.moment.today)
    corrections = [
        {"loan_no": each.loan_no, **correction_facts(each.told, books.currencies[each.loan_no])}
        for each in told
        if each.told.before
    ]
    added = len(told) - len(corrections)
    done = Recorded(added, len(records) - len(told) - len(refused), len(corrections))
    return RecordedRows(done, refused, corrections)


async def _store(log: Journal, books: Books, told: Sequence[ToldPayment]) -> dict[str, tuple[Loan, Loan]]:
    """Answers, by number, each loan before and after they are told."""
    changes: dict[str, list[FactChange]] = defaultdict(list)
    for each in told:
        changes[each.loan_no].append(each.told)
    found = await load_loans([books.loans[loan_no] for loan_no in changes])
    loans = {no: found[books.loans[no]][0] for no in changes}
    today = log.moment.today
    both = {no: (loan, with_changes(loan, changes[no], today)) for no, loan in loans.items()}
    paid = {no: allocations(*each, today) for no, each in both.items()}
    await store_facts({books.loans[no]: each for no, each in changes.items()}, log.moment)
    await log.heads([loan_stream(books.loans[loan_no]) for loan_no in changes])
    last = {each.loan_no: each for each in told}
    for each in told:
        allocation = paid[each.loan_no].facts(each.payment, last=last[each.loan_no] is each)
        happening = NewEvent(*_event(each, paid[each.loan_no].currency, allocation))
        await log.write(loan_stream(books.loans[each.loan_no]), happening, loan_no=each.loan_no)
    for loan_no, loans_ in both.items():
        await tell_restated_plans(log, books.loans[loan_no], *loans_, LENDER_SYSTEM)
    return both


def _event(one: ToldPayment, currency: str, allocation: dict[str, object]) -> tuple[str, Actor, dict[str, object]]:
    payment, what = one.payment, "payment.received"
    if one.told.before:
        return one.told.happened, LENDER_SYSTEM, {**correction_facts(one.told, currency), **allocation}
    if payment.reverses or payment.is_refund:
        what = "payment.reversed" if payment.reverses else "payment.refunded"
    return what, LENDER_SYSTEM, {**_facts(payment, currency), **allocation}


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
