"""Proposing a plan: one address, one handler; GET with a query previews, POST proposes."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.act import Acting
from portal.actions.drafts import discard_draft, keep_draft
from portal.actions.proposals import revise, submit
from portal.domain.event import BusinessTime
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.negotiation import State
from portal.domain.restructuring.offer_refusals import NothingToPlan
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Basis, Quote, basis
from portal.domain.restructuring.reasons import BORROWER_REASONS
from portal.reads.cases import Case, PersonScope
from portal.reads.drafts import KeptDraft, draft_of
from portal.reads.plans import live_plan
from portal.reads.policy import policy as read_policy
from portal.reads.proposals import proposal_case
from portal.web import guard
from portal.web.borrower.own import own_case
from portal.web.error_pages import CONFLICTS
from portal.web.offers import (
    EVERY,
    TYPED,
    DraftOffer,
    as_shown,
    first_due,
    first_values,
    open_proposal,
    outdated,
    read_draft,
)
from portal.web.render import fragment, page, see_other, wants_fragment


class PlannedByOther(Refusal):
    says = N_(
        "Another borrower of this loan has sent a plan for it, or keeps one that runs. Until that one has ended, "
        "nobody else can send one."
    )


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What the page is drawn from: the case and what is owed of it, the policy in force, and the moment."""

    case: Case
    over: Basis
    policy: Policy
    moment: BusinessTime


async def plan(request: Request) -> Response:
    context = await _desk(request)
    if request.method == "POST":
        return await _propose(request, context)
    if context.case.by_other:
        return see_other(request, "loan", ref=context.case.ref)
    open_now = context.case.proposal
    if open_now is not None and open_now.state is not State.COUNTERED:
        return see_other(request, "proposal", ref=open_now.ref)
    owed = context.over.position.overdue.total
    if not owed:
        raise NothingToPlan("covers")
    asked, person_id = dict(request.query_params), guard.person(request).person_id
    live = open_proposal(context.case)
    if live and asked == {"kind": "pause"}:
        return _page(
            request,
            context,
            await _after_a_pause(context, live.ref, guard.person(request).scope),
            shown=False,
            pausing=True,
        )
    kept = None if asked else await draft_of(context.case.id, person_id, request.app.state.vault)
    begin = kept.typed if kept else first_values(context.policy, context.moment.today, owed, asked.get("kind", "plan"))
    quote = _draft(context, {**begin, **asked})
    return _page(request, context, quote, shown=bool(kept) or list(asked) not in ([], ["kind"]), kept=kept)


async def save_draft(request: Request) -> Response:
    """Kept for later as it was typed, right or wrong; or thrown away."""
    found, person_id, sent = await own_case(request), guard.person(request).person_id, guard.sent(request)
    if sent.get("move") == "discard":
        await discard_draft(found.id, person_id)
    else:
        typed = {name: value for name, value in sent.items() if name in TYPED and value}
        at = guard.business_time(request, found.lender.timezone).at
        await keep_draft(found.id, person_id, typed, request.app.state.vault, at)
    return see_other(request, "plan", ref=found.ref)


async def _desk(request: Request) -> PlanContext:
    found = await own_case(request)
    policy = await read_policy(found.lender.id, found.lender.currency)
    moment = guard.business_time(request, found.lender.timezone)
    return PlanContext(found, basis(found.loan, moment.today), policy, moment)


def _draft(context: PlanContext, typed: Mapping[str, object]) -> DraftOffer:
    return read_draft(typed, context.case, context.policy, context.over)


async def _after_a_pause(context: PlanContext, ref: str, scope: PersonScope) -> DraftOffer:
    """What a pause is beside a plan that runs: the payments still to come, from when the pause would be over."""
    live = await live_plan(await proposal_case(ref, scope))
    left = sum(1 for each in live.progress(context.moment.today).rows if each.left)
    offer = live.proposal.on_the_table.offer
    begin = context.moment.today + timedelta(days=context.policy.pause_days)
    every = str(offer.every) if str(offer.every) in EVERY else EVERY[0]
    return _draft(context, {"how": "count", "installments": str(left), "every": every, "first_due": begin.isoformat()})


async def _propose(request: Request, context: PlanContext) -> Response:
    sent = guard.sent(request)
    draft = _draft(context, sent)
    if wants_fragment(request):
        return fragment(request, "plan_preview", **_preview(context, draft))
    if sent.get("move") == "show":
        return _page(request, context, draft, shown=True)
    error = PlannedByOther("proposal") if context.case.by_other else outdated(sent, _carried(context, draft))
    if error is not None:
        return _page(request, context, draft, shown=True, status=409, error=error)
    if draft.quote is None:
        return _page(request, context, draft, shown=True, status=422)
    acting = guard.acting(request, context.case.lender.timezone, draft.form.guard(), draft.form.text("note"))
    try:
        ref = await _send(acting, context, draft.quote, guard.person(request).scope)
    except CONFLICTS as refusal:
        now = await _desk(request)
        return _page(request, now, _draft(now, sent), shown=True, status=409, error=refusal)
    return see_other(request, "proposal", ref=ref)


async def _send(acting: Acting, context: PlanContext, quote: Quote, scope: PersonScope) -> str:
    """A new proposal, or, where the lender has countered, another offer in the same one."""
    open_now = context.case.proposal
    if open_now is not None and open_now.state is State.COUNTERED:
        return await revise(acting, await proposal_case(open_now.ref, scope), quote)
    return await submit(acting, context.case, scope.person_id, quote)


def _page(
    request: Request,
    context: PlanContext,
    draft: DraftOffer,
    *,
    shown: bool,
    status: int = 200,
    error: Refusal | None = None,
    kept: KeptDraft | None = None,
    pausing: bool = False,
) -> Response:
    return page(
        request,
        "borrower/plan",
        status=status,
        error=error,
        kept=kept,
        pausing=pausing,
        errors=draft.form.errors if shown else {},
        reasons=BORROWER_REASONS,
        owed=context.over.position.overdue,
        all_by=first_due(context.policy, context.moment.today),
        key=secrets.token_urlsafe(16),
        **_preview(context, draft),
    )


def _preview(context: PlanContext, draft: DraftOffer) -> dict[str, Any]:
    decide_by = context.policy.decide_by(context.moment.today)
    return {
        "month": draft.quote.fullest_month if draft.quote else None,
        "case": context.case,
        "values": draft.values,
        "quote": draft.quote,
        "plan_errors": draft.form.errors,
        "today": context.moment.today,
        "decide_by": decide_by,
        "carried": _carried(context, draft),
    }


def _carried(context: PlanContext, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, context.policy, context.moment.today, context.case.seq)
