"""Plans of before they were part of the loan that are otherwise by the ledger, in status or in their figure."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q

from portal.domain.ledger.position import position
from portal.domain.money import format_amount
from portal.domain.restructuring.negotiation import FOLLOWED, LIVE, State, state_now
from portal.reads.loans import load_loans
from portal.reads.plans import NOT_TOLD, has_turned_over
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.tables import models as tables

_TOLD_FIGURES = ("received", "remaining", "balance")
_BY_ITSELF = 1
"""The version of what came of an installment, as it was told while a plan was counted by itself."""


@dataclass(frozen=True, slots=True)
class TurnedOver:
    """`figure` is what was told last with its name; `left` of the plan and `overdue` of the loan are by the ledger.

    `left_then` stands where the status is as it was told: what the ledger has left of the plan for the day and the
    facts of which `figure` told what remained.
    """

    loan_no: str
    proposal: str
    told: State
    now: State
    figure: str
    left: str
    overdue: str
    left_then: str = ""


async def turned_over(lender_id: int, today: date) -> AsyncIterator[TurnedOver]:
    """One after the other, in the order in which they were made; changes nothing."""
    in_status = Q(NOT_TOLD, state__in=[each.value for each in FOLLOWED])
    in_figure = Q(state__in=[each.value for each in LIVE])
    rows = tables.ProposalRow.filter(in_status | in_figure, lender_id=lender_id).order_by("id")
    for ref, untold, looked_on in await rows.values_list("ref", "turned_over", "looked_on"):
        proposal = await desk_proposal(str(ref), lender_id)
        if untold is not False and has_turned_over(proposal, looked_on or today):
            yield _listed(proposal, today, await _told_figure(proposal.ref))
        elif proposal.state in LIVE and (figures := await _other_figures(proposal)):
            yield _listed(proposal, today, *figures)


def _listed(proposal: ProposalCase, today: date, figure: str, left_then: str = "") -> TurnedOver:
    now, currency = position(proposal.case.loan, today), proposal.case.loan.currency
    found = now.progress_of(proposal.ref)
    return TurnedOver(
        loan_no=proposal.case.loan.loan_no,
        proposal=proposal.ref,
        told=proposal.state,
        now=state_now(proposal.state, found),
        figure=figure,
        left=format_amount(found.left if found else 0, currency),
        overdue=format_amount(now.overdue.total, currency),
        left_then=left_then,
    )


async def _told_figure(proposal: str) -> str:
    """The last amount that was told of a plan."""
    async for body, _ in _told_of(proposal):
        for name in _TOLD_FIGURES:
            if told := body["data"].get(name):
                return f"{name} {told['total'] if isinstance(told, dict) else told}"
    return ""


async def _other_figures(proposal: ProposalCase) -> tuple[str, str] | None:
    """What remained as it was told last, if by the rule before, and what the ledger has left by the same facts.

    None where both are the same, or none was told since the plan began.
    """
    async for body, at in _told_of(proposal.ref):
        if remaining := body["data"].get("remaining"):
            if not body["type"].startswith("plan.installment_") or body["schema_version"] != _BY_ITSELF:
                return None
            day, case = body["business_date"], proposal.case
            loan, _ = (await load_loans([case.id], known_at=at))[case.id]
            found = position(loan, date.fromisoformat(day)).progress_of(proposal.ref)
            left = format_amount(found.left, loan.currency) if found else ""
            return (f"remaining {remaining} on {day}", left) if left != remaining else None
    return None


async def _told_of(proposal: str) -> AsyncIterator[tuple[dict[str, Any], datetime]]:
    """What was told of a plan, the last first, each with when."""
    events = tables.EventRow.filter(proposal_ref=proposal, type__startswith="plan.").order_by("-feed")
    for body, at in await events.values_list("body", "occurred_at"):
        yield json.loads(bytes(body)), at
