"""Taking back consent for one lender, or closing the account: what it changes and what stays is said before."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.leaving import close_account, withdraw_consent
from portal.actions.sessions import end_session
from portal.domain.event import BusinessTime
from portal.domain.refusal import N_
from portal.reads.cases import LenderFacts, lenders_of
from portal.reads.erasure import closing
from portal.web import guard
from portal.web.borrower.own import own_lender
from portal.web.changing import FormPage
from portal.web.cookies import BORROWER, clear
from portal.web.forms import Form, StalePage
from portal.web.render import page, see_other


class ClosesOtherwise(StalePage):
    says = N_(
        "This page closes the account for other lenders now than when you opened it. Nothing was closed. Please read "
        "it again before you decide."
    )


async def _lender(request: Request) -> LenderFacts:
    found = await own_lender(request, request.path_params["lender"])
    request.state.lender_name = found.name
    return found


async def _values(request: Request, lender: LenderFacts, form: Form) -> Mapping[str, Any]:
    return {"lender": lender}


@FormPage("account/withdraw_consent", _lender, _values).post()
async def withdraw_consent_page(request: Request, lender: LenderFacts, form: Form) -> Response:
    moment = guard.business_time(request, lender.timezone)
    await withdraw_consent(moment, lender, guard.person(request).person_id, guard.actor(request))
    return see_other(request, "data")


async def _proven_lenders(request: Request) -> dict[LenderFacts, BusinessTime]:
    lenders = await lenders_of(guard.person(request).proven_scope)
    return {lender: guard.business_time(request, lender.timezone) for lender in lenders}


async def _closings(request: Request, moments: dict[LenderFacts, BusinessTime], form: Form) -> Mapping[str, Any]:
    person_id = guard.person(request).person_id
    return {"closings": [await closing(person_id, lender, moment) for lender, moment in moments.items()]}


@FormPage("account/close", _proven_lenders, _closings).post()
async def close(request: Request, moments: dict[LenderFacts, BusinessTime], form: Form) -> Response:
    """GET names the lenders; POST closes it for just these. A lender proven in between is not closed unseen."""
    if set(form.raw("lenders").split()) != {lender.slug for lender in moments}:
        raise ClosesOtherwise("lenders")
    person, now = guard.person(request), guard.now()
    await close_account(moments, person.person_id, guard.actor(request), BusinessTime(now, now.date()))
    await end_session(person.session_id, now)
    request.state.signed_in = None
    response = page(request, "account/closed")
    clear(request, response, BORROWER)
    return response
