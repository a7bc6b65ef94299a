"""Running it: `serve` for production, `demo` for everybody who wants to see it."""

import argparse
import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import uvicorn

from portal.app import create_app
from portal.commands import Subparsers
from portal.commands.child import worker_beside
from portal.commands.request_timeouts import Impatient
from portal.commands.seed import seed
from portal.commands.setup import Failed, guarded, ready
from portal.demo import TODAY
from portal.domain.contract.calendar import parse_date
from portal.reads.test_clock import require_kind
from portal.settings import Settings, for_production
from portal.tables.connection import connected
from portal.tables.migrate import migrate
from portal.vault import WrongKey
from portal.web.request_log import log_config

DEMO_FOLDER, LINKS = Path("demo-data"), "links.json"


def add_server_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    demo = subparsers.add_parser("demo", help="migrate, import the sample portfolio once, serve")
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--data-dir", type=Path, default=DEMO_FOLDER)
    demo.add_argument("--business-date", default=TODAY.isoformat())
    demo.add_argument("--reset", action="store_true", help="begin again with the sample portfolio")
    demo.add_argument("--debug", action="store_true", help="tell at the foot of each page what it cost")
    _with_worker(demo)
    demo.set_defaults(run=lambda chosen: guarded(lambda: _demo(chosen)))
    serve = subparsers.add_parser("serve", help="production; refuses to start on an unsafe setting")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=int, default=1)
    serve.add_argument("--test", action="store_true", help="a test deployment, on a database of `migrate --test`")
    _with_worker(serve)
    serve.set_defaults(run=lambda chosen: guarded(lambda: _serve(chosen)))


def _with_worker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-worker", action="store_true", help="start no worker beside it: you run `worker` yourself")


def _beside(chosen: argparse.Namespace, environment: Mapping[str, str]) -> AbstractContextManager[None]:
    return nullcontext() if chosen.no_worker else worker_beside(environment)


def _demo(chosen: argparse.Namespace) -> None:
    today = parse_date(chosen.business_date, "--business-date")
    try:
        settings = _demo_settings(chosen.data_dir, chosen.port, today, chosen.reset)
    except OSError as error:
        raise Failed(f"--data-dir: {str(error.filename)!r} cannot be used: {error.strerror}") from error
    for line in asyncio.run(_staged(settings, chosen.data_dir / LINKS)):
        print(line)
    sys.stdout.flush()
    # Its terminal is for links and codes: of requests only what goes wrong is told.
    with _beside(chosen, _demo_environment(settings)):
        uvicorn.run(
            create_app(replace(settings, show_cost=chosen.debug)),
            host="127.0.0.1",
            port=chosen.port,
            http=Impatient,
            log_level="warning",
            log_config=log_config(settings.log, "WARNING"),
        )


def _demo_environment(settings: Settings) -> dict[str, str]:
    """What another process needs to be of the same demo, and nothing that was set for another portal."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return others | {
        "PORTAL_DATABASE": settings.database,
        "PORTAL_SECRET": settings.secret,
        "PORTAL_BASE_URL": settings.base_url,
        "PORTAL_BUSINESS_DATE": str(settings.business_date),
        "PORTAL_WEBHOOK_PRIVATE": "true" if settings.webhook_private else "false",
    }


def _demo_settings(folder: Path, port: int, today: date, reset: bool) -> Settings:
    """The demo keeps its database, secret and links in one folder, so that a second start finds everything again."""
    folder.mkdir(parents=True, exist_ok=True)
    database, secret = folder / "portal.sqlite3", folder / "secret"
    if reset:
        for path in (*folder.glob("portal.sqlite3*"), folder / LINKS):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(32))
    return Settings(
        database=f"sqlite://{database.resolve()}",
        secret=secret.read_text(),
        base_url=f"http://127.0.0.1:{port}",
        business_date=today,
        debug=True,
        webhook_private=True,
        operator="示例科技有限公司, privacy@example.com",
    )


async def _staged(settings: Settings, links: Path) -> list[str]:
    await migrate(settings.database)
    async with connected(settings.database):
        try:
            await ready(settings)
        except WrongKey:
            raise Failed(
                "--data-dir: its secret is not the one its database was sealed with; --reset begins again"
            ) from None
        return await seed(settings, links)


def _serve(chosen: argparse.Namespace) -> None:
    if chosen.test:
        os.environ["PORTAL_TEST"] = "1"  # which every process that serves reads
    settings = for_production(os.environ, chosen.host)
    asyncio.run(_ready(settings))
    # Whose X-Forwarded-For is believed, uvicorn reads from FORWARDED_ALLOW_IPS: without it, everybody behind a proxy
    # would share one count of sign-in tries.
    with _beside(chosen, os.environ):
        uvicorn.run(
            "asgi:app",
            host=chosen.host,
            port=chosen.port,
            http=Impatient,
            workers=chosen.workers,
            log_config=log_config(settings.log),
        )


async def _ready(settings: Settings) -> None:
    """Raises Unusable or WrongKey before the first worker starts, so that it is said once and in words."""
    async with connected(settings.database):
        await ready(settings)
        await require_kind(settings.test)
