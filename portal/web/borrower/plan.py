"""Proposing a plan: one address, one handler; GET with a query previews, POST proposes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.drafts import discard_draft, keep_draft
from portal.actions.proposals import revise, submit
from portal.domain.refusal import N_
from portal.domain.restructuring.negotiation import can_revise
from portal.domain.restructuring.never_worse import gains_at_once
from portal.domain.restructuring.offer_refusals import NothingToPlan
from portal.domain.restructuring.reasons import BORROWER_REASONS
from portal.reads.drafts import KeptDraft, draft_of
from portal.reads.proposals import proposal_case
from portal.web import guard
from portal.web.borrower.budget import BUDGET, carried_on, read_budget, told_budget, without_tick
from portal.web.borrower.own import LoanContext, own_case, own_loan
from portal.web.borrower.ways import GOAL, Ways, back_to_ways, chosen_way, query_of, ways_out
from portal.web.changing import FormPage
from portal.web.forms import Form, StalePage
from portal.web.offer_form import TYPED, first_values, open_proposal
from portal.web.offers import DraftOffer, as_shown, check_shown, read_draft
from portal.web.render import fragment, page, see_other, wants_fragment
from portal.web.urls import SAFE


class PlannedByOther(StalePage):
    says = N_(
        "Another borrower of this loan has sent a plan for it, was offered one, or keeps one that runs. Until that one "
        "has ended, nobody else can send one."
    )


async def plan(request: Request) -> Response:
    if request.method not in SAFE:
        return await _propose(request)
    own = await own_loan(request)
    context = replace(own, now=own.now.without_plan)
    if context.case.by_other:
        return see_other(request, "loan", ref=context.case.ref)
    open_now = context.case.proposal
    if open_now is not None and not can_revise(open_now.state):
        return see_other(request, "proposal", ref=open_now.ref)
    asked = await _asked_for(request, context)
    chosen = {name: value for name, value in asked.items() if name not in GOAL}
    if not context.now.overdue.total and not context.now.next_dues:
        raise NothingToPlan("covers")
    ways = None if chosen else await ways_out(own, Form(asked))
    if ways and wants_fragment(request):
        return fragment(request, "ways", ways=ways, case=context.case, decide_by=_decide_by(context))
    person = guard.person(request)
    if open_proposal(context.case) and chosen == {"kind": "pause"}:
        return see_other(request, "next_payment", ref=context.case.ref)
    kept = None if chosen else await draft_of(context.case.id, person.person_id, request.app.state.vault)
    policy = context.policy.judging(context.case.loan.currency)
    begin = kept.typed if kept else first_values(policy, context.now, asked.get("kind", "plan"))
    draft = _read(context, Form({**begin, **asked}))
    shown = bool(kept) or list(chosen) not in ([], ["kind"])
    return await _page(request, context, draft, shown=shown, kept=kept, ways=ways)


async def _asked_for(request: Request, context: LoanContext) -> dict[str, str]:
    """What the address says; for another offer in the same proposal, with what went with the one before."""
    asked, before = without_tick(dict(request.query_params)), context.case.proposal
    if before is None or BUDGET in asked:
        return asked
    return {**asked, BUDGET: await carried_on(request, before.ref, context.case.loan.currency)}


async def save_draft(request: Request) -> Response:
    """Kept for later as it was typed, right or wrong; or thrown away."""
    found, person_id, form = await own_case(request), guard.person(request).person_id, Form(guard.form(request))
    if form.raw("move") == "discard":
        await discard_draft(found.id, person_id)
    else:
        typed = {name: value for name, value in form.values.items() if name in TYPED and value}
        at = guard.business_time(request, found.lender.timezone).at
        await keep_draft(found.id, person_id, typed, request.app.state.vault, at)
    return see_other(request, "plan", ref=found.ref)


async def _context(request: Request) -> LoanContext:
    """A plan that lives would give way to the one that is made here."""
    context = await own_loan(request)
    return replace(context, now=context.now.without_plan)


def _read(context: LoanContext, form: Form) -> DraftOffer:
    return read_draft(form, context.case, context.policy, context.now)


async def _sent(request: Request, context: LoanContext, form: Form) -> Mapping[str, Any]:
    return await _values(request, context, _read(context, form), shown=True)


_PLAN = FormPage("borrower/plan", _context, _sent)


@_PLAN.post()
async def _propose(request: Request, context: LoanContext, form: Form) -> Response:
    """A new proposal, or, where the lender has offered something itself, another offer in the same one."""
    if form.raw("move") == "show" and not wants_fragment(request):
        return await _PLAN.show(request, context, form)
    draft = _read(context, form)
    told = told_budget(request, form, context.case.loan.currency)
    if wants_fragment(request):
        return fragment(request, "plan_preview", **await _preview(context, draft))
    if context.case.by_other:
        raise PlannedByOther("proposal")
    check_shown(form, _carried(context, draft))
    quote, scope, open_now = draft.require(), guard.person(request).scope, context.case.proposal
    acting = guard.acting(request, context.case.lender.timezone, form.token(), form.text("note"))
    if open_now is not None and can_revise(open_now.state):
        ref = await revise(acting, await proposal_case(open_now.ref, scope), quote, told=told)
    else:
        ref = await submit(acting, context.case, scope.person_id, quote, told=told)
    return see_other(request, "proposal", ref=ref)


async def _page(request: Request, context: LoanContext, draft: DraftOffer, **shown: Any) -> Response:
    return page(request, "borrower/plan", error=None, **await _values(request, context, draft, **shown))


async def _values(
    request: Request,
    context: LoanContext,
    draft: DraftOffer,
    *,
    shown: bool,
    kept: KeptDraft | None = None,
    ways: Ways | None = None,
) -> dict[str, Any]:
    return {
        "kept": kept,
        "ways": ways,
        "budget": read_budget(request, draft.form, context.case.loan.currency),
        "errors": draft.form.errors if shown else {},
        "reasons": BORROWER_REASONS,
        "owed": context.now.overdue,
        "next_due": next(iter(context.now.next_dues), None),
        **await _preview(context, draft),
    }


async def _preview(context: LoanContext, draft: DraftOffer) -> dict[str, Any]:
    quote, currency = draft.quote, context.case.loan.currency
    better = await run_in_threadpool(gains_at_once, quote) if quote else None
    return {
        "case": context.case,
        "values": draft.form.values,
        "quote": quote,
        "back": back_to_ways(draft.form),
        "choice": chosen_way(draft.form, quote, currency) if quote else None,
        "better": better,
        "better_query": query_of(better, currency, draft.form) if better else "",
        "plan_errors": draft.form.errors,
        "today": context.moment.today,
        "decide_by": _decide_by(context),
        "carried": _carried(context, draft),
    }


def _decide_by(context: LoanContext) -> date:
    return context.policy.decide_by(context.moment.today)


def _carried(context: LoanContext, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, context.policy, context.moment.today, context.case.seq)
