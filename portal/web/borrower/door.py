"""The door: an invitation shows nothing until the last four digits are right, and opening it changes nothing."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def invitation(request: Request) -> Response:
    raise NotFound


async def consent(request: Request) -> Response:
    raise NotFound


async def not_me(request: Request) -> Response:
    raise NotFound
