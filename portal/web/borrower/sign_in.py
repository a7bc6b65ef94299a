"""Coming back by phone and password, and leaving for good."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def sign_in(request: Request) -> Response:
    raise NotFound


async def help(request: Request) -> Response:
    raise NotFound


async def sign_out(request: Request) -> Response:
    raise NotFound
