"""Proving once more who it is, before something binds or gives much away: by the password, or by a fresh code."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.codes import PROVE, CodeOver, NoNumber, WrongCode, guess_code, new_code, send_code
from portal.actions.known_devices import known_device, of_person
from portal.actions.presence import lock_session
from portal.actions.ratelimit import PASSWORDS_GUESSED, TooManyTries, hit, refund
from portal.actions.sessions import Factor, person_account, prove_session
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import NotFound, PersonScope
from portal.reads.numbers import every_lender, numbers_of
from portal.reads.sessions import SignedInPerson
from portal.web import guard
from portal.web.beside import lock_beside
from portal.web.borrower.code import code_message, keep_asked
from portal.web.changing import FormPage
from portal.web.cookies import BORROWER, CODE_COOKIE, clear, read, write_cookie
from portal.web.forms import Form
from portal.web.network import caller, remember
from portal.web.passwords import matches
from portal.web.urls import SAFE


class PasswordWrong(Refusal):
    says = N_("This is not your password.")


async def _onward(request: Request) -> str:
    return guard.onward(request) or str(request.app.url_path_for("account"))


async def _values(request: Request, onward: str, form: Form) -> Mapping[str, Any]:
    person = guard.person(request)
    numbers = await numbers_of(await _reachable(person), request.app.state.vault, guard.now())
    chosen = form.raw("number")
    return {
        "person": person,
        "numbers": numbers,
        "number": next((each for each in numbers if each.mark == chosen), numbers[0] if numbers else None),
        "sent": form.raw("by") == "code",
        "onward": onward,
        "locked": guard.is_locked(person),
        "beside": not person.lenders and person.how == "password",
    }


_PROVE = FormPage("account/prove", _onward, _values)


async def reauthenticate(request: Request) -> Response:
    """GET asks; POST takes a password, sends a code, or takes the code, as the button that was pressed says."""
    if request.method in SAFE:
        return await _PROVE.get(request)
    answers = {"password": _by_password, "send": _send, "code": _by_code}
    answer = answers.get(Form(guard.form(request)).raw("by"))
    if answer is None:
        raise NotFound
    return await answer(request)


async def lock(request: Request) -> Response:
    """Whoever left quickly is taken to have been away for long: the way back leads to the question who it is."""
    since = guard.now() - 2 * guard.IDLE
    await lock_session(guard.person(request).session_id, since)
    await lock_beside(request, guard.now(), since)
    return Response(status_code=204)


@_PROVE.post(at={TooManyTries: "password", PasswordWrong: "password"})
async def _by_password(request: Request, onward: str, form: Form) -> Response:
    person, vault, came_from = guard.person(request), request.app.state.vault, caller(request)
    known = await person_account(person.person_id)
    device = known_device(came_from, vault, [of_person(person.person_id)])
    counts = PASSWORDS_GUESSED.counts(came_from, known.phone_hash or person.ref, device)
    await hit(vault, counts, guard.now())
    if not await matches(known.password_hash, form.values.get("password", "")):
        raise PasswordWrong("password")
    await refund(vault, counts)
    return await _proven(request, onward, known.factor(guard.now()))


@_PROVE.post(at={TooManyTries: "send", NoNumber: "send"})
async def _send(request: Request, onward: str, form: Form) -> Response:
    vault, code, chosen = request.app.state.vault, new_code(), form.raw("number")
    scope, text = await _reachable(guard.person(request)), code_message(request, code)
    kept = await send_code(scope, chosen, code, text, caller(request), vault, guard.now())
    response = await _PROVE.show(request, onward, form, sent=True)
    keep_asked(request, response, kept)
    return response


@_PROVE.post(at={WrongCode: "code", CodeOver: "code", TooManyTries: "code"})
async def _by_code(request: Request, onward: str, form: Form) -> Response:
    vault, typed = request.app.state.vault, form.text("code", most=20, required=True)
    form.check()
    factor = await guess_code(read(request, CODE_COOKIE), typed, PROVE, caller(request), vault, guard.now())
    if factor.scope.person_id != guard.person(request).person_id:
        raise CodeOver("code")
    response = await _proven(request, onward, factor)
    clear(request, response, CODE_COOKIE)
    return response


async def _proven(request: Request, onward: str, factor: Factor) -> Response:
    """Another token from now on: who had the one of before, had it of a session that proved less."""
    person, token = guard.person(request), guard.token_once_proven(request)
    await prove_session(person.session_id, factor, guard.now(), token, locked=guard.is_locked(person))
    response = RedirectResponse(onward, status_code=303)
    write_cookie(request, response, BORROWER, token)
    remember(request, response, of_person(person.person_id))
    return response


async def _reachable(person: SignedInPerson) -> PersonScope:
    """Whose numbers a code may go to: those of the lenders that this way in shows.

    A password of before shows none until a code was given beside it, to whichever number a lender has.
    """
    if person.lenders or person.how != "password" or not (await person_account(person.person_id)).of_before:
        return person.scope
    return await every_lender(person.person_id)
