"""The door: an invitation shows nothing until the last four are right, and opening it changes nothing."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.invitations import (
    InvitationAccepted,
    InvitationOver,
    NoIdDigit,
    NotAnEntryCode,
    NotFour,
    WrongDigits,
    accept_invitation,
    check_digits,
    last_four,
    report_wrong_recipient,
    told_alike,
)
from portal.actions.known_devices import known_device, of_person
from portal.actions.ratelimit import DIGITS_GUESSED, TooManyTries, hit, refund
from portal.actions.sessions import Factor, show_lender, start_person_session
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import PersonScope
from portal.reads.invitations import OpenInvitation
from portal.reads.invitations import open_invitation as read_invitation
from portal.reads.policy import kept_days
from portal.web import guard
from portal.web.beside import beside_sessions, end_beside, hold_beside
from portal.web.changing import Elsewhere, FormPage
from portal.web.cookies import BORROWER, read, write_cookie
from portal.web.forms import Form
from portal.web.network import caller, device_name
from portal.web.render import page, see_other
from portal.web.urls import SAFE, without_tail

PROOF_SECONDS = 15 * 60
CONSENTS = ("notice", "sensitive")


class NotAgreed(Refusal):
    says = N_("Without this we may not show you your loans. You can also call your lender.")


async def _unopened(request: Request) -> OpenInvitation:
    if (clean := without_tail(request.path_params["token"])) != request.path_params["token"]:
        raise Elsewhere(see_other(request, "invitation", token=clean))
    return await _not_ended(request)


async def _not_ended(request: Request) -> OpenInvitation:
    found = await _invitation(request)
    if found.ended:
        raise Elsewhere(_ended(request, found))
    return found


async def _just_opened(request: Request) -> OpenInvitation:
    """For whoever had the four right a moment ago; others begin again."""
    found = await _not_ended(request)
    if request.method in SAFE or not _proven(request, found):
        raise Elsewhere(see_other(request, "invitation", token=request.path_params["token"]))
    return found


async def _values(request: Request, found: OpenInvitation, form: Form) -> Mapping[str, Any]:
    return {**_of(request, found), "typed": form.raw("digits")[:20], "error": form.errors.get("digits")}


async def _notice(request: Request, found: OpenInvitation, form: Form) -> Mapping[str, Any]:
    """What the notice tells: also how long this lender keeps what it knows."""
    given = [name for name in CONSENTS if form.ticked(name)]
    return {**_of(request, found), "days": await kept_days(found.lender_id), "proof": form.raw("proof"), "given": given}


_NOTICE = FormPage("invitation/consent", _just_opened, _notice)


@FormPage("invitation/invitation", _unopened, _values).post(
    at=dict.fromkeys((NotFour, NotAnEntryCode, NoIdDigit, WrongDigits, TooManyTries), "digits")
)
async def invitation_page(request: Request, found: OpenInvitation, form: Form) -> Response:
    """GET shows who sent it; POST takes the last four."""
    try:
        entered = await _guess(request, found, last_four(form.raw("digits")[:20], of_id=found.asks_for_id))
    except InvitationOver:
        return _ended(request, found)
    if entered.consented:
        return await _let_in(request, found)
    return await _NOTICE.show(request, found, Form({}), proof=_proof(request, found))


@_NOTICE.post()
async def give_consent(request: Request, found: OpenInvitation, form: Form) -> Response:
    """Agreeing to the notice opens the door; the proof says that the four were right a moment ago."""
    for name in CONSENTS:
        if not form.ticked(name):
            form.refuse(name, NotAgreed(name))
    form.check()
    return await _let_in(request, found)


async def not_me(request: Request) -> Response:
    """GET asks, POST ends the link and tells the lender."""
    found = await _invitation(request)
    if request.method == "POST":
        await report_wrong_recipient(guard.business_time(request, found.timezone), found)
        return page(request, "invitation/not_me", **_of(request, found), done=True)
    if found.ended:
        return _ended(request, found)
    return page(request, "invitation/not_me", **_of(request, found), done=False)


async def _guess(request: Request, found: OpenInvitation, given: str) -> InvitationAccepted:
    """Counted by network too, against somebody who holds many links; the right four count for nothing.

    A device on which the borrower was in before is not kept out by what others guess.
    """
    vault, came_from = request.app.state.vault, caller(request)
    device = known_device(came_from, vault, [of_person(found.person_id)])
    counts = DIGITS_GUESSED.counts(came_from, "", device)
    await hit(vault, counts, guard.now())
    entered = await check_digits(found, given, vault, known=bool(device))
    await refund(vault, counts)
    return entered


async def _invitation(request: Request) -> OpenInvitation:
    token = request.path_params["token"]
    found = await read_invitation(token, request.app.state.vault, guard.now())
    request.state.lender_name = found.lender_name
    return found


def _of(request: Request, found: OpenInvitation) -> dict[str, Any]:
    return {"found": found, "token": request.path_params["token"]}


def _ended(request: Request, found: OpenInvitation) -> Response:
    return page(request, "invitation/ended", status=410, **_of(request, found))


async def _let_in(request: Request, found: OpenInvitation) -> Response:
    """Whoever is signed in as themselves sees this lender too.

    Where the link leads to another account of whom both lenders tell alike, or somebody was away, the session of before
    stays beside the new one; somebody else's ends.
    """
    before, at, vault = request.state.person, guard.now(), request.app.state.vault
    here = before if before is not None and not guard.is_locked(before) else None
    moment = guard.business_time(request, found.timezone)
    try:
        came = await accept_invitation(moment, found, here.person_id if here else None, vault)
    except InvitationOver:
        return _ended(request, found)
    factor = Factor("invitation", PersonScope(came.person_id, frozenset({found.lender_id})), at)
    response = see_other(request, "loans")
    if here is not None and here.person_id == came.person_id:
        write_cookie(request, response, BORROWER, await show_lender(here.session_id, factor, at))
    elif before is not None and await told_alike(before.person_id, found, vault):
        await _beside(request, response, factor, at)
    else:
        token = await start_person_session(factor, at, device_name(request), read(request, BORROWER))
        await end_beside(request, response, at)
        write_cookie(request, response, BORROWER, token)
    return response


async def _beside(request: Request, response: Response, factor: Factor, at: datetime) -> None:
    """Goes on in the session that this browser holds of that account, or in a new one."""
    held = await beside_sessions(request, at)
    whose = factor.scope.person_id
    theirs = next((each for each in held if each.person.person_id == whose and not guard.is_locked(each.person)), None)
    if theirs is not None:
        token = await show_lender(theirs.person.session_id, factor, at)
    else:
        token = await start_person_session(factor, at, device_name(request))
    write_cookie(request, response, BORROWER, token)
    hold_beside(request, response, read(request, BORROWER), *(each.token for each in held if each is not theirs))


def _proof(request: Request, found: OpenInvitation) -> str:
    until = int(guard.now().timestamp()) + PROOF_SECONDS
    return f"{until}.{_mac(request, found, until)}"


def _proven(request: Request, found: OpenInvitation) -> bool:
    until, _, mac = str(guard.form(request).get("proof", "")).partition(".")
    if not re.fullmatch(r"[0-9]{1,12}", until) or int(until) < guard.now().timestamp():
        return False
    return hmac.compare_digest(mac.encode(), _mac(request, found, int(until)).encode())


def _mac(request: Request, found: OpenInvitation, until: int) -> str:
    secret: str = request.app.state.settings.secret
    text = f"digits\0{request.path_params['token']}\0{found.id}\0{until}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
