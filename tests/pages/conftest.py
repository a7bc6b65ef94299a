"""The portal with 小明's loan in it, and browsers for whoever comes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette

from portal.actions.door import invite
from portal.actions.lenders import add_staff
from portal.actions.sessions import activate
from portal.app import create_app
from portal.settings import Settings
from portal.web.passwords import HASHER
from tests.actions.story import NOW, ON, VAULT, Story, begin_outside
from tests.browser import Browser

SECRET = "a secret of more than thirty-two characters"
REVIEWERS = ("rui@jq.example", "lan@jq.example")
PASSWORD = "desk-in-june"

# Links and sessions live by the wall's clock, the figures by the business day.
NOW_WALL = replace(NOW, at=datetime.now(UTC))


@dataclass
class Jq:
    """佳泉消费金融 in a running portal."""

    story: Story
    app: Starlette

    async def link(self) -> str:
        token = await invite(self.story.lender, "JQ-2026-0001", "", VAULT, NOW_WALL)
        return f"/i/{token}"

    async def xiaoming(self, language: str = "en") -> Browser:
        """小明 with a phone, through the door."""
        bo = Browser(self.app, language)
        await bo.open(await self.link())
        token = bo.path.removeprefix("/i/")
        await bo.send(f"/i/{token}", digits="123X")
        return await bo.send("/consent", notice="1", sensitive="1")

    async def reviewer(self, email: str = REVIEWERS[0]) -> Browser:
        bo = Browser(self.app, "en")
        await bo.open("/desk/sign-in")
        return await bo.send("/desk/sign-in", email=email, password=PASSWORD)


@pytest.fixture
async def jq(database: str) -> AsyncIterator[Jq]:
    story = await begin_outside()
    for email in REVIEWERS:
        token = await add_staff(story.lender, email, "agent", NOW)
        await activate(token, HASHER.hash(PASSWORD), NOW.at)
    app = create_app(Settings(database=database, secret=SECRET, business_date=ON), own_database=False)
    yield Jq(story, app)
