"""Taking back consent for one lender, or closing the account: what it changes and what stays is said before."""

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.leaving import close_account, withdraw_consent
from portal.actions.sessions import end_session
from portal.domain.event import Moment
from portal.reads.cases import NotFound, lenders_of
from portal.reads.erasure import closing
from portal.web import guard
from portal.web.addresses import SAFE
from portal.web.cookies import BORROWER, clear
from portal.web.render import page, see_other


async def consent(request: Request) -> Response:
    person = guard.person(request)
    asked = request.path_params["lender"]
    lender = next((each for each in await lenders_of(person.scope) if each.slug == asked), None)
    if lender is None:
        raise NotFound
    request.state.lender_name = lender.name
    if request.method in SAFE:
        return page(request, "account/withdraw_consent", lender=lender)
    await withdraw_consent(lender, person.person_id, guard.actor(request), guard.moment(request, lender.timezone))
    return see_other(request, "data")


async def close(request: Request) -> Response:
    person = guard.person(request)
    lenders = await lenders_of(person.proven_scope)
    moments = {lender: guard.moment(request, lender.timezone) for lender in lenders}
    if request.method in SAFE:
        closings = [await closing(person.person_id, lender, moment) for lender, moment in moments.items()]
        return page(request, "account/close", closings=closings)
    now = guard.now()
    await close_account(moments, person.person_id, guard.actor(request), Moment(now, now.date()))
    await end_session(person.session_id, now)
    request.state.signed_in = None
    response = page(request, "account/closed")
    clear(request, response, BORROWER)
    return response
