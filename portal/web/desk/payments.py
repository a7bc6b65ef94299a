"""Payments that borrowers told of and no book has confirmed: the list, and each with its answer."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.payment_claims import answer_claim
from portal.domain.conduct.payment_claim import OPEN_CLAIMS, NotThatPayment, ReportAnswered
from portal.domain.refusal import Refusal
from portal.reads.cases import NotFound, desk_case
from portal.reads.desk import masked_name
from portal.reads.payment_claims import claim_queue, could_be, desk_claim
from portal.reads.policy import policy as read_policy
from portal.web import guard
from portal.web.desk.own import looked
from portal.web.error_pages import CONFLICTS, status_of
from portal.web.forms import Form
from portal.web.render import page, see_other

_MOVES = ("found", "not_found")


async def claims_page(request: Request) -> Response:
    staff = guard.current_staff(request)
    found = await claim_queue(staff.lender_id, request.app.state.vault)
    today = guard.today(request, staff.timezone)
    return page(request, "desk/payments", found=found, currency=staff.currency, today=today)


async def payment(request: Request) -> Response:
    return await _page(request, Form({}))


async def move_claim(request: Request) -> Response:
    """Which payment it was, or that there is none; somebody who was second is shown the page as it is now."""
    wanted, ref = request.path_params["move"], request.path_params["ref"]
    if wanted not in _MOVES:
        raise NotFound(wanted)
    staff = guard.current_staff(request)
    claim = await desk_claim(ref, staff.lender_id, request.app.state.vault)
    case = await desk_case(claim.loan_ref, staff.lender_id)
    form = Form(dict(guard.form(request)))
    which = form.choice("payment", [each.id for each in await could_be(case.id)]) if wanted == "found" else ""
    if not form:
        return await _page(request, form, 422)
    try:
        await answer_claim(guard.acting(request, staff.timezone, form.guard()), case, ref, which)
    except (*CONFLICTS, ReportAnswered, NotThatPayment) as refusal:
        return await _page(request, form, status_of(refusal), refusal)
    return see_other(request, "desk_payments")


async def _page(request: Request, form: Form, status: int = 200, error: Refusal | None = None) -> Response:
    staff, vault = guard.current_staff(request), request.app.state.vault
    claim = await desk_claim(request.path_params["ref"], staff.lender_id, vault)
    case = await desk_case(claim.loan_ref, staff.lender_id)
    looked(request, case.ref)
    policy = await read_policy(case.lender.id, case.lender.currency)
    return page(
        request,
        "desk/payment",
        status=status,
        error=error,
        claim=claim,
        case=case,
        name=await masked_name(case.id, vault),
        open=OPEN_CLAIMS,
        could_be=(await could_be(case.id))[:12],
        currency=case.loan.currency,
        today=guard.today(request, staff.timezone),
        claim_days=policy.report_working_days,
        form=form,
        key=secrets.token_urlsafe(16),
    )
