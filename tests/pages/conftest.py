"""The portal with the whole cast in it, as the demo has it, and browsers for whoever comes."""

import asyncio
import logging
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import AsyncMock, patch

import pytest
from starlette.applications import Starlette

from portal.actions.invitations import accept_invitation, invite
from portal.actions.sessions import Factor, start_person_session, start_staff_session
from portal.actions.staff import activate, add_staff
from portal.app import create_app
from portal.commands.seed import SEED_PASSWORD
from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.demo import JQ, PORTFOLIOS, TIMEZONE, TODAY, YH
from portal.domain.conduct.understanding import OF_A_PAUSE, QUESTIONS
from portal.domain.event import BusinessTime
from portal.domain.ledger.walk import Walk
from portal.reads.cases import PersonScope, lender_by_slug
from portal.reads.invitations import open_invitation
from portal.settings import Settings
from portal.tables import models as tables
from portal.tables.connection import connected
from portal.web import guard, request_cost
from portal.web.cookies import BORROWER, DESK
from portal.web.passwords import HASHER
from tests.browser import BASE, Browser
from tests.jobs import at_work
from tests.schema import event_problems
from tests.staged import SECRET

XIAOMINGS, LI_JINGS, ZHAO_QIANGS, CHEN_FANGS, LIU_YANGS = (
    "JQ-2026-0001",
    "YH-88-2201",
    "JQ-2026-0003",
    "JQ-2026-0004",
    "JQ-2026-0005",
)
ZHOU_MINS, WU_LEIS, ZHENG_LIS, SUN_HAOS, ZHU_LINS, MA_CHAOS, HU_XUES, LIN_FENGS = (
    f"JQ-2026-{number:04}" for number in range(6, 14)
)
DIGITS = {contract.loan_no: contract.who.id_last4 for loans in PORTFOLIOS.values() for contract in loans}
GUO_TAOS, HE_JINGS = "JQ-2026-0016", "JQ-2026-0017"
RUI, LAN, AN = "rui@jq.example", "lan@jq.example", "an@yh.example"


@dataclass
class Cast:
    """Everybody of the demo in a running portal; links and sessions live by the wall's clock."""

    app: Starlette
    settings: Settings

    def moment(self) -> BusinessTime:
        return BusinessTime(datetime.now(UTC), TODAY)

    def browser(self, language: str = "en") -> Browser:
        return Browser(self.app, language)

    async def link(self, loan_no: str) -> str:
        at = await lender_by_slug(YH if loan_no.startswith("YH") else JQ)
        return f"/i/{await invite(self.moment(), at, loan_no, '', self.settings.vault())}"

    async def enter(self, bo: Browser, loan_no: str, digits: str = "") -> Browser:
        """Through the door with a fresh link, agreeing to the notice where it is asked."""
        link = await self.link(loan_no)
        await bo.open(link)
        await bo.send(link, digits=digits or DIGITS[loan_no])
        return await bo.send("/consent", notice="1", sensitive="1") if "/loans" not in bo.path else bo

    async def comes(self, loan_no: str, language: str = "en") -> Browser:
        """Whoever owes this loan, with a phone: in by their link, without the pages of the door."""
        token = (await self.link(loan_no)).removeprefix("/i/")
        vault, at = self.settings.vault(), guard.now()
        found = await open_invitation(token, vault, at)
        came = await accept_invitation(self.settings.moment(at, TIMEZONE), found, None, vault)
        factor = Factor("invitation", PersonScope(came.person_id, frozenset({found.lender_id})), at)
        return await self._with_cookie(BORROWER, await start_person_session(factor, at), language, "/loans")

    async def walks_in(self, loan_no: str, language: str = "en") -> Browser:
        """The same through the door, page by page."""
        return await self.enter(self.browser(language), loan_no)

    async def reviewer(self, email: str = RUI, language: str = "en") -> Browser:
        """One of the staff, signed in, without the pages of it."""
        staff = await tables.StaffRow.get(email=email)
        return await self._with_cookie(DESK, await start_staff_session(staff.id, guard.now()), language, "/desk")

    async def reviewer_walks_in(self, email: str = RUI, language: str = "en") -> Browser:
        """The same by e-mail and password."""
        bo = self.browser(language)
        await bo.open("/desk/sign-in")
        return await bo.send("/desk/sign-in", email=email, password=SEED_PASSWORD)

    async def _with_cookie(self, name: str, token: str, language: str, path: str) -> Browser:
        bo = self.browser(language)
        name = f"__Host-{name}" if self.settings.secure else name
        bo.client.cookies.set(name, token, domain=bo.client.base_url.host)
        return await bo.open(path)

    async def chooses(self, bo: Browser, password: str) -> Browser:
        """A password, once it is proven who chooses it."""
        await bo.open("/account/password")
        if bo.path.startswith("/account/prove"):
            await self.proves(bo)
        return await bo.send("/account/password", password=password)

    async def has_no_number(self) -> None:
        """Nobody has told a number of anybody."""
        vault = self.settings.vault()
        for row in await tables.BorrowerRow.exclude(key=b""):
            await tables.BorrowerRow.filter(id=row.id).update(
                phone_hash="", phone_sealed=vault.seal(bytes(row.key), "")
            )
        await tables.PersonRow.all().update(phone_hash=None, phone_sealed=None)

    async def proves(self, bo: Browser, code: str = "") -> Browser:
        """Who stands before "is it you?" has a code sent and types it."""
        sent: list[OutgoingMessage] = []

        async def arrives(message: OutgoingMessage) -> None:
            sent.append(message)

        await bo.send("/prove", by="send")
        await deliver_due(self.settings.vault(), arrives, guard.now())
        found = re.search(r"[0-9]{6}", sent[-1].text)
        assert found
        return await bo.send("/prove", by="code", code=code or found[0])

    async def signs(self, bo: Browser, proposal: str, **typed: str) -> Browser:
        """Proves who it is where that is asked, reads for a minute, and signs."""
        await bo.open(f"{proposal}/sign")
        if bo.path.startswith("/account/prove"):
            await self.proves(bo)
        answers = {f"q_{each.code}": each.right for each in (*QUESTIONS, *OF_A_PAUSE)}
        with patch("portal.web.guard.now", lambda: datetime.now(UTC) + timedelta(minutes=1)):
            return await bo.send("/sign", **{"limitation": "1", "confirmed": "1", **answers, **typed})

    async def loan(self, loan_no: str) -> str:
        return f"/loans/{(await tables.LoanRow.get(loan_no=loan_no)).ref}"

    async def proposal(self, loan_no: str) -> str:
        line = (
            await tables.ProposalLineRow.filter(loan__loan_no=loan_no)
            .order_by("-id")
            .first()
            .prefetch_related("proposal")
        )
        assert line is not None
        return f"/proposals/{line.proposal.ref}"

    async def events(self, loan_no: str) -> list[str]:
        """The types of a loan's events, the newest last, but for what is said of the lender's statements."""
        row = await tables.LoanRow.get(loan_no=loan_no)
        types = await tables.EventRow.filter(stream=f"loan:{row.id}").order_by("seq").values_list("type", flat=True)
        return [str(name) for name in types if not str(name).startswith("statement.")]

    async def told(self) -> list[str]:
        """The types of everything that was ever written, in the feed's order."""
        return [str(name) for name in await tables.EventRow.all().order_by("id").values_list("type", flat=True)]


def settings_for(database: str, base_url: str = BASE) -> Settings:
    return Settings(database=database, secret=SECRET, base_url=base_url, business_date=TODAY)


@pytest.fixture(scope="session")
def cast_file(staged_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's stage, and somebody at the second lender's desk."""
    path = tmp_path_factory.mktemp("cast") / "portal.db"
    shutil.copy(staged_file, path)
    asyncio.run(_hire(f"sqlite://{path}"))
    return path


@pytest.fixture
async def cast(cast_file: Path, tmp_path: Path) -> AsyncIterator[Cast]:
    settings = settings_for(f"sqlite://{shutil.copy(cast_file, tmp_path / 'portal.db')}")
    async with connected(settings.database):
        app = create_app(settings, own_database=False)
        async with at_work(app):
            yield Cast(app, settings)
        for body in await tables.EventRow.all().values_list("body", flat=True):
            assert not event_problems(bytes(body))


@pytest.fixture
def counted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The demo started with `--debug`: what that changes for the whole process ends with the test."""
    log = logging.getLogger("tortoise.db_client")
    monkeypatch.setattr(log, "filters", [])
    monkeypatch.setattr(log, "level", log.level)
    monkeypatch.setattr(Walk, "run", Walk.run)
    monkeypatch.setattr(request_cost, "_begin_to_count", request_cost._begin_to_count.__wrapped__)
    settings = replace(cast.settings, show_cost=True)
    return Cast(create_app(settings, own_database=False), settings)


@pytest.fixture
def at_rest() -> Iterator[None]:
    """The worker beside the portal takes nothing up by itself; asked for before the cast."""
    with patch("tests.jobs.run_all", AsyncMock()):
        yield


@pytest.fixture
def https(cast: Cast) -> Cast:
    """The same portal behind https, as in production."""
    settings = replace(cast.settings, base_url="https://pay.example")
    return Cast(create_app(settings, own_database=False), settings)


async def _hire(database: str) -> None:
    async with connected(database):
        now = datetime.now(UTC)
        token = await add_staff(BusinessTime(now, TODAY), await lender_by_slug(YH), AN, "agent")
        await activate(token, HASHER.hash(SEED_PASSWORD), now)
