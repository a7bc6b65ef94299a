"""An own account at the desk: password, sessions, second factor."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.ratelimit import STAFF_PASSWORDS_GUESSED, TooManyTries
from portal.actions.second_factor import PendingOver, new_recovery
from portal.actions.sessions import end_session
from portal.actions.staff import StaffAccount, change_own_password, staff_by_id
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import NotFound
from portal.reads.desk import colleague
from portal.reads.sessions import sessions_of_staff
from portal.web import guard
from portal.web.cookies import DESK_PENDING, clear
from portal.web.desk.second_factor import confirmed, counted, found_pending, keep_pending, offered
from portal.web.error_pages import status_of
from portal.web.forms import Form
from portal.web.passwords import check_new, hashed, matches, names_here
from portal.web.render import page, see_other
from portal.web.urls import SAFE

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
        sessions=await sessions_of_staff(signed_in.staff_id, at),
        asks_factor=request.app.state.settings.second_factor,
        done=_DONE.get(request.query_params.get("done", "")),
    )


async def end_staff_sessions(request: Request) -> Response:
    """Ends one of one's own sessions; this one too, which is signing out."""
    signed_in, ref = guard.current_staff(request), request.path_params["ref"]
    found = [each for each in await sessions_of_staff(signed_in.staff_id, guard.now()) if each.ref == ref]
    if not found:
        raise NotFound(ref)
    await end_session(found[0].id, guard.now())
    return _done(request, "session")


async def change_staff_password(request: Request) -> Response:
    """Another password, for whoever gives the present one."""
    if request.method in SAFE:
        return page(request, "desk/password", form=Form({}))
    form, me = Form(dict(guard.form(request))), await _me(request)
    try:
        await _present(request, me, form)
        names = names_here(request, [(me.lender_name, me.lender_slug)])
        new = check_new(form.values.get("password", ""), (me.email, *me.email.split("@")), names)
        await change_own_password(me, await hashed(new), guard.current_staff(request).session_id, guard.now())
    except Refusal as refusal:
        form.refuse("present" if isinstance(refusal, PresentWrong | TooManyTries) else "password", refusal)
        return page(request, "desk/password", status=status_of(refusal), form=form)
    return _done(request, "password")


async def recovery(request: Request) -> Response:
    """Ten new recovery codes, shown once."""

    async def then(me: StaffAccount) -> Response:
        return _codes(request, await new_recovery(me, guard.now()))

    return await _asking(request, "desk_recovery", then)


async def change_second_factor(request: Request) -> Response:
    """The second factor moves to another phone: the present password, then a code that the new one shows."""
    _require_factor(request)
    try:
        found = await found_pending(request)
    except PendingOver:
        found = None
    if found is None or found.account.id != guard.current_staff(request).staff_id:
        return await _asking(request, "desk_device", lambda me: _offer(request, me))
    form = Form({} if request.method in SAFE else dict(guard.form(request)))
    if request.method in SAFE:
        return page(request, "desk/device", form=form, **offered(found))
    try:
        codes = await confirmed(request, found, form)
    except Refusal as refusal:
        form.refuse("code", refusal)
        return page(request, "desk/device", status=status_of(refusal), form=form, **offered(found))
    response = _codes(request, codes)
    clear(request, response, DESK_PENDING)
    return response


async def _offer(request: Request, me: StaffAccount) -> Response:
    response = see_other(request, "desk_device")
    keep_pending(request, response, me)
    return response


async def _asking(request: Request, where: str, then: Callable[[StaffAccount], Awaitable[Response]]) -> Response:
    """Asks for the present password before what follows."""
    _require_factor(request)
    if request.method in SAFE:
        return page(request, "desk/present", form=Form({}), where=where)
    form, me = Form(dict(guard.form(request))), await _me(request)
    try:
        await _present(request, me, form)
        return await then(me)
    except Refusal as refusal:
        form.refuse("present", refusal)
        return page(request, "desk/present", status=status_of(refusal), form=form, where=where)


async def _present(request: Request, me: StaffAccount, form: Form) -> None:
    """Raises PresentWrong, TooManyTries."""

    async def judge() -> None:
        if not await matches(me.password_hash, form.values.get("present", "")):
            raise PresentWrong("present")

    await counted(request, me, form, judge, STAFF_PASSWORDS_GUESSED)


async def _me(request: Request) -> StaffAccount:
    found = await staff_by_id(guard.current_staff(request).staff_id)
    if found is None:
        raise NotFound
    return found


def _require_factor(request: Request) -> None:
    if not request.app.state.settings.second_factor:
        raise NotFound


def _codes(request: Request, codes: tuple[str, ...]) -> Response:
    return page(request, "desk/recovery", codes=codes, onward=request.app.url_path_for("desk_account"))


def _done(request: Request, what: str) -> Response:
    return RedirectResponse(f"{request.app.url_path_for('desk_account')}?done={what}", 303)
