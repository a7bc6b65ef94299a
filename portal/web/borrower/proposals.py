"""Where a proposal stands, and what the borrower may do next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import accept, step, take_back_income
from portal.domain.contract.agreement import OfferKind
from portal.domain.ledger.claimed import if_come
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.upcoming import UPCOMING_DAYS
from portal.domain.restructuring.comparison import Comparison, compare, dues_with, fullest_month
from portal.domain.restructuring.negotiation import OPEN_STATES, Move, MoveNotPossible, Party, State, moves
from portal.reads.complaints import holds_of
from portal.reads.last_moves import nearest_yes_of
from portal.reads.payment_claims import claimed_payments
from portal.reads.proposals import HistoryEntry, ProposalCase, history, sent_together
from portal.reads.told_income import told_income
from portal.web import guard
from portal.web.borrower.own import own_proposal
from portal.web.changing import FormPage
from portal.web.explained import collection_on_page, of_proposal, position_on_page, progress_values
from portal.web.forms import Form
from portal.web.offer_form import offer_query
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
        **_if_agreed(proposal, now),
        "table_query": offer_query(table.offer, proposal.case.loan.currency, table.plan.total),
        "now": now,
        "claimed": if_come(now, await claimed_payments(proposal.case.id)),
        "collection": collection_on_page(request, await holds_of(proposal.case.id), proposal.case.lender.timezone),
        "income": await told_income(proposal.ref, request.app.state.vault),
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
    elif move in (Move.WITHDRAW, Move.ANSWER, Move.DECLINE):
        await step(acting, proposal, Party.BORROWER, move)
    else:
        raise MoveNotPossible(state=proposal.state.value, move=move.value)
    return see_other(request, "proposal", ref=proposal.ref)


@_PROPOSAL.post()
async def income_taken_back(request: Request, proposal: ProposalCase, form: Form) -> Response:
    """The lender sees nothing of it from now on; the plan stays as it is."""
    await take_back_income(guard.acting(request, proposal.case.lender.timezone, form.token()), proposal)
    return see_other(request, "proposal", ref=proposal.ref)


def _if_agreed(proposal: ProposalCase, now: Position) -> dict[str, Any]:
    """What falls due once the plan that lies there is agreed, until it is, and the month in which that is most."""
    table, is_open = proposal.on_the_table, proposal.state in OPEN_STATES - {State.AGREED}
    if not is_open or proposal.kind is OfferKind.PAUSE:
        return {"dues": (), "month": None}
    then, covers = now.without_plan, table.offer.covers
    return {
        "dues": dues_with(then, table.plan, covers),
        "month": fullest_month(then, table.plan, covers),
        "until": now.as_of + timedelta(days=UPCOMING_DAYS),
    }


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
    found = nearest_yes_of(decision, proposal.case.loan.currency)
    if found is None:
        return {"nearest": None}
    return {
        "nearest": found.offer,
        "nearest_each": found.each,
        "nearest_until": found.valid_until,
        "nearest_query": offer_query(found.offer, proposal.case.loan.currency),
    }
