"""Every route names its audience here: who may come in is decided before a handler sees the request."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import wraps

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.act import Acting, Author, FormToken
from portal.actions.presence import last_seen, see_session
from portal.actions.sessions import ANSWER_LOST, PROOF_LASTS
from portal.clock import now as now
from portal.domain.event import Actor, BusinessTime
from portal.domain.restructuring.negotiation import Move
from portal.reads.cases import NotFound
from portal.reads.complaints import open_complaints
from portal.reads.numbers import changed_numbers
from portal.reads.payment_claims import claims_to_answer
from portal.reads.second import second_count
from portal.reads.sessions import SignedInPerson, SignedInStaff, signed_in_person, signed_in_staff
from portal.vault import token_hash
from portal.web import csrf
from portal.web.beside import beside_sessions
from portal.web.cookies import BORROWER, DESK, read
from portal.web.forms import MOST_FIELDS
from portal.web.render import page, page_language, wants_fragment
from portal.web.urls import SAFE, own_path, page_path, typed_path, with_next

_Handler = Callable[[Request], Awaitable[Response]]

# Whoever was away so long is asked again: somebody else may hold the phone by now. Being there is noted by the minute.
IDLE, NOTED = timedelta(minutes=30), timedelta(minutes=1)
# What people write of themselves, by the names of the fields: it may not stand in an address.
PERSONAL = (
    *("should_be", "when", "who", "number", "reference", "note", "why"),
    *("income", "home", "food", "travel", "family", "debts", "other"),
)
LONGEST_REF = 32


class WrongRole(NotFound):
    """A page of another role: as if it were not there. Carries the ref and the lender's id of who tried."""


def for_anyone(handler: _Handler) -> _Handler:
    """Public pages; they still know who is signed in, for the way out."""

    async def endpoint(request: Request) -> Response:
        person = await _person(request)
        request.state.signed_in = "borrower" if person else None
        await _check_form(request)
        return await handler(request)

    return _named(endpoint, handler, "anyone")


def for_borrower(handler: _Handler, *, fresh: str = "", locked: bool = False) -> _Handler:
    """Pages of a person who is signed in; `person(request)` is theirs.

    What binds or gives much away names a page as `fresh`: the password or a code is asked for again, and then the
    way goes on there. What may be seen although its session is locked says so.
    """

    async def endpoint(request: Request) -> Response:
        person = await _person(request) or (await _just_proven(request) if locked else None)
        if person is None:
            return await _session_ended(request, "sign_in")
        if is_locked(person) and not locked:
            return await _session_ended(request, "prove")
        request.state.signed_in = "borrower"
        request.state.locks_after = IDLE if opens_again(person) else None
        request.state.beside = await beside_sessions(request, now())
        if person.changed_lenders:
            vault = request.app.state.vault
            request.state.changed_numbers = await changed_numbers(person.scope, person.changed_lenders, vault, now())
        if not locked:
            _note_seen(person)
        await _check_form(request)
        if fresh and not is_fresh(person):
            return to_proof(request, request.app.url_path_for(fresh, **request.path_params))
        return await handler(request)

    return _named(endpoint, handler, "borrower")


def is_fresh(person: SignedInPerson) -> bool:
    return bool(person.proven_lenders) and person.proven_at is not None and now() - person.proven_at <= PROOF_LASTS


def is_proven(person: SignedInPerson, lender_id: int) -> bool:
    """Whether the password or a code has just told this lender who it is."""
    return is_fresh(person) and lender_id in person.proven_lenders


def to_proof(request: Request, onward: str) -> Response:
    """Asks who it is, and then goes on at `onward`."""
    return RedirectResponse(with_next(request.app.url_path_for("prove"), onward), status_code=303)


def is_locked(person: SignedInPerson) -> bool:
    """Away for long, or come in by something that opens no lender yet."""
    return not person.lenders or (now() - _seen(person) > IDLE and opens_again(person))


def opens_again(person: SignedInPerson) -> bool:
    """By a password, or by a code to a number; else it would be locked for good."""
    return person.has_password or person.has_phone


def for_staff(handler: _Handler, *roles: str, upload: bool = False, most_fields: int = MOST_FIELDS) -> _Handler:
    """Pages of the lender's staff, of these roles where any is named; another role finds nothing there.

    A desk that nobody used for a while has to be signed in to again. The form of an `upload` is read by its handler,
    so that nobody else's file is; one that has a tick for each row of a list may have `most_fields`.
    """

    async def endpoint(request: Request) -> Response:
        token = read(request, DESK)
        found = await signed_in_staff(token_hash(token), now()) if token else None
        if found is None or now() - _seen(found) > IDLE or _lacks_factor(request, found):
            return await _session_ended(request, "desk_sign_in", upload, most_fields)
        if roles and found.role not in roles:
            raise WrongRole(found.ref, found.lender_id)
        _note_seen(found)
        request.state.staff = found
        request.state.signed_in = "staff"
        request.state.locks_after = IDLE
        request.state.lender_name = found.lender_name
        request.state.timezone = found.timezone
        request.state.payments = await claims_to_answer(found.lender_id)
        request.state.problems = await open_complaints(found.lender_id)
        request.state.second = await second_count(found.lender_id, today(request, found.timezone))
        if not upload:
            await _check_form(request, most_fields)
        return await handler(request)

    return _named(endpoint, handler, "staff")


def _lacks_factor(request: Request, found: SignedInStaff) -> bool:
    """A session of before this portal asked for a second factor, or of a demonstration on the same database."""
    return bool(request.app.state.settings.second_factor) and found.how == "password"


def person(request: Request) -> SignedInPerson:
    found: SignedInPerson = request.state.person
    return found


def current_staff(request: Request) -> SignedInStaff:
    found: SignedInStaff = request.state.staff
    return found


def form(request: Request) -> FormData:
    """The form that was sent, its origin and token checked."""
    found: FormData = request.state.form
    return found


def onward(request: Request) -> str:
    """Where the way goes on afterwards, as the form or the address says; empty where that is no page of ours."""
    typed = getattr(request.state, "form", {}).get("next") or request.query_params.get("next", "")
    return own_path(str(typed))


def actor(request: Request) -> Actor:
    """Who acts, as an event names them."""
    if getattr(request.state, "staff", None) is not None:
        return Actor("staff", current_staff(request).ref)
    return Actor("borrower", person(request).ref)


def author(request: Request, note: str = "") -> Author:
    """Who acts and what they wrote, in the language of the page they wrote it on."""
    signed_in = getattr(request.state, "staff", None)
    role = signed_in.role if signed_in is not None else ""
    return Author(actor(request), request.app.state.vault, note, page_language(request).tag, role)


def acting(request: Request, timezone: str, token: FormToken, note: str = "") -> Acting:
    """Who acts with which words, what their form carried back, and when, in the lender's time zone."""
    return Acting(author(request, note), token, business_time(request, timezone))


def wanted(request: Request) -> Move:
    """The move that a form's address names. Raises NotFound for one nobody knows."""
    try:
        return Move(request.path_params["move"])
    except ValueError:
        raise NotFound from None


def business_time(request: Request, timezone: str) -> BusinessTime:
    """Now, and the lender's business day."""
    found: BusinessTime = request.app.state.settings.moment(now(), timezone)
    return found


def today(request: Request, timezone: str) -> date:
    return business_time(request, timezone).today


async def _person(request: Request) -> SignedInPerson | None:
    token = read(request, BORROWER)
    found = await signed_in_person(token_hash(token), now()) if token else None
    request.state.person = found
    return found


def token_once_proven(request: Request) -> str:
    """What this browser's session has once it has proven who it is, twice the same for whoever sends that twice."""
    return str(request.app.state.vault.lookup("session", read(request, BORROWER)))


async def _just_proven(request: Request) -> SignedInPerson | None:
    """Whoever has just proven who they are and lost the answer, by the token of before: it leads to proving it again,
    and shows and opens nothing else.
    """
    if request.method in SAFE or not read(request, BORROWER):
        return None
    found = await signed_in_person(token_hash(token_once_proven(request)), now())
    if found is None or found.proven_at is None or now() - found.proven_at > ANSWER_LOST:
        return None
    request.state.person = found
    return found


def _seen(signed_in: SignedInPerson | SignedInStaff) -> datetime:
    return last_seen(signed_in.session_id, signed_in.seen_at)


def _note_seen(signed_in: SignedInPerson | SignedInStaff) -> None:
    if now() - _seen(signed_in) > NOTED:
        see_session(signed_in.session_id, signed_in.seen_at, now())


async def _check_form(request: Request, most_fields: int = MOST_FIELDS) -> None:
    if request.method in SAFE:
        return
    vouched = csrf.check_source(request)
    request.state.form = await request.form(max_files=0, max_fields=most_fields)
    csrf.check_token(request, str(request.state.form.get("csrf", "")), vouched)


async def _session_ended(request: Request, door: str, upload: bool = False, most_fields: int = MOST_FIELDS) -> Response:
    """To the door and back again; a live preview is left as it stands, and its page says that it could not be had."""
    if wants_fragment(request):
        return Response(status_code=401)
    address = request.app.url_path_for(door)
    if request.method in SAFE:
        return RedirectResponse(with_next(address, page_path(request)), status_code=303)
    typed = FormData() if upload else await request.form(max_files=0, max_fields=most_fields)
    return interrupted(request, 401, typed, address)


def interrupted(request: Request, status: int, typed: FormData, door: str = "") -> Response:
    """What was typed goes along in the way back, or is shown to be copied where it is personal."""
    words = [str(typed.get(name, "")) for name in PERSONAL]
    personal = {"note": "\n".join(text for text in words if text), "reason": str(typed.get("reason", ""))}
    desk = request.url.path.startswith("/desk")
    return page(
        request, "interrupted", status=status, back=typed_path(request, typed), door=door, desk=desk, **personal
    )


def check_address(request: Request) -> None:
    """No database keeps a longer name or one with a NUL in it, so nothing is there. Raises NotFound."""
    if "\0" in request.scope["path"] or len(request.path_params.get("ref", "")) > LONGEST_REF:
        raise NotFound


def _named(endpoint: _Handler, handler: _Handler, audience: str) -> _Handler:
    @wraps(handler)
    async def guarded(request: Request) -> Response:
        check_address(request)
        return await endpoint(request)

    guarded.audience = audience  # type: ignore[attr-defined]
    return guarded
