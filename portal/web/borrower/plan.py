"""Proposing a plan: one address, one handler; GET with a query previews, POST proposes."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def plan(request: Request) -> Response:
    raise NotFound
