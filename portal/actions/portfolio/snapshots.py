"""What the rows of a batch say of their loans, beside what was said last; what is new of it is stored."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tortoise.functions import Max

from portal.actions.parties import ROWS_AT_ONCE, in_batches
from portal.actions.portfolio.facts import (
    contract_row,
    correction_row,
    fact_row,
    first_snapshot_hash,
    snapshot_hash,
    statement_row,
)
from portal.actions.portfolio.versions import FactChange, RowChanges, row_changes
from portal.domain.contract.loan import LegalStage, Loan
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.event import BusinessTime
from portal.reads.contracts import NewestContract, newest_contracts, payments_told, versions_of
from portal.reads.loans import load_loans
from portal.tables import models as tables


@dataclass(slots=True)
class Snapshots:
    """`digests` are of each row by loan number; of loans that are stored, `loans` has the ids by number and `last` the
    newest contract. `changes` are of the rows that say another thing than the last one, by number, and `before` the
    loans of these that are stored, as they were.
    """

    digests: dict[str, str]
    loans: dict[str, int]
    last: dict[int, NewestContract]
    before: dict[int, Loan]
    changes: dict[str, RowChanges]

    def is_other(self, record: LoanRecord) -> bool:
        """Whether it is the first row of its loan, or not as the last one was, or says otherwise what was corrected."""
        number = record.loan.loan_no
        last = self.last.get(self.loans.get(number, 0))
        other = last is None or bool(last.corrected) or last.digest != self.digests[number]
        return other or bool(number in self.changes and self.changes[number].all)


async def snapshots_of(lender_id: int, records: Sequence[LoanRecord], today: date) -> Snapshots:
    digests = {record.loan.loan_no: snapshot_hash(record.loan) for record in records}
    loans = await loan_ids(lender_id, list(digests))
    last = await newest_contracts(list(loans.values()))
    _keep_first_digests(records, digests, loans, last)
    differing = [
        record for record in records if _may_differ(record, digests, last.get(loans.get(record.loan.loan_no, 0)))
    ]
    stored = [loans[record.loan.loan_no] for record in differing if record.loan.loan_no in loans]
    before = {loan_id: loan for loan_id, (loan, _) in (await load_loans(stored)).items()}
    told, changes = await payments_told([last[loan_id] for loan_id in stored]), {}
    for record in differing:
        loan_id = loans.get(record.loan.loan_no, 0)
        changes[record.loan.loan_no] = row_changes(record, before.get(loan_id), told.get(loan_id, set()), today)
    return Snapshots(digests, loans, last, before, changes)


async def loan_ids(lender_id: int, numbers: Sequence[str]) -> dict[str, int]:
    return dict(await in_batches(tables.LoanRow, numbers, "loan_no", "loan_no", "id", lender_id=lender_id))


def _may_differ(record: LoanRecord, digests: Mapping[str, str], last: NewestContract | None) -> bool:
    return last is None or bool(record.complete or last.corrected) or last.digest != digests[record.loan.loan_no]


def _keep_first_digests(
    records: Sequence[LoanRecord],
    digests: dict[str, str],
    loans: Mapping[str, int],
    last: Mapping[int, NewestContract],
) -> None:
    """A row that says what it said to an earlier version keeps the digest of that one, and has not changed."""
    for record in records:
        number = record.loan.loan_no
        before = last.get(loans.get(number, 0))
        if (
            before is not None
            and before.digest != digests[number]
            and before.digest == first_snapshot_hash(record.loan)
            and not _later(record.loan)
        ):
            digests[number] = before.digest


def _later(loan: Loan) -> bool:
    """Whether it says what the first digest knows nothing of."""
    purposes = any(each.purpose or each.is_refund or each.plan_installment is not None for each in loan.payments)
    return bool(loan.lender_credits or loan.closing or purposes or loan.legal_stage is not LegalStage.NONE)


async def store_snapshots(records: Sequence[LoanRecord], snapshots: Snapshots, moment: BusinessTime) -> None:
    """Adds the contract versions, payments, charges, credits and statements that are new, and what was corrected.

    `records` are those of the loans that changed.
    """
    contracts = []
    for record in records:
        loan_id, digest = snapshots.loans[record.loan.loan_no], snapshots.digests[record.loan.loan_no]
        version = snapshots.last[loan_id].version if loan_id in snapshots.last else 0
        loan = replace(record.loan, restated_on=_restated_on(record.loan, snapshots.before.get(loan_id), moment))
        told = None if record.totals else json.dumps([each.id for each in loan.payments], ensure_ascii=False)
        contracts.append(contract_row(loan, loan_id, version + 1, digest, told, moment.at))
    await tables.ContractRow.bulk_create(contracts, batch_size=ROWS_AT_ONCE)
    numbers = [record.loan.loan_no for record in records]
    await store_facts({snapshots.loans[number]: snapshots.changes[number].all for number in numbers}, moment)
    await _store_statements(records, snapshots, moment)


def _restated_on(loan: Loan, before: Loan | None, moment: BusinessTime) -> date | None:
    """The day of the lender's figures from which another schedule holds; none while it is the first."""
    if before is None or before.schedule == loan.schedule:
        return before.restated_on if before else None
    return loan.statement.as_of if loan.statement else moment.today


async def store_facts(changes: Mapping[int, Sequence[FactChange]], moment: BusinessTime) -> None:
    """What is new becomes a row of its own; what was told before, as something else or no more, a later version."""
    versions = await versions_of(list(changes))
    corrected = {loan_id for loan_id, kind, _ in versions if kind == "payment"}
    rows: dict[type[Any], list[Any]] = defaultdict(list)
    for loan_id, found in changes.items():
        for each in found:
            last = versions.get((loan_id, each.kind, each.id), 1 if each.before else 0)
            if last:
                row: Any = correction_row(loan_id, each, last + 1, moment)
            else:
                row = fact_row(loan_id, each.now, moment.at, again=loan_id in corrected)
            rows[type(row)].append(row)
    for table, fresh in rows.items():
        await table.bulk_create(fresh, batch_size=ROWS_AT_ONCE)


async def _store_statements(records: Sequence[LoanRecord], snapshots: Snapshots, moment: BusinessTime) -> None:
    """Each version of what the lender's books said of a day."""
    loans = [(snapshots.loans[record.loan.loan_no], record.loan) for record in records]
    before = {loan_id: loan.statement for loan_id, loan in snapshots.before.items()}
    told = [(i, each.statement) for i, each in loans if each.statement and each.statement != before.get(i)]
    last: dict[int, int] = {}
    known = [loan_id for loan_id, _ in told if before.get(loan_id)]
    for start in range(0, len(known), ROWS_AT_ONCE):
        rows = tables.StatementRow.filter(loan_id__in=known[start : start + ROWS_AT_ONCE])
        versions = rows.annotate(last=Max("version")).group_by("loan_id")
        last |= dict(await versions.values_list("loan_id", "last"))
    fresh = [statement_row(loan_id, each, last.get(loan_id, 0) + 1, moment.at) for loan_id, each in told]
    await tables.StatementRow.bulk_create(fresh, batch_size=ROWS_AT_ONCE)
