"""How every number of a loan or a plan came about: what the pages say of it, for borrowers and staff alike."""

from datetime import date
from typing import Any

from portal.domain.conduct.complaints import disputed
from portal.domain.ledger.delinquency import delinquency
from portal.domain.ledger.explanation import growth, interest_workings
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.reconciliation import differences
from portal.reads.complaints import ComplaintCase, thread
from portal.reads.proposals import ProposalCase
from portal.vault import Vault


def of_loan(now: Position) -> dict[str, Any]:
    """A position, and what went into each of its figures."""
    return {
        "loan": now.loan,
        "now": now,
        "where": delinquency(now),
        "workings": interest_workings(now.loan),
        "more": growth(now),
        "differ": differences(now),
    }


async def of_proposal(proposal: ProposalCase, on: date) -> dict[str, Any]:
    """What is on the table and, where the lender answered it, what the borrower had offered; how a plan fares."""
    mine = [each for each in proposal.offers if each.party == "borrower"]
    tables = {"": proposal.on_the_table}
    if mine and mine[-1] is not proposal.on_the_table:
        tables["mine-"] = mine[-1]
    return {"proposal": proposal, "tables": tables, "today": on, **progress_values(proposal, on)}


async def of_complaint(complaint: ComplaintCase, vault: Vault, on: date) -> dict[str, Any]:
    """What was said of it by both sides, and what is left alone until it is answered."""
    return {
        "complaint": complaint,
        "row": complaint.row,
        "frozen": disputed(complaint.row.kind, complaint.row.component),
        "thread": await thread(complaint.id, vault),
        "today": on,
    }


def progress_values(proposal: ProposalCase, on: date) -> dict[str, Any]:
    """What has come of a plan that is agreed."""
    found = position(proposal.case.loan, on).progress_of(proposal.ref)
    if found is None:
        return {"plan_progress": None, "earned": None, "cure_terms": proposal.policy.cure_terms}
    return {"plan_progress": found, "earned": found.vested, "cure_terms": found.agreement.cure_terms}
