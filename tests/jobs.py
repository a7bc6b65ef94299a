"""The worker beside a portal that a test runs in its own process: jobs are run as in the child of `serve`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette

from portal.jobs.runner import Runner


@asynccontextmanager
async def at_work(app: Starlette) -> AsyncIterator[None]:
    runner = Runner(app.state.vault, app.state.spool, app.state.settings.moment, app.state.settings.base_url)
    going = asyncio.create_task(runner.run_all())
    try:
        yield
    finally:
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going


def with_worker(app: Starlette) -> Starlette:
    """The same for an application that opens its database itself."""
    before = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: Starlette) -> AsyncIterator[None]:
        async with before(running), at_work(app):
            yield

    app.router.lifespan_context = lifespan
    return app
