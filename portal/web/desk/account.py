"""An own account at the desk: password, sessions, second factor."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.ratelimit import STAFF_PASSWORDS_GUESSED, TooManyTries
from portal.actions.second_factor import Pending, PendingOver, new_recovery
from portal.actions.sessions import end_session
from portal.actions.staff import StaffAccount, change_own_password, staff_by_id
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import NotFound
from portal.reads.desk import colleague
from portal.reads.sessions import sessions_of_staff
from portal.web import guard
from portal.web.changing import Elsewhere, FormPage, done_here, see_done
from portal.web.cookies import DESK_PENDING, clear
from portal.web.desk.second_factor import confirmed, counted, found_pending, keep_pending, offered
from portal.web.explained import begun
from portal.web.forms import Form
from portal.web.passwords import check_new, hashed, matches, names_here
from portal.web.refused_sign_ins import route_name
from portal.web.render import page, see_other

_DONE = {
    "password": N_("Your new password holds from now on. Your other sessions have ended."),
    "session": N_("That session has ended."),
}


class PresentWrong(Refusal):
    says = N_("This is not your present password.")


async def staff_account(request: Request) -> Response:
    signed_in, at = guard.current_staff(request), guard.now()
    return page(
        request,
        "desk/account",
        colleague=await colleague(signed_in.lender_id, signed_in.ref, at),
        session_id=signed_in.session_id,
        sessions=begun(request, await sessions_of_staff(signed_in.staff_id, at)),
        asks_factor=request.app.state.settings.second_factor,
        done=done_here(request, _DONE),
    )


async def end_staff_sessions(request: Request) -> Response:
    """Ends one of one's own sessions; this one too, which is signing out."""
    signed_in, ref = guard.current_staff(request), request.path_params["ref"]
    found = [each for each in await sessions_of_staff(signed_in.staff_id, guard.now()) if each.ref == ref]
    if not found:
        raise NotFound(ref)
    await end_session(found[0].id, guard.now())
    return see_done(request, "desk_account", "session")


async def _me(request: Request) -> StaffAccount:
    found = await staff_by_id(guard.current_staff(request).staff_id)
    if found is None:
        raise NotFound
    return found


async def _me_with_factor(request: Request) -> StaffAccount:
    if not request.app.state.settings.second_factor:
        raise NotFound
    return await _me(request)


async def _values(request: Request, subject: object, form: Form) -> Mapping[str, Any]:
    return {"where": route_name(request)}


@FormPage("desk/password", _me, _values).post(
    at={PresentWrong: "present", TooManyTries: "present", Refusal: "password"}
)
async def change_staff_password(request: Request, me: StaffAccount, form: Form) -> Response:
    """Another password, for whoever gives the present one."""
    await _check_present(request, me, form)
    names = names_here(request, [(me.lender_name, me.lender_slug)])
    new = check_new(form.values.get("password", ""), (me.email, *me.email.split("@")), names)
    await change_own_password(me, await hashed(new), guard.current_staff(request).session_id, guard.now())
    return see_done(request, "desk_account", "password")


_PRESENT = FormPage("desk/present", _me_with_factor, _values)
"""Asks for the present password before what follows."""


@_PRESENT.post(at={Refusal: "present"})
async def recovery(request: Request, me: StaffAccount, form: Form) -> Response:
    """Ten new recovery codes, shown once."""
    await _check_present(request, me, form)
    return _codes(request, await new_recovery(me, guard.now()))


@_PRESENT.post(at={Refusal: "present"})
async def _begin_to_move(request: Request, me: StaffAccount, form: Form) -> Response:
    await _check_present(request, me, form)
    response = see_other(request, "desk_device")
    keep_pending(request, response, me)
    return response


async def _moving(request: Request) -> Pending:
    """Whoever has given the password for it just now; others are asked for it first."""
    with suppress(PendingOver):
        found = await found_pending(request)
        if found.account.id == guard.current_staff(request).staff_id:
            return found
    raise Elsewhere(await _begin_to_move(request))


async def _offered(request: Request, found: Pending, form: Form) -> Mapping[str, Any]:
    return offered(found)


@FormPage("desk/device", _moving, _offered).post(at={Refusal: "code"})
async def change_second_factor(request: Request, found: Pending, form: Form) -> Response:
    """The second factor moves to another phone: the present password, then a code that the new one shows."""
    response = _codes(request, await confirmed(request, found, form))
    clear(request, response, DESK_PENDING)
    return response


async def _check_present(request: Request, me: StaffAccount, form: Form) -> None:
    """Raises PresentWrong, TooManyTries."""

    async def judge() -> None:
        if not await matches(me.password_hash, form.values.get("present", "")):
            raise PresentWrong("present")

    await counted(request, me, form, judge, STAFF_PASSWORDS_GUESSED)


def _codes(request: Request, codes: tuple[str, ...]) -> Response:
    return page(request, "desk/recovery", codes=codes, onward=request.app.url_path_for("desk_account"))
