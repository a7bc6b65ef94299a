"""The queue: what is to be decided, the most urgent first."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def queue(request: Request) -> Response:
    raise NotFound
