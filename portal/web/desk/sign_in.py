"""Staff come in by e-mail and password, after a one-time activation; the second factor follows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.known_devices import known_device, of_staff
from portal.actions.ratelimit import STAFF_PASSWORDS_GUESSED, TooManyTries, hit, refund
from portal.actions.sessions import end_session
from portal.actions.staff import LinkOver, StaffAccount, activation, keep_renewed_of_staff, staff_by_email
from portal.actions.staff import activate as activate_account
from portal.domain.refusal import N_, Refusal
from portal.web import guard
from portal.web.changing import Elsewhere, FormPage
from portal.web.cookies import DESK, DESK_PENDING, KNOWN_DESK, clear
from portal.web.desk.second_factor import after_password, desk_onward
from portal.web.forms import Form
from portal.web.network import caller
from portal.web.passwords import check_new, hashed, matches, names_here, renewed, require_room
from portal.web.render import page, see_other
from portal.web.urls import without_tail

# RFC 5321, 4.5.3.1.3
LONGEST_EMAIL = 254


class NotStaff(Refusal):
    says = N_("E-mail and password do not fit together.")


async def _onward(request: Request) -> str:
    return desk_onward(request)


async def _values(request: Request, onward: str, form: Form) -> Mapping[str, Any]:
    return {"email": _email(form), "onward": onward, "error": form.errors.get("email")}


@FormPage("desk/sign_in", _onward, _values).post(at={TooManyTries: "email", NotStaff: "email"})
async def staff_sign_in(request: Request, onward: str, form: Form) -> Response:
    email, vault, at = _email(form), request.app.state.vault, guard.now()
    require_room()
    account, came_from = await staff_by_email(email), caller(request, KNOWN_DESK)
    device = known_device(came_from, vault, [of_staff(account.id if account else None)])
    counts = STAFF_PASSWORDS_GUESSED.counts(came_from, email, device)
    await hit(vault, counts, at)
    account = await _right(account, form.values.get("password", ""))
    if account is None:
        raise NotStaff("email")
    await refund(vault, counts)
    return await after_password(request, account, onward)


def _email(form: Form) -> str:
    return form.raw("email").lower()[:LONGEST_EMAIL]


async def _right(account: StaffAccount | None, password: str) -> StaffAccount | None:
    """The account, where the password is its own; the hash is kept by the parameters of now."""
    judged = account.password_hash if account else None
    if not await matches(judged, password) or account is None or judged is None:
        return None
    newer = await renewed(judged, password)
    if newer and await keep_renewed_of_staff(account.id, judged, newer):
        return replace(account, password_hash=newer)
    return account


async def _activated(request: Request) -> StaffAccount:
    token = request.path_params["token"]
    if (clean := without_tail(token)) != token:
        raise Elsewhere(see_other(request, "desk_activate", token=clean))
    try:
        return await activation(token, guard.now())
    except LinkOver as refusal:
        raise Elsewhere(page(request, "desk/activate", status=410, email="", error=refusal)) from None


async def _activation_values(request: Request, account: StaffAccount, form: Form) -> Mapping[str, Any]:
    return {"email": account.email}


@FormPage("desk/activate", _activated, _activation_values).post(Refusal)
async def activate_staff(request: Request, account: StaffAccount, form: Form) -> Response:
    """The one-time link sets the first password."""
    names = names_here(request, [(account.lender_name, account.lender_slug)])
    known = (account.email, *account.email.split("@"))
    password_hash = await hashed(check_new(form.values.get("password", ""), known, names))
    await activate_account(request.path_params["token"], password_hash, guard.now())
    return await after_password(request, replace(account, password_hash=password_hash), "")


async def staff_sign_out(request: Request) -> Response:
    await end_session(guard.current_staff(request).session_id, guard.now())
    response = see_other(request, "desk_sign_in")
    for cookie in (DESK, DESK_PENDING):
        clear(request, response, cookie)
    return response
