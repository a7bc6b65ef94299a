"""Each request to a test deployment lives by its clock; every page says that it is one, and which day it is there."""

from starlette.types import ASGIApp, Receive, Scope, Send

from portal.reads.test_clock import read_test_clock


class ByTestClock:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["test_clock"] = await read_test_clock()
        await self.app(scope, receive, send)
