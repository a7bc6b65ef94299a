"""Coming back without a password: a code to the phone, for whoever knows the last four too."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.codes import CODE_MINUTES, SIGN_IN, CodeOver, WrongCode, ask_again, ask_code, guess_code, new_code
from portal.actions.invitations import NoIdDigit, NotFourOrCode, last_four
from portal.actions.known_devices import of_person
from portal.actions.outbox import MOST_CODES_A_DAY
from portal.actions.ratelimit import TooManyTries
from portal.actions.sessions import start_person_session
from portal.domain.conduct.messages import CODE
from portal.web import guard
from portal.web.beside import end_beside
from portal.web.borrower.sign_in import leads_to
from portal.web.changing import FormPage
from portal.web.cookies import BORROWER, CODE_COOKIE, clear, read, write_cookie
from portal.web.forms import Form, phone_number
from portal.web.network import caller, device_name, remember
from portal.web.render import page_language
from portal.web.urls import with_next


async def _values(request: Request, after: str, form: Form) -> Mapping[str, Any]:
    return {"onward": after, "most_a_day": MOST_CODES_A_DAY}


@FormPage("account/code_ask", leads_to, _values).post(
    at={TooManyTries: "phone", NotFourOrCode: "digits", NoIdDigit: "digits"}
)
async def ask(request: Request, after: str, form: Form) -> Response:
    """The same page whether anybody fits or not; the browser that asked keeps what the code belongs to."""
    form.text("phone", most=40, required=True)
    digits = form.text("digits", most=20, required=True)
    form.check()
    last_four(form.raw("digits"))  # what cannot be anybody's costs no try, and is the same whoever is asked for
    phone, vault, code = phone_number(form.raw("phone")), request.app.state.vault, new_code()
    kept = await ask_code(phone, digits, code, code_message(request, code), caller(request), vault, guard.now())
    return _asked(request, kept, after)


@FormPage("account/code_enter", leads_to, _values).post(at={WrongCode: "code", CodeOver: "code", TooManyTries: "code"})
async def enter_code(request: Request, after: str, form: Form) -> Response:
    """Only the browser that asked can use the code, or have another sent without typing the number again."""
    asked, came_from = read(request, CODE_COOKIE), caller(request)
    vault, at = request.app.state.vault, guard.now()
    if form.raw("again"):
        code = new_code()
        return _asked(request, await ask_again(asked, code, code_message(request, code), came_from, vault, at), after)
    typed = form.text("code", most=20, required=True)
    form.check()
    factor = await guess_code(asked, typed, SIGN_IN, came_from, vault, at)
    response = RedirectResponse(after or request.app.url_path_for("loans"), status_code=303)
    clear(request, response, CODE_COOKIE)
    token = await start_person_session(factor, at, device_name(request), read(request, BORROWER))
    write_cookie(request, response, BORROWER, token)
    remember(request, response, of_person(factor.scope.person_id))
    await end_beside(request, response, at)
    return response


def code_message(request: Request, code: str) -> str:
    return (
        page_language(request).text(CODE).format(code=code, host=request.app.state.settings.host, minutes=CODE_MINUTES)
    )


def _asked(request: Request, kept: str, after: str) -> Response:
    response = RedirectResponse(with_next(request.app.url_path_for("code_enter"), after), status_code=303)
    keep_asked(request, response, kept)
    return response


def keep_asked(request: Request, response: Response, kept: str) -> None:
    """Only this browser can use the code that was asked for, and only while it lives."""
    write_cookie(request, response, CODE_COOKIE, kept, CODE_MINUTES * 60)
