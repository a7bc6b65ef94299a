"""Importing a portfolio: all rows or none in one transaction; facts are added, never changed."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.actions.books import follow_books
from portal.actions.borrowers import refresh_borrower, sealed
from portal.actions.journal import Journal, journal, lender_stream, loan_stream
from portal.actions.parties import BATCH, in_batches, owing_before, store_parties
from portal.actions.proposals.moves import look_again
from portal.actions.reports import settle_reports
from portal.domain.codec import amounts_to_json, schedule_to_text, terms_to_text
from portal.domain.event import Actor, Happening, Moment
from portal.domain.loan import Amounts, Charge, Loan, Payment
from portal.domain.portfolio import BorrowerFacts, LoanRecord
from portal.domain.receipts import since_then
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts
from portal.tables import models as t
from portal.tables.transaction import retried
from portal.vault import Vault, new_ref

LENDER_SYSTEM = Actor("lender", "portfolio")


class PaymentDiffers(Refusal):
    says = N_("Payment {id} of loan {loan_no} was recorded before with other content.")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, by count of loans."""

    added: int
    changed: int
    unchanged: int
    stale: int


@retried
async def import_portfolio(
    lender: LenderFacts,
    records: Sequence[LoanRecord],
    refused: Sequence[str],
    vault: Vault,
    moment: Moment,
) -> Imported:
    """Stores the records; loans whose row was refused keep their last snapshot, marked stale since today.

    A loan whose snapshot says what the last one said gets no new row and no event. Raises PaymentDiffers,
    BorrowerDiffers.
    """
    async with journal(lender.id, moment) as log:
        known = await _loan_ids(lender.id, [record.loan.loan_no for record in records])
        before = await owing_before(records, known)
        fresh = [record for record in records if record.loan.loan_no not in known]
        borrowers = await _store_borrowers(log, records, {b.external_id for b in _owing(fresh)}, vault)
        known |= await _create_loans(lender.id, fresh)
        parties = await store_parties(log, records, known, borrowers, before, vault)
        told = {record.loan.loan_no for record in await _store_snapshots(records, known, moment)} | parties.keys()
        changed = [record for record in records if record.loan.loan_no in told]
        await _journal_loans(log, changed, known, {record.loan.loan_no for record in fresh}, parties)
        numbers = {known[record.loan.loan_no]: record.loan.loan_no for record in changed}
        await settle_reports(log, numbers, vault, LENDER_SYSTEM, {})
        await follow_books(log, lender, list(numbers))
        await look_again(list(numbers))
        stale = await _mark_stale(lender.id, refused, moment.today)
        await t.Loan.filter(id__in=list(known.values())).update(stale_since=None)
        done = Imported(len(fresh), len(changed) - len(fresh), len(records) - len(changed), stale)
        if changed:
            facts = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged, "stale": stale}
            await log.write(lender_stream(lender.id), Happening("portfolio.imported", LENDER_SYSTEM, facts))
        return done


def _owing(records: Sequence[LoanRecord]) -> list[BorrowerFacts]:
    return [b for record in records for b in (record.borrower, *record.co_borrowers)]


async def _store_borrowers(
    log: Journal, records: Sequence[LoanRecord], with_new_loans: set[str], vault: Vault
) -> dict[str, int]:
    """Who was erased comes back only with a new loan, under a new key and as somebody who has not come in yet."""
    lender_id, facts = log.lender.id, {b.external_id: b for b in _owing(records)}
    rows = {row.external_id: row for row in await in_batches(t.Borrower, list(facts), lender_id=lender_id)}
    new = [b for name, b in facts.items() if name not in rows]
    await t.Borrower.bulk_create([_borrower(lender_id, b, vault, log.moment.at) for b in new], batch_size=BATCH)
    for row in rows.values():
        if row.key:
            await refresh_borrower(log, row, facts[row.external_id], vault)
        elif row.external_id in with_new_loans:
            key = vault.new_key()
            told = sealed(lender_id, facts[row.external_id], key, vault)
            await t.Borrower.filter(id=row.id).update(key=key, recorded_at=log.moment.at, erased_at=None, **told)
    rows = {row.external_id: row for row in await in_batches(t.Borrower, list(facts), lender_id=lender_id)}
    return {name: row.id for name, row in rows.items()}


def _borrower(lender_id: int, b: BorrowerFacts, vault: Vault, at: datetime) -> t.Borrower:
    key = vault.new_key()
    facts = sealed(lender_id, b, key, vault)
    return t.Borrower(lender_id=lender_id, external_id=b.external_id, key=key, recorded_at=at, **facts)


async def _create_loans(lender_id: int, fresh: Sequence[LoanRecord]) -> dict[str, int]:
    rows = [t.Loan(ref=new_ref(), lender_id=lender_id, loan_no=record.loan.loan_no) for record in fresh]
    await t.Loan.bulk_create(rows, batch_size=BATCH)
    return await _loan_ids(lender_id, [record.loan.loan_no for record in fresh])


async def _loan_ids(lender_id: int, numbers: list[str]) -> dict[str, int]:
    rows = await in_batches(t.Loan, numbers, "loan_no", lender_id=lender_id)
    return {row.loan_no: row.id for row in rows}


async def _store_snapshots(records: Sequence[LoanRecord], loans: dict[str, int], moment: Moment) -> list[LoanRecord]:
    """Adds the contract versions, payments, charges and statements that are new; answers the loans that changed."""
    ids = list(loans.values())
    last: dict[int, t.Contract] = {}
    for row in sorted(await in_batches(t.Contract, ids, "loan_id"), key=lambda row: row.version):
        last[row.loan_id] = row
    contracts, changed = [], []
    for record in records:
        loan_id = loans[record.loan.loan_no]
        digest = snapshot_hash(record.loan)
        before = last.get(loan_id)
        if before is not None and before.snapshot_hash == digest:
            continue
        changed.append(record)
        contracts.append(_contract(record.loan, loan_id, (before.version if before else 0) + 1, digest, moment.at))
    await t.Contract.bulk_create(contracts, batch_size=BATCH)
    await _add_facts(changed, loans, moment)
    return changed


def snapshot_hash(loan: Loan) -> str:
    """A digest of everything a snapshot says of a loan, to tell a repeated row from a changed one."""
    facts = [
        terms_to_text(loan.terms),
        schedule_to_text(loan.schedule),
        repr((loan.product, loan.lender_kind, loan.currency, loan.signed_on, loan.disbursed_on, loan.principal)),
        repr((loan.payments, loan.charges, loan.statement, loan.written_off_on)),
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _contract(loan: Loan, loan_id: int, version: int, digest: str, at: datetime) -> t.Contract:
    return t.Contract(
        loan_id=loan_id,
        version=version,
        product=loan.product,
        lender_kind=loan.lender_kind,
        currency=loan.currency,
        signed_on=loan.signed_on,
        disbursed_on=loan.disbursed_on,
        principal_minor=loan.principal,
        terms=terms_to_text(loan.terms),
        schedule=schedule_to_text(loan.schedule),
        schedule_generated=loan.schedule_generated,
        written_off_on=loan.written_off_on,
        snapshot_hash=digest,
        recorded_at=at,
    )


async def _add_facts(records: Sequence[LoanRecord], loans: dict[str, int], moment: Moment) -> None:
    ids = [loans[record.loan.loan_no] for record in records]
    paid: dict[int, list[Payment]] = defaultdict(list)
    for row in sorted(await in_batches(t.Payment, ids, "loan_id"), key=lambda row: row.id):
        paid[row.loan_id].append(payment_of(row))
    charged = {(row.loan_id, row.external_id) for row in await in_batches(t.Charge, ids, "loan_id")}
    statements_so_far = await in_batches(t.Statement, ids, "loan_id")
    stated = {row.loan_id: row for row in sorted(statements_so_far, key=lambda row: row.version)}
    payments, charges, statements = [], [], []
    for record in records:
        loan, loan_id = record.loan, loans[record.loan.loan_no]
        so_far = paid[loan_id]
        fresh = since_then(so_far, loan.payments, moment.today) if record.totals else _unknown(so_far, loan)
        payments += [payment_row(loan_id, payment, moment.at) for payment in fresh]
        charges += [_charge_row(loan_id, c, moment.at) for c in loan.charges if (loan_id, c.id) not in charged]
        if loan.statement is not None:
            statements.append(_statement_row(loan_id, loan, stated.get(loan_id), moment.at))
    await t.Payment.bulk_create(payments, batch_size=BATCH)
    await t.Charge.bulk_create(charges, batch_size=BATCH)
    await t.Statement.bulk_create(statements, batch_size=BATCH)


def _unknown(recorded: Sequence[Payment], loan: Loan) -> list[Payment]:
    """The payments that are not recorded yet. Raises PaymentDiffers."""
    known = {payment.id: payment for payment in recorded}
    for payment in loan.payments:
        if known.get(payment.id, payment) != payment:
            raise PaymentDiffers("payments", id=payment.id, loan_no=loan.loan_no)
    return [payment for payment in loan.payments if payment.id not in known]


def payment_row(loan_id: int, payment: Payment, at: datetime) -> t.Payment:
    return t.Payment(
        loan_id=loan_id,
        external_id=payment.id,
        received_on=payment.received_on,
        amount_minor=payment.amount,
        allocated=_stated(payment),
        reverses=payment.reverses,
        installment_no=payment.installment,
        recorded_at=at,
    )


def payment_of(row: t.Payment) -> Payment:
    """A recorded payment as it was stated."""
    stated = None if row.allocated is None else Amounts(**json.loads(row.allocated))
    return Payment(row.external_id, row.received_on, row.amount_minor, stated, row.reverses, row.installment_no)


def _stated(payment: Payment) -> str | None:
    return None if payment.allocated is None else json.dumps(amounts_to_json(payment.allocated))


def _charge_row(loan_id: int, charge: Charge, at: datetime) -> t.Charge:
    return t.Charge(
        loan_id=loan_id,
        external_id=charge.id,
        made_on=charge.on,
        due_on=charge.due_on,
        kind=charge.kind,
        amount_minor=charge.amount,
        installment_no=charge.installment,
        recorded_at=at,
    )


def _statement_row(loan_id: int, loan: Loan, before: t.Statement | None, at: datetime) -> t.Statement:
    assert loan.statement is not None
    minor = {f"{component}_minor": amount for component, amount in loan.statement.overdue.items()}
    version = (before.version if before else 0) + 1
    return t.Statement(loan_id=loan_id, version=version, as_of=loan.statement.as_of, recorded_at=at, **minor)


async def _journal_loans(
    log: Journal,
    changed: Sequence[LoanRecord],
    loans: dict[str, int],
    fresh: set[str],
    parties: Mapping[str, Mapping[str, list[str]]],
) -> None:
    await log.heads([loan_stream(loans[record.loan.loan_no]) for record in changed])
    for record in changed:
        number = record.loan.loan_no
        what = "loan.added" if number in fresh else "loan.changed"
        facts: dict[str, object] = {"snapshot": snapshot_hash(record.loan)}
        if number in parties:
            facts["parties"] = parties[number]
        await log.write(loan_stream(loans[number]), Happening(what, LENDER_SYSTEM, facts), loan_no=number)


async def _mark_stale(lender_id: int, numbers: Sequence[str], today: date) -> int:
    rows = await in_batches(t.Loan, [n for n in numbers if n], "loan_no", lender_id=lender_id)
    ids = [row.id for row in rows if row.stale_since is None]
    await t.Loan.filter(id__in=ids).update(stale_since=today)
    return len(rows)
