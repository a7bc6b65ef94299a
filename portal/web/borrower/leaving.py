"""Taking back consent for one lender, or closing the account: what it changes and what stays is said before."""

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.leaving import close_account, withdraw_consent
from portal.actions.sessions import end_session
from portal.domain.event import BusinessTime
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts, NotFound, lenders_of
from portal.reads.erasure import closing
from portal.web import guard
from portal.web.cookies import BORROWER, clear
from portal.web.render import page, see_other
from portal.web.urls import SAFE


async def withdraw_consent_page(request: Request) -> Response:
    person = guard.person(request)
    asked = request.path_params["lender"]
    lender = next((each for each in await lenders_of(person.scope) if each.slug == asked), None)
    if lender is None:
        raise NotFound
    request.state.lender_name = lender.name
    if request.method in SAFE:
        return page(request, "account/withdraw_consent", lender=lender)
    await withdraw_consent(
        guard.business_time(request, lender.timezone), lender, person.person_id, guard.actor(request)
    )
    return see_other(request, "data")


class ClosesOtherwise(Refusal):
    says = N_(
        "This page closes the account for other lenders now than when you opened it. Nothing was closed. Please read "
        "it again before you decide."
    )


async def close(request: Request) -> Response:
    """GET names the lenders; POST closes it for just these. A lender proven in between is not closed unseen."""
    person = guard.person(request)
    lenders = await lenders_of(person.proven_scope)
    moments = {lender: guard.business_time(request, lender.timezone) for lender in lenders}
    if request.method in SAFE:
        return await _close_page(request, moments)
    if set(guard.sent(request).get("lenders", "").split()) != {lender.slug for lender in lenders}:
        return await _close_page(request, moments, 409, ClosesOtherwise("lenders"))
    now = guard.now()
    await close_account(moments, person.person_id, guard.actor(request), BusinessTime(now, now.date()))
    await end_session(person.session_id, now)
    request.state.signed_in = None
    response = page(request, "account/closed")
    clear(request, response, BORROWER)
    return response


async def _close_page(
    request: Request, moments: dict[LenderFacts, BusinessTime], status: int = 200, error: Refusal | None = None
) -> Response:
    person_id = guard.person(request).person_id
    closings = [await closing(person_id, lender, moment) for lender, moment in moments.items()]
    return page(request, "account/close", status=status, error=error, closings=closings)
