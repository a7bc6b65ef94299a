"""Payments that borrowers told of, as a lender's system reads and answers them."""

from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.payment_claims import answer_claim
from portal.domain.conduct.payment_claim import Booked, ClaimStatus, ReportAnswered
from portal.domain.money import format_amount
from portal.intake.shape import Shape
from portal.reads.cases import Case, lender_case
from portal.reads.listed import currencies_of, list_claims
from portal.reads.payment_claims import ClaimSummary, could_be, desk_claim
from portal.web.api.booking import CORE
from portal.web.api.lists import list_answer, list_asked, time_text
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import (
    acting_for_staff,
    api_acting,
    api_answer,
    choice_parameter,
    lender_of_key,
    misfits,
    note_text_read,
    read_shape,
    to_json,
)

CLAIM_STATES = tuple(each.value for each in ClaimStatus)
MOST_OFFERED = 12


class ClaimAnswer(Shape):
    """`payment` is the lender's own id of the payment that it was, and goes with found.

    Without `decided_by` it is the lender's books that answer.
    """

    outcome: Literal["found", "not_found"]
    payment: Annotated[str, Field(max_length=100)] = ""
    decided_by: Annotated[
        str, Field(max_length=254, description="e-mail address or ref of one of the lender's staff")
    ] = ""


async def get_claims(request: Request) -> Response:
    """Without what the borrowers wrote."""
    state = choice_parameter(request, "state", CLAIM_STATES)
    found = await list_claims(list_asked(request), request.app.state.vault, state)
    currencies = await currencies_of([row.loan_ref for row in found.rows])
    return list_answer("payment_claims", found, lambda row: _claim_facts(row, currencies[row.loan_ref]))


async def get_claim(request: Request) -> Response:
    """With the reference that the borrower gave: that this was read is written down; and the payments it could be."""
    claim, case = await _found(request)
    if claim.reference:
        note_text_read(request, case.ref)
    currency = case.loan.currency
    booked = [_booked(each, currency) for each in (await could_be(case.id))[:MOST_OFFERED]]
    facts = {**_claim_facts(claim, currency), "reference": claim.reference or None, "could_be": booked}
    return api_answer(to_json(facts))


async def post_claim_answer(request: Request) -> Response:
    """Which payment it was, or that there is none; what was answered before stays."""
    data = await read_shape(request, ClaimAnswer)
    if (data.outcome == "found") != bool(data.payment):
        misfits(("payment", "It goes with found, which needs it."))
    claim, case = await _found(request)
    acting = api_acting(request, CORE)
    if data.decided_by:
        acting = await acting_for_staff(request, data.decided_by)
    try:
        await answer_claim(acting, case, claim.ref, data.payment)
    except ReportAnswered as refusal:
        now, _ = await _found(request)
        facts = {"state": now.status.value, "payment": now.payment}
        raise ProblemDetails(409, "conflict", str(refusal), facts=facts) from refusal
    now, _ = await _found(request)
    return api_answer(to_json(_claim_facts(now, case.loan.currency)))


async def _found(request: Request) -> tuple[ClaimSummary, Case]:
    lender = lender_of_key(request)
    claim = await desk_claim(request.path_params["ref"], lender.id, request.app.state.vault)
    return claim, await lender_case(claim.loan_no, lender.id)


def _booked(each: Booked, currency: str) -> dict[str, Any]:
    received_on, amount = each.received_on.isoformat(), format_amount(each.amount, currency)
    return {"payment": each.id, "received_on": received_on, "amount": amount}


def _claim_facts(row: ClaimSummary, currency: str) -> dict[str, Any]:
    arrived = row.arrived
    return {
        "report": row.ref,
        "loan_no": row.loan_no,
        "state": row.status.value,
        "paid_on": row.paid_on.isoformat(),
        "amount": format_amount(row.amount, currency),
        "currency": currency,
        "installment": row.installment,
        "plan_installment": row.plan_installment,
        "reported_at": time_text(row.reported_at),
        "look_by": row.look_by.isoformat(),
        "payment": row.payment,
        "arrived": None if arrived is None else format_amount(arrived, currency),
    }
