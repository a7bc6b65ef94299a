"""Who works here, for the lender's admin."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def staff(request: Request) -> Response:
    raise NotFound
