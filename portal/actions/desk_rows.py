"""What the desk sorts, filters and finds by, written for rows of before it was kept, or by the version before.

A few at a time, each batch whole or not at all; where all is written a look costs one index each.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from portal.actions.act import change_of_lender
from portal.actions.attempts import Attempt, at_once
from portal.actions.books import sum_up_books
from portal.actions.journal import Journal
from portal.actions.proposals.summed_up import summed_up
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER
from portal.domain.restructuring.quote import offer_breaks
from portal.reads.cases import LenderFacts
from portal.reads.loans import load_loans
from portal.reads.proposals import desk_proposal
from portal.reads.search import last4_hash, name_hash
from portal.tables import models as tables
from portal.vault import Vault

_NAMES, _PROPOSALS, _LOANS = 200, 20, 100
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


_BATCHES: dict[str, _Batch] = {
    "names to be found by": _hash_names,
    "proposals summed up": _sum_up_proposals,
    "books compared": _sum_up_loans,
}
