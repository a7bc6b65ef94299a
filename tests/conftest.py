"""What every test may ask for; each kind of thing lives in a module of its own."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.browser_binary", "tests.postgres", "tests.database", "tests.staged"]

settings.register_profile("portal", derandomize=True, deadline=None, database=None)
settings.load_profile("portal")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
