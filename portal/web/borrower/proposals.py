"""Where a proposal stands, and what the borrower may do next."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import Author, Guard, accept, agree, step
from portal.domain.contact import stage
from portal.domain.negotiation import Move, MoveNotPossible, Party, moves
from portal.domain.position import position
from portal.domain.refusal import N_, Refusal
from portal.reads.problems import holds_of
from portal.reads.proposals import ProposalCase, agreement_text, history, proposal_case
from portal.web import guard
from portal.web.forms import Form
from portal.web.problems import CONFLICTS, status_of
from portal.web.render import page, see_other


class NotConfirmed(Refusal):
    says = N_("Please tick the box first: it says that you agree to this plan.")


async def proposal(request: Request) -> Response:
    return await _page(request, await _held(request), Form({}))


async def move(request: Request) -> Response:
    """One of the moves the table allows; a stale page is shown as it is now, with what was typed."""
    held = await _held(request)
    wanted = guard.wanted(request)
    form = Form(dict(guard.form(request)))
    note = form.text("note", required=wanted is Move.ANSWER)
    if wanted is Move.SIGN and form.raw("confirmed") != "1":
        form.refuse("confirmed", NotConfirmed("confirmed"))
    if not form:
        return await _page(request, held, form, 422)
    try:
        await _make(request, held, wanted, guard.author(request, note), form.guard())
    except (*CONFLICTS, MoveNotPossible) as refusal:
        return await _page(request, await _held(request), form, status_of(refusal), refusal)
    return see_other(request, "proposal", ref=held.ref)


async def agreement(request: Request) -> Response:
    """The agreed plan, as its sealed bytes have it."""
    person_id = guard.person(request).person_id
    found = await agreement_text(request.path_params["ref"], person_id, request.app.state.vault)
    held = await proposal_case(found.proposal, person_id)
    request.state.lender_name, request.state.timezone = held.case.lender.name, held.case.lender.timezone
    return page(request, "borrower/agreement", found=found, held=held)


async def _make(request: Request, held: ProposalCase, wanted: Move, author: Author, kept: Guard) -> None:
    moment = guard.moment(request, held.case.lender.timezone)
    if wanted is Move.ACCEPT:
        await accept(held, Party.BORROWER, author, kept, moment)
    elif wanted is Move.SIGN:
        await agree(held, author, kept, moment)
    elif wanted in (Move.WITHDRAW, Move.ANSWER):
        await step(held, Party.BORROWER, wanted, author, kept, moment)
    else:
        raise MoveNotPossible(state=held.state.value, move=wanted.value)


async def _held(request: Request) -> ProposalCase:
    held = await proposal_case(request.path_params["ref"], guard.person(request).person_id)
    request.state.lender_name, request.state.timezone = held.case.lender.name, held.case.lender.timezone
    return held


async def _page(
    request: Request, held: ProposalCase, form: Form, status: int = 200, told: Refusal | None = None
) -> Response:
    today = guard.today(request, held.case.lender.timezone)
    return page(
        request,
        "borrower/proposal",
        status=status,
        told=told,
        held=held,
        now=position(held.case.loan, today),
        collection=stage(await holds_of(held.case.id)),
        moves=moves(held.state, Party.BORROWER),
        history=await history(held.ref, request.app.state.vault),
        values=form.values,
        errors=form.errors,
        key=secrets.token_urlsafe(16),
    )
