"""The worker beside a portal that a test runs in its own process: jobs are run as in the child of `serve`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette

from portal.jobs.runner import Runner

LOOK_AGAIN_SECONDS = 0.05


async def run_all(runner: Runner) -> None:
    """What there is and what comes, until it is cancelled."""
    while True:
        if not await runner.run_waiting():
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


@asynccontextmanager
async def at_work(app: Starlette) -> AsyncIterator[None]:
    runner = Runner(app.state.vault, app.state.spool, app.state.settings.moment, app.state.settings.base_url)
    going = asyncio.create_task(run_all(runner))
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
