"""What borrowers say is wrong: the queue by the day of the answer, and each with its thread and its answers."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.complaints import decide_complaint, extend_complaint, write_to_complaint
from portal.domain.conduct.complaints import MOST_EXTENSIONS, ComplaintCause, NoMoreTime, NotOpen, Outcome
from portal.domain.restructuring.reasons import REJECT_REASONS
from portal.reads.complaints import ComplaintCase, closed_complaints, complaint_queue, desk_complaint_case
from portal.reads.desk import masked_name, writers
from portal.reads.desk_queue import MOST_EXPORTED
from portal.web import guard
from portal.web.borrower.complaints import MOST_WORDS
from portal.web.changing import FormPage, known_move
from portal.web.desk.own import looked
from portal.web.explained import of_complaint
from portal.web.forms import Form
from portal.web.render import page, see_other


async def complaint_queue_page(request: Request) -> Response:
    staff = guard.current_staff(request)
    return page(
        request,
        "desk/complaints",
        rows=await complaint_queue(staff.lender_id),
        closed=await closed_complaints(staff.lender_id),
        today=guard.today(request, staff.timezone),
        most=MOST_EXPORTED,
    )


async def _lenders_complaint(request: Request) -> ComplaintCase:
    complaint = await desk_complaint_case(request.path_params["ref"], guard.current_staff(request).lender_id)
    looked(request, complaint.case.ref)
    return complaint


async def _values(request: Request, complaint: ComplaintCase, form: Form) -> Mapping[str, Any]:
    vault, today = request.app.state.vault, guard.today(request, complaint.case.lender.timezone)
    return {
        **await of_complaint(complaint, vault, today),
        "name": await masked_name(complaint.case.id, vault),
        "writers": await writers(complaint.case.id, complaint.case.lender.id),
        "outcomes": list(Outcome),
        "causes": list(ComplaintCause),
        "reasons": REJECT_REASONS,
        "may_extend": complaint.row.extensions < MOST_EXTENSIONS,
        "tried": request.path_params.get("move", ""),
    }


_COMPLAINT = FormPage("desk/complaint", _lenders_complaint, _values)

desk_complaint = _COMPLAINT.get


@_COMPLAINT.post(NotOpen, NoMoreTime)
async def answer_complaint(request: Request, complaint: ComplaintCase, form: Form) -> Response:
    """Answer, decide or take more time."""
    move = known_move(request, "answer", "decide", "extend")
    outcome = form.choice("outcome", tuple(Outcome)) if move == "decide" else ""
    reason = form.choice("reason", tuple(REJECT_REASONS)) if outcome == Outcome.REJECTED else ""
    cause = form.choice("cause", tuple(ComplaintCause)) if move == "decide" else ""
    words = form.text("note", most=MOST_WORDS, required=True)
    form.check()
    acting = guard.acting(request, complaint.case.lender.timezone, form.token(), words)
    if move == "answer":
        await write_to_complaint(acting, complaint)
    elif move == "decide":
        await decide_complaint(acting, complaint, Outcome(outcome), reason, ComplaintCause(cause))
    else:
        await extend_complaint(acting, complaint)
    return see_other(request, "desk_problem", ref=complaint.ref)
