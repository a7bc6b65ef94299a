"""Staff come in by e-mail and password, after a one-time activation."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.sessions import (
    TooManyTries,
    count_try,
    end_session,
    forget_tries,
    give_back_try,
    start_staff_session,
)
from portal.actions.staff import LinkOver, activation, staff_by_email
from portal.actions.staff import activate as activate_account
from portal.domain.refusal import N_, Refusal
from portal.web import guard
from portal.web.addresses import SAFE, own_path, without_tail
from portal.web.borrower.sign_in import TRIES_PER_ADDRESS, TRIES_PER_PHONE, address
from portal.web.cookies import DESK, clear, write
from portal.web.forms import Form
from portal.web.passwords import check_new, hashed, matches, require_room
from portal.web.render import page, see_other

# RFC 5321, 4.5.3.1.3
LONGEST_EMAIL = 254


class NotStaff(Refusal):
    says = N_("E-mail and password do not fit together.")


async def sign_in(request: Request) -> Response:
    if request.method in SAFE:
        onward = _own_desk(request.query_params.get("next", ""))
        return page(request, "desk/sign_in", email="", onward=onward, error=None)
    form = Form(dict(guard.form(request)))
    onward = _own_desk(form.raw("next"))
    email, vault, at = form.raw("email").lower()[:LONGEST_EMAIL], request.app.state.vault, guard.now()
    require_room()
    try:
        await count_try(vault, "email", email, TRIES_PER_PHONE, at)
        await count_try(vault, "desk-address", address(request), TRIES_PER_ADDRESS, at)
    except TooManyTries as refusal:
        return page(request, "desk/sign_in", status=429, email=email, onward=onward, error=refusal)
    account = await staff_by_email(email)
    fits = await matches(account.password_hash if account else None, form.values.get("password", ""))
    if account is None or not fits:
        return page(request, "desk/sign_in", status=422, email=email, onward=onward, error=NotStaff("email"))
    await forget_tries(vault, "email", email)
    await give_back_try(vault, "desk-address", address(request))
    response = RedirectResponse(onward or request.app.url_path_for("desk"), status_code=303)
    write(request, response, DESK, await start_staff_session(account.id, at))
    return response


async def activate(request: Request) -> Response:
    """The one-time link sets the first password."""
    token, at = request.path_params["token"], guard.now()
    if (clean := without_tail(token)) != token:
        return see_other(request, "desk_activate", token=clean)
    try:
        email = await activation(token, at)
        if request.method in SAFE:
            return page(request, "desk/activate", email=email, error=None)
        new = check_new(Form(dict(guard.form(request))).values.get("password", ""), (email, email.partition("@")[0]))
        staff_id = await activate_account(token, await hashed(new), at)
    except LinkOver as refusal:
        return page(request, "desk/activate", status=410, email="", error=refusal)
    except Refusal as refusal:
        return page(request, "desk/activate", status=422, email=email, error=refusal)
    response = see_other(request, "desk")
    write(request, response, DESK, await start_staff_session(staff_id, at))
    return response


async def sign_out(request: Request) -> Response:
    await end_session(guard.staff(request).session_id, guard.now())
    response = see_other(request, "desk_sign_in")
    clear(request, response, DESK)
    return response


def _own_desk(given: str) -> str:
    return own_path(given) if given.startswith("/desk") else ""
