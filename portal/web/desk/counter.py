"""Answering with another plan: GET begins it, POST shows it or sends just what was shown. A note is in no address."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.ledger.position import Position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import MoveNotPossible
from portal.domain.restructuring.quote import beside
from portal.reads.decisions import takes_two
from portal.reads.proposals import ProposalCase
from portal.web import guard
from portal.web.changing import FormPage
from portal.web.desk.own import lenders_proposal, moment_at, position_now
from portal.web.desk.waivers import answer_with_second
from portal.web.forms import Form
from portal.web.offer_form import offer_values
from portal.web.offers import DraftOffer, as_shown, check_shown, read_draft
from portal.web.render import fragment, see_other, wants_fragment

_Subject = tuple[ProposalCase, Position]


async def _load(request: Request) -> _Subject:
    """With the position as it would be once a plan that runs gave way to what is offered."""
    proposal = await lenders_proposal(request)
    return proposal, beside(position_now(request, proposal), proposal.on_the_table.offer)


def _begins(request: Request, subject: _Subject) -> Mapping[str, str]:
    proposal, _ = subject
    return {**offer_values(proposal.on_the_table.offer, proposal.case.loan.currency), **request.query_params}


async def _values(request: Request, subject: _Subject, form: Form) -> Mapping[str, Any]:
    proposal, now = subject
    preview = await _preview(request, proposal, _draft(subject, form))
    return {"proposal": proposal, "owed": now.overdue, "today": now.as_of, **preview}


_COUNTER = FormPage("desk/counter", _load, _values, _begins)


@_COUNTER.post(MoveNotPossible)
async def counter_page(request: Request, subject: _Subject, form: Form) -> Response:
    """The lender's own offer: any term changed. Shown first where it is asked for."""
    if form.raw("show") and not wants_fragment(request):
        return await _COUNTER.show(request, subject, form)
    (proposal, _), draft = subject, _draft(subject, form)
    if wants_fragment(request):
        return fragment(request, "counter_preview", **await _preview(request, proposal, draft))
    check_shown(form, _carried(request, proposal, draft))
    acting = guard.acting(request, proposal.case.lender.timezone, form.token(), form.text("note"))
    await answer_with_second(acting, proposal, draft.require())
    return see_other(request, "desk_proposal", ref=proposal.ref)


def _draft(subject: _Subject, form: Form) -> DraftOffer:
    proposal, now = subject
    return read_draft(form, proposal.case, proposal.policy, now)


def _carried(request: Request, proposal: ProposalCase, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, proposal.policy, moment_at(request, proposal).today, proposal.case.seq)


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
