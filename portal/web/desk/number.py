"""A borrower's number has changed, or somebody else has it now: staff check who it is, and invite anew."""

import re
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.door import change_number
from portal.domain.reasons import CHECKED_BY
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import Case, desk_case
from portal.web import guard
from portal.web.addresses import SAFE
from portal.web.borrower.sign_in import phone_number
from portal.web.forms import Form
from portal.web.render import page


class NotAPhone(Refusal):
    says = N_("Please write a phone number such as 138 0000 0001, or with its country as +85251234567.")


async def number(request: Request) -> Response:
    """The new link is shown once, for staff to give to the borrower."""
    case = await desk_case(request.path_params["ref"], guard.staff(request).lender_id)
    if request.method in SAFE:
        return _page(request, case, Form({}))
    form = Form(dict(guard.form(request)))
    checked = form.choice("checked", tuple(CHECKED_BY))
    phone = phone_number(form.raw("phone"))
    if not re.fullmatch(r"\+[0-9]{8,15}", phone):
        form.refuse("phone", NotAPhone("phone"))
    if not form:
        return _page(request, case, form, status=422)
    moment = replace(guard.moment(request, case.lender.timezone), at=guard.now())
    token = await change_number(case, phone, checked, guard.actor(request), request.app.state.vault, moment)
    return _page(request, case, form, link=f"{request.app.state.settings.base_url}/i/{token}")


def _page(request: Request, case: Case, form: Form, status: int = 200, link: str = "") -> Response:
    return page(request, "desk/number", status=status, case=case, form=form, ways=CHECKED_BY, link=link)
