"""The lender begins: one of its staff draws up an offer for one loan, sees it beside the policy, and sends that."""

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.act import Acting
from portal.actions.journal import KeyUsedOtherwise
from portal.actions.proposals import (
    WAIVER,
    ReasonForSecond,
    approve_offer,
    need_reason,
    propose_offer,
    reject_offer,
    send_offer,
)
from portal.actions.proposals.offering import NobodyToOffer
from portal.domain.ledger.position import Position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.negotiation import NeedsSecond
from portal.domain.restructuring.offer_refusals import NothingToPlan, WorseThanPolicy
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote
from portal.reads.approvals import waiting_approval
from portal.reads.cases import Case
from portal.reads.decisions import takes_two
from portal.reads.desk import masked_name
from portal.reads.judged import drawn_over
from portal.reads.offering import person_of
from portal.reads.policy import policy as read_policy
from portal.web import guard
from portal.web.changing import Elsewhere, FormPage
from portal.web.desk.own import lenders_case
from portal.web.desk.terms import better_for_borrower, kind_asked, terms_drawn
from portal.web.desk.waivers import PendingWaiver, check_as_shown, pending_of, still_waits
from portal.web.explained import position_on_page
from portal.web.forms import Form
from portal.web.offer_form import first_values
from portal.web.offers import DraftOffer, as_shown, check_shown, read_draft
from portal.web.render import fragment, see_other, wants_fragment

_Subject = tuple[Case, Position, Policy]


async def _load(request: Request) -> _Subject:
    """What is open on the loan is answered on its own page. Raises NothingToPlan where nothing is owed."""
    case = await lenders_case(request)
    if case.proposal is not None:
        raise Elsewhere(see_other(request, "desk_proposal", ref=case.proposal.ref))
    now = position_on_page(request, case)
    if not now.overdue.total and not now.next_dues:
        raise NothingToPlan("covers")
    return case, now, await read_policy(case.lender.id, case.lender.currency)


def _begins(request: Request, subject: _Subject) -> Mapping[str, str]:
    """As a form of its kind begins: what the policy takes at once."""
    (_, now, policy), asked = subject, request.query_params
    kind = kind_asked(asked)
    return {**first_values(policy.judging(now.currency), drawn_over(now, kind), kind), **asked}


async def _values(request: Request, subject: _Subject, form: Form) -> Mapping[str, Any]:
    case, now, _ = subject
    pending = await _pending(request, subject)
    draft = _draft(subject, form if form else Form(form.values))  # a word that is missing is no fault of the plan
    preview = {} if pending else await _preview(request, subject, draft)
    return {
        "case": case,
        "name": await masked_name(case.id, request.app.state.vault),
        "owed": now.without_plan.overdue,
        "today": now.as_of,
        "kind": kind_asked(form.values),
        "nobody": None if await person_of(case.id) else NobodyToOffer("offer"),
        "pending": pending,
        "pending_terms": terms_drawn(pending.quote) if pending and pending.quote else None,
        "expected_version": case.seq,
        **preview,
        "plan_errors": {**form.errors, **draft.form.errors},
    }


_OFFER = FormPage("desk/offer", _load, _values, _begins)


@_OFFER.post(WorseThanPolicy, NobodyToOffer, at={ReasonForSecond: "why"})
async def desk_offer(request: Request, subject: _Subject, form: Form) -> Response:
    """Any of the three kinds, any term. Shown first where it is asked for."""
    if form.raw("show") and not wants_fragment(request):
        return await _OFFER.show(request, subject, form)
    (case, _, policy), draft = subject, _draft(subject, form)
    if wants_fragment(request):
        return fragment(request, "offer_preview", **await _preview(request, subject, draft))
    note, why = form.text("note"), form.text("why")
    check_shown(form, _carried(request, case, policy, draft))
    quote, acting = draft.require(), guard.acting(request, case.lender.timezone, form.token(), note)
    ref = await _send(acting, case, quote, why)
    return see_other(request, "desk_proposal", ref=ref) if ref else see_other(request, "desk_offer", ref=case.ref)


@_OFFER.post(Refusal)
async def answer_offer(request: Request, subject: _Subject, form: Form) -> Response:
    """What waits for a second of the staff is approved as it was shown, not approved, or taken back."""
    case, _, _ = subject
    pending = still_waits(request, await _pending(request, subject))
    acting = guard.acting(request, case.lender.timezone, form.token())
    if request.path_params["answer"] == "reject":
        await reject_offer(acting, case, pending.found)
        return see_other(request, "desk_offer", ref=case.ref)
    check_as_shown(pending, form)
    assert pending.quote is not None
    return see_other(request, "desk_proposal", ref=await approve_offer(acting, case, pending.found, pending.quote))


async def _send(acting: Acting, case: Case, quote: Quote, why: str) -> str:
    """The ref of the proposal; empty where it takes two and was laid before a colleague. Raises ReasonForSecond."""
    try:
        return await send_offer(acting, case, quote)
    except (NeedsSecond, KeyUsedOtherwise):  # a form sent again that was laid before a colleague is so again
        await propose_offer(acting, case, quote, need_reason(why))
        return ""


async def _pending(request: Request, subject: _Subject) -> PendingWaiver | None:
    case, now, policy = subject
    found = await waiting_approval(WAIVER, case.ref, now.as_of)
    return await pending_of(request, found, case, policy, now) if found else None


def _draft(subject: _Subject, form: Form) -> DraftOffer:
    case, now, policy = subject
    return read_draft(form, case, policy, drawn_over(now, kind_asked(form.values)))


def _carried(request: Request, case: Case, policy: Policy, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, policy, guard.today(request, case.lender.timezone), case.seq)


async def _preview(request: Request, subject: _Subject, draft: DraftOffer) -> dict[str, Any]:
    """The offer, and beside it the nearest that the policy would take at once from the borrower."""
    case, now, policy = subject
    quote = draft.quote
    at_once = await run_in_threadpool(nearest_yes, now, quote.offer, policy) if quote else None
    return {
        "case": case,
        "quote": quote,
        "ours": terms_drawn(quote) if quote else None,
        "at_once": terms_drawn(at_once) if at_once else None,
        "better": await better_for_borrower(quote),
        "plan_errors": draft.form.errors,
        "why": draft.form.raw("why"),
        "second": await _second(request, case, quote) if quote else None,
        "carried": _carried(request, case, policy, draft),
    }


async def _second(request: Request, case: Case, quote: Quote) -> Refusal | None:
    """Why sending it would only propose it, said before it is sent."""
    today = guard.today(request, case.lender.timezone)
    return await takes_two(case, 0, quote.plan.waived.total, guard.current_staff(request).ref, today)
