"""Answering with another plan: GET begins it, POST shows it or sends just what was shown. A note is in no address."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import ReasonForSecond, answer_with_second
from portal.domain.ledger.position import Position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import MoveNotPossible, Party
from portal.domain.restructuring.offer_refusals import WorseThanPolicy
from portal.reads.decisions import takes_two
from portal.reads.judged import drawn_over
from portal.reads.policy import policy
from portal.reads.proposals import ProposalCase, history
from portal.web import guard
from portal.web.changing import FormPage
from portal.web.desk.listing import opened_from
from portal.web.desk.onward import SECOND, following, go_on
from portal.web.desk.own import lenders_proposal, moment_at, position_now
from portal.web.desk.terms import better_for_borrower, kind_asked, terms_drawn, terms_made
from portal.web.forms import Form
from portal.web.offer_form import first_values, offer_values
from portal.web.offers import DraftOffer, as_shown, check_shown, read_draft
from portal.web.render import fragment, wants_fragment

_Subject = tuple[ProposalCase, Position]


async def _load(request: Request) -> _Subject:
    proposal = await lenders_proposal(request)
    return proposal, position_now(request, proposal)


def _begins(request: Request, subject: _Subject) -> Mapping[str, str]:
    """With what the borrower asks for, or as a form of another kind begins.

    A rate that is the policy's is left out, so that it is the policy's of whatever the plan is made to cover.
    """
    (proposal, now), asked = subject, request.query_params
    table = proposal.on_the_table
    begun = offer_values(table.offer, now.currency, table.plan.total)
    if asked.get("kind", kind := kind_asked(begun)) != kind:
        begun = first_values(proposal.policy, drawn_over(now, asked["kind"]), asked["kind"])
    if table.offer.interest_rate == proposal.policy.rate_for(table.offer.covers, now.loan.terms.annual_rate):
        begun["interest_rate"] = ""
    return {**begun, **asked}


async def _values(request: Request, subject: _Subject, form: Form) -> Mapping[str, Any]:
    proposal, now = subject
    draft = _draft(subject, form if form else Form(form.values))  # a word that is missing is no fault of the plan
    preview = await _preview(request, subject, draft)
    notes = await history(proposal.ref, request.app.state.vault)
    return {
        "proposal": proposal,
        "owed": now.without_plan.overdue,
        "today": now.as_of,
        "kind": kind_asked(form.values),
        "alone_up_to": (await policy(proposal.case.lender.id, now.currency)).judging(now.currency).four_eyes_above,
        "listed": opened_from(request, form),
        "following": await following(request, proposal, form),
        "note": next((entry.note for entry in reversed(notes) if entry.actor_kind == "borrower" and entry.note), ""),
        **preview,
        "plan_errors": {**form.errors, **draft.form.errors},
    }


_COUNTER = FormPage("desk/counter", _load, _values, _begins)


@_COUNTER.post(MoveNotPossible, WorseThanPolicy, at={ReasonForSecond: "why"})
async def counter_page(request: Request, subject: _Subject, form: Form) -> Response:
    """The lender's own offer: any term changed. Shown first where it is asked for."""
    if form.raw("show") and not wants_fragment(request):
        return await _COUNTER.show(request, subject, form)
    (proposal, _), draft = subject, _draft(subject, form)
    if wants_fragment(request):
        return fragment(request, "counter_preview", **await _preview(request, subject, draft))
    check_shown(form, _carried(request, proposal, draft))
    acting = guard.acting(request, proposal.case.lender.timezone, form.token(), form.text("note"))
    quote, why = draft.require(), form.text("why")
    form.check()
    sent = await answer_with_second(acting, proposal, quote, why)
    return await go_on(request, proposal, form, "counter" if sent else SECOND)


def _draft(subject: _Subject, form: Form) -> DraftOffer:
    proposal, now = subject
    return read_draft(form, proposal.case, proposal.policy, drawn_over(now, kind_asked(form.values)))


def _carried(request: Request, proposal: ProposalCase, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, proposal.policy, moment_at(request, proposal).today, proposal.case.seq)


async def _preview(request: Request, subject: _Subject, draft: DraftOffer) -> dict[str, Any]:
    proposal, now = subject
    made = next(each for each in reversed(proposal.offers) if each.party is Party.BORROWER)
    return {
        "case": proposal.case,
        "proposal": proposal,
        "quote": draft.quote,
        "theirs": terms_made(proposal, made, now),
        "ours": terms_drawn(draft.quote) if draft.quote else None,
        "plan_errors": draft.form.errors,
        "why": draft.form.raw("why"),
        "better": await better_for_borrower(draft.quote),
        "second": await _second(request, proposal, draft),
        "carried": _carried(request, proposal, draft),
    }


async def _second(request: Request, proposal: ProposalCase, draft: DraftOffer) -> Refusal | None:
    """Why sending it would only propose it, said before it is sent."""
    if draft.quote is None:
        return None
    waived, today = draft.quote.plan.waived.total, moment_at(request, proposal).today
    return await takes_two(proposal.case, proposal.id, waived, guard.current_staff(request).ref, today)
