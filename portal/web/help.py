"""Public pages: the front door, privacy, plain-language help, and the page one tap away from everything."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def home(request: Request) -> Response:
    raise NotFound


async def language(request: Request) -> Response:
    raise NotFound


async def privacy(request: Request) -> Response:
    raise NotFound


async def away(request: Request) -> Response:
    raise NotFound


async def topic(request: Request) -> Response:
    raise NotFound


async def healthz(request: Request) -> Response:
    raise NotFound


async def readyz(request: Request) -> Response:
    raise NotFound
