"""Where a proposal stands, and what the borrower may do next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import accept, step
from portal.domain.contract.agreement import OfferKind
from portal.domain.ledger.position import Position, position
from portal.domain.money import parse_amount
from portal.domain.restructuring.comparison import Comparison, compare
from portal.domain.restructuring.negotiation import OPEN_STATES, Move, MoveNotPossible, Party, moves
from portal.domain.restructuring.plan_codec import offer_from_facts
from portal.reads.complaints import holds_of
from portal.reads.proposals import HistoryEntry, ProposalCase, history, sent_together
from portal.web import guard
from portal.web.borrower.own import own_proposal
from portal.web.changing import FormPage
from portal.web.explained import collection_on_page, of_proposal, position_on_page, progress_values
from portal.web.forms import Form
from portal.web.offer_form import offer_values
from portal.web.render import page, see_other


async def _values(request: Request, proposal: ProposalCase, form: Form) -> Mapping[str, Any]:
    now = position_on_page(request, proposal.case)
    told_so_far, table = await history(proposal.ref, request.app.state.vault), proposal.on_the_table
    return {
        "proposal": proposal,
        "others": await sent_together(proposal),
        **progress_values(proposal, now),
        **_nearest(proposal, told_so_far),
        "comparison": _comparison(proposal, now),
        "table_query": _query(offer_values(table.offer, proposal.case.loan.currency, table.plan.total)),
        "now": now,
        "collection": collection_on_page(request, await holds_of(proposal.case.id), proposal.case.lender.timezone),
        "moves": moves(proposal.state, Party.BORROWER),
        "history": told_so_far,
    }


_PROPOSAL = FormPage("borrower/proposal", own_proposal, _values)

proposal_page = _PROPOSAL.get


async def proposal_why(request: Request) -> Response:
    """How each figure and each date of a plan came about."""
    proposal = await own_proposal(request)
    found = await of_proposal(proposal, position_on_page(request, proposal.case))
    error = await history(proposal.ref, request.app.state.vault)
    return page(request, "borrower/plan_why", **found, **_nearest(proposal, error))


@_PROPOSAL.post(MoveNotPossible)
async def move_proposal(request: Request, proposal: ProposalCase, form: Form) -> Response:
    """One of the moves the table allows."""
    move = guard.wanted(request)
    note = form.text("note", required=move is Move.ANSWER)
    form.check()
    acting = guard.acting(request, proposal.case.lender.timezone, form.token(), note)
    if move is Move.ACCEPT:
        await accept(acting, proposal, Party.BORROWER)
    elif move in (Move.WITHDRAW, Move.ANSWER):
        await step(acting, proposal, Party.BORROWER, move)
    else:
        raise MoveNotPossible(state=proposal.state.value, move=move.value)
    return see_other(request, "proposal", ref=proposal.ref)


def _comparison(proposal: ProposalCase, now: Position) -> Comparison | None:
    """Plan and contract on the day of the offer, until the plan runs: as it was then, without it."""
    table = proposal.on_the_table
    if proposal.state not in OPEN_STATES or proposal.kind is OfferKind.PAUSE:
        return None
    loan = proposal.case.loan
    before = tuple(each for each in loan.agreements if each.proposal != proposal.ref)
    if before != loan.agreements or table.plan.as_of != now.as_of:
        now = position(replace(loan, agreements=before), table.plan.as_of)
    return compare(now.without_plan, table.plan, table.offer.covers)


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
        "nearest_query": _query(offer_values(offer, currency)),
    }


def _query(values: Mapping[str, str]) -> str:
    """The form filled in, as an address."""
    return urlencode({name: value for name, value in values.items() if value})
