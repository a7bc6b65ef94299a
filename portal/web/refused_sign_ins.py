"""Ways in that were tried and refused: each leaves a row in the access log, of codes and keyed hashes alone.

What was typed is in no row. So that nobody fills the disk by trying, at most MOST_OF_ONE are written for a network and
MOST_IN_ALL for everybody in a minute, by each process; that there were more stands in the log of the server.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from portal import clock
from portal.actions.access import note_access_later
from portal.reads.cases import NotFound
from portal.web.forms import phone_number
from portal.web.network import address, network
from portal.web.urls import SAFE

MOST_OF_ONE, MOST_IN_ALL = 5, 60
REASONS = {410: "over", 422: "wrong", 429: "too-often"}
LONGEST_TYPED = 254

_Handler = Callable[[Request], Awaitable[Response]]

_log = logging.getLogger(__name__)
_minute = ""
_written: Counter[str] = Counter()


def noting(handler: _Handler, what: str, whose: str = "") -> _Handler:
    """A way in: what it refuses is written down as `what`. `whose` is the field of the form that says who it would be.

    A form that was not filled in looks like a wrong one; it is refused too.
    """

    @wraps(handler)
    async def noted(request: Request) -> Response:
        try:
            response = await handler(request)
        except NotFound:
            note_refused(request, what, "unknown")
            raise
        status = response.status_code
        if status in REASONS and (status != 422 or request.method not in SAFE):
            note_refused(request, what, REASONS[status], subject=_subject(request, whose))
        return response

    return noted


def route_name(request: Request) -> str:
    """The page that was asked for, by its name in the sitemap: its address may have a token in it."""
    return getattr(request.scope.get("route"), "name", "") or ""


def note_refused(
    request: Request,
    what: str,
    reason: str,
    *,
    actor: tuple[str, str] = ("nobody", ""),
    subject: str = "",
    lender_id: int | None = None,
) -> None:
    """Writes one row a moment later, while there is room for it."""
    at, vault = clock.now(), request.app.state.vault
    source = vault.lookup("source", network(address(request)))
    if actor == ("nobody", ""):
        actor, lender_id = _signed_in(request)
    if _room(source, f"{at:%Y-%m-%dT%H:%M}"):
        note_access_later(actor, what, at, subject=subject, detail=reason, lender_id=lender_id, source=source)


def _signed_in(request: Request) -> tuple[tuple[str, str], int | None]:
    """Who has proven who they are before, and the lender of whoever is staff."""
    staff, person = (getattr(request.state, name, None) for name in ("staff", "person"))
    if staff is not None:
        return ("staff", staff.ref), staff.lender_id
    return ("borrower", person.ref) if person is not None else ("nobody", ""), None


def _room(source: str, minute: str) -> bool:
    global _minute
    if minute != _minute:
        _minute = minute
        _written.clear()
    if _written[source] >= MOST_OF_ONE or _written.total() >= MOST_IN_ALL:
        _log.warning("More tries were refused within a minute than are written down")
        return False
    _written[source] += 1
    return True


def _subject(request: Request, whose: str) -> str:
    """A keyed hash of the number or the e-mail address that was typed."""
    form = getattr(request.state, "form", None)
    typed = str(form.get(whose, ""))[:LONGEST_TYPED].strip() if form is not None and whose else ""
    if not typed:
        return ""
    plain = phone_number(typed) if whose == "phone" else typed.lower()
    return f"{whose}:{request.app.state.vault.lookup(whose, plain)}"
