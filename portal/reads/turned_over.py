"""Plans of before they were part of the loan whose status is another by the ledger: what an operator has to tell."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.domain.ledger.position import position
from portal.domain.money import format_amount
from portal.domain.restructuring.negotiation import FOLLOWED, State, state_now
from portal.reads.plans import NOT_TOLD, has_turned_over
from portal.reads.proposals import desk_proposal
from portal.tables import models as tables

_TOLD_FIGURES = ("received", "remaining", "balance")


@dataclass(frozen=True, slots=True)
class TurnedOver:
    """`figure` is what was told last with its name; `left` of the plan and `overdue` of the loan are by the ledger."""

    loan_no: str
    proposal: str
    told: State
    now: State
    figure: str
    left: str
    overdue: str


async def turned_over(lender_id: int, today: date) -> AsyncIterator[TurnedOver]:
    """One after the other, in the order in which they were made; changes nothing."""
    states = [each.value for each in FOLLOWED]
    rows = tables.ProposalRow.filter(NOT_TOLD, lender_id=lender_id, state__in=states).order_by("id")
    for ref, looked_on in await rows.values_list("ref", "looked_on"):
        proposal = await desk_proposal(str(ref), lender_id)
        if not has_turned_over(proposal, looked_on or today):
            continue
        now, currency = position(proposal.case.loan, today), proposal.case.loan.currency
        found = now.progress_of(proposal.ref)
        yield TurnedOver(
            loan_no=proposal.case.loan.loan_no,
            proposal=proposal.ref,
            told=proposal.state,
            now=state_now(proposal.state, found),
            figure=await _told_figure(proposal.ref),
            left=format_amount(found.left if found else 0, currency),
            overdue=format_amount(now.overdue.total, currency),
        )


async def _told_figure(proposal: str) -> str:
    """The last amount that was told of a plan."""
    events = tables.EventRow.filter(proposal_ref=proposal, type__startswith="plan.").order_by("-feed")
    for row in await events.values_list("body", flat=True):
        data: dict[str, Any] = json.loads(bytes(row))["data"]
        for name in _TOLD_FIGURES:
            if told := data.get(name):
                return f"{name} {told['total'] if isinstance(told, dict) else told}"
    return ""
