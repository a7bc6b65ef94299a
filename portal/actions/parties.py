"""Who owes a loan: its borrower never becomes another, and whoever a later file adds looks at once and signs later."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.actions.journal import Journal
from portal.actions.numbers import number_of, send_notice, waiting_time
from portal.domain.conduct.messages import PARTY_ADDED
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.refusal import N_, Refusal
from portal.tables import models as tables
from portal.vault import Vault

ROWS_AT_ONCE = 500


class BorrowerDiffers(Refusal):
    says = N_(
        "Loan {loan_no} is on record with the borrower {allowed}; this row says {given}. The borrower of a loan does "
        "not change: give the row {allowed}, or the loan another number."
    )


async def owing_before(loan_ids: Iterable[int]) -> dict[int, dict[str, tables.PartyRow]]:
    """Who owes each known loan by their own id at the lender, with the numbers of now."""
    found: dict[int, dict[str, tables.PartyRow]] = {loan_id: {} for loan_id in loan_ids}
    rows = sorted(await in_batches(tables.PartyRow, found, "loan_id"), key=lambda row: row.id)
    people = {row.id: row for row in await in_batches(tables.BorrowerRow, {row.borrower_id for row in rows}, "id")}
    for row in rows:
        row.borrower = people[row.borrower_id]
        found[row.loan_id][row.borrower.external_id] = row
    return found


async def store_parties(
    log: Journal,
    records: Sequence[LoanRecord],
    loans: Mapping[str, int],
    borrowers: Mapping[str, int],
    before: Mapping[int, dict[str, tables.PartyRow]],
    vault: Vault,
) -> dict[str, dict[str, list[str]]]:
    """Whoever a row names owes its loan, and nobody else does any more.

    `before` is of the loans that were known. Answers who was added to each of these, or left it, by loan number.
    """
    _, until = await waiting_time(log)
    fresh, gone, changes = [], [], {}
    for record in records:
        loan_id = loans[record.loan.loan_no]
        known, there, wanted = loan_id in before, before.get(loan_id, {}), _roles(record)
        added, left = [name for name in wanted if name not in there], [name for name in there if name not in wanted]
        for name in added:
            facts = {"role": wanted[name], "acts_from": until if known else None}
            fresh.append(tables.PartyRow(loan_id=loan_id, borrower_id=borrowers[name], **facts))
        gone += [there[name].id for name in left]
        if known and (added or left):
            changes[record.loan.loan_no] = {"added": added, "left": left}
        if known and added:
            await guard_added(log, there.values(), until, vault)
    await tables.PartyRow.bulk_create(fresh, batch_size=ROWS_AT_ONCE)
    for start in range(0, len(gone), ROWS_AT_ONCE):
        await tables.PartyRow.filter(id__in=gone[start : start + ROWS_AT_ONCE]).delete()
    return changes


def _roles(record: LoanRecord) -> dict[str, str]:
    """By the lender's own id, as what each owes; who is named as both is the borrower."""
    others = {b.external_id: "co-borrower" for b in record.co_borrowers}
    return others | {record.borrower.external_id: "borrower"}


async def guard_added(log: Journal, before: Iterable[tables.PartyRow], until: datetime, vault: Vault) -> None:
    """Each number on record of those who owed the loan hears that somebody else does, who signs nothing before then."""
    by_number = {number_of(row.borrower, vault): row.borrower for row in before}
    for to, borrower in by_number.items():
        if to:
            await send_notice(log, borrower, to, "notice", PARTY_ADDED, vault, until=until)


async def in_batches(
    table: Any, values: Iterable[Any], column: str = "external_id", *names: str, by: str = "id", **also: Any
) -> list[Any]:
    """Rows whose column is one of `values`, a bounded number of parameters at a time, each batch in the order of `by`.

    With `names`, these columns of them.
    """
    listed = list(values)
    found: list[Any] = []
    for start in range(0, len(listed), ROWS_AT_ONCE):
        rows = table.filter(**{f"{column}__in": listed[start : start + ROWS_AT_ONCE]}, **also).order_by(by)
        found += await (rows.values_list(*names) if names else rows)
    return found
