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
    held = await lenders_proposal(request)
    if request.method not in SAFE:
        return await _send(request, held, guard.sent(request))
    begun = values_of(held.on_the_table.offer, held.case.loan.currency)
    return await _page(request, held, _draft(request, held, {**begun, **request.query_params}))


async def _send(request: Request, held: ProposalCase, sent: dict[str, str]) -> Response:
    """Shown first where it is asked for, or where what was typed makes another plan than the one that was shown."""
    draft = _draft(request, held, sent)
    if wants_fragment(request):
        return fragment(request, "counter_preview", **await _preview(request, held, draft))
    if draft.form.raw("show"):
        return await _page(request, held, draft)
    told = outdated(sent, _carried(request, held, draft))
    if told is not None:
        return await _page(request, held, draft, 409, told)
    if draft.drawn is None:
        return await _page(request, held, draft, 422)
    author = guard.author(request, draft.form.text("note"))
    try:
        await answer_with_second(held, draft.drawn, author, draft.form.guard(), moment_at(request, held))
    except (*CONFLICTS, MoveNotPossible) as refusal:
        return await _page(request, await lenders_proposal(request), draft, status_of(refusal), refusal)
    return see_other(request, "desk_proposal", ref=held.ref)


def _draft(request: Request, held: ProposalCase, typed: dict[str, str]) -> DraftOffer:
    over = basis(held.case.loan, moment_at(request, held).today)
    return read_draft(typed, held.case, held.policy, over)


def _carried(request: Request, held: ProposalCase, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, held.policy, moment_at(request, held).today, held.case.seq)


async def _page(
    request: Request, held: ProposalCase, draft: DraftOffer, status: int = 200, told: Refusal | None = None
) -> Response:
    today = moment_at(request, held).today
    return page(
        request,
        "desk/counter",
        status=status,
        told=told,
        held=held,
        owed=position(held.case.loan, today).overdue,
        values=draft.values,
        today=today,
        key=secrets.token_urlsafe(16),
        **await _preview(request, held, draft),
    )


async def _preview(request: Request, held: ProposalCase, draft: DraftOffer) -> dict[str, Any]:
    return {
        "case": held.case,
        "drawn": draft.drawn,
        "problems": draft.form.errors,
        "second": await _second(request, held, draft),
        "carried": _carried(request, held, draft),
    }


async def _second(request: Request, held: ProposalCase, draft: DraftOffer) -> Refusal | None:
    """Why sending it would only propose it, said before it is sent."""
    if draft.drawn is None:
        return None
    waived, today = draft.drawn.plan.waived.total, moment_at(request, held).today
    return await takes_two(held.case, held.id, waived, guard.current_staff(request).ref, today)
