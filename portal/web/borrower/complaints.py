"""Something is wrong: told in one form, followed on one page, taken back in one tap."""

import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.complaints import NewComplaint, file_complaint, withdraw_complaint, write_to_complaint
from portal.actions.holds import request_hold
from portal.domain.conduct.complaints import ComplaintKind, NotOpen, collection_status, disputed
from portal.domain.money import COMPONENTS
from portal.domain.refusal import N_, Refusal
from portal.reads import cases
from portal.reads.complaints import ComplaintCase, complaints_of, holds_of, own_complaint, thread
from portal.web import guard
from portal.web.borrower.own import at_lender, own_case
from portal.web.error_pages import CONFLICTS, status_of
from portal.web.forms import Form
from portal.web.render import page, page_language, see_other
from portal.web.urls import SAFE

MOST_WORDS = 2000
_MOVES = ("write", "withdraw")

ASKED = {"should_be": N_("It should be"), "when": N_("When"), "who": N_("Who"), "number": N_("From which number")}
BY_KIND: Mapping[ComplaintKind, tuple[str, ...]] = {
    ComplaintKind.AMOUNT: ("should_be",),
    ComplaintKind.CALLS: ("when", "who", "number"),
}


async def complaint_page(request: Request) -> Response:
    """The form, and what was told of this loan before; a form with a mistake comes back as it was typed."""
    case = await own_case(request)
    if request.method in SAFE:
        return await _form_page(request, case, Form({}))
    form = Form(dict(guard.form(request)))
    what, words = _read(request, form, case)
    if what is None or not form:
        return await _form_page(request, case, form, 422)
    person_id = guard.person(request).person_id
    acting = guard.acting(request, case.lender.timezone, form.guard(), words)
    try:
        ref = await file_complaint(acting, case, person_id, what)
    except CONFLICTS as refusal:
        return await _form_page(request, await own_case(request), form, status_of(refusal), refusal)
    return see_other(request, "problem", ref=ref)


async def send_complaint(request: Request) -> Response:
    return await _page(request, await _held(request), Form({}))


async def move_complaint(request: Request) -> Response:
    complaint = await _held(request)
    wanted = request.path_params["move"]
    if wanted not in _MOVES:
        raise cases.NotFound(wanted)
    form = Form(dict(guard.form(request)))
    words = form.text("note", most=MOST_WORDS, required=wanted == "write")
    if not form:
        return await _page(request, complaint, form, 422)
    acting = guard.acting(request, complaint.case.lender.timezone, form.guard(), words)
    try:
        if wanted == "write":
            await write_to_complaint(acting, complaint)
        else:
            await withdraw_complaint(acting, complaint)
    except (*CONFLICTS, NotOpen) as refusal:
        return await _page(request, await _held(request), form, status_of(refusal), refusal)
    return see_other(request, "problem", ref=complaint.ref)


async def hold_page(request: Request) -> Response:
    """The borrower asks that collection stop, for no other thing."""
    case = await own_case(request)
    form = Form(dict(guard.form(request)))
    await request_hold(guard.acting(request, case.lender.timezone, form.guard()), case)
    return see_other(request, "loan", ref=case.ref)


def _read(request: Request, form: Form, case: cases.Case) -> tuple[NewComplaint | None, str]:
    """What is wrong, and the words: the answers to the small questions stand before the free text, each named."""
    kind = form.choice("kind", [wrong.value for wrong in ComplaintKind])
    if not kind:
        return None, ""
    wrong = ComplaintKind(kind)
    component = form.choice("component", COMPONENTS) if wrong is ComplaintKind.AMOUNT else ""
    if wrong is ComplaintKind.AMOUNT:
        form.amount("should_be", case.loan.currency)
    answers = [(name, form.text(name, most=200)) for name in BY_KIND.get(wrong, ())]
    text = form.text("note", most=MOST_WORDS, required=wrong is ComplaintKind.OTHER)
    spoken = page_language(request)
    lines = [spoken.text(N_("{what}: {answer}")).format(what=spoken.text(ASKED[n]), answer=a) for n, a in answers if a]
    return NewComplaint(wrong, component), "\n".join([*lines, text]).strip()


async def _held(request: Request) -> ComplaintCase:
    found = await own_complaint(request.path_params["ref"], guard.person(request).scope)
    at_lender(request, found.case.lender)
    return found


async def _form_page(
    request: Request, case: cases.Case, form: Form, status: int = 200, error: Refusal | None = None
) -> Response:
    return page(
        request,
        "borrower/file_complaint",
        status=status,
        error=error,
        case=case,
        kinds=list(ComplaintKind),
        components=COMPONENTS,
        earlier=await complaints_of(case.id, guard.person(request).person_id),
        values=form.values,
        errors=form.errors,
        key=secrets.token_urlsafe(16),
    )


async def _page(
    request: Request, complaint: ComplaintCase, form: Form, status: int = 200, error: Refusal | None = None
) -> Response:
    return page(
        request,
        "borrower/complaint",
        status=status,
        error=error,
        complaint=complaint,
        row=complaint.row,
        frozen=disputed(complaint.row.kind, complaint.row.component),
        collection=collection_status(await holds_of(complaint.case.id)),
        thread=await thread(complaint.id, request.app.state.vault),
        today=guard.today(request, complaint.case.lender.timezone),
        values=form.values,
        errors=form.errors,
        key=secrets.token_urlsafe(16),
    )
