"""The lender's own system: a client with a key, over the demo's cast."""

import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from portal.actions.api_keys import PURPOSES, add_key
from portal.reads.cases import lender_by_slug
from portal.web.api.openapi import openapi_text
from tests.pages.conftest import Cast, cast, cast_file

__all__ = ["cast", "cast_file"]

BASE = "http://127.0.0.1:8000"
EXAMPLES = Path(__file__).parents[2] / "examples"
CLIENT = "portal_client"
Core = Callable[..., Coroutine[Any, Any, httpx2.AsyncClient]]


@pytest.fixture
def core(cast: Cast) -> Core:
    """A client of this lender's system, with a key for these purposes (all, where none is named)."""

    async def client(*purposes: str, slug: str = "jq") -> httpx2.AsyncClient:
        secret = await add_key(cast.moment(), await lender_by_slug(slug), "core", purposes or PURPOSES)
        transport = httpx2.ASGITransport(app=cast.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=BASE, headers={"authorization": f"Bearer {secret}"})

    return client


@pytest.fixture(scope="session")
def generated_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A client made from the OpenAPI document, importable by this name; a piece that was left out stops it."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(openapi_text(BASE), encoding="utf-8")
    words = ["--path", folder / "openapi.json", "--config", EXAMPLES / "core" / "client.yaml"]
    words += ["--output-path", folder / CLIENT, "--meta", "none", "--fail-on-warning"]
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", *words],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield CLIENT
    sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def example_core(generated_client: str) -> Iterator[None]:
    """examples/core/, importable as `core`, on that client."""
    sys.path.insert(0, str(EXAMPLES))
    yield
    sys.path.remove(str(EXAMPLES))
