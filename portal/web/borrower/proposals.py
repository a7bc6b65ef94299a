"""Where a proposal stands, and what the borrower may do next."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def proposal(request: Request) -> Response:
    raise NotFound


async def move(request: Request) -> Response:
    raise NotFound


async def agreement(request: Request) -> Response:
    raise NotFound
