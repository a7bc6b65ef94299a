"""What rows of a portfolio say against what is stored: asked of many loans in a few statements, without writing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from portal.actions.money_back import check_refund, check_reversal, order_told
from portal.actions.parties import BorrowerDiffers, in_batches
from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal
from portal.reads.loans import STATED, load_loans, payment_stated
from portal.tables import models as tables

Against = dict[str, list[Refusal]]
"""By loan number, what of its row says otherwise than is stored."""


class PaymentDiffers(Refusal):
    says = N_("Payment {id} of loan {loan_no} was recorded before with other content.")


class CreditDiffers(Refusal):
    says = N_("Credit {id} of loan {loan_no} was recorded before with other content: {allowed}, not {given}.")


async def contradictions(lender_id: int, records: Sequence[LoanRecord]) -> Against:
    """The rows that could not be stored, and why: PaymentDiffers, CreditDiffers, BorrowerDiffers or of `money_back`."""
    loans = await loan_ids(lender_id, [record.loan.loan_no for record in records])
    borrowers: dict[int, list[str]] = defaultdict(list)
    parties = tables.PartyRow.filter(loan_id__in=list(loans.values()), role="borrower").order_by("id")
    for loan_id, name in await parties.values_list("loan_id", "borrower__external_id"):
        borrowers[loan_id].append(name)
    payments = await payments_of(list(loans.values()))
    return against(records, loans, borrowers, payments, await loans_spoken_of(records, loans))


async def loans_spoken_of(records: Iterable[LoanRecord], loans: Mapping[str, int]) -> dict[int, Loan]:
    """As they are stored, the loans that a row lets something go of or pays credit back on, by their ids."""
    named = (each.loan for each in records)
    told = (loan.loan_no for loan in named if loan.lender_credits or any(paid.is_refund for paid in loan.payments))
    found = await load_loans([loans[loan_no] for loan_no in told if loan_no in loans])
    return {loan_id: loan for loan_id, (loan, _) in found.items()}


def against(
    records: Iterable[LoanRecord],
    loans: Mapping[str, int],
    borrowers: Mapping[int, Collection[str]],
    payments: Mapping[int, Sequence[Payment]],
    stored: Mapping[int, Loan],
) -> Against:
    """`borrowers` are those on record by the lender's own ids, `payments` the recorded ones, by loan.

    `stored` are those of `loans_spoken_of`.
    """
    found: Against = {}
    for record in records:
        loan_id = loans.get(record.loan.loan_no, 0)
        refusals = _other_borrower(record, list(borrowers.get(loan_id, ())))
        if not record.totals:
            recorded = payments.get(loan_id, ())
            refusals += _other_payments(record, recorded) or _other_money_back(record, recorded, stored.get(loan_id))
        refusals += _other_credits(record.loan, stored.get(loan_id))
        if refusals:
            found[record.loan.loan_no] = refusals
    return found


def _other_borrower(record: LoanRecord, names: Sequence[str]) -> list[Refusal]:
    given = record.borrower.external_id
    if not names or given in names:
        return []
    return [BorrowerDiffers("borrower.external_id", loan_no=record.loan.loan_no, allowed=names[0], given=given)]


def _other_payments(record: LoanRecord, recorded: Sequence[Payment]) -> list[Refusal]:
    known = {payment.id: payment for payment in recorded}
    differ = (payment.id for payment in record.loan.payments if known.get(payment.id, payment) != payment)
    return [PaymentDiffers("payments", id=name, loan_no=record.loan.loan_no) for name in differ]


def _other_money_back(record: LoanRecord, recorded: Sequence[Payment], stored: Loan | None) -> list[Refusal]:
    """Reversals and refunds that are new, beside all payments of the row and of those told before."""
    told, loan = {payment.id: payment for payment in recorded}, record.loan
    fresh = [(place, each) for place, each in enumerate(loan.payments) if each.id not in told]
    refusals: list[Refusal] = []
    if not any(each.reverses or each.is_refund for _, each in fresh):
        return refusals
    for place, each in sorted(fresh, key=lambda one: order_told(one[1])):
        field = f"payments.{place}."
        try:
            if each.reverses is not None:
                check_reversal(each, loan.loan_no, loan.currency, told, field)
            if each.is_refund:
                check_refund(each, _as_told(loan, stored), told, field)
        except Refusal as refusal:
            refusals.append(refusal)
        told[each.id] = each
    return refusals


def _as_told(loan: Loan, stored: Loan | None) -> Loan:
    """A row's loan with what is stored beside it."""
    if stored is None:
        return loan
    let_go = {each.id: each for each in (*loan.lender_credits, *stored.lender_credits)}
    charges = {each.id: each for each in (*loan.charges, *stored.charges)}
    return replace(
        loan,
        charges=tuple(charges.values()),
        lender_credits=tuple(let_go.values()),
        suspensions=stored.suspensions,
        agreements=stored.agreements,
    )


def _other_credits(loan: Loan, stored: Loan | None) -> Iterator[Refusal]:
    known = {each.id: each for each in stored.lender_credits} if stored else {}
    for place, each in enumerate(loan.lender_credits):
        before = known.get(each.id, each)
        if before != each:
            allowed, given = (_credit_in_words(one, loan.currency) for one in (before, each))
            yield CreditDiffers(f"credits.{place}.id", id=each.id, loan_no=loan.loan_no, allowed=allowed, given=given)


def _credit_in_words(credit: LenderCredit, currency: str) -> str:
    amounts = (f"{name} {format_amount(minor, currency)}" for name, minor in credit.amounts.items() if minor)
    return f"{credit.on} {', '.join(amounts)} ({credit.reason})"


async def loan_ids(lender_id: int, numbers: Sequence[str]) -> dict[str, int]:
    return dict(await in_batches(tables.LoanRow, numbers, "loan_no", "loan_no", "id", lender_id=lender_id))


async def payments_of(loan_ids: Sequence[int]) -> dict[int, list[Payment]]:
    """The recorded payments of these loans, in the order they were recorded."""
    paid: dict[int, list[Payment]] = defaultdict(list)
    for loan_id, *stated in await in_batches(tables.PaymentRow, loan_ids, "loan_id", "loan_id", *STATED):
        paid[loan_id].append(payment_stated(*stated))
    return paid
