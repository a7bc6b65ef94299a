"""Landing a portfolio: each loan whole; facts are added, never changed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from portal.actions.act import change_of_lender
from portal.actions.books import sync_accrual
from portal.actions.borrowers import refresh_borrower, sealed
from portal.actions.journal import Journal, lender_stream, loan_stream
from portal.actions.parties import ROWS_AT_ONCE, in_batches, owing_before, store_parties
from portal.actions.payment_claims import settle_reports
from portal.actions.portfolio.changes import added_facts, books_changed, changes
from portal.actions.portfolio.check import Against, against, loan_ids, loans_spoken_of
from portal.actions.portfolio.snapshots import Snapshots, snapshots_of, store_snapshots
from portal.actions.proposals.moves import look_again
from portal.actions.proposals.restated import tell_restated_plans
from portal.domain.contract.loan import Loan
from portal.domain.contract.portfolio import BorrowerFacts, LoanRecord
from portal.domain.event import Actor, NewEvent
from portal.reads.cases import LenderFacts
from portal.reads.loans import load_loans
from portal.tables import models as tables
from portal.vault import Vault, new_ref

LENDER_SYSTEM = Actor("lender", "portfolio")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, by count of loans."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0

    def __add__(self, other: "Imported") -> "Imported":
        return Imported(**{name: count + getattr(other, name) for name, count in asdict(self).items()})

    def event(self, actor: Actor = LENDER_SYSTEM) -> NewEvent | None:
        """The event of it, where anything changed."""
        return NewEvent("portfolio.imported", actor, asdict(self)) if self.added or self.changed else None


@dataclass(frozen=True, slots=True)
class Before:
    """What is stored before a batch lands, by loan: who owes it, and the loans of `loans_spoken_of`."""

    owing: dict[int, dict[str, tables.PartyRow]]
    spoken_of: Mapping[int, Loan]


@change_of_lender
async def import_portfolio(
    log: Journal,
    lender: LenderFacts,
    records: Sequence[LoanRecord],
    refused: Sequence[str],
    vault: Vault,
) -> Imported:
    """A handful of records in one act, all of them or none. Raises what `against` refuses."""
    done, differ = await land(log, lender, records, refused, vault)
    for refusals in differ.values():
        raise refusals[0]
    if event := done.event():
        await log.write(lender_stream(lender.id), event)
    return done


@change_of_lender
async def land_batch(
    log: Journal,
    lender: LenderFacts,
    records: Sequence[LoanRecord],
    refused: Sequence[str],
    vault: Vault,
    note: Callable[[Imported], Awaitable[None]],
) -> tuple[Imported, Against]:
    """One batch of a job, each of its loans whole; `note` writes down in the same transaction how far it came."""
    done, differ = await land(log, lender, records, refused, vault)
    await note(done)
    return done, differ


async def land(
    log: Journal, lender: LenderFacts, records: Sequence[LoanRecord], refused: Sequence[str], vault: Vault
) -> tuple[Imported, Against]:
    """Stores the records; loans whose row was refused keep their last snapshot, marked stale since today.

    A loan whose snapshot says what the last one said gets no new row and no event. A row against what is stored is
    refused by itself and answered.
    """
    snapshots = await snapshots_of(lender.id, records)
    before = await owing_before(snapshots.loans.values())
    borrowers = {i: [name for name, row in owing.items() if row.role == "borrower"] for i, owing in before.items()}
    stored = await loans_spoken_of(records, snapshots.loans)
    differ = against(records, snapshots.loans, borrowers, snapshots.payments, stored)
    records = [record for record in records if record.loan.loan_no not in differ]
    fresh = {record.loan.loan_no for record in records if record.loan.loan_no not in snapshots.loans}
    changed = await _store(log, records, fresh, snapshots, Before(before, stored), vault)
    for loan_id, (loan, _) in (await load_loans(list(snapshots.agreed))).items():
        await tell_restated_plans(log, loan_id, snapshots.agreed[loan_id], loan, LENDER_SYSTEM)
    numbers = {snapshots.loans[record.loan.loan_no]: record.loan.loan_no for record in changed}
    await settle_reports(log, numbers, vault, LENDER_SYSTEM, {})
    await sync_accrual(log, lender, list(numbers))
    await look_again(log, list(numbers))
    stale = await _mark_stale(lender.id, [*refused, *differ], log.moment.today)
    landed = [snapshots.loans[record.loan.loan_no] for record in records]
    await tables.LoanRow.filter(id__in=landed, stale_since__isnull=False).update(stale_since=None)
    return Imported(len(fresh), len(changed) - len(fresh), len(records) - len(changed), stale), differ


async def _store(
    log: Journal,
    records: Sequence[LoanRecord],
    fresh: set[str],
    snapshots: Snapshots,
    before: Before,
    vault: Vault,
) -> list[LoanRecord]:
    """Answers the loans that changed, each with its event."""
    new = [record for record in records if record.loan.loan_no in fresh]
    borrowers = await _store_borrowers(log, records, {b.external_id for b in _owing(new)}, vault)
    snapshots.loans |= await _create_loans(log.lender.id, new)
    parties = await store_parties(log, records, snapshots.loans, borrowers, before.owing, vault)
    changed_numbers = {
        record.loan.loan_no for record in await store_snapshots(records, snapshots, log.moment)
    } | parties.keys()
    changed = [record for record in records if record.loan.loan_no in changed_numbers]
    await _journal_loans(log, changed, snapshots, parties, before.spoken_of)
    return changed


def _owing(records: Sequence[LoanRecord]) -> list[BorrowerFacts]:
    return [b for record in records for b in (record.borrower, *record.co_borrowers)]


async def _store_borrowers(
    log: Journal, records: Sequence[LoanRecord], with_new_loans: set[str], vault: Vault
) -> dict[str, int]:
    """Who was erased comes back only with a new loan, under a new key and as somebody who has not come in yet."""
    lender_id, facts = log.lender.id, {b.external_id: b for b in _owing(records)}
    rows = {row.external_id: row for row in await in_batches(tables.BorrowerRow, list(facts), lender_id=lender_id)}
    new = [b for name, b in facts.items() if name not in rows]
    await tables.BorrowerRow.bulk_create(
        [
            tables.BorrowerRow(lender_id=lender_id, external_id=b.external_id, **_under_new_key(log, b, vault))
            for b in new
        ],
        batch_size=ROWS_AT_ONCE,
    )
    for row in rows.values():
        if row.key:
            await refresh_borrower(log, row, facts[row.external_id], vault)
        elif row.external_id in with_new_loans:
            columns = _under_new_key(log, facts[row.external_id], vault)
            await tables.BorrowerRow.filter(id=row.id).update(erased_at=None, **columns)
    rows = {row.external_id: row for row in await in_batches(tables.BorrowerRow, list(facts), lender_id=lender_id)}
    return {name: row.id for name, row in rows.items()}


def _under_new_key(log: Journal, b: BorrowerFacts, vault: Vault) -> dict[str, Any]:
    key = vault.new_key()
    return {"key": key, "recorded_at": log.moment.at, **sealed(log.lender.id, b, key, vault)}


async def _create_loans(lender_id: int, fresh: Sequence[LoanRecord]) -> dict[str, int]:
    rows = [tables.LoanRow(ref=new_ref(), lender_id=lender_id, loan_no=record.loan.loan_no) for record in fresh]
    await tables.LoanRow.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    return await loan_ids(lender_id, [record.loan.loan_no for record in fresh])


async def _journal_loans(
    log: Journal,
    changed: Sequence[LoanRecord],
    snapshots: Snapshots,
    parties: Mapping[str, Mapping[str, list[str]]],
    stored: Mapping[int, Loan],
) -> None:
    loans = snapshots.loans
    await log.heads([loan_stream(loans[record.loan.loan_no]) for record in changed])
    for record in changed:
        number = record.loan.loan_no
        loan_id = loans[number]
        facts: dict[str, object] = {"snapshot": snapshots.digests[number]}
        known = loan_id in snapshots.last
        what = "loan.changed" if known else "loan.added"
        if known:
            facts |= changes(record.loan, snapshots.stated.get(loan_id), stored.get(loan_id))
            facts |= await books_changed(loan_id, facts, log.moment.today)
        else:
            facts |= added_facts(record.loan)
        if number in parties:
            facts["parties"] = parties[number]
        await log.write(loan_stream(loan_id), NewEvent(what, LENDER_SYSTEM, facts), loan_no=number)


async def _mark_stale(lender_id: int, numbers: Sequence[str], today: date) -> int:
    rows = await in_batches(tables.LoanRow, [n for n in numbers if n], "loan_no", lender_id=lender_id)
    ids = [row.id for row in rows if row.stale_since is None]
    await tables.LoanRow.filter(id__in=ids).update(stale_since=today)
    return len(rows)
