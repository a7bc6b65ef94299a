"""The application: settings in, an ASGI app out."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette_compress import CompressMiddleware

from portal.actions.keys import check_secrets
from portal.delivery.relay import relay
from portal.jobs.spool import Spool
from portal.reads.test_clock import require_kind
from portal.settings import Settings
from portal.tables.connection import connected
from portal.tables.migrate import require_migrated
from portal.web.api.budgets import RequestBudgets
from portal.web.desk.imports import MOST_FILE_BYTES
from portal.web.desk.policy_new import MOST_READ_BYTES
from portal.web.error_pages import HANDLERS
from portal.web.middleware import BodyLimit, SecurityHeaders
from portal.web.request_cost import CountCost
from portal.web.request_log import RequestLog
from portal.web.routes import routes
from portal.web.static import StaticFiles
from portal.web.test_clock import ByTestClock

# A page makes some thousands, and leaves next to none behind: at 700 each is gone through several times.
YOUNG_OBJECTS = 20_000
# Ten thousand Chinese characters are 90 kB in a form: a note far too long still comes back with a sentence.
MOST_BODY_BYTES = 256 * 1024
MORE_BYTES = {
    "/api/": 1024 * 1024,
    "/api/v1/portfolio": MOST_FILE_BYTES,
    "/api/v1/payments": MOST_FILE_BYTES,
    "/desk/imports": MOST_FILE_BYTES,
    "/desk/policy/new": MOST_READ_BYTES,
}


def create_app(settings: Settings, *, own_database: bool = True) -> Starlette:
    """The portal for these settings. `own_database=False` leaves connecting to whoever calls, as tests do."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if not own_database:
            yield
            return
        async with connected(settings.database):
            await require_migrated()
            await require_kind(settings.test)
            await check_secrets(settings.vault(), datetime.now(UTC))
            gc.freeze()  # what is there by now stays: looking through it for what is not would hold every request up
            gc.set_threshold(YOUNG_OBJECTS)
            going = asyncio.create_task(relay(settings.vault(), settings.sender()))
            yield
            going.cancel()
            with suppress(asyncio.CancelledError):
                await going

    files = StaticFiles()
    app = Starlette(
        debug=False,
        routes=[*routes, *files.routes()],
        middleware=[
            Middleware(RequestLog),
            *([Middleware(ByTestClock)] if settings.test else []),
            *([Middleware(CountCost)] if settings.show_cost else []),
            Middleware(SecurityHeaders, secure=settings.secure),
            Middleware(CompressMiddleware, brotli_quality=7),
            Middleware(BodyLimit, most_bytes=MOST_BODY_BYTES, more=MORE_BYTES),
        ],
        exception_handlers=dict(HANDLERS),
        lifespan=lifespan,
    )
    _keep_at_hand(app, settings)
    app.state.static = files
    return app


def _keep_at_hand(app: Starlette, settings: Settings) -> None:
    app.state.settings = settings
    app.state.vault = settings.vault()
    app.state.budgets = RequestBudgets(settings.api_per_minute)
    app.state.spool = Spool(settings.spool_folder, app.state.vault)
