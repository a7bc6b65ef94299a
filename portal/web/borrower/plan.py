"""Proposing a plan: one address, one handler; GET with a query previews, POST proposes."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.drafts import discard_draft, keep_draft
from portal.actions.proposals import Author, FormToken, revise, submit
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
    on = await _desk(request)
    if request.method == "POST":
        return await _propose(request, on)
    if on.case.by_other:
        return see_other(request, "loan", ref=on.case.ref)
    open_now = on.case.proposal
    if open_now is not None and open_now.state is not State.COUNTERED:
        return see_other(request, "proposal", ref=open_now.ref)
    owed = on.over.position.overdue.total
    if not owed:
        raise NothingToPlan("covers")
    asked, person_id = dict(request.query_params), guard.person(request).person_id
    live = open_proposal(on.case)
    if live and asked == {"kind": "pause"}:
        return _page(
            request, on, await _after_a_pause(on, live.ref, guard.person(request).scope), shown=False, pausing=True
        )
    kept = None if asked else await draft_of(on.case.id, person_id, request.app.state.vault)
    begin = kept.typed if kept else first_values(on.policy, on.moment.today, owed, asked.get("kind", "plan"))
    drawn = _draft(on, {**begin, **asked})
    return _page(request, on, drawn, shown=bool(kept) or list(asked) not in ([], ["kind"]), kept=kept)


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


def _draft(on: PlanContext, typed: Mapping[str, object]) -> DraftOffer:
    return read_draft(typed, on.case, on.policy, on.over)


async def _after_a_pause(on: PlanContext, ref: str, scope: PersonScope) -> DraftOffer:
    """What a pause is beside a plan that runs: the payments still to come, from when the pause would be over."""
    live = await live_plan(await proposal_case(ref, scope))
    left = sum(1 for each in live.life(on.moment.today).rows if each.left)
    offer = live.held.on_the_table.offer
    begin = on.moment.today + timedelta(days=on.policy.pause_days)
    every = str(offer.every) if str(offer.every) in EVERY else EVERY[0]
    return _draft(on, {"how": "count", "installments": str(left), "every": every, "first_due": begin.isoformat()})


async def _propose(request: Request, on: PlanContext) -> Response:
    sent = guard.sent(request)
    draft = _draft(on, sent)
    if wants_fragment(request):
        return fragment(request, "plan_preview", **_preview(on, draft))
    if sent.get("move") == "show":
        return _page(request, on, draft, shown=True)
    told = PlannedByOther("proposal") if on.case.by_other else outdated(sent, _carried(on, draft))
    if told is not None:
        return _page(request, on, draft, shown=True, status=409, told=told)
    if draft.drawn is None:
        return _page(request, on, draft, shown=True, status=422)
    author = guard.author(request, draft.form.text("note"))
    try:
        ref = await _send(request, on, draft.drawn, author, draft.form.guard())
    except CONFLICTS as refusal:
        now = await _desk(request)
        return _page(request, now, _draft(now, sent), shown=True, status=409, told=refusal)
    return see_other(request, "proposal", ref=ref)


async def _send(request: Request, on: PlanContext, drawn: Quote, author: Author, kept: FormToken) -> str:
    """A new proposal, or, where the lender has countered, another offer in the same one."""
    person, open_now = guard.person(request), on.case.proposal
    if open_now is not None and open_now.state is State.COUNTERED:
        return await revise(await proposal_case(open_now.ref, person.scope), drawn, author, kept, on.moment)
    return await submit(on.case, person.person_id, drawn, author, kept, on.moment)


def _page(
    request: Request,
    on: PlanContext,
    draft: DraftOffer,
    *,
    shown: bool,
    status: int = 200,
    told: Refusal | None = None,
    kept: KeptDraft | None = None,
    pausing: bool = False,
) -> Response:
    return page(
        request,
        "borrower/plan",
        status=status,
        told=told,
        kept=kept,
        pausing=pausing,
        errors=draft.form.errors if shown else {},
        reasons=BORROWER_REASONS,
        owed=on.over.position.overdue,
        all_by=first_due(on.policy, on.moment.today),
        key=secrets.token_urlsafe(16),
        **_preview(on, draft),
    )


def _preview(on: PlanContext, draft: DraftOffer) -> dict[str, Any]:
    decide_by = on.policy.decide_by(on.moment.today)
    return {
        "month": draft.drawn.fullest_month if draft.drawn else None,
        "case": on.case,
        "values": draft.values,
        "drawn": draft.drawn,
        "problems": draft.form.errors,
        "today": on.moment.today,
        "decide_by": decide_by,
        "carried": _carried(on, draft),
    }


def _carried(on: PlanContext, draft: DraftOffer) -> dict[str, str]:
    return as_shown(draft.quotes, on.policy, on.moment.today, on.case.seq)
