"""A proposal beside the contract and the numbers, and the lender's answers to it."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.cases import NotFound


async def proposal(request: Request) -> Response:
    raise NotFound


async def counter(request: Request) -> Response:
    raise NotFound


async def move(request: Request) -> Response:
    raise NotFound
