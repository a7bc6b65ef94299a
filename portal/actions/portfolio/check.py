"""What rows of a portfolio say against what is stored: asked of many loans in a few statements, without writing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from portal.actions.parties import BorrowerDiffers, in_batches
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.refusal import N_, Refusal
from portal.reads.loans import STATED, payment_stated
from portal.tables import models as tables

Against = dict[str, list[Refusal]]
"""By loan number, what of its row says otherwise than is stored."""


class PaymentDiffers(Refusal):
    says = N_("Payment {id} of loan {loan_no} was recorded before with other content.")


async def contradictions(lender_id: int, records: Sequence[LoanRecord]) -> Against:
    """The rows that could not be stored, and why: PaymentDiffers, BorrowerDiffers."""
    loans = await loan_ids(lender_id, [record.loan.loan_no for record in records])
    if not loans:
        return {}
    borrowers: dict[int, list[str]] = defaultdict(list)
    parties = tables.PartyRow.filter(loan_id__in=list(loans.values()), role="borrower").order_by("id")
    for loan_id, name in await parties.values_list("loan_id", "borrower__external_id"):
        borrowers[loan_id].append(name)
    known = [record for record in records if record.loan.loan_no in loans]
    return against(known, loans, borrowers, await payments_of(list(loans.values())))


def against(
    records: Iterable[LoanRecord],
    loans: Mapping[str, int],
    borrowers: Mapping[int, Collection[str]],
    payments: Mapping[int, Sequence[Payment]],
) -> Against:
    """`borrowers` are those on record by the lender's own ids, `payments` the recorded ones, by loan."""
    found: Against = {}
    for record in records:
        loan_id = loans.get(record.loan.loan_no, 0)
        refusals = _other_borrower(record, list(borrowers.get(loan_id, ())))
        if not record.totals:
            refusals += _other_payments(record, payments.get(loan_id, ()))
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


async def loan_ids(lender_id: int, numbers: Sequence[str]) -> dict[str, int]:
    return dict(await in_batches(tables.LoanRow, numbers, "loan_no", "loan_no", "id", lender_id=lender_id))


async def payments_of(loan_ids: Sequence[int]) -> dict[int, list[Payment]]:
    """The recorded payments of these loans, in the order they were recorded."""
    paid: dict[int, list[Payment]] = defaultdict(list)
    for loan_id, *stated in await in_batches(tables.PaymentRow, loan_ids, "loan_id", "loan_id", *STATED):
        paid[loan_id].append(payment_stated(*stated))
    return paid
