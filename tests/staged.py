"""The demo's stage, set once in a process; a test gets a copy of the file."""

import asyncio
import shutil
from datetime import date
from pathlib import Path

import pytest

SECRET = "a secret of more than thirty-two characters"
TODAY = date(2026, 6, 14)


@pytest.fixture(scope="session")
def staged_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("staged") / "portal.db"
    shutil.copy(migrated_file, path)
    asyncio.run(_stage(f"sqlite://{path}"))
    return path


async def _stage(url: str) -> None:
    from portal.commands.seed import seed  # which imports all there is, and tests of the domain want nothing of it
    from portal.settings import Settings
    from portal.tables.connection import connected

    async with connected(url):
        await seed(Settings(database=url, secret=SECRET, business_date=TODAY))
