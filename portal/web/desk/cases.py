"""A loan as staff see it."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def find(request: Request) -> Response:
    raise NotFound


async def loan(request: Request) -> Response:
    raise NotFound
