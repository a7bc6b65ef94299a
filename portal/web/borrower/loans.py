"""What is owed and why: all loans on one page, and each loan's own pages."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def loans(request: Request) -> Response:
    raise NotFound


async def overview(request: Request) -> Response:
    raise NotFound


async def penalties(request: Request) -> Response:
    raise NotFound


async def terms(request: Request) -> Response:
    raise NotFound
