"""The door: an invitation shows nothing until the last four are right, and opening it changes nothing."""

import hashlib
import hmac
import re
import time
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
)
from portal.actions.known_devices import known_device, of_person
from portal.actions.ratelimit import DIGITS_GUESSED, TooManyTries, hit, refund
from portal.actions.sessions import Factor, end_session, show_lender, start_person_session
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import PersonScope
from portal.reads.invitations import OpenInvitation
from portal.reads.invitations import open_invitation as read_invitation
from portal.reads.policy import kept_days
from portal.web import guard
from portal.web.borrower.sign_in import device_name
from portal.web.cookies import BORROWER, read, write_cookie
from portal.web.forms import Form
from portal.web.network import caller
from portal.web.render import page, see_other
from portal.web.urls import SAFE, without_tail

PROOF_SECONDS = 15 * 60
CONSENTS = ("notice", "sensitive")


class NotAgreed(Refusal):
    says = N_("Without this we may not show you your loans. You can also call your lender.")


async def invitation_page(request: Request) -> Response:
    """GET shows who sent it; POST takes the last four."""
    if (clean := without_tail(request.path_params["token"])) != request.path_params["token"]:
        return see_other(request, "invitation", token=clean)
    found = await _invitation(request)
    if found.ended:
        return page(request, "invitation/ended", status=410, **_of(request, found))
    if request.method in SAFE:
        return page(request, "invitation/invitation", **_of(request, found), typed="", error=None)
    typed = Form(dict(guard.form(request))).raw("digits")[:20]
    try:
        given = last_four(typed, of_id=found.asks_for_id)
        entered = await _guess(request, found, given)
    except (NotFour, NotAnEntryCode, NoIdDigit, WrongDigits, TooManyTries) as refusal:
        status = 429 if isinstance(refusal, TooManyTries) else 422
        return page(request, "invitation/invitation", status=status, **_of(request, found), typed=typed, error=refusal)
    except InvitationOver:
        return page(request, "invitation/ended", status=410, **_of(request, found))
    if entered.consented:
        return await _let_in(request, found)
    asked = {**await _notice(request, found), "proof": _proof(request, found), "given": (), "errors": {}}
    return page(request, "invitation/consent", **asked)


async def give_consent(request: Request) -> Response:
    """Agreeing to the notice opens the door; the proof says that the four were right a moment ago."""
    found = await _invitation(request)
    if found.ended:
        return page(request, "invitation/ended", status=410, **_of(request, found))
    if request.method in SAFE or not _proven(request, found):
        return see_other(request, "invitation", token=request.path_params["token"])
    form = Form(dict(guard.form(request)))
    given = [name for name in CONSENTS if form.raw(name) == "1"]
    for name in CONSENTS:
        if name not in given:
            form.refuse(name, NotAgreed(name))
    if not form:
        values = {**await _notice(request, found), "proof": form.raw("proof"), "given": given, "errors": form.errors}
        return page(request, "invitation/consent", status=422, **values)
    return await _let_in(request, found)


async def not_me(request: Request) -> Response:
    """GET asks, POST ends the link and tells the lender."""
    found = await _invitation(request)
    if request.method == "POST":
        await report_wrong_recipient(guard.business_time(request, found.timezone), found)
        return page(request, "invitation/not_me", **_of(request, found), done=True)
    if found.ended:
        return page(request, "invitation/ended", status=410, **_of(request, found))
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


async def _notice(request: Request, found: OpenInvitation) -> dict[str, Any]:
    """What the notice tells: also how long this lender keeps what it knows."""
    return {**_of(request, found), "days": await kept_days(found.lender_id)}


async def _let_in(request: Request, found: OpenInvitation) -> Response:
    """Whoever is signed in as themselves sees this lender too; who is somebody else, or was away, is so no more."""
    before, at = request.state.person, guard.now()
    if before is not None and guard.is_locked(before):
        await end_session(before.session_id, at)
        before = None
    moment = guard.business_time(request, found.timezone)
    try:
        came = await accept_invitation(moment, found, before.person_id if before else None, request.app.state.vault)
    except InvitationOver:
        return page(request, "invitation/ended", status=410, **_of(request, found))
    factor = Factor("invitation", PersonScope(came.person_id, frozenset({found.lender_id})), at)
    response = see_other(request, "loans")
    if before is not None and before.person_id == came.person_id:
        write_cookie(request, response, BORROWER, await show_lender(before.session_id, factor, at))
        return response
    token = await start_person_session(factor, at, device_name(request), read(request, BORROWER))
    write_cookie(request, response, BORROWER, token)
    return response


def _proof(request: Request, found: OpenInvitation) -> str:
    until = int(time.time()) + PROOF_SECONDS
    return f"{until}.{_mac(request, found, until)}"


def _proven(request: Request, found: OpenInvitation) -> bool:
    until, _, mac = str(guard.form(request).get("proof", "")).partition(".")
    if not re.fullmatch(r"[0-9]{1,12}", until) or int(until) < time.time():
        return False
    return hmac.compare_digest(mac.encode(), _mac(request, found, int(until)).encode())


def _mac(request: Request, found: OpenInvitation, until: int) -> str:
    secret: str = request.app.state.settings.secret
    text = f"digits\0{request.path_params['token']}\0{found.id}\0{until}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
