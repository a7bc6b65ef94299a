"""Coming back by phone and password, and leaving for good."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.known_devices import known_at_number, of_person
from portal.actions.ratelimit import PASSWORDS_GUESSED, TooManyTries, hit, refund
from portal.actions.sessions import Account, end_session, keep_renewed, people_by_phone, start_person_session
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import lenders_of
from portal.web import guard
from portal.web.beside import BesideSession, beside_sessions, end_beside, hold_beside
from portal.web.changing import FormPage
from portal.web.cookies import BORROWER, clear, read, write_cookie
from portal.web.forms import Form, phone_number
from portal.web.network import caller, device_name, remember
from portal.web.passwords import matches, renewed, require_room
from portal.web.render import page, see_other


class NotKnown(Refusal):
    says = N_("Phone number and password do not fit together. Without a password, use the link from your lender.")


async def leads_to(request: Request) -> str:
    """What a page of a way in is about: where it leads."""
    return guard.onward(request)


async def _values(request: Request, after: str, form: Form) -> Mapping[str, Any]:
    return {"phone": form.raw("phone"), "onward": after, "error": form.errors.get("phone")}


@FormPage("account/sign_in", leads_to, _values).post(at={TooManyTries: "phone", NotKnown: "phone"})
async def sign_in(request: Request, after: str, form: Form) -> Response:
    phone, password = phone_number(form.raw("phone")), form.values.get("password", "")
    vault, at = request.app.state.vault, guard.now()
    require_room()
    came_from, hashed = caller(request), vault.lookup("phone", phone)
    counts = PASSWORDS_GUESSED.counts(came_from, hashed, await known_at_number(hashed, came_from, vault))
    await hit(vault, counts, at)
    account = await _who(await people_by_phone(phone, vault), password)
    if account is None:
        raise NotKnown("phone")
    await refund(vault, counts)
    response = RedirectResponse(after or request.app.url_path_for("loans"), status_code=303)
    token = await start_person_session(account.factor(at), at, device_name(request), read(request, BORROWER))
    write_cookie(request, response, BORROWER, token)
    remember(request, response, of_person(account.id))
    await end_beside(request, response, at)
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
    await end_beside(request, response, guard.now())
    clear(request, response, BORROWER)
    return response


async def switch(request: Request) -> Response:
    """To another session that this browser holds; the one shown until now stays beside it."""
    response = see_other(request, "loans")
    held = await beside_sessions(request, guard.now())
    wanted = Form(guard.form(request)).raw("to")
    chosen = next((each for each in held if each.ref == wanted), None)
    if chosen is not None:
        write_cookie(request, response, BORROWER, chosen.token)
        others = [each.token for each in held if each is not chosen]
        hold_beside(request, response, read(request, BORROWER), *others)
    return response


async def shown_beside(request: Request) -> list[tuple[str, list[str]]]:
    """Those that this browser holds beside: each by its ref, with its lenders' names, none while it is locked."""
    held: tuple[BesideSession, ...] = request.state.beside
    return [
        (each.ref, [] if guard.is_locked(each.person) else [at.name for at in await lenders_of(each.person.scope)])
        for each in held
    ]
