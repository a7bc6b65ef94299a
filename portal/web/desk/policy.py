"""The published policy, as it is in force."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def policy(request: Request) -> Response:
    raise NotFound
