"""Errors are pages with words: what happened, that nothing is lost, and the way on."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.domain.refusal import N_, Refusal
from portal.reads.cases import NotFound
from portal.web.origin import ForeignRequest
from portal.web.render import page

WORDS: Mapping[int, tuple[str, str]] = {
    404: (
        N_("This page does not exist"),
        N_("The address may be mistyped, or the page is no longer here. Nothing of yours was changed."),
    ),
    403: (
        N_("This form could not be accepted"),
        N_("It was not sent from this site, or your session has changed. Please open the page again."),
    ),
    405: (N_("This page does not exist"), N_("Nothing of yours was changed.")),
    413: (N_("That was too much at once"), N_("What was sent is too large. Nothing was changed.")),
    422: (N_("This could not be done"), N_("Nothing of yours was changed.")),
    500: (
        N_("Something went wrong on our side"),
        N_("Nothing was changed. Please try again in a few minutes, or call your lender."),
    ),
    503: (N_("Too many people at once"), N_("Nothing was changed. Please try again in a minute.")),
}


def problem(request: Request, status: int, refusal: Refusal | None = None) -> Response:
    title, text = WORDS.get(status, WORDS[422])
    return page(request, "error", status=status, code=status, title=title, text=text, refusal=refusal)


async def not_found(request: Request, error: Exception) -> Response:
    return problem(request, 404)


async def foreign(request: Request, error: Exception) -> Response:
    return problem(request, 403)


async def refused(request: Request, error: Exception) -> Response:
    """A refusal no handler put beside a field."""
    assert isinstance(error, Refusal)
    return problem(request, 422, error)


async def http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(request, error.status_code)


async def broken(request: Request, error: Exception) -> Response:
    return problem(request, 500)


HANDLERS: Mapping[Any, Any] = {
    NotFound: not_found,
    ForeignRequest: foreign,
    Refusal: refused,
    HTTPException: http_problem,
    500: broken,
}
