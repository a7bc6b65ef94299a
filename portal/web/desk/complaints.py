"""What borrowers say is wrong: the queue by the day of the answer, and each with its thread and its answers."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.complaints import decide_complaint, extend_complaint, write_to_complaint
from portal.domain.conduct.complaints import MOST_EXTENSIONS, NoMoreTime, NotOpen, Outcome, disputed
from portal.domain.refusal import Refusal
from portal.domain.restructuring.reasons import REJECT_REASONS
from portal.reads.cases import NotFound
from portal.reads.complaints import ComplaintCase, closed_complaints, complaint_queue, desk_complaint_case, thread
from portal.reads.desk import masked_name
from portal.web import guard
from portal.web.borrower.complaints import MOST_WORDS
from portal.web.desk.own import looked
from portal.web.error_pages import CONFLICTS, status_of
from portal.web.forms import Form
from portal.web.render import page, see_other

_MOVES = ("answer", "decide", "extend")


async def complaint_queue_page(request: Request) -> Response:
    staff = guard.current_staff(request)
    return page(
        request,
        "desk/complaints",
        rows=await complaint_queue(staff.lender_id),
        closed=await closed_complaints(staff.lender_id),
        today=guard.today(request, staff.timezone),
    )


async def desk_complaint(request: Request) -> Response:
    return await _page(request, await _held(request), Form({}))


async def answer_complaint(request: Request) -> Response:
    """Answer, decide or take more time; somebody who was second is shown the page as it is now."""
    complaint = await _held(request)
    wanted = request.path_params["move"]
    if wanted not in _MOVES:
        raise NotFound(wanted)
    form = Form(dict(guard.form(request)))
    outcome = form.choice("outcome", [each.value for each in Outcome]) if wanted == "decide" else ""
    reason = form.choice("reason", tuple(REJECT_REASONS)) if outcome == Outcome.REJECTED else ""
    words = form.text("note", most=MOST_WORDS, required=True)
    if not form:
        return await _page(request, complaint, form, 422)
    try:
        await _make(request, complaint, wanted, (outcome, reason), words, form)
    except (*CONFLICTS, NotOpen, NoMoreTime) as refusal:
        return await _page(request, await _held(request), form, status_of(refusal), refusal)
    return see_other(request, "desk_problem", ref=complaint.ref)


async def _make(
    request: Request, complaint: ComplaintCase, wanted: str, answer: tuple[str, str], words: str, form: Form
) -> None:
    acting = guard.acting(request, complaint.case.lender.timezone, form.guard(), words)
    if wanted == "answer":
        await write_to_complaint(acting, complaint)
    elif wanted == "decide":
        await decide_complaint(acting, complaint, Outcome(answer[0]), answer[1])
    else:
        await extend_complaint(acting, complaint)


async def _held(request: Request) -> ComplaintCase:
    complaint = await desk_complaint_case(request.path_params["ref"], guard.current_staff(request).lender_id)
    looked(request, complaint.case.ref)
    return complaint


async def _page(
    request: Request, complaint: ComplaintCase, form: Form, status: int = 200, error: Refusal | None = None
) -> Response:
    return page(
        request,
        "desk/complaint",
        status=status,
        error=error,
        complaint=complaint,
        row=complaint.row,
        name=await masked_name(complaint.case.id, request.app.state.vault),
        frozen=disputed(complaint.row.kind, complaint.row.component),
        thread=await thread(complaint.id, request.app.state.vault),
        outcomes=list(Outcome),
        reasons=REJECT_REASONS,
        may_extend=complaint.row.extensions < MOST_EXTENSIONS,
        tried=request.path_params.get("move", ""),
        today=guard.today(request, complaint.case.lender.timezone),
        values=form.values,
        errors=form.errors,
        key=secrets.token_urlsafe(16),
    )
