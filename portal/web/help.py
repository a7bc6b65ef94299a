"""Public pages: the front door, privacy, plain-language help, and the page one tap away from everything."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from portal.languages import languages
from portal.reads.cases import NotFound, lenders, lenders_of
from portal.reads.health import answers, opens, worker_seconds
from portal.reads.policy import kept_days
from portal.web import guard
from portal.web.cookies import LANGUAGE, YEAR_SECONDS, write_cookie
from portal.web.render import page

TOPICS = ("words", "penalty", "plan", "credit-record", "court", "false-collectors", "advice")


async def home(request: Request) -> Response:
    if request.state.signed_in:
        return RedirectResponse(request.app.url_path_for("loans"), status_code=303)
    return page(request, "help/home")


async def choose_language(request: Request) -> Response:
    """Keeps the language that was chosen, for a year, and goes back to where it was chosen."""
    response = RedirectResponse(guard.onward(request) or request.app.url_path_for("home"), status_code=303)
    chosen = str(guard.form(request).get("lang", ""))
    if chosen in languages():
        write_cookie(request, response, LANGUAGE, chosen, YEAR_SECONDS)
    return response


async def privacy(request: Request) -> Response:
    """Each lender's time for keeping: of those whose loans somebody sees here, or of the only one there is."""
    person = request.state.person
    if person is not None and not guard.is_locked(person):
        found = await lenders_of(person.scope)
    else:
        found = await lenders()
        found = found if len(found) == 1 else ()
    kept = [(each, await kept_days(each.id)) for each in found]
    return page(request, "help/privacy", kept=kept, operator=request.app.state.settings.operator)


async def away(request: Request) -> Response:
    return page(request, "help/away")


async def topic(request: Request) -> Response:
    name = request.path_params["topic"]
    if name not in TOPICS:
        raise NotFound(name)
    return page(request, f"help/{name.replace('-', '_')}")


async def healthz(request: Request) -> Response:
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """The first line is the answer; a worker that is missing is told below it and makes no page unready."""
    ready = await answers() and await opens(request.app.state.vault)
    seconds = await worker_seconds(datetime.now(UTC))
    worker = "no sign of life" if seconds is None else f"{seconds} s ago"
    text = f"{'ready' if ready else 'not ready'}\nworker: {worker}\n"
    return PlainTextResponse(text, status_code=200 if ready else 503)
