"""Payments that borrowers told of and no book has confirmed: the list, and each with its answer."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.payment_claims import answer_claim
from portal.domain.conduct.payment_claim import OPEN_CLAIMS, NotThatPayment, ReportAnswered
from portal.reads.cases import Case, desk_case
from portal.reads.desk import masked_name
from portal.reads.desk_queue import MOST_EXPORTED
from portal.reads.payment_claims import MOST_CLAIMS, ClaimSummary, claim_queue, could_be, desk_claim
from portal.reads.policy import policy as read_policy
from portal.web import guard
from portal.web.changing import FormPage, known_move
from portal.web.desk.own import looked
from portal.web.forms import Form
from portal.web.render import page, see_other


async def claims_page(request: Request) -> Response:
    staff = guard.current_staff(request)
    found = await claim_queue(staff.lender_id, request.app.state.vault)
    today = guard.today(request, staff.timezone)
    return page(
        request,
        "desk/payments",
        found=found,
        more=len(found) >= MOST_CLAIMS,
        currency=staff.currency,
        today=today,
        most=MOST_EXPORTED,
    )


async def _claimed(request: Request) -> tuple[ClaimSummary, Case]:
    staff = guard.current_staff(request)
    claim = await desk_claim(request.path_params["ref"], staff.lender_id, request.app.state.vault)
    return claim, await desk_case(claim.loan_ref, staff.lender_id)


async def _values(request: Request, claimed: tuple[ClaimSummary, Case], form: Form) -> Mapping[str, Any]:
    claim, case = claimed
    looked(request, case.ref)
    policy = await read_policy(case.lender.id, case.lender.currency)
    return {
        "claim": claim,
        "case": case,
        "name": await masked_name(case.id, request.app.state.vault),
        "open": OPEN_CLAIMS,
        "could_be": (await could_be(case.id))[:12],
        "currency": case.loan.currency,
        "claim_days": policy.report_working_days,
    }


_CLAIM = FormPage("desk/payment", _claimed, _values)

payment = _CLAIM.get


@_CLAIM.post(ReportAnswered, NotThatPayment)
async def move_claim(request: Request, claimed: tuple[ClaimSummary, Case], form: Form) -> Response:
    """Which payment it was, or that there is none."""
    claim, case = claimed
    found = known_move(request, "found", "not_found") == "found"
    which = form.choice("payment", [each.id for each in await could_be(case.id)]) if found else ""
    form.check()
    await answer_claim(guard.acting(request, case.lender.timezone, form.token()), case, claim.ref, which)
    return see_other(request, "desk_payments")
