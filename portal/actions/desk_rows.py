"""What the desk sorts, filters and finds by, written for rows of before it was kept, or by the version before.

A few at a time, each batch whole or not at all; where all is written a look costs one index each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from functools import partial

from portal.actions.act import change_of_lender
from portal.actions.attempts import Attempt, at_once
from portal.actions.books import sum_up_books
from portal.actions.journal import Journal
from portal.actions.proposals.summed_up import summed_up
from portal.domain.contract.loan import Loan
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.domain.ledger.reconciliation import reconcile
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER
from portal.domain.restructuring.quote import offer_breaks
from portal.reads.cases import LenderFacts
from portal.reads.loans import load_loans
from portal.reads.proposals import desk_proposal
from portal.reads.search import last4_hash, name_hash
from portal.tables import models as tables
from portal.vault import Vault

_NAMES, _PROPOSALS, _LOANS, _CAUSES = 200, 20, 100, 20
_Batch = Callable[[BusinessTime, LenderFacts, Vault], Awaitable[int]]


async def write_desk_rows(lender: LenderFacts, moment: BusinessTime, vault: Vault, attempt: Attempt = at_once) -> int:
    """Goes on until nothing is left to be written at this lender; answers how many rows were."""
    written = 0
    for what, batch in _BATCHES.items():
        while more := await attempt(f"{lender.slug}, {what}", partial(batch, moment, lender, vault)):
            written += more
    return written


@change_of_lender
async def _hash_names(log: Journal, lender: LenderFacts, vault: Vault) -> int:
    """Only where nobody has written them meanwhile, with another name or phone."""
    rows = await tables.BorrowerRow.filter(lender_id=lender.id, name_hash__isnull=True).limit(_NAMES)
    for row in rows:
        name, phone = (
            vault.unseal_if_kept(bytes(row.key), bytes(each)) or "" for each in (row.name_sealed, row.phone_sealed)
        )
        found_by = {
            "name_hash": name_hash(lender.id, name, vault),
            "last4_hash": last4_hash(lender.id, phone, vault),
        }
        await tables.BorrowerRow.filter(id=row.id, name_hash__isnull=True).update(**found_by)
    return len(rows)


@change_of_lender
async def _sum_up_proposals(log: Journal, lender: LenderFacts, vault: Vault) -> int:
    """Those that are to be answered, by the policy of now: what it was when they were sent is not known any more."""
    states = [state.value for state in STATES_TO_ANSWER]
    open_now = tables.ProposalRow.filter(lender_id=lender.id, state__in=states, breaks__isnull=True)
    refs = await open_now.order_by("id").limit(_PROPOSALS).values_list("ref", flat=True)
    for ref in refs:
        proposal = await desk_proposal(str(ref), lender.id)
        now, table = position(proposal.case.loan, log.moment.today), proposal.on_the_table
        broken = offer_breaks(proposal.policy, table.offer, table.plan, now)
        await tables.ProposalRow.filter(ref=ref).update(**summed_up(now, table.plan, broken))
    return len(refs)


@change_of_lender
async def _sum_up_loans(log: Journal, lender: LenderFacts, vault: Vault) -> int:
    loans = tables.LoanRow.filter(lender_id=lender.id, books_summed_up=False)
    ids = [int(str(each)) for each in await loans.order_by("id").limit(_LOANS).values_list("id", flat=True)]
    if not ids:
        return 0
    found = await load_loans(ids)
    await sum_up_books(lender, {loan_id: loan for loan_id, (loan, _) in found.items()})
    return len(found)


async def _find_causes(moment: BusinessTime, lender: LenderFacts, vault: Vault) -> int:
    """Why books differ. Each takes many walks through its ledger, in a thread, while others write."""
    unexplained = tables.LoanRow.filter(lender_id=lender.id, books_differ_on__isnull=False, books_cause__isnull=True)
    ids = [int(str(each)) for each in await unexplained.order_by("id").limit(_CAUSES).values_list("id", flat=True)]
    found = await load_loans(ids)
    causes = await asyncio.to_thread(_causes, {loan_id: loan for loan_id, (loan, _) in found.items()}, moment.today)
    return await _keep_causes(moment, lender, causes)


def _causes(loans: Mapping[int, Loan], today: date) -> dict[int, tuple[date | None, str]]:
    """By loan, the day of the statement and the likeliest cause; empty for none."""
    found = {}
    for loan_id, loan in loans.items():
        likeliest = reconcile(position(loan, today)).likeliest
        day = loan.statement.as_of if loan.statement else None
        found[loan_id] = (day, likeliest.cause.value if likeliest else "")
    return found


@change_of_lender
async def _keep_causes(log: Journal, lender: LenderFacts, causes: Mapping[int, tuple[date | None, str]]) -> int:
    """Only where the statement is still the one that was looked at."""
    for loan_id, (day, cause) in causes.items():
        await tables.LoanRow.filter(id=loan_id, books_differ_on=day, books_cause__isnull=True).update(books_cause=cause)
    return len(causes)


_BATCHES: dict[str, _Batch] = {
    "names to be found by": _hash_names,
    "proposals summed up": _sum_up_proposals,
    "books compared": _sum_up_loans,
    "causes found": _find_causes,
}
