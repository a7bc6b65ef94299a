"""Answering with another plan: GET begins it, POST shows it or sends just what was shown. A note is in no address."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.ledger.position import Position, position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import MoveNotPossible
from portal.reads.decisions import takes_two
from portal.reads.proposals import ProposalCase
from portal.web import guard
from portal.web.desk.own import lenders_proposal, moment_at
from portal.web.desk.waivers import answer_with_second
from portal.web.error_pages import CONFLICTS, status_of
from portal.web.offers import DraftOffer, as_shown, outdated, read_draft, values_of
from portal.web.render import fragment, page, see_other, wants_fragment
from portal.web.urls import SAFE


async def counter_page(request: Request) -> Response:
    """The lender's own offer: any term changed."""
    proposal = await lenders_proposal(request)
    now = _now(request, proposal)
    if request.method not in SAFE:
        return await _send(request, proposal, now, guard.sent(request))
    begun = values_of(proposal.on_the_table.offer, proposal.case.loan.currency)
    return await _page(request, proposal, now, _draft(proposal, now, {**begun, **request.query_params}))


async def _send(request: Request, proposal: ProposalCase, now: Position, sent: dict[str, str]) -> Response:
    """Shown first where it is asked for, or where what was typed makes another plan than the one that was shown."""
    draft = _draft(proposal, now, sent)
    if wants_fragment(request):
        return fragment(request, "counter_preview", **await _preview(request, proposal, draft))
    if draft.form.raw("show"):
        return await _page(request, proposal, now, draft)
    error = outdated(sent, _carried(request, proposal, draft))
    if error is not None:
        return await _page(request, proposal, now, draft, 409, error)
    if draft.quote is None:
        return await _page(request, proposal, now, draft, 422)
    author = guard.author(request, draft.form.text("note"))
    try:
        await answer_with_second(proposal, draft.quote, author, draft.form.guard(), moment_at(request, proposal))
    except (*CONFLICTS, MoveNotPossible) as refusal:
        proposal = await lenders_proposal(request)
        return await _page(request, proposal, _now(request, proposal), draft, status_of(refusal), refusal)
    return see_other(request, "desk_proposal", ref=proposal.ref)


def _now(request: Request, proposal: ProposalCase) -> Position:
    return position(proposal.case.loan, moment_at(request, proposal).today)


def _draft(proposal: ProposalCase, now: Position, typed: dict[str, str]) -> DraftOffer:
    return read_draft(typed, proposal.case, proposal.policy, now)


def _carried(request: Request, proposal: ProposalCase, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, proposal.policy, moment_at(request, proposal).today, proposal.case.seq)


async def _page(
    request: Request,
    proposal: ProposalCase,
    now: Position,
    draft: DraftOffer,
    status: int = 200,
    error: Refusal | None = None,
) -> Response:
    return page(
        request,
        "desk/counter",
        status=status,
        error=error,
        proposal=proposal,
        owed=now.overdue,
        values=draft.values,
        today=now.as_of,
        key=secrets.token_urlsafe(16),
        **await _preview(request, proposal, draft),
    )


async def _preview(request: Request, proposal: ProposalCase, draft: DraftOffer) -> dict[str, Any]:
    return {
        "case": proposal.case,
        "quote": draft.quote,
        "plan_errors": draft.form.errors,
        "second": await _second(request, proposal, draft),
        "carried": _carried(request, proposal, draft),
    }


async def _second(request: Request, proposal: ProposalCase, draft: DraftOffer) -> Refusal | None:
    """Why sending it would only propose it, said before it is sent."""
    if draft.quote is None:
        return None
    waived, today = draft.quote.plan.waived.total, moment_at(request, proposal).today
    return await takes_two(proposal.case, proposal.id, waived, guard.current_staff(request).ref, today)
