"""The story of the next stored database can still be told, by the actions as they are now."""

import asyncio
from pathlib import Path

import pytest

from portal.tables import models as t
from portal.tables.connection import connected
from tests.upgrade.store import stored
from tests.upgrade.test_upgrade import STATES


@pytest.mark.proof
def test_the_cast_comes_to_stand_in_every_state(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path / 'portal.db'}"
    handed = stored(url)
    assert len(handed.links) == 34
    assert asyncio.run(_states(url)) == set(STATES[max(STATES)]["proposal.state"].split())


async def _states(url: str) -> set[str]:
    async with connected(url):
        return {row.state for row in await t.Proposal.all()}
