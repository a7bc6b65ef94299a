"""The borrower's own account."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def account(request: Request) -> Response:
    raise NotFound


async def password(request: Request) -> Response:
    raise NotFound
