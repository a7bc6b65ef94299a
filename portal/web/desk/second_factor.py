"""Between the password of staff and the desk: a code of the app, or the setting up of one."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.known_devices import known_device, of_staff
from portal.actions.ratelimit import STAFF_FACTORS_GUESSED, Throttled, hit, refund
from portal.actions.second_factor import (
    Pending,
    PendingOver,
    check_factor,
    pending,
    pending_token,
    provisioning_uri,
    set_factor,
    use_recovery,
)
from portal.actions.sessions import start_staff_session
from portal.actions.staff import StaffAccount
from portal.domain.refusal import Refusal
from portal.web import guard
from portal.web.changing import Elsewhere, FormPage, status_of
from portal.web.cookies import DESK, DESK_PENDING, KNOWN_DESK, clear, read, write_cookie
from portal.web.forms import Form
from portal.web.network import caller, device_name, remember
from portal.web.refused_sign_ins import REASONS, note_refused
from portal.web.render import page
from portal.web.urls import with_next

MOST_TYPED = 40


async def after_password(request: Request, account: StaffAccount, onward: str) -> Response:
    """In, where this portal asks for nothing more; else on to the second factor, with no session yet."""
    if not request.app.state.settings.second_factor:
        return await let_in(request, account, "password", onward)
    step = "desk_code" if account.has_factor else "desk_set_up"
    response = RedirectResponse(with_next(request.app.url_path_for(step), onward), status_code=303)
    keep_pending(request, response, account)
    return response


async def let_in(request: Request, account: StaffAccount, how: str, onward: str) -> Response:
    """Raises StaffChanged."""
    response = RedirectResponse(onward or request.app.url_path_for("desk"), status_code=303)
    await begin(request, response, account, how)
    return response


async def begin(request: Request, response: Response, account: StaffAccount, how: str) -> None:
    """A session by that way in, in place of the one this browser had; from now on it has tries of its own.

    What was pending is none any more. Raises StaffChanged.
    """
    judged, former = account.password_hash, read(request, DESK)
    token = await start_staff_session(account.id, guard.now(), how, device_name(request), judged, former)
    write_cookie(request, response, DESK, token)
    remember(request, response, of_staff(account.id), KNOWN_DESK)
    if read(request, DESK_PENDING):
        clear(request, response, DESK_PENDING)


async def confirmed(request: Request, found: Pending, form: Form) -> tuple[str, ...]:
    """The recovery codes, once the app has shown a code that fits. Raises Refusal."""
    typed, codes = form.text("code", most=MOST_TYPED, required=True), list[str]()

    async def set_it() -> None:
        codes.extend(await set_factor(found, typed, request.app.state.vault, guard.now()))

    await counted(request, found.account, form, set_it)
    return tuple(codes)


async def counted(
    request: Request,
    account: StaffAccount,
    form: Form,
    judge: Callable[[], Awaitable[None]],
    what: Throttled = STAFF_FACTORS_GUESSED,
) -> None:
    """One try at a second factor or a password of somebody known, limited as everywhere.

    Raises the form's first refusal, TooManyTries, or what `judge` raises.
    """
    form.check()
    vault, at = request.app.state.vault, guard.now()
    came_from = caller(request, KNOWN_DESK)
    counts = what.counts(came_from, account.email, known_device(came_from, vault, [of_staff(account.id)]))
    await hit(vault, counts, at)
    await judge()
    await refund(vault, counts)


def keep_pending(request: Request, response: Response, account: StaffAccount) -> None:
    write_cookie(request, response, DESK_PENDING, pending_token(account, request.app.state.vault, guard.now()))


async def found_pending(request: Request) -> Pending:
    """Raises PendingOver."""
    return await pending(read(request, DESK_PENDING), request.app.state.vault, guard.now())


def offered(found: Pending) -> dict[str, Any]:
    """What a page that sets an app up shows: the square, and the secret in groups for whoever types it."""
    square = segno.make(provisioning_uri(found), error="m", micro=False)
    drawn = square.svg_inline(scale=4, border=4, light="#fff", svgclass="square", lineclass=None)
    groups = [found.secret[start : start + 4] for start in range(0, len(found.secret), 4)]
    return {"square": Markup(drawn), "typed_secret": " ".join(groups)}


def desk_onward(request: Request) -> str:
    onward = guard.onward(request)
    return onward if onward.startswith("/desk") else ""


async def _pending(request: Request, has_factor: bool) -> Pending:
    """Between password and desk; whoever has no right to it, or none any more, begins again."""
    with suppress(PendingOver):
        found = await found_pending(request)
        if found.account.has_factor is has_factor:
            return found
    begin_again = with_next(request.app.url_path_for("desk_sign_in"), desk_onward(request))
    raise Elsewhere(RedirectResponse(begin_again, status_code=303))


async def _values(request: Request, found: Pending, form: Form) -> Mapping[str, Any]:
    shown = {} if found.account.has_factor else offered(found)
    return {"onward": desk_onward(request), "email": found.account.email, **shown}


@FormPage("desk/code", partial(_pending, has_factor=True), _values).post()
async def code(request: Request, found: Pending, form: Form) -> Response:
    """The six digits, or a recovery code where the phone is not at hand."""
    account, vault, onward = found.account, request.app.state.vault, desk_onward(request)
    if form.raw("by") == "recovery":
        with _noted(request, account, form, "recovery"):
            typed = form.text("recovery", most=MOST_TYPED, required=True)
            await counted(request, account, form, lambda: use_recovery(account, typed, guard.now()))
            return await let_in(request, account, "recovery", onward)
    with _noted(request, account, form, "code"):
        typed = form.text("code", most=MOST_TYPED, required=True)
        await counted(request, account, form, lambda: check_factor(account, typed, vault, guard.now()))
        return await let_in(request, account, "app", onward)


@FormPage("desk/set_up", partial(_pending, has_factor=False), _values).post()
async def set_up(request: Request, found: Pending, form: Form) -> Response:
    """Whoever has no second factor yet is led here before anything else."""
    with _noted(request, found.account, form, "code"):
        codes, onward = await confirmed(request, found, form), desk_onward(request)
        response = page(request, "desk/recovery", codes=codes, onward=onward or request.app.url_path_for("desk"))
        await begin(request, response, found.account, "app")
        return response


@contextmanager
def _noted(request: Request, account: StaffAccount, form: Form, field: str) -> Iterator[None]:
    """What is refused stands at the field, and is written down."""
    try:
        yield
    except Refusal as refusal:
        form.refuse(field, refusal)
        reason, who = REASONS[status_of(refusal)], ("staff", account.ref)
        subject = f"staff:{field}"
        note_refused(request, "code-refused", reason, actor=who, subject=subject, lender_id=account.lender_id)
        raise
