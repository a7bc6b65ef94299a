"""Every route names its audience here: who may come in is decided before a handler sees the request."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.domain.event import Actor, Moment
from portal.reads.cases import NotFound
from portal.reads.sessions import SignedInPerson, SignedInStaff, signed_in_person, signed_in_staff
from portal.vault import token_hash
from portal.web import origin
from portal.web.cookies import BORROWER, DESK, read
from portal.web.render import page

Handler = Callable[[Request], Awaitable[Response]]

NOT_TYPED = frozenset({"csrf", "key", "seen", "as_of", "password", "note"})


def for_anyone(handler: Handler) -> Handler:
    """Public pages; they still know who is signed in, for the way out."""

    async def endpoint(request: Request) -> Response:
        person = await _person(request)
        request.state.signed_in = "borrower" if person else None
        await _check_form(request)
        return await handler(request)

    return _named(endpoint, handler, "anyone")


def for_borrower(handler: Handler) -> Handler:
    """Pages of a person who is signed in; `person(request)` is theirs."""

    async def endpoint(request: Request) -> Response:
        person = await _person(request)
        if person is None:
            return await _session_ended(request)
        request.state.signed_in = "borrower"
        await _check_form(request)
        return await handler(request)

    return _named(endpoint, handler, "borrower")


def for_staff(handler: Handler, *roles: str) -> Handler:
    """Pages of the lender's staff, of these roles where any is named; another role finds nothing there."""

    async def endpoint(request: Request) -> Response:
        token = read(request, DESK)
        found = await signed_in_staff(token_hash(token), now()) if token else None
        if found is None:
            return RedirectResponse(request.app.url_path_for("desk_sign_in"), status_code=303)
        if roles and found.role not in roles:
            raise NotFound
        request.state.staff = found
        request.state.signed_in = "staff"
        request.state.lender_name = found.lender_name
        request.state.timezone = found.timezone
        await _check_form(request)
        return await handler(request)

    return _named(endpoint, handler, "staff")


def person(request: Request) -> SignedInPerson:
    found: SignedInPerson = request.state.person
    return found


def staff(request: Request) -> SignedInStaff:
    found: SignedInStaff = request.state.staff
    return found


def form(request: Request) -> FormData:
    """The form that was sent, its origin and token checked."""
    found: FormData = request.state.form
    return found


def actor(request: Request) -> Actor:
    """Who acts, as an event names them."""
    if getattr(request.state, "staff", None) is not None:
        return Actor("staff", staff(request).ref)
    return Actor("borrower", person(request).ref)


def moment(request: Request, timezone: str) -> Moment:
    """Now, and the lender's business day; where the settings fix the day, as a demonstration does, now is on it."""
    at = now()
    fixed: date | None = request.app.state.settings.business_date
    if fixed is not None:
        local = at.astimezone(ZoneInfo(timezone))
        return Moment(datetime.combine(fixed, local.timetz()).astimezone(UTC), fixed)
    return Moment(at, at.astimezone(ZoneInfo(timezone)).date())


def today(request: Request, timezone: str) -> date:
    return moment(request, timezone).today


def now() -> datetime:
    return datetime.now(UTC)


async def _person(request: Request) -> SignedInPerson | None:
    token = read(request, BORROWER)
    found = await signed_in_person(token_hash(token), now()) if token else None
    request.state.person = found
    return found


async def _check_form(request: Request) -> None:
    if request.method in origin.SAFE:
        return
    origin.check_source(request)
    request.state.form = await request.form(max_files=0, max_fields=60)
    origin.check_token(request, str(request.state.form.get("csrf", "")))


async def _session_ended(request: Request) -> Response:
    """To the door and back again; what was typed goes along, or is shown to be copied where it is personal."""
    if request.method in origin.SAFE:
        query = urlencode({"next": _path_of(request)})
        return RedirectResponse(f"{request.app.url_path_for('sign_in')}?{query}", status_code=303)
    typed = await request.form(max_files=0, max_fields=60)
    kept = {name: str(value) for name, value in typed.items() if name not in NOT_TYPED and value}
    back = request.url.path + (f"?{urlencode(kept)}" if kept else "")
    return page(request, "session_ended", status=401, back=back, note=str(typed.get("note", "")))


def _path_of(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _named(endpoint: Handler, handler: Handler, audience: str) -> Handler:
    endpoint.__name__ = handler.__name__
    endpoint.audience = audience  # type: ignore[attr-defined]
    return endpoint
