"""What each stored database has become by all migrations since; a test that opens it has a copy of its own."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette

from portal.app import create_app
from portal.demo import TODAY
from portal.settings import Settings
from portal.tables.connection import connected
from portal.tables.migrate import migrate
from tests.jobs import at_work
from tests.postgres import fresh_database
from tests.upgrade.stored import FILES, SECRET, STATES, STORED_AT, Handed, counts, handed, load, values


@dataclass(frozen=True)
class Upgraded:
    """`first` is the schema it was stored under; `before` and `states` are of then."""

    url: str
    handed: Handed
    before: dict[str, int]
    states: dict[str, str]
    ran: list[str]
    first: str


@pytest.fixture(scope="session", params=FILES)
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Upgraded:
    path: Path = request.param
    if "postgres" in path.name:
        url = asyncio.run(fresh_database(request.getfixturevalue("postgres_server")))
    else:
        url = f"sqlite://{tmp_path_factory.mktemp('stored') / 'portal.db'}"
    asyncio.run(load(path, url))
    before = asyncio.run(counts(url))
    first = path.name.partition(".")[0]
    states = {name: asyncio.run(values(url, *name.split("."))) for name in STATES[first]}
    return Upgraded(url, handed(path), before, states, asyncio.run(migrate(url)), first)


@pytest.fixture
async def app(upgraded: Upgraded, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Starlette]:
    """The portal on a copy of it, on the day it was stored."""
    if upgraded.url.startswith("sqlite"):
        url = f"sqlite://{shutil.copy(upgraded.url.removeprefix('sqlite://'), tmp_path / 'portal.db')}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = await fresh_database(server, urlsplit(upgraded.url).path[1:])
    settings = Settings(database=url, secret=SECRET, business_date=TODAY, spool=str(tmp_path / "spool"))
    async with connected(url):
        app = create_app(settings, own_database=False)
        with patch("portal.web.guard.now", lambda: STORED_AT):
            async with at_work(app):
                yield app
