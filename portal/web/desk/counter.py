"""Answering with another plan: GET begins it, POST shows it or sends just what was shown. A note is in no address."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.ledger.position import position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import MoveNotPossible
from portal.domain.restructuring.quote import basis
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
    if request.method not in SAFE:
        return await _send(request, proposal, guard.sent(request))
    begun = values_of(proposal.on_the_table.offer, proposal.case.loan.currency)
    return await _page(request, proposal, _draft(request, proposal, {**begun, **request.query_params}))


async def _send(request: Request, proposal: ProposalCase, sent: dict[str, str]) -> Response:
    """Shown first where it is asked for, or where what was typed makes another plan than the one that was shown."""
    draft = _draft(request, proposal, sent)
    if wants_fragment(request):
        return fragment(request, "counter_preview", **await _preview(request, proposal, draft))
    if draft.form.raw("show"):
        return await _page(request, proposal, draft)
    error = outdated(sent, _carried(request, proposal, draft))
    if error is not None:
        return await _page(request, proposal, draft, 409, error)
    if draft.quote is None:
        return await _page(request, proposal, draft, 422)
    acting = guard.acting(request, proposal.case.lender.timezone, draft.form.guard(), draft.form.text("note"))
    try:
        await answer_with_second(acting, proposal, draft.quote)
    except (*CONFLICTS, MoveNotPossible) as refusal:
        return await _page(request, await lenders_proposal(request), draft, status_of(refusal), refusal)
    return see_other(request, "desk_proposal", ref=proposal.ref)


def _draft(request: Request, proposal: ProposalCase, typed: dict[str, str]) -> DraftOffer:
    over = basis(proposal.case.loan, moment_at(request, proposal).today)
    return read_draft(typed, proposal.case, proposal.policy, over)


def _carried(request: Request, proposal: ProposalCase, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, proposal.policy, moment_at(request, proposal).today, proposal.case.seq)


async def _page(
    request: Request, proposal: ProposalCase, draft: DraftOffer, status: int = 200, error: Refusal | None = None
) -> Response:
    today = moment_at(request, proposal).today
    return page(
        request,
        "desk/counter",
        status=status,
        error=error,
        proposal=proposal,
        owed=position(proposal.case.loan, today).overdue,
        values=draft.values,
        today=today,
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
