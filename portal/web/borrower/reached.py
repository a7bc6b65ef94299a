"""How and when each lender may reach the borrower: chosen here, told to the lender, shown back."""

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.preferences import prefer
from portal.domain.contact import CHANNELS, HOURS
from portal.reads.cases import NotFound, lenders_of
from portal.reads.own_data import preferences_of
from portal.web import guard
from portal.web.addresses import SAFE
from portal.web.forms import Form
from portal.web.render import page, see_other

SPANS = {f"{begin}-{end}": (begin, end) for begin, end in HOURS}


async def reached(request: Request) -> Response:
    person = guard.person(request)
    lenders = await lenders_of(person.person_id)
    if request.method in SAFE:
        return await _page(request, Form({}))
    form = Form(dict(guard.form(request)))
    at = next((lender for lender in lenders if lender.slug == form.raw("lender")), None)
    if at is None:
        raise NotFound
    channel, span = form.choice("channel", CHANNELS), form.choice("hours", tuple(SPANS))
    if not form:
        return await _page(request, form, 422)
    await prefer(at, person.person_id, channel, SPANS[span], guard.actor(request), guard.moment(request, at.timezone))
    return see_other(request, "reached")


async def _page(request: Request, form: Form, status: int = 200) -> Response:
    person_id = guard.person(request).person_id
    return page(
        request,
        "account/reached",
        status=status,
        lenders=await lenders_of(person_id),
        chosen=await preferences_of(person_id),
        channels=CHANNELS,
        spans=SPANS,
        values=form.values,
        errors=form.errors,
    )
