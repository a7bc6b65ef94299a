"""A borrower's number has changed: one of the staff checks who it is, a colleague checks again, and then it holds."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.approvals import AlreadyProposed, ApprovalChanged, NothingWaits, OwnProposal
from portal.actions.number_approvals import NewNumber, SameNumber, approve_number, propose_number, reject_number
from portal.actions.personal import TooManyOpened, note_opened
from portal.domain.conduct.phone import check_phone
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.reasons import CHECKED_BY
from portal.reads.cases import Case, desk_case
from portal.reads.numbers import proposed_number, waiting_number
from portal.web import guard
from portal.web.borrower.sign_in import phone_number
from portal.web.desk.own import looked, wall_time
from portal.web.error_pages import status_of
from portal.web.forms import Form
from portal.web.render import page, see_other
from portal.web.urls import SAFE

STALE = (AlreadyProposed, NothingWaits, OwnProposal, ApprovalChanged)


class UnusablePhone(Refusal):
    says = N_("Please write a phone number such as 138 0000 0001, or with its country as +85251234567.")


async def change_number(request: Request) -> Response:
    """Proposed by one, shown to a colleague in full, who approves or turns it down; nobody here sees the new link."""
    case = await desk_case(request.path_params["ref"], guard.current_staff(request).lender_id)
    looked(request, case.ref)
    if request.method in SAFE:
        return await _page(request, case, Form({}))
    form = Form(dict(guard.form(request)))
    answers = {"approve": _approve, "reject": _reject}
    return await answers.get(form.raw("move"), _propose)(request, case, form)


async def _propose(request: Request, case: Case, form: Form) -> Response:
    checked = form.choice("checked", tuple(CHECKED_BY))
    phone = phone_number(form.raw("phone"))
    try:
        check_phone(phone)
    except Refusal:
        form.refuse("phone", UnusablePhone("phone"))
    if not form:
        return await _page(request, case, form, 422)
    wanted = NewNumber(phone, checked, form.raw("lost") == "1")
    try:
        await propose_number(guard.business_time(request, case.lender.timezone), case, wanted, guard.author(request))
    except SameNumber as refusal:
        form.refuse("phone", refusal)
        return await _page(request, case, form, 422)
    except STALE as refusal:
        return await _page(request, case, Form({}), 409, refusal)
    return see_other(request, "desk_number", ref=case.ref)


async def _approve(request: Request, case: Case, form: Form) -> Response:
    checked = form.choice("checked", tuple(CHECKED_BY))
    if not form:
        return await _page(request, case, form, 422)
    base, author = request.app.state.settings.base_url, guard.author(request)
    ref, shown = form.raw("approval"), form.raw("shown")
    moment = wall_time(request, case.lender.timezone)
    try:
        until = await approve_number(moment, case, ref, shown, checked, author, base)
    except STALE as refusal:
        return await _page(request, case, Form({}), 409, refusal)
    return await _page(request, case, Form({}), done=True, until=until)


async def _reject(request: Request, case: Case, form: Form) -> Response:
    try:
        moment = guard.business_time(request, case.lender.timezone)
        await reject_number(moment, case, form.raw("approval"), guard.author(request))
    except STALE as refusal:
        return await _page(request, case, Form({}), status_of(refusal), refusal)
    return see_other(request, "desk_number", ref=case.ref)


async def _page(
    request: Request, case: Case, form: Form, status: int = 200, error: Refusal | None = None, **answered: Any
) -> Response:
    """`answered` is `done`, and `until` when the new number waits, once a colleague has agreed."""
    staff, vault = guard.current_staff(request), request.app.state.vault
    today = guard.today(request, case.lender.timezone)
    found = await waiting_number(case.id, today)
    told_of = {"case": case, "form": form, "ways": CHECKED_BY, **answered}
    if found is None:
        return page(request, "desk/number", status=status, error=error, waits=None, **told_of)
    mine = found.proposed_by == staff.ref
    try:
        if not mine:
            await note_opened(case.ref, staff, "correct", wall_time(request, case.lender.timezone))
    except TooManyOpened as refusal:
        return page(request, "desk/number", status=429, error=refusal, waits={"shut": True}, **told_of)
    phone, on_record = await proposed_number(found, vault)
    facts = json.loads(found.facts)
    wanted = NewNumber(phone, facts["checked"], facts["lost"])
    shown = {"found": found, "mine": mine, "wanted": wanted, "digest": wanted.digest(on_record, vault), "shut": False}
    return page(request, "desk/number", status=status, error=error, waits=shown, **told_of)
