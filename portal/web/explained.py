"""How every number of a loan or a plan came about: what the pages say of it, for borrowers and staff alike."""

from datetime import date
from typing import Any

from portal.domain.contract.loan import Loan
from portal.domain.ledger.delinquency import standing
from portal.domain.ledger.explanation import growth, interest_workings
from portal.domain.ledger.position import position
from portal.domain.ledger.reconciliation import differences
from portal.domain.restructuring.negotiation import LIVE, State
from portal.reads.plans import live_plan
from portal.reads.proposals import ProposalCase

LIVED = frozenset({State.AGREED, *LIVE, State.BROKEN, State.COMPLETED, State.SUPERSEDED})


def of_loan(loan: Loan, on: date) -> dict[str, Any]:
    """The position at the end of `on`, and what went into each of its figures."""
    now = position(loan, on)
    return {
        "loan": loan,
        "now": now,
        "where": standing(loan, now),
        "workings": interest_workings(loan),
        "more": growth(loan, now),
        "differ": differences(loan),
    }


async def of_proposal(held: ProposalCase, on: date) -> dict[str, Any]:
    """What is on the table and, where the lender answered it, what the borrower had offered; how a plan fares."""
    mine = [each for each in held.offers if each.party == "borrower"]
    tables = {"": held.on_the_table}
    if mine and mine[-1] is not held.on_the_table:
        tables["mine-"] = mine[-1]
    return {"held": held, "tables": tables, "today": on, **await lived(held, on)}


async def lived(held: ProposalCase, on: date) -> dict[str, Any]:
    """What has come of a plan that is agreed."""
    if held.state not in LIVED:
        return {"life": None, "earned": None, "slips": held.policy.slips}
    plan = await live_plan(held)
    found = plan.life(on)
    return {"life": found, "earned": plan.vested(found.kept), "slips": plan.slips}
