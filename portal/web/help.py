"""Public pages: the front door, privacy, plain-language help, and the page one tap away from everything."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from portal.reads.cases import NotFound
from portal.reads.health import answers, opens
from portal.web import guard
from portal.web.addresses import own_path
from portal.web.cookies import LANGUAGE, YEAR_SECONDS, write
from portal.web.languages import languages
from portal.web.render import page

TOPICS = ("words", "penalty", "plan", "credit-record", "court", "false-collectors", "advice")


async def home(request: Request) -> Response:
    if request.state.signed_in:
        return RedirectResponse(request.app.url_path_for("loans"), status_code=303)
    return page(request, "help/home")


async def language(request: Request) -> Response:
    """Keeps the language that was chosen, for a year, and goes back to where it was chosen."""
    form = guard.form(request)
    back = own_path(str(form.get("next", ""))) or request.app.url_path_for("home")
    response = RedirectResponse(back, status_code=303)
    chosen = str(form.get("lang", ""))
    if chosen in languages():
        write(request, response, LANGUAGE, chosen, YEAR_SECONDS)
    return response


async def privacy(request: Request) -> Response:
    return page(request, "help/privacy")


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
    ready = await answers() and await opens(request.app.state.vault)
    return PlainTextResponse("ready") if ready else PlainTextResponse("not ready", status_code=503)
