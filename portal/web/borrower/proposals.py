"""Where a proposal stands, and what the borrower may do next."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.act import Acting
from portal.actions.proposals import accept, step
from portal.domain.conduct.complaints import collection_status
from portal.domain.ledger.position import position
from portal.domain.money import parse_amount
from portal.domain.refusal import Refusal
from portal.domain.restructuring.comparison import Comparison, compare
from portal.domain.restructuring.negotiation import OPEN_STATES, Move, MoveNotPossible, Party, moves
from portal.domain.restructuring.offer import OfferKind
from portal.domain.restructuring.plan_codec import offer_from_facts
from portal.reads.complaints import holds_of
from portal.reads.proposals import HistoryEntry, ProposalCase, history, sent_together
from portal.web import guard
from portal.web.borrower.own import own_proposal
from portal.web.error_pages import CONFLICTS, status_of
from portal.web.explained import of_proposal, progress_values
from portal.web.forms import Form
from portal.web.offers import values_of
from portal.web.render import page, see_other


async def proposal_page(request: Request) -> Response:
    return await _page(request, await own_proposal(request), Form({}))


async def proposal_why(request: Request) -> Response:
    """How each figure and each date of a plan came about."""
    proposal = await own_proposal(request)
    found = await of_proposal(proposal, guard.today(request, proposal.case.lender.timezone))
    error = await history(proposal.ref, request.app.state.vault)
    return page(request, "borrower/plan_why", **found, **_nearest(proposal, error))


async def move_proposal(request: Request) -> Response:
    """One of the moves the table allows; a stale page is shown as it is now, with what was typed."""
    proposal = await own_proposal(request)
    wanted = guard.wanted(request)
    form = Form(dict(guard.form(request)))
    note = form.text("note", required=wanted is Move.ANSWER)
    if not form:
        return await _page(request, proposal, form, 422)
    try:
        acting = guard.acting(request, proposal.case.lender.timezone, form.guard(), note)
        await _make(acting, proposal, wanted)
    except (*CONFLICTS, MoveNotPossible) as refusal:
        return await _page(request, await own_proposal(request), form, status_of(refusal), refusal)
    return see_other(request, "proposal", ref=proposal.ref)


async def _make(acting: Acting, proposal: ProposalCase, wanted: Move) -> None:
    if wanted is Move.ACCEPT:
        await accept(acting, proposal, Party.BORROWER)
    elif wanted in (Move.WITHDRAW, Move.ANSWER):
        await step(acting, proposal, Party.BORROWER, wanted)
    else:
        raise MoveNotPossible(state=proposal.state.value, move=wanted.value)


async def _page(
    request: Request, proposal: ProposalCase, form: Form, status: int = 200, error: Refusal | None = None
) -> Response:
    today = guard.today(request, proposal.case.lender.timezone)
    told_so_far, table = await history(proposal.ref, request.app.state.vault), proposal.on_the_table
    return page(
        request,
        "borrower/proposal",
        status=status,
        error=error,
        proposal=proposal,
        others=await sent_together(proposal),
        **await progress_values(proposal, today),
        **_nearest(proposal, told_so_far),
        comparison=_comparison(proposal),
        table_query=_query(values_of(table.offer, proposal.case.loan.currency, table.plan.total)),
        now=position(proposal.case.loan, today),
        collection=collection_status(await holds_of(proposal.case.id)),
        moves=moves(proposal.state, Party.BORROWER),
        history=told_so_far,
        values=form.values,
        errors=form.errors,
        key=secrets.token_urlsafe(16),
    )


def _comparison(proposal: ProposalCase) -> Comparison | None:
    """Plan and contract on the day of the offer, until the plan runs."""
    table = proposal.on_the_table
    if proposal.state not in OPEN_STATES or proposal.kind is OfferKind.PAUSE:
        return None
    return compare(position(proposal.case.loan, table.plan.as_of), table.plan, table.offer.covers)


def _nearest(proposal: ProposalCase, error: Sequence[HistoryEntry]) -> dict[str, Any]:
    """What the lender would have taken at once, as it said when it declined."""
    decision = next((each.data for each in reversed(error) if each.type == "proposal.declined"), {})
    offered = decision.get("nearest_yes")
    if not offered:
        return {"nearest": None}
    currency = proposal.case.loan.currency
    offer = offer_from_facts(offered["offer"], currency)
    return {
        "nearest": offer,
        "nearest_each": parse_amount(offered["each"], currency),
        "nearest_until": date.fromisoformat(offered["valid_until"]),
        "nearest_query": _query(values_of(offer, currency)),
    }


def _query(values: Mapping[str, str]) -> str:
    """The form filled in, as an address."""
    return urlencode({name: value for name, value in values.items() if value})
