"""Landing a portfolio: each loan whole; facts are added, never changed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from portal.actions.act import change_of_lender
from portal.actions.allocations import allocations
from portal.actions.books import compare_books
from portal.actions.borrowers import refresh_borrower, sealed
from portal.actions.journal import Journal, lender_stream, loan_stream
from portal.actions.parties import ROWS_AT_ONCE, in_batches, owing_before, store_parties
from portal.actions.payment_claims import settle_reports
from portal.actions.portfolio.changes import (
    NO_FIELDS,
    LoanChange,
    added_facts,
    books_changed,
    correction_facts,
    moves_money,
    row_said,
)
from portal.actions.portfolio.check import Against, against
from portal.actions.portfolio.snapshots import Snapshots, loan_ids, snapshots_of, store_snapshots
from portal.actions.portfolio.versions import with_changes
from portal.actions.proposals.moves import look_again
from portal.actions.proposals.restated import tell_restated_plans
from portal.actions.proposals.summed_up import sum_up_overdue
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

    def event(self, actor: Actor = LENDER_SYSTEM, **missing: object) -> NewEvent | None:
        """The event of it, where anything changed, or loans are missing."""
        news = self.added or self.changed or missing.get("missing")
        return NewEvent("portfolio.imported", actor, {**asdict(self), **missing}) if news else None


@dataclass(frozen=True, slots=True)
class LandedRows:
    """What a batch did: the counts, the rows refused against what is stored, and what changed of which loan."""

    done: Imported
    against: Against
    changes: list[LoanChange]


@dataclass(frozen=True, slots=True)
class _Stored:
    """By loan number: those that are new, what rows said and which parties came or left; `changes` are what is
    answered of the loans that were known.
    """

    added: Mapping[str, Loan]
    said: Mapping[str, LoanChange]
    parties: Mapping[str, Mapping[str, list[str]]]
    changes: dict[str, LoanChange]


@change_of_lender
async def import_portfolio(
    log: Journal,
    lender: LenderFacts,
    records: Sequence[LoanRecord],
    refused: Sequence[str],
    vault: Vault,
) -> Imported:
    """A handful of records in one act, all of them or none. Raises what `against` refuses."""
    landed = await land(log, lender, records, refused, vault)
    for refusals in landed.against.values():
        raise refusals[0]
    if event := landed.done.event():
        await log.write(lender_stream(lender.id), event)
    return landed.done


class NotKept(Exception):
    """A dry run did all that it would do; the transaction is given up with it. `landed` is what it did."""

    def __init__(self, landed: LandedRows) -> None:
        super().__init__()
        self.landed = landed


@change_of_lender
async def land_batch(
    log: Journal,
    lender: LenderFacts,
    records: Sequence[LoanRecord],
    refused: Sequence[str],
    vault: Vault,
    note: Callable[[Imported], Awaitable[None]] | None,
) -> LandedRows:
    """One batch of a job, each of its loans whole; `note` writes down in the same transaction how far it came.

    Without it nothing is kept. Raises NotKept.
    """
    landed = await land(log, lender, records, refused, vault)
    if note is None:
        raise NotKept(landed)
    await note(landed.done)
    return landed


async def land(
    log: Journal, lender: LenderFacts, records: Sequence[LoanRecord], refused: Sequence[str], vault: Vault
) -> LandedRows:
    """Stores the records; loans whose row was refused keep their last snapshot, marked stale since today.

    A loan whose snapshot says what the last one said gets no new row and no event. A row against what is stored is
    refused by itself and answered.
    """
    snapshots = await snapshots_of(lender.id, records, log.moment.today)
    before = await owing_before(snapshots.loans.values())
    borrowers = {i: [name for name, row in owing.items() if row.role == "borrower"] for i, owing in before.items()}
    differ = against(records, snapshots, borrowers, log.moment.today)
    records = [record for record in records if record.loan.loan_no not in differ]
    fresh = {record.loan.loan_no for record in records if record.loan.loan_no not in snapshots.loans}
    stored = await _store(log, records, fresh, snapshots, before, vault)
    found = stored.changes
    changed = [*fresh, *found]
    numbers = {snapshots.loans[number]: number for number in changed}
    stated = {record.loan.loan_no for record in records if record.loan.statement}
    known = snapshots.before
    loans = await load_loans([loan_id for loan_id, number in numbers.items() if loan_id in known or number in stated])
    now = {loan_id: loan for loan_id, (loan, _) in loans.items()}
    await _journal_loans(log, stored, snapshots, now)
    await _follow(log, lender, numbers, now, known, vault)
    stale = await _mark_stale(lender.id, [*refused, *differ], log.moment.today)
    landed = [snapshots.loans[record.loan.loan_no] for record in records]
    await tables.LoanRow.filter(id__in=landed, stale_since__isnull=False).update(stale_since=None)
    done = Imported(len(fresh), len(found), len(records) - len(changed), stale)
    return LandedRows(done, differ, list(found.values()))


async def _follow(
    log: Journal,
    lender: LenderFacts,
    numbers: Mapping[int, str],
    loans: Mapping[int, Loan],
    before: Mapping[int, Loan],
    vault: Vault,
) -> None:
    """What follows for plans, reports of payments and the lender's statements of the loans that changed.

    `loans` are those that were known `before`, or of which a row has a statement, as they are now.
    """
    for loan_id, loan in loans.items():
        if loan.agreements and loan_id in before:
            await tell_restated_plans(log, loan_id, before[loan_id], loan, LENDER_SYSTEM)
    await settle_reports(log, numbers, vault, LENDER_SYSTEM, {})
    await compare_books(log, lender, {loan_id: (before.get(loan_id), loan) for loan_id, loan in loans.items()})
    await sum_up_overdue(loans, log.moment.today)
    await look_again(log, list(numbers))


async def _store(
    log: Journal,
    records: Sequence[LoanRecord],
    fresh: set[str],
    snapshots: Snapshots,
    owing: dict[int, dict[str, tables.PartyRow]],
    vault: Vault,
) -> _Stored:
    """Stores all that is new; what is to be told of it comes back."""
    new = [record for record in records if record.loan.loan_no in fresh]
    borrowers, people = await _store_borrowers(log, records, {b.external_id for b in _owing(new)}, vault)
    snapshots.loans |= await _create_loans(log.lender.id, new)
    parties = await store_parties(log, records, snapshots.loans, borrowers, owing, vault)
    said = {each.loan.loan_no: row_said(each, snapshots) for each in records if snapshots.is_other(each)}
    await store_snapshots([each for each in records if each.loan.loan_no in said], snapshots, log.moment)
    said = {number: facts for number, facts in said.items() if facts or number in fresh}
    found: dict[str, LoanChange] = {}
    for record in records:
        number = record.loan.loan_no
        told = {b.external_id: people[b.external_id] for b in _owing([record]) if b.external_id in people}
        beside = {name: each for name, each in (("parties", parties.get(number)), ("borrowers", told)) if each}
        if number not in fresh and (number in said or beside):
            found[number] = {"loan_no": number, **(said.get(number) or NO_FIELDS), **beside}
    return _Stored({each.loan.loan_no: each.loan for each in new}, said, parties, found)


def _owing(records: Sequence[LoanRecord]) -> list[BorrowerFacts]:
    return [b for record in records for b in (record.borrower, *record.co_borrowers)]


async def _store_borrowers(
    log: Journal, records: Sequence[LoanRecord], with_new_loans: set[str], vault: Vault
) -> tuple[dict[str, int], dict[str, list[str]]]:
    """By the lender's id, everybody's row, and the fields that are told otherwise of those who were known.

    Who was erased comes back only with a new loan, under a new key and as somebody who has not come in yet.
    """
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
    changed: dict[str, list[str]] = {}
    for row in rows.values():
        if row.key:
            if found := await refresh_borrower(log, row, facts[row.external_id], vault):
                changed[row.external_id] = found
        elif row.external_id in with_new_loans:
            columns = _under_new_key(log, facts[row.external_id], vault)
            await tables.BorrowerRow.filter(id=row.id).update(erased_at=None, **columns)
    rows = {row.external_id: row for row in await in_batches(tables.BorrowerRow, list(facts), lender_id=lender_id)}
    return {name: row.id for name, row in rows.items()}, changed


def _under_new_key(log: Journal, b: BorrowerFacts, vault: Vault) -> dict[str, Any]:
    key = vault.new_key()
    return {"key": key, "recorded_at": log.moment.at, **sealed(log.lender.id, b, key, vault)}


async def _create_loans(lender_id: int, fresh: Sequence[LoanRecord]) -> dict[str, int]:
    rows = [tables.LoanRow(ref=new_ref(), lender_id=lender_id, loan_no=record.loan.loan_no) for record in fresh]
    await tables.LoanRow.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    return await loan_ids(lender_id, [record.loan.loan_no for record in fresh])


async def _journal_loans(log: Journal, stored: _Stored, snapshots: Snapshots, loans: Mapping[int, Loan]) -> None:
    """What was corrected or withdrawn is an event of its own; `loans` are those that were known, as they are now."""
    added, said, parties = stored.added, stored.said, stored.parties
    numbers = [*added, *(number for number in {**said, **parties} if number not in added)]
    await log.heads([loan_stream(snapshots.loans[number]) for number in numbers])
    for number in numbers:
        loan_id = snapshots.loans[number]
        stream, what = loan_stream(loan_id), "loan.added" if number in added else "loan.changed"
        facts: LoanChange = {"snapshot": snapshots.digests[number]}
        if number in added:
            facts |= added_facts(added[number])
        else:
            change = said.get(number) or NO_FIELDS
            facts |= change | (books_changed(loans[loan_id], log.moment.today) if moves_money(change) else {})
        if number in parties:
            facts["parties"] = parties[number]
        await log.write(stream, NewEvent(what, LENDER_SYSTEM, facts), loan_no=number)
        if number in said and number not in added:
            await _tell_corrections(log, snapshots, number)


async def _tell_corrections(log: Journal, snapshots: Snapshots, number: str) -> None:
    loan_id, told = snapshots.loans[number], snapshots.changes[number]
    before, today = snapshots.before[loan_id], log.moment.today
    corrected = [each for each in told.all if each.before]
    of_payments = any(each.kind == "payment" for each in corrected)
    paid = allocations(before, with_changes(before, told.payments, today), today) if of_payments else None
    last = next((each for each in reversed(corrected) if each.kind == "payment"), None)
    for each in corrected:
        moved = paid.moves(last=each is last) if paid and each.kind == "payment" else {}
        facts = {**correction_facts(each, before.currency), **moved}
        await log.write(loan_stream(loan_id), NewEvent(each.happened, LENDER_SYSTEM, facts), loan_no=number)


async def _mark_stale(lender_id: int, numbers: Sequence[str], today: date) -> int:
    rows = await in_batches(tables.LoanRow, [n for n in numbers if n], "loan_no", lender_id=lender_id)
    ids = [row.id for row in rows if row.stale_since is None]
    await tables.LoanRow.filter(id__in=ids).update(stale_since=today)
    return len(rows)
