"""What the rows of a batch say of their loans, beside what was said last; what is new of it is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.actions.parties import ROWS_AT_ONCE, in_batches
from portal.actions.portfolio.changes import Stated
from portal.actions.portfolio.check import loan_ids, payments_of
from portal.actions.portfolio.facts import (
    charge_row,
    contract_row,
    credit_row,
    first_snapshot_hash,
    payment_row,
    snapshot_hash,
    statement_row,
)
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.event import BusinessTime
from portal.domain.ledger.receipts import since_then
from portal.domain.restructuring.negotiation import SIGNED_STATES
from portal.reads.loans import load_loans
from portal.tables import models as tables
from portal.tables.stored import schedule_to_text


@dataclass(slots=True)
class Snapshots:
    """`said` is the digest of each row by loan number; of loans that are stored, `loans` has the ids by number, `last`
    version and digest, `payments` what is recorded where the row says another thing than last, `stated` what
    the last version of these says, `agreed` those of them that an agreement is over, as they were.
    """

    digests: dict[str, str]
    loans: dict[str, int]
    last: dict[int, tuple[int, str]]
    payments: dict[int, list[Payment]]
    stated: dict[int, Stated]
    agreed: dict[int, Loan]


async def snapshots_of(lender_id: int, records: Sequence[LoanRecord]) -> Snapshots:
    digests = {record.loan.loan_no: snapshot_hash(record.loan) for record in records}
    loans = await loan_ids(lender_id, list(digests))
    names = ("loan_id", "version", "snapshot_hash")
    versions = await in_batches(tables.ContractRow, loans.values(), "loan_id", *names, by="version")
    last = {loan_id: (version, digest) for loan_id, version, digest in versions}
    _keep_first_digests(records, digests, loans, last)
    differing = [i for loan_no, i in loans.items() if last.get(i, (0, ""))[1] != digests[loan_no]]
    payments, stated = await payments_of(differing), await _stated(differing)
    return Snapshots(digests, loans, last, payments, stated, await _agreed(differing))


async def _stated(loan_ids: Sequence[int]) -> dict[int, Stated]:
    rows = await in_batches(tables.ContractRow, loan_ids, "loan_id", "loan_id", *Stated._fields, by="version")
    return {loan_id: Stated(*said) for loan_id, *said in rows}


async def _agreed(loan_ids: Sequence[int]) -> dict[int, Loan]:
    signed = [each.value for each in SIGNED_STATES]
    lines = await in_batches(tables.ProposalLineRow, loan_ids, "loan_id", "loan_id", proposal__state__in=signed)
    return {loan_id: loan for loan_id, (loan, _) in (await load_loans([*{each for (each,) in lines}])).items()}


def _keep_first_digests(
    records: Sequence[LoanRecord],
    digests: dict[str, str],
    loans: Mapping[str, int],
    last: Mapping[int, tuple[int, str]],
) -> None:
    """A row that says what it said to an earlier version keeps the digest of that one, and has not changed."""
    for record in records:
        number = record.loan.loan_no
        _, before = last.get(loans.get(number, 0), (0, ""))
        if (
            before not in ("", digests[number])
            and before == first_snapshot_hash(record.loan)
            and not _later(record.loan)
        ):
            digests[number] = before


def _later(loan: Loan) -> bool:
    """Whether it says what the first digest knows nothing of."""
    purposes = any(each.purpose or each.is_refund or each.plan_installment is not None for each in loan.payments)
    return bool(loan.lender_credits or loan.closing or purposes)


async def store_snapshots(
    records: Sequence[LoanRecord], snapshots: Snapshots, moment: BusinessTime
) -> list[LoanRecord]:
    """Adds the contract versions, payments, charges and statements that are new; answers the loans that changed."""
    contracts, changed = [], []
    for record in records:
        loan_id, digest = snapshots.loans[record.loan.loan_no], snapshots.digests[record.loan.loan_no]
        version, before = snapshots.last.get(loan_id, (0, ""))
        if before != digest:
            changed.append(record)
            loan = replace(record.loan, restated_on=_restated_on(record.loan, snapshots.stated.get(loan_id), moment))
            contracts.append(contract_row(loan, loan_id, version + 1, digest, moment.at))
    await tables.ContractRow.bulk_create(contracts, batch_size=ROWS_AT_ONCE)
    await _add_facts(changed, snapshots, moment)
    return changed


def _restated_on(loan: Loan, before: Stated | None, moment: BusinessTime) -> date | None:
    """The day of the lender's figures from which another schedule holds; none while it is the first."""
    if before is None or before.schedule == schedule_to_text(loan.schedule):
        return before.restated_on if before else None
    return loan.statement.as_of if loan.statement else moment.today


async def _add_facts(records: Sequence[LoanRecord], snapshots: Snapshots, moment: BusinessTime) -> None:
    known = [i for record in records if (i := snapshots.loans[record.loan.loan_no]) in snapshots.last]
    charged = {(row.loan_id, row.external_id) for row in await in_batches(tables.ChargeRow, known, "loan_id")}
    let_go = {(row.loan_id, row.external_id) for row in await in_batches(tables.LenderCreditRow, known, "loan_id")}
    statements_so_far = await in_batches(tables.StatementRow, known, "loan_id")
    stated = {row.loan_id: row for row in sorted(statements_so_far, key=lambda row: row.version)}
    payments, charges, credits, statements = [], [], [], []
    for record in records:
        loan, loan_id = record.loan, snapshots.loans[record.loan.loan_no]
        fresh = _fresh(record, snapshots.payments.get(loan_id, []), moment)
        payments += [payment_row(loan_id, payment, moment.at) for payment in fresh]
        charges += [charge_row(loan_id, c, moment.at) for c in loan.charges if (loan_id, c.id) not in charged]
        credits += [credit_row(loan_id, c, moment.at) for c in loan.lender_credits if (loan_id, c.id) not in let_go]
        if loan.statement is not None:
            statements.append(statement_row(loan_id, loan, stated.get(loan_id), moment.at))
    await tables.PaymentRow.bulk_create(payments, batch_size=ROWS_AT_ONCE)
    await tables.ChargeRow.bulk_create(charges, batch_size=ROWS_AT_ONCE)
    await tables.LenderCreditRow.bulk_create(credits, batch_size=ROWS_AT_ONCE)
    await tables.StatementRow.bulk_create(statements, batch_size=ROWS_AT_ONCE)


def _fresh(record: LoanRecord, recorded: Sequence[Payment], moment: BusinessTime) -> list[Payment]:
    """What the row tells that is not recorded yet."""
    if record.totals:
        return since_then(recorded, record.loan.payments, moment.today)
    known = {payment.id for payment in recorded}
    return [payment for payment in record.loan.payments if payment.id not in known]
