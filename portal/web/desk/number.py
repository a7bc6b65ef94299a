"""A borrower's number has changed: one of the staff checks who it is, a colleague checks again, and then it holds."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.approvals import OwnProposal
from portal.actions.number_approvals import NewNumber, SameNumber, approve_number, propose_number, reject_number
from portal.actions.personal import TooManyOpened, note_opened
from portal.domain.conduct.phone import check_phone
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.reasons import CHECKED_BY
from portal.reads.cases import Case
from portal.reads.numbers import proposed_number, waiting_number
from portal.reads.staff_notes import reasons_given
from portal.web import guard
from portal.web.changing import FormPage
from portal.web.desk.own import lenders_case, wall_time
from portal.web.forms import Form, phone_number
from portal.web.render import see_other


class UnusablePhone(Refusal):
    says = N_("Please write a phone number such as 138 0000 0001, or with its country as +85251234567.")


async def _values(request: Request, case: Case, form: Form) -> Mapping[str, Any]:
    """What waits is shown in full to whoever did not propose it, which is written down first."""
    staff, vault = guard.current_staff(request), request.app.state.vault
    found = await waiting_number(case.id, guard.today(request, case.lender.timezone))
    values = {"case": case, "ways": CHECKED_BY}
    if found is None:
        return {**values, "waits": None}
    mine = found.proposed_by == staff.ref
    try:
        if not mine:
            await note_opened(case.ref, staff, "correct", wall_time(request, case.lender.timezone))
    except TooManyOpened as refusal:
        return {**values, "status": 429, "error": refusal, "waits": {"shut": True}}
    phone, on_record = await proposed_number(found, vault)
    facts = json.loads(found.facts)
    wanted = NewNumber(phone, facts["checked"], facts["lost"])
    digest, why = wanted.digest(on_record, vault), (await reasons_given([found.ref], vault)).get(found.ref, "")
    shown = {"found": found, "mine": mine, "wanted": wanted, "digest": digest, "why": why, "note": "", "shut": False}
    return {**values, "waits": shown}


_NUMBER = FormPage("desk/number", lenders_case, _values)


@_NUMBER.post(OwnProposal, at={SameNumber: "phone"})
async def change_number(request: Request, case: Case, form: Form) -> Response:
    """Proposed by one, shown to a colleague in full, who approves or turns it down; nobody here sees the new link."""
    answers = {"approve": _approve, "reject": _reject}
    return await answers.get(form.raw("move"), _propose)(request, case, form)


async def _propose(request: Request, case: Case, form: Form) -> Response:
    checked = form.choice("checked", tuple(CHECKED_BY))
    phone, why = phone_number(form.raw("phone")), form.text("why", required=True)
    try:
        check_phone(phone)
    except Refusal:
        form.refuse("phone", UnusablePhone("phone"))
    form.check()
    wanted = NewNumber(phone, checked, form.ticked("lost"))
    await propose_number(guard.business_time(request, case.lender.timezone), case, wanted, guard.author(request), why)
    return see_other(request, "desk_number", ref=case.ref)


async def _approve(request: Request, case: Case, form: Form) -> Response:
    checked = form.choice("checked", tuple(CHECKED_BY))
    form.check()
    base, author = request.app.state.settings.base_url, guard.author(request)
    ref, shown, moment = form.raw("approval"), form.raw("shown"), wall_time(request, case.lender.timezone)
    until = await approve_number(moment, case, ref, shown, checked, author, base)
    return await _NUMBER.show(request, case, Form({}), done=True, until=until)


async def _reject(request: Request, case: Case, form: Form) -> Response:
    moment = guard.business_time(request, case.lender.timezone)
    await reject_number(moment, case, form.raw("approval"), guard.author(request))
    return see_other(request, "desk_number", ref=case.ref)
