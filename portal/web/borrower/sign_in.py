"""Coming back by phone and password, and leaving for good."""

import re
import unicodedata
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.sessions import (
    Account,
    TooManyTries,
    count_try,
    end_session,
    forget_tries,
    give_back_try,
    keep_renewed,
    people_by_phone,
    start_person_session,
)
from portal.domain.refusal import N_, Refusal
from portal.web import guard
from portal.web.addresses import SAFE, own_path
from portal.web.cookies import BORROWER, clear, write
from portal.web.forms import Form
from portal.web.passwords import matches, renewed, require_room
from portal.web.render import page

TRIES_PER_PHONE, TRIES_PER_ADDRESS = 5, 20
# What a browser calls itself; the first that fits, since an iPhone also says that it is like a Mac.
DEVICES = ("MicroMessenger", "iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")


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
    try:
        await count_try(vault, "phone", phone, TRIES_PER_PHONE, at)
        await count_try(vault, "address", address(request), TRIES_PER_ADDRESS, at)
    except TooManyTries as refusal:
        return page(request, "account/sign_in", status=429, phone=form.raw("phone"), onward=onward, error=refusal)
    password = form.values.get("password", "")
    account = await _who(await people_by_phone(phone, vault), password)
    if account is None:
        unknown = NotKnown("phone")
        return page(request, "account/sign_in", status=422, phone=form.raw("phone"), onward=onward, error=unknown)
    await forget_tries(vault, "phone", phone)
    await give_back_try(vault, "address", address(request))
    response = RedirectResponse(onward or request.app.url_path_for("loans"), status_code=303)
    write(request, response, BORROWER, await start_person_session(account.factor(at), at, device(request)))
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


def device(request: Request) -> str:
    """A code for the kind of device, so that a list of sessions can be told apart; nothing else of it is kept."""
    agent = request.headers.get("user-agent", "")
    return next((code for code in DEVICES if code in agent), "")


def address(request: Request) -> str:
    """The address of the connection; headers that anybody may forge are not asked."""
    return request.client.host if request.client else ""
