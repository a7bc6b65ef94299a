"""Coming back without a password: a code to the phone, for whoever knows the last four too."""

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
from portal.web.borrower.sign_in import device_name, phone_number
from portal.web.cookies import BORROWER, CODE_COOKIE, clear, read, write_cookie
from portal.web.error_pages import status_of
from portal.web.forms import Form
from portal.web.network import caller, remember
from portal.web.render import page, page_language
from portal.web.urls import SAFE, own_path, with_next


async def ask(request: Request) -> Response:
    """The same page whether anybody fits or not; the browser that asked keeps what the code belongs to."""
    if request.method in SAFE:
        onward = own_path(request.query_params.get("next", ""))
        return page(request, "account/code_ask", form=Form({}), onward=onward)
    form = Form(dict(guard.form(request)))
    onward = own_path(form.raw("next"))
    form.text("phone", most=40, required=True)
    digits = form.text("digits", most=20, required=True)
    if form:
        _check_digits(form)
    if not form:
        return page(request, "account/code_ask", status=422, form=form, onward=onward)
    phone, vault, at = phone_number(form.raw("phone")), request.app.state.vault, guard.now()
    code = new_code()
    try:
        kept = await ask_code(phone, digits, code, code_message(request, code), caller(request), vault, at)
    except TooManyTries as refusal:
        form.refuse("phone", refusal)
        return page(request, "account/code_ask", status=429, form=form, onward=onward)
    return _asked(request, kept, onward)


def _check_digits(form: Form) -> None:
    """What cannot be the last four of any ID number costs no try, and is the same whoever is asked for."""
    try:
        last_four(form.raw("digits"))
    except (NotFourOrCode, NoIdDigit) as refusal:
        form.refuse("digits", refusal)


async def enter_code(request: Request) -> Response:
    """Only the browser that asked can use the code."""
    form = Form(dict(guard.form(request))) if request.method not in SAFE else Form({})
    onward = own_path(form.raw("next") or request.query_params.get("next", ""))
    if request.method in SAFE:
        return _enter_page(request, form, onward)
    if form.raw("again"):
        return await _again(request, form, onward)
    typed, vault, at = form.text("code", most=20, required=True), request.app.state.vault, guard.now()
    if not form:
        return _enter_page(request, form, onward, 422)
    try:
        factor = await guess_code(read(request, CODE_COOKIE), typed, SIGN_IN, caller(request), vault, at)
    except (WrongCode, CodeOver, TooManyTries) as refusal:
        form.refuse("code", refusal)
        return _enter_page(request, form, onward, status_of(refusal))
    response = RedirectResponse(onward or request.app.url_path_for("loans"), status_code=303)
    clear(request, response, CODE_COOKIE)
    token = await start_person_session(factor, at, device_name(request), read(request, BORROWER))
    write_cookie(request, response, BORROWER, token)
    remember(request, response, of_person(factor.scope.person_id))
    return response


def _enter_page(request: Request, form: Form, onward: str, status: int = 200) -> Response:
    return page(request, "account/code_enter", status=status, form=form, onward=onward, most_a_day=MOST_CODES_A_DAY)


async def _again(request: Request, form: Form, onward: str) -> Response:
    """Another message to the same number, without typing it again."""
    vault, at, code = request.app.state.vault, guard.now(), new_code()
    try:
        text = code_message(request, code)
        kept = await ask_again(read(request, CODE_COOKIE), code, text, caller(request), vault, at)
    except (TooManyTries, CodeOver) as refusal:
        form.refuse("code", refusal)
        return _enter_page(request, form, onward, status_of(refusal))
    return _asked(request, kept, onward)


def code_message(request: Request, code: str) -> str:
    return (
        page_language(request).text(CODE).format(code=code, host=request.app.state.settings.host, minutes=CODE_MINUTES)
    )


def _asked(request: Request, kept: str, onward: str) -> Response:
    response = RedirectResponse(with_next(request.app.url_path_for("code_enter"), onward), status_code=303)
    keep_asked(request, response, kept)
    return response


def keep_asked(request: Request, response: Response, kept: str) -> None:
    """Only this browser can use the code that was asked for, and only while it lives."""
    write_cookie(request, response, CODE_COOKIE, kept, CODE_MINUTES * 60)
