"""Coming back without a password: a code to the phone, for whoever knows the last four too."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.codes import CODE_MINUTES, SIGN_IN, CodeOver, WrongCode, ask_again, ask_code, check_code, new_code
from portal.actions.door import NoIdDigit, NotFourOrCode, last_four
from portal.actions.ratelimit import TooManyTries, hit, refund
from portal.actions.sessions import start_person_session
from portal.domain.messages import CODE
from portal.web import guard
from portal.web.addresses import SAFE, own_path, with_next
from portal.web.borrower.sign_in import address, device, phone_number
from portal.web.cookies import BORROWER, CODE_ASKED, clear, read, write
from portal.web.forms import Form
from portal.web.problems import status_of
from portal.web.render import language, page

CODES_PER_PHONE, CODES_PER_ADDRESS = 3, 10
TRIES_PER_ADDRESS = 20


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
    try:
        await hit(vault, "code-phone", phone, CODES_PER_PHONE, at)
        await hit(vault, "code-address", address(request), CODES_PER_ADDRESS, at)
    except TooManyTries as refusal:
        form.refuse("phone", refusal)
        return page(request, "account/code_ask", status=429, form=form, onward=onward)
    code = new_code()
    return _asked(request, await ask_code(phone, digits, code, code_message(request, code), vault, at), onward)


def _check_digits(form: Form) -> None:
    """What cannot be the last four of any ID number costs no try, and is the same whoever is asked for."""
    try:
        last_four(form.raw("digits"))
    except (NotFourOrCode, NoIdDigit) as refusal:
        form.refuse("digits", refusal)


async def enter(request: Request) -> Response:
    """Only the browser that asked can use the code."""
    form = Form(dict(guard.form(request))) if request.method not in SAFE else Form({})
    onward = own_path(form.raw("next") or request.query_params.get("next", ""))
    if request.method in SAFE:
        return page(request, "account/code_enter", form=form, onward=onward)
    if form.raw("again"):
        return await _again(request, form, onward)
    typed, vault, at = form.text("code", most=20, required=True), request.app.state.vault, guard.now()
    if not form:
        return page(request, "account/code_enter", status=422, form=form, onward=onward)
    try:
        await hit(vault, "code-guess", address(request), TRIES_PER_ADDRESS, at)
        factor = await check_code(read(request, CODE_ASKED), typed, SIGN_IN, vault, at)
    except (WrongCode, CodeOver, TooManyTries) as refusal:
        form.refuse("code", refusal)
        return page(request, "account/code_enter", status=status_of(refusal), form=form, onward=onward)
    await refund(vault, "code-guess", address(request))
    response = RedirectResponse(onward or request.app.url_path_for("loans"), status_code=303)
    clear(request, response, CODE_ASKED)
    write(request, response, BORROWER, await start_person_session(factor, at, device(request)))
    return response


async def _again(request: Request, form: Form, onward: str) -> Response:
    """Another message to the same number, without typing it again."""
    vault, at, code = request.app.state.vault, guard.now(), new_code()
    try:
        await hit(vault, "code-address", address(request), CODES_PER_ADDRESS, at)
        kept = await ask_again(read(request, CODE_ASKED), code, code_message(request, code), vault, at)
    except (TooManyTries, CodeOver) as refusal:
        form.refuse("code", refusal)
        return page(request, "account/code_enter", status=status_of(refusal), form=form, onward=onward)
    return _asked(request, kept, onward)


def code_message(request: Request, code: str) -> str:
    return language(request).text(CODE).format(code=code, host=request.app.state.settings.host, minutes=CODE_MINUTES)


def _asked(request: Request, kept: str, onward: str) -> Response:
    response = RedirectResponse(with_next(request.app.url_path_for("code_enter"), onward), status_code=303)
    keep_asked(request, response, kept)
    return response


def keep_asked(request: Request, response: Response, kept: str) -> None:
    """Only this browser can use the code that was asked for, and only while it lives."""
    write(request, response, CODE_ASKED, kept, CODE_MINUTES * 60)
