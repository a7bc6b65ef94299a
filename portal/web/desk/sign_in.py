"""Staff come in by e-mail and password, after a one-time activation; the second factor follows."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.known_devices import known_device, of_staff
from portal.actions.ratelimit import STAFF_PASSWORDS_GUESSED, TooManyTries, hit, refund
from portal.actions.sessions import end_session
from portal.actions.staff import LinkOver, StaffAccount, activation, keep_renewed_of_staff, staff_by_email
from portal.actions.staff import activate as activate_account
from portal.domain.refusal import N_, Refusal
from portal.web import guard
from portal.web.cookies import DESK, DESK_PENDING, KNOWN_DESK, clear
from portal.web.desk.second_factor import after_password
from portal.web.forms import Form
from portal.web.network import caller
from portal.web.passwords import check_new, hashed, matches, names_here, renewed, require_room
from portal.web.render import page, see_other
from portal.web.urls import SAFE, own_path, without_tail

# RFC 5321, 4.5.3.1.3
LONGEST_EMAIL = 254


class NotStaff(Refusal):
    says = N_("E-mail and password do not fit together.")


async def staff_sign_in(request: Request) -> Response:
    if request.method in SAFE:
        onward = _own_desk(request.query_params.get("next", ""))
        return page(request, "desk/sign_in", email="", onward=onward, error=None)
    form = Form(dict(guard.form(request)))
    onward = _own_desk(form.raw("next"))
    email, vault, at = form.raw("email").lower()[:LONGEST_EMAIL], request.app.state.vault, guard.now()
    require_room()
    account, came_from = await staff_by_email(email), caller(request, KNOWN_DESK)
    device = known_device(came_from, vault, [of_staff(account.id if account else None)])
    counts = STAFF_PASSWORDS_GUESSED.counts(came_from, email, device)
    try:
        await hit(vault, counts, at)
    except TooManyTries as refusal:
        return page(request, "desk/sign_in", status=429, email=email, onward=onward, error=refusal)
    account = await _right(account, form.values.get("password", ""))
    if account is None:
        return page(request, "desk/sign_in", status=422, email=email, onward=onward, error=NotStaff("email"))
    await refund(vault, counts)
    return await after_password(request, account, onward)


async def _right(account: StaffAccount | None, password: str) -> StaffAccount | None:
    """The account, where the password is its own; the hash is kept by the parameters of now."""
    judged = account.password_hash if account else None
    if not await matches(judged, password) or account is None or judged is None:
        return None
    newer = await renewed(judged, password)
    if newer and await keep_renewed_of_staff(account.id, judged, newer):
        return replace(account, password_hash=newer)
    return account


async def activate_staff(request: Request) -> Response:
    """The one-time link sets the first password."""
    token, at = request.path_params["token"], guard.now()
    if (clean := without_tail(token)) != token:
        return see_other(request, "desk_activate", token=clean)
    try:
        account = await activation(token, at)
        email = account.email
        if request.method in SAFE:
            return page(request, "desk/activate", email=email, error=None)
        names = names_here(request, [(account.lender_name, account.lender_slug)])
        typed = Form(dict(guard.form(request))).values.get("password", "")
        password_hash = await hashed(check_new(typed, (email, *email.split("@")), names))
        await activate_account(token, password_hash, at)
    except LinkOver as refusal:
        return page(request, "desk/activate", status=410, email="", error=refusal)
    except Refusal as refusal:
        return page(request, "desk/activate", status=422, email=email, error=refusal)
    return await after_password(request, replace(account, password_hash=password_hash), "")


async def staff_sign_out(request: Request) -> Response:
    await end_session(guard.current_staff(request).session_id, guard.now())
    response = see_other(request, "desk_sign_in")
    for cookie in (DESK, DESK_PENDING):
        clear(request, response, cookie)
    return response


def _own_desk(given: str) -> str:
    return own_path(given) if given.startswith("/desk") else ""
