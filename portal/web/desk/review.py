"""A proposal beside the contract and the numbers, and the lender's answers to it."""

import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import (
    ACCEPT,
    APPROVERS,
    Author,
    Guard,
    accept,
    book,
    decline,
    pause_plan,
    propose_waiver,
    step,
)
from portal.actions.proposals import counter as make_counter
from portal.domain.event import Moment
from portal.domain.nearest import nearest_yes
from portal.domain.negotiation import Move, MoveNotPossible, NeedsSecond, Party, State, moves
from portal.domain.plan import Offer, PauseOutOfRange
from portal.domain.plan_codec import offer_from_facts
from portal.domain.policy import breaks
from portal.domain.position import position
from portal.domain.quote import Quote, books_break, quote
from portal.domain.reasons import DECLINE_REASONS
from portal.domain.reconciliation import reconcile
from portal.domain.refusal import Refusal
from portal.reads.desk import masked_name
from portal.reads.proposals import ProposalCase, desk_proposal, history, queue, sent_together
from portal.web import guard
from portal.web.addresses import SAFE
from portal.web.explained import lived, of_proposal
from portal.web.forms import Form
from portal.web.offers import DayHasPassed, Draft, read_draft, values_of
from portal.web.problems import CONFLICTS, status_of
from portal.web.render import page, see_other


async def proposal(request: Request) -> Response:
    return await _page(request, await _held(request), Form({}))


async def why(request: Request) -> Response:
    """How each figure and each date of the plans on the table came about."""
    held = await _held(request)
    found = await of_proposal(held, _moment(request, held).today)
    return page(request, "desk/plan_why", pending=_pending(request, held), **found)


async def move(request: Request) -> Response:
    """Accept, decline, take up or ask; somebody who was second is shown the page as it is now."""
    held = await _held(request)
    form = Form(dict(guard.form(request)))
    wanted = guard.wanted(request)
    reason = form.choice("reason", tuple(DECLINE_REASONS)) if wanted is Move.DECLINE else ""
    note = form.text("note", required=wanted is Move.ASK)
    core_id = form.text("core_id", most=100, required=wanted is Move.BOOK and held.state is State.AGREED)
    if not form:
        return await _page(request, held, form, 422)
    try:
        if held.state is State.AGREED and wanted in (Move.BOOK, Move.REFUSE_BOOKING):
            booked = core_id if wanted is Move.BOOK else ""
            await book(held, booked, "desk", guard.actor(request), form.guard(), _moment(request, held))
        else:
            await _make(request, held, wanted, reason, guard.author(request, note), form.guard())
    except (*CONFLICTS, MoveNotPossible) as refusal:
        return await _page(request, await _held(request), form, status_of(refusal), refusal)
    return see_other(request, "desk_proposal", ref=held.ref)


async def approve(request: Request) -> Response:
    """The second pair of eyes: what a colleague proposed is answered just so, at today's figures."""
    held = await _held(request)
    form, moment = Form(dict(guard.form(request))), _moment(request, held)
    try:
        if not held.pending:
            raise MoveNotPossible(state=held.state.value, move="approve")
        offer = _pending_offer(held)
        drawn = quote(held.case.loan, offer, held.policy, moment.today) if offer else None
        await _take(held, drawn, guard.author(request), form.guard(), moment)
    except Refusal as refusal:
        return await _page(request, await _held(request), form, status_of(refusal), refusal)
    return see_other(request, "desk_proposal", ref=held.ref)


async def pause(request: Request) -> Response:
    """Nothing of a plan that runs falls due until after a day."""
    held = await _held(request)
    form = Form(dict(guard.form(request)))
    until = form.date("until", example=_moment(request, held).today, required=True)
    note = form.text("note")
    if not form or until is None:
        return await _page(request, held, form, 422)
    try:
        await pause_plan(held, until, guard.author(request, note), form.guard(), _moment(request, held))
    except PauseOutOfRange as refusal:
        form.refuse("until", refusal)
        return await _page(request, held, form, 422)
    except (*CONFLICTS, MoveNotPossible) as refusal:
        return await _page(request, await _held(request), form, status_of(refusal), refusal)
    return see_other(request, "desk_proposal", ref=held.ref)


async def counter(request: Request) -> Response:
    """The lender's own offer: any term changed. POST sends it, or shows it first; a note stands in no address."""
    held = await _held(request)
    today = guard.today(request, held.case.lender.timezone)
    if request.method in SAFE:
        begun = values_of(held.on_the_table.offer, held.case.loan.currency)
        typed = {**begun, **request.query_params}
        return _counter_page(request, held, read_draft(typed, held.case, held.policy, today))
    sent = guard.sent(request)
    draft = read_draft(sent, held.case, held.policy, today)
    if draft.form.raw("show"):
        return _counter_page(request, held, draft)
    if sent.get("as_of") != today.isoformat():
        return _counter_page(request, held, draft, 409, DayHasPassed("as_of"))
    if draft.drawn is None:
        return _counter_page(request, held, draft, 422)
    author = guard.author(request, draft.form.text("note"))
    moment = guard.moment(request, held.case.lender.timezone)
    try:
        await _answer(held, draft.drawn, author, draft.form.guard(), moment)
    except (*CONFLICTS, MoveNotPossible) as refusal:
        return _counter_page(request, await _held(request), draft, status_of(refusal), refusal)
    return see_other(request, "desk_proposal", ref=held.ref)


async def _make(request: Request, held: ProposalCase, wanted: Move, reason: str, author: Author, kept: Guard) -> None:
    moment = _moment(request, held)
    if wanted is Move.ACCEPT:
        await _answer(held, None, author, kept, moment)
    elif wanted is Move.DECLINE:
        loan, offer = held.case.loan, held.on_the_table.offer
        await decline(held, reason, author, kept, moment, nearest_yes(loan, offer, held.policy, moment.today))
    elif wanted in (Move.TAKE_UP, Move.ASK):
        await step(held, Party.LENDER, wanted, author, kept, moment)
    else:
        raise MoveNotPossible(state=held.state.value, move=wanted.value)


async def _answer(held: ProposalCase, drawn: Quote | None, author: Author, kept: Guard, moment: Moment) -> None:
    """With another plan, or the borrower's own where `drawn` is None; what takes two is only proposed."""
    try:
        await _take(held, drawn, author, kept, moment)
    except NeedsSecond:
        await propose_waiver(held, drawn, author, kept, moment)


async def _take(held: ProposalCase, drawn: Quote | None, author: Author, kept: Guard, moment: Moment) -> None:
    if drawn is None:
        await accept(held, Party.LENDER, author, kept, moment)
    else:
        await make_counter(held, drawn, author, kept, moment)


def _moment(request: Request, held: ProposalCase) -> Moment:
    return guard.moment(request, held.case.lender.timezone)


async def _held(request: Request) -> ProposalCase:
    return await desk_proposal(request.path_params["ref"], guard.staff(request).lender_id)


async def _page(
    request: Request,
    held: ProposalCase,
    form: Form,
    status: int = 200,
    told: Refusal | None = None,
) -> Response:
    today = guard.today(request, held.case.lender.timezone)
    now, table = position(held.case.loan, today), held.on_the_table
    books = reconcile(held.case.loan)
    broken = breaks(held.policy, table.offer, table.plan, now.overdue)
    broken += books_break(books.differences, held.policy, now.currency)
    waiting = [row for row in await queue(guard.staff(request).lender_id) if row.ref != held.ref]
    return page(
        request,
        "desk/proposal",
        status=status,
        told=told,
        held=held,
        others=await sent_together(held),
        now=now,
        name=await masked_name(held.case.id, request.app.state.vault),
        broken=broken,
        books=books,
        moves=_possible(held.state),
        reasons=DECLINE_REASONS,
        history=await history(held.ref, request.app.state.vault),
        pending=_pending(request, held),
        **await lived(held, today),
        following=waiting[0] if waiting else None,
        tried=request.path_params.get("move", ""),
        values=form.values,
        errors=form.errors,
        **_kept(held),
    )


def _pending(request: Request, held: ProposalCase) -> dict[str, Any] | None:
    """A waiver that waits for a second pair of eyes, and whether these are they."""
    if not held.pending:
        return None
    by = guard.staff(request)
    offer = _pending_offer(held)
    waived = offer.waiver.total if offer else held.on_the_table.plan.waived.total
    return {"offer": offer, "waived": waived, "mine": held.pending_by == by.ref, "may": by.role in APPROVERS}


def _pending_offer(held: ProposalCase) -> Offer | None:
    """The plan to answer with; None where the borrower's own is to be accepted."""
    return None if held.pending == ACCEPT else offer_from_facts(json.loads(held.pending), held.case.loan.currency)


def _possible(state: State) -> tuple[str, ...]:
    """What the lender may do now, and what taking it up would allow, since deciding takes it up."""
    now = moves(state, Party.LENDER)
    after = moves(State.UNDER_REVIEW, Party.LENDER) if state is State.SUBMITTED else ()
    return tuple(move.value for move in (*now, *(m for m in after if m is not Move.ASK)))


def _counter_page(
    request: Request, held: ProposalCase, draft: Draft, status: int = 200, told: Refusal | None = None
) -> Response:
    today = guard.today(request, held.case.lender.timezone)
    return page(
        request,
        "desk/counter",
        status=status,
        told=told,
        held=held,
        case=held.case,
        owed=position(held.case.loan, today).overdue,
        values=draft.values,
        drawn=draft.drawn,
        problems=draft.form.errors,
        today=today,
        **_kept(held),
    )


def _kept(held: ProposalCase) -> dict[str, Any]:
    return {"seen": held.case.seq, "key": secrets.token_urlsafe(16)}
