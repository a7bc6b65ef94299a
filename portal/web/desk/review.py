"""A proposal beside the contract and the numbers, and the lender's answers to it."""

import secrets
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import FormToken, book, decline, pause_plan, step
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.reconciliation import reconcile
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.negotiation import Move, MoveNotPossible, Party, State, moves
from portal.domain.restructuring.offer_refusals import PauseOutOfRange
from portal.domain.restructuring.plan_codec import plan_fingerprint
from portal.domain.restructuring.policy import breaks
from portal.domain.restructuring.quote import Quote, books_break
from portal.domain.restructuring.reasons import DECLINE_REASONS
from portal.reads.decisions import decided_by, takes_two
from portal.reads.desk import masked_name
from portal.reads.proposals import ProposalCase, history, proposal_queue, sent_together
from portal.web import guard
from portal.web.desk.own import lenders_proposal, moment_at
from portal.web.desk.waivers import PendingWaiver, answer_pending, answer_with_second, pending_waiver
from portal.web.error_pages import CONFLICTS, status_of
from portal.web.explained import of_proposal, progress_values
from portal.web.forms import Form
from portal.web.render import page, see_other

NO_NEAREST = "none"
"""What a page carries back that showed no offer that would be accepted at once."""


class PromisedOtherwise(Refusal):
    """Declining binds the lender to the nearest yes, so it may only be the one that was shown."""

    says = N_(
        "What declining would promise has changed since this page was opened, so nothing was sent. Here is what it is "
        "now."
    )


async def review_page(request: Request) -> Response:
    return await _page(request, await lenders_proposal(request), Form({}))


async def review_why(request: Request) -> Response:
    """How each figure and each date of the plans on the table came about."""
    proposal = await lenders_proposal(request)
    now = _now(request, proposal)
    found = await of_proposal(proposal, now.as_of)
    pending = await pending_waiver(request, proposal, now)
    nearest = await _nearest(proposal, now) if Move.DECLINE in _possible(proposal.state, pending) else None
    return page(request, "desk/plan_why", pending=pending, nearest=nearest, **found)


async def answer_proposal(request: Request) -> Response:
    """Accept, decline, take up, ask or book; somebody who was second is shown the page as it is now."""
    proposal = await lenders_proposal(request)
    form = Form(dict(guard.form(request)))
    wanted = guard.wanted(request)
    reason = form.choice("reason", tuple(DECLINE_REASONS)) if wanted is Move.DECLINE else ""
    note = form.text("note", required=wanted is Move.ASK)
    core_id = form.text("core_id", most=100, required=wanted is Move.BOOK and proposal.state is State.AGREED)
    if not form:
        return await _page(request, proposal, form, 422)
    try:
        if proposal.state is State.AGREED and wanted in (Move.BOOK, Move.REFUSE_BOOKING):
            booked = core_id if wanted is Move.BOOK else ""
            await book(proposal, booked, "desk", guard.actor(request), form.guard(), moment_at(request, proposal))
        elif wanted is Move.DECLINE:
            await _decline(request, proposal, reason, note, form)
        else:
            await _make(request, proposal, wanted, note, form.guard())
    except (*CONFLICTS, MoveNotPossible, PromisedOtherwise) as refusal:
        status = 409 if isinstance(refusal, PromisedOtherwise) else status_of(refusal)
        return await _page(request, await lenders_proposal(request), form, status, refusal)
    return see_other(request, "desk_proposal", ref=proposal.ref)


async def second(request: Request) -> Response:
    """A waiver that waits is approved as it was shown, not approved, or taken back."""
    proposal, form = await lenders_proposal(request), Form(dict(guard.form(request)))
    try:
        await answer_pending(request, proposal, form)
    except Refusal as refusal:
        return await _page(request, await lenders_proposal(request), form, status_of(refusal), refusal)
    return see_other(request, "desk_proposal", ref=proposal.ref)


async def pause(request: Request) -> Response:
    """Nothing of a plan that runs falls due until after a day."""
    proposal = await lenders_proposal(request)
    form = Form(dict(guard.form(request)))
    until = form.date("until", example=moment_at(request, proposal).today, required=True)
    note = form.text("note")
    if not form or until is None:
        return await _page(request, proposal, form, 422)
    try:
        await pause_plan(proposal, until, guard.author(request, note), form.guard(), moment_at(request, proposal))
    except PauseOutOfRange as refusal:
        form.refuse("until", refusal)
        return await _page(request, proposal, form, 422)
    except (*CONFLICTS, MoveNotPossible) as refusal:
        return await _page(request, await lenders_proposal(request), form, status_of(refusal), refusal)
    return see_other(request, "desk_proposal", ref=proposal.ref)


async def _decline(request: Request, proposal: ProposalCase, reason: str, note: str, form: Form) -> None:
    """With the nearest yes that stood on the page. Raises PromisedOtherwise."""
    nearest = await _nearest(proposal, _now(request, proposal))
    if form.raw("nearest") != _as_promised(nearest):
        raise PromisedOtherwise("nearest")
    author, moment = guard.author(request, note), moment_at(request, proposal)
    await decline(proposal, reason, author, form.guard(), moment, nearest)


def _now(request: Request, proposal: ProposalCase) -> Position:
    return position(proposal.case.loan, moment_at(request, proposal).today)


async def _nearest(proposal: ProposalCase, now: Position) -> Quote | None:
    """Drawing up one plan after another may take a second, so others are served meanwhile."""
    return await run_in_threadpool(nearest_yes, now, proposal.on_the_table.offer, proposal.policy)


def _as_promised(nearest: Quote | None) -> str:
    """What the page carries back of it: the plan, and until when it is promised."""
    if nearest is None:
        return NO_NEAREST
    return f"{plan_fingerprint([(nearest.offer, nearest.plan)])}:{nearest.valid_until}"


async def _make(request: Request, proposal: ProposalCase, wanted: Move, note: str, kept: FormToken) -> None:
    moment, author = moment_at(request, proposal), guard.author(request, note)
    if wanted is Move.ACCEPT:
        await answer_with_second(proposal, None, author, kept, moment)
    elif wanted in (Move.TAKE_UP, Move.ASK):
        await step(proposal, Party.LENDER, wanted, author, kept, moment)
    else:
        raise MoveNotPossible(state=proposal.state.value, move=wanted.value)


async def _page(
    request: Request,
    proposal: ProposalCase,
    form: Form,
    status: int = 200,
    error: Refusal | None = None,
) -> Response:
    today = guard.today(request, proposal.case.lender.timezone)
    now, table = position(proposal.case.loan, today), proposal.on_the_table
    books = await run_in_threadpool(reconcile, now)
    broken = breaks(proposal.policy, table.offer, table.plan, now.overdue)
    broken += books_break(books.differences, proposal.policy, now.currency)
    waiting = [row for row in await proposal_queue(guard.current_staff(request).lender_id) if row.ref != proposal.ref]
    return page(
        request,
        "desk/proposal",
        status=status,
        error=error,
        proposal=proposal,
        others=await sent_together(proposal),
        now=now,
        name=await masked_name(proposal.case.id, request.app.state.vault),
        broken=broken,
        books=books,
        reasons=DECLINE_REASONS,
        history=await history(proposal.ref, request.app.state.vault),
        **await _answers(request, proposal, now),
        **await progress_values(proposal, today),
        following=waiting[0] if waiting else None,
        tried=request.path_params.get("move", ""),
        values=form.values,
        errors=form.errors,
        expected_version=proposal.case.seq,
        key=secrets.token_urlsafe(16),
    )


async def _answers(request: Request, proposal: ProposalCase, now: Position) -> dict[str, Any]:
    """What the one who looks may do now, and what each of it would bring."""
    pending, staff = await pending_waiver(request, proposal, now), guard.current_staff(request).ref
    possible = _possible(proposal.state, pending)
    waived, today = proposal.on_the_table.plan.waived.total, now.as_of
    nearest = await _nearest(proposal, now) if Move.DECLINE in possible else None
    return {
        "moves": possible,
        "pending": pending,
        "second": await takes_two(proposal.case, proposal.id, waived, staff, today)
        if Move.ACCEPT in possible
        else None,
        "nearest": nearest,
        "promised": _as_promised(nearest),
        "may_book": proposal.state is State.AGREED and staff != await decided_by(proposal.id),
    }


def _possible(state: State, pending: PendingWaiver | None) -> tuple[str, ...]:
    """What the lender may do now, and what taking it up would allow, since deciding takes it up.

    While a waiver waits, what would only propose it again is not offered.
    """
    now = moves(state, Party.LENDER)
    after = moves(State.UNDER_REVIEW, Party.LENDER) if state is State.SUBMITTED else ()
    held_back = (Move.ACCEPT, Move.COUNTER) if pending else ()
    return tuple(move.value for move in (*now, *(m for m in after if m is not Move.ASK)) if move not in held_back)
