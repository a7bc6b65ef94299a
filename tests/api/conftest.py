"""The lender's own system: a client with a key, over the demo's cast."""

from collections.abc import Callable, Coroutine
from typing import Any

import httpx2
import pytest

from portal.actions.api_keys import PURPOSES, add_key
from portal.reads.cases import lender_by_slug
from tests.pages.conftest import Cast, cast, cast_file

__all__ = ["cast", "cast_file"]

BASE = "http://127.0.0.1:8000"
Core = Callable[..., Coroutine[Any, Any, httpx2.AsyncClient]]


@pytest.fixture
def core(cast: Cast) -> Core:
    """A client of this lender's system, with a key for these purposes (all, where none is named)."""

    async def client(*purposes: str, slug: str = "jq") -> httpx2.AsyncClient:
        secret = await add_key(cast.moment(), await lender_by_slug(slug), "core", purposes or PURPOSES)
        transport = httpx2.ASGITransport(app=cast.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=BASE, headers={"authorization": f"Bearer {secret}"})

    return client
