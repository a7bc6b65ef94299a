"""Errors are pages with words: what happened, that nothing is lost, and the way on."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.domain.refusal import Refusal
from portal.reads.cases import NotFound
from portal.vault import Erased
from portal.web.api import problem_details as api
from portal.web.changing import status_of
from portal.web.csrf import ForeignRequest, OldForm
from portal.web.guard import WrongRole, form, interrupted
from portal.web.middleware import secured
from portal.web.refused_sign_ins import note_refused, route_name
from portal.web.render import page, page_language
from portal.web.request_log import HEADER

_ErrorHandler = Callable[[Request, Exception], Awaitable[Response]]


def error_page(request: Request, status: int, refusal: Refusal | None = None) -> Response:
    """The error page; a refusal puts its own sentence in the place of the general one.

    What is our fault has a number to quote: the request's id, under which the log has it.
    """
    sentence = page_language(request).refusal(refusal) if refusal else None
    reference = request.state.request_id if status >= 500 else ""
    return page(request, "error", status=status, sentence=sentence, reference=reference)


async def not_found(request: Request, error: Exception) -> Response:
    if isinstance(error, WrongRole):
        ref, lender_id = error.args
        note_refused(request, "role-refused", route_name(request), actor=("staff", ref), lender_id=lender_id)
    return error_page(request, 404)


async def foreign(request: Request, error: Exception) -> Response:
    """What was typed into a page of ours that was open for too long is not lost."""
    if isinstance(error, OldForm):
        return interrupted(request, 403, form(request))
    note_refused(request, "form-refused", str(error), subject=f"page:{route_name(request)}")
    return error_page(request, 403)


async def refused_page(request: Request, error: Exception) -> Response:
    """A refusal that no handler put beside a field."""
    assert isinstance(error, Refusal)
    return error_page(request, status_of(error), error)


async def erased(request: Request, error: Exception) -> Response:
    """What somebody may see but nobody can read any more."""
    return page(request, "error", status=410, sentence=None)


async def http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = error_page(request, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def broken(request: Request, error: Exception) -> Response:
    """Answered outside every middleware, so what they add is added here."""
    return _as_every_answer(request, error_page(request, 500))


def _by_address(handler: _ErrorHandler) -> _ErrorHandler:
    """A machine gets a problem it can read, a person a page."""

    async def answer(request: Request, error: Exception) -> Response:
        if not request.url.path.startswith(api.API_PREFIX):
            return await handler(request, error)
        response = await api.api_error(request, error)
        if isinstance(error, HTTPException):
            response.headers.update(error.headers or {})
        return _as_every_answer(request, response)

    return answer


def _as_every_answer(request: Request, response: Response) -> Response:
    secured(response.headers, request.app.state.settings.secure)
    response.headers[HEADER] = request.state.request_id
    return response


HANDLERS: Mapping[Any, Any] = {
    NotFound: _by_address(not_found),
    Erased: _by_address(erased),
    ForeignRequest: foreign,
    Refusal: _by_address(refused_page),
    HTTPException: _by_address(http_problem),
    api.ProblemDetails: api.api_error,
    500: _by_address(broken),
}
