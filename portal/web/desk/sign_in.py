"""Staff come in by e-mail and password, after a one-time activation."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def sign_in(request: Request) -> Response:
    raise NotFound


async def activate(request: Request) -> Response:
    raise NotFound


async def sign_out(request: Request) -> Response:
    raise NotFound
