"""A migrated database for each test: a copied file for SQLite, an emptied one for PostgreSQL.

`database` is SQLite, connected; `each_database` runs the test on both. Their `_url` twins leave the connecting
to what is tested.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from tortoise.apps import Apps

from portal.tables.connection import connected, current
from portal.tables.migrate import migrate
from tests.postgres import fresh_database

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session", autouse=True)
def models_built_once() -> Iterator[None]:
    """Tortoise works out the queries and filters of every model at each connecting: here, once for an engine."""
    build, built = Apps._build_initial_querysets, [None]

    def for_another_engine(apps: Apps) -> None:
        models = [(each, each._meta.db.executor_class) for each in apps.get_models_iterable()]
        if models != built:
            build(apps)
            built[:] = models

    with patch.object(Apps, "_build_initial_querysets", for_another_engine):
        yield


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "portal.db"
    asyncio.run(migrate(f"sqlite://{path}"))
    return path


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    return f"sqlite://{shutil.copy(migrated_file, tmp_path / 'portal.db')}"


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    url = asyncio.run(fresh_database(postgres_server))
    asyncio.run(migrate(url))
    return url


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    asyncio.run(empty(migrated_postgres))
    return migrated_postgres


@pytest.fixture(params=BOTH)
def each_database_url(request: pytest.FixtureRequest) -> str:
    wanted = {"sqlite": "database_url", "postgres": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(wanted)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    async with connected(database_url):
        yield database_url


@pytest.fixture
async def each_database(each_database_url: str) -> AsyncIterator[str]:
    async with connected(each_database_url):
        yield each_database_url


@pytest.fixture(params=BOTH)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database in which nothing was ever made."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path / 'blank.db'}"
    return asyncio.run(fresh_database(request.getfixturevalue("postgres_server")))


async def empty(url: str) -> None:
    async with connected(url):
        tables = await current().execute_query_dict(
            "SELECT format('%I', tablename) AS name FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'"
        )
        names = ", ".join(table["name"] for table in tables)
        await current().execute_script(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
