"""The story of the next stored database can still be told, by the actions as they are now."""

import asyncio
from pathlib import Path

import pytest

from tests.upgrade.store import stored
from tests.upgrade.stored import STATES, values


@pytest.mark.proof
def test_the_cast_comes_to_stand_in_every_state(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path / 'portal.db'}"
    handed = stored(url)
    assert len(handed.links) == 36
    expected = STATES[max(STATES)]
    assert {name: asyncio.run(values(url, *name.split("."))) for name in expected} == expected
