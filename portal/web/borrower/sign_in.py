"""Coming back by phone and password, and leaving for good."""

import re
import unicodedata
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.known_devices import known_at_number, of_person
from portal.actions.ratelimit import PASSWORDS_GUESSED, TooManyTries, hit, refund
from portal.actions.sessions import Account, end_session, keep_renewed, people_by_phone, start_person_session
from portal.domain.refusal import N_, Refusal
from portal.web import guard
from portal.web.cookies import BORROWER, clear, read, write_cookie
from portal.web.forms import Form
from portal.web.network import caller, remember
from portal.web.passwords import matches, renewed, require_room
from portal.web.render import page
from portal.web.urls import SAFE, own_path

# What a browser calls itself; the first that fits, since an iPhone also says that it is like a Mac.
_DEVICES = ("MicroMessenger", "iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")


class NotKnown(Refusal):
    says = N_("Phone number and password do not fit together. Without a password, use the link from your lender.")


async def sign_in(request: Request) -> Response:
    if request.method in SAFE:
        onward = own_path(request.query_params.get("next", ""))
        return page(request, "account/sign_in", phone="", onward=onward, error=None)
    form = Form(dict(guard.form(request)))
    onward = own_path(form.raw("next"))
    phone = phone_number(form.raw("phone"))
    vault, at = request.app.state.vault, guard.now()
    require_room()
    came_from, hashed = caller(request), vault.lookup("phone", phone)
    counts = PASSWORDS_GUESSED.counts(came_from, hashed, await known_at_number(hashed, came_from, vault))
    try:
        await hit(vault, counts, at)
    except TooManyTries as refusal:
        return page(request, "account/sign_in", status=429, phone=form.raw("phone"), onward=onward, error=refusal)
    password = form.values.get("password", "")
    account = await _who(await people_by_phone(phone, vault), password)
    if account is None:
        unknown = NotKnown("phone")
        return page(request, "account/sign_in", status=422, phone=form.raw("phone"), onward=onward, error=unknown)
    await refund(vault, counts)
    response = RedirectResponse(onward or request.app.url_path_for("loans"), status_code=303)
    token = await start_person_session(account.factor(at), at, device_name(request), read(request, BORROWER))
    write_cookie(request, response, BORROWER, token)
    remember(request, response, of_person(account.id))
    await _renew(account, password)
    return response


async def _renew(account: Account, password: str) -> None:
    """A password that was just right is kept by the parameters of now, once nothing rests on the old hash any more."""
    if account.password_hash and (newer := await renewed(account.password_hash, password)):
        await keep_renewed(account.id, account.password_hash, newer)


async def _who(known: Sequence[Account], password: str) -> Account | None:
    """Whose password it is, of those who have the number; where nobody has it a guess takes as long as at one."""
    for account in known:
        if await matches(account.password_hash, password):
            return account
    if not known:
        await matches(None, password)
    return None


async def help(request: Request) -> Response:
    return page(request, "account/sign_in_help")


async def sign_out(request: Request) -> Response:
    if request.state.person:
        await end_session(request.state.person.session_id, guard.now())
    response = RedirectResponse(request.app.url_path_for("away"), status_code=303)
    clear(request, response, BORROWER)
    return response


def phone_number(typed: str) -> str:
    """In international form; eleven digits that begin with 1 are a mainland mobile number, with or without its 86."""
    plain = re.sub(r"[\s().-]", "", unicodedata.normalize("NFKC", typed))
    mainland = re.fullmatch(r"(?:\+|00)?(?:86)?(1[0-9]{10})", plain)
    return f"+86{mainland[1]}" if mainland else re.sub(r"^00", "+", plain)


def device_name(request: Request) -> str:
    """A code for the kind of device, so that a list of sessions can be told apart; nothing else of it is kept."""
    agent = request.headers.get("user-agent", "")
    return next((code for code in _DEVICES if code in agent), "")
