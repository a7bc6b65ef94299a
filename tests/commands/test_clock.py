"""A test deployment: made so, refused elsewhere by name; one clock that never goes back, and no message that leaves."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
import pytest
from pyotp import TOTP, random_base32
from starlette.applications import Starlette

from portal import clock
from portal.actions.api_keys import PURPOSES, add_key
from portal.actions.lenders import NewLender, add_lender
from portal.actions.second_factor import STEP_SECONDS, _step
from portal.actions.test_clock import mark_test_database, set_clock
from portal.app import create_app
from portal.commands.backoff import Tries
from portal.commands.rounds import Round
from portal.commands.setup import Context
from portal.commands.worker import pass_days
from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.reads.cases import lender_by_slug
from portal.reads.test_clock import read_test_clock
from portal.settings import Settings, UnsafeSetting, for_production
from portal.tables import models as tables
from portal.web.api import test_clock as api_test_clock
from tests.browser import BASE, Browser
from tests.commands.conftest import SECRET, Terminal
from tests.jobs import at_work

JUNE, JUNE_14, SHANGHAI = "2026-06-14", date(2026, 6, 14), "Asia/Shanghai"
MADE = "K3vXb0yH1u-2mQeZr8tWcDfGhJkLpNs9aYxUiOqEwRt"
ADD = ("lender", "add", "hb", "--name", "Harbour")
ROW = {
    "loan_no": "HB-1", "product": "Cash", "currency": "CNY", "signed_on": "2025-12-10", "disbursed_on": "2025-12-15",
    "borrower": {"external_id": "B-1", "name": "王小明", "phone": "+8613800000001", "id_last4": "123X"},
    "principal": "12000.00",
    "terms": {"annual_rate": "0.18", "method": "level", "installments": 12, "every": "1m", "first_due": "2026-01-15",
              "day_count": "30/360"},
}  # fmt: skip


@pytest.fixture
def here(terminal: Terminal, environment: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    """A terminal where no database was made yet."""
    environment.delenv("PORTAL_BUSINESS_DATE")
    environment.setenv("PORTAL_TEST", "")  # as it was before, once `serve --test` was typed
    environment.setenv("PORTAL_DATABASE", f"sqlite://{tmp_path / 'trial.db'}")
    return terminal


def test_a_test_database_has_a_clock_which_goes_on_and_never_back(
    here: Terminal, environment: pytest.MonkeyPatch
) -> None:
    assert here("migrate", "--test").code == 0
    assert here("migrate", "--test").err == "nothing to do: the database is up to date\n"
    assert here("clock", "set", "2026-07-01").out == "2026-07-01, set\n"
    assert here("clock", "set", JUNE).out == "2026-06-14, set\n", "as long as nothing was told it may be any day"
    assert here(*ADD).code == 0
    back = here("clock", "set", "2026-06-13")
    assert (back.code, back.err) == (1, "DATE: It is 2026-06-14 here, and this clock never goes back; 2026-06-13 is "
                                        "before.\n")  # fmt: skip
    assert here("clock", "set", JUNE).out == "2026-06-14, 0 days passed\n"
    assert json.loads(here("clock", "advance", "3", "--json").out) == {"date": "2026-06-17", "days": 3}
    assert here("clock", "show").out.startswith("2026-06-17 2026-06-17T01:00:")
    for words, says in (
        (("advance", "-1"), "DAYS: a whole number of days, found '-1'; this clock never goes back"),
        (("advance", "some"), "DAYS: a whole number of days, found 'some'"),
        (("advance", "3661"), "date: The clock goes 3660 days on at once at most"),
        (("set", "soon"), "DATE: A date is written like"),
    ):
        said = here("clock", *words)
        assert said.code and said.err.startswith(says), said.err
    assert here("serve").err.startswith("PORTAL_DATABASE: is a test database, made with `migrate --test`: `serve --te")
    assert here("worker", "--once", "--now", "2027-01-01T00:00:00Z").err.startswith(
        "--now: a test database has a clock"
    )
    assert here("worker", "--once").err.endswith("0 days passed\n")
    environment.setenv("PORTAL_BUSINESS_DATE", JUNE)
    assert here("clock", "show").err.startswith("PORTAL_BUSINESS_DATE: a test database has a clock of its own")


def test_a_real_database_never_becomes_one_for_a_test(
    here: Terminal, environment: pytest.MonkeyPatch, each_database_url: str
) -> None:
    environment.setenv("PORTAL_DATABASE", each_database_url)
    no = "PORTAL_DATABASE{} is no test database; `migrate --test` makes one, of a new database alone"
    said = here("migrate", "--test")
    assert (said.code, said.err) == (1, f"--test: {no.format('')}: name one that is not there yet\n")
    assert here("serve", "--test").err == f"{no.format(':')}\n"
    for words in (("show",), ("set", JUNE), ("advance", "1")):
        said = here("clock", *words)
        assert (said.code, said.err[:42]) == (1, "Only a test deployment has a clock to be s")
    assert here("migrate", "--test", "--check").err.startswith("migrate: --check and --test are done one at a time")


def test_a_test_deployment_needs_no_gateway_but_is_as_safe_as_any() -> None:
    asked = {"PORTAL_BASE_URL": "https://try.example.com", "PORTAL_SECRET": MADE, "PORTAL_TEST": "1"}
    assert for_production(asked).test
    with pytest.raises(UnsafeSetting, match="has to begin with https://"):
        for_production({**asked, "PORTAL_BASE_URL": "http://try.example.com"})


@pytest.fixture
async def trial(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Starlette]:
    """A test deployment on the 14th of June, with a lender and its worker's reading of files."""
    monkeypatch.setattr(api_test_clock, "PATIENCE_SECONDS", 0.0)
    await mark_test_database(datetime.now(UTC))
    await read_test_clock()
    await set_clock(JUNE_14, SHANGHAI)
    app = create_app(
        Settings(database, SECRET, test=True, sms="http", sms_url="https://sms.example", spool=str(tmp_path)),
        own_database=False,
    )
    moment = app.state.settings.moment(clock.now(), SHANGHAI)
    await add_lender(moment, NewLender("hb", "Harbour", "consumer-finance", "CNY", SHANGHAI))
    async with at_work(app):
        yield app


@pytest.fixture
async def core(trial: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    moment = trial.state.settings.moment(clock.now(), SHANGHAI)
    secret = await add_key(moment, await lender_by_slug("hb"), "core", PURPOSES)
    transport = httpx2.ASGITransport(app=trial)
    headers = {"authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
        assert (await client.post("/api/v1/portfolio", json=[ROW])).status_code == 200
        yield client


async def passes(app: Starlette) -> int:
    """What the worker does of it."""
    context = Context(app.state.settings, app.state.vault)
    return await pass_days(Round(context, Tries("days", lambda: False), lambda: False))


@pytest.mark.anyio
async def test_links_codes_pages_and_events_live_by_the_one_clock(trial: Starlette, core: httpx2.AsyncClient) -> None:
    asked = await core.post("/api/v1/invitations", json={"loans": [{"loan_no": "HB-1"}]})
    assert asked.json()["expires_at"].startswith("2026-06-21T01:00:")
    link = asked.json()["invitations"][0]["link"].removeprefix(BASE)
    bo = await Browser(trial).open(link)
    assert "For trying out: nothing here is real, and no message is sent. 14 June 2026" in bo.text
    await bo.send(link, digits="123X")
    await bo.send("/consent", notice="1", sensitive="1")
    assert bo.path == "/loans" and "14 June 2026" in bo.text
    for path in ("/", "/nowhere", "/desk/sign-in", "/help/advice"):
        assert "For trying out" in (await Browser(trial).open(path)).text, path
    await bo.open("/account/password")
    await bo.send("/prove", by="send")
    left: list[OutgoingMessage] = []

    async def gateway(message: OutgoingMessage) -> None:
        left.append(message)

    assert await deliver_due(trial.state.vault, gateway, clock.now()) == 1
    assert left == [] and (await tables.OutboundMessageRow.get()).state == "delivered"
    (message,) = (await core.get("/api/v1/test/messages")).json()["messages"]
    assert (message["to"], message["kind"], message["at"][:10]) == ("+8613800000001", "code", JUNE)
    code = next(word for word in message["text"].replace("，", " ").replace("。", " ").split() if word.isdecimal())
    ran_out = Browser(trial)
    await ran_out.open(link)
    said = await core.post("/api/v1/test/clock", json={"days": 8})
    assert said.status_code == 202 and said.json()["on_the_way_to"] == "2026-06-22"
    assert await passes(trial) == 8
    assert (await core.get("/api/v1/test/clock")).json()["date"] == "2026-06-22"
    assert (await core.get("/api/v1/test/messages")).json()["messages"] == [message], "read, however late"
    await bo.post("/account/prove", {**bo.filled("/prove"), "by": "code", "code": code})
    assert bo.status == 401 and "sign in" in bo.text.lower(), "the session has ended by this clock too"
    assert (await ran_out.open(link)).status == 410
    feed = (await core.get("/api/v1/events?limit=1000")).json()["events"]
    assert {event["business_date"] for event in feed} == {JUNE}
    assert all(event["occurred_at"].startswith(JUNE) for event in feed)
    made = await tables.LoanRow.all().values_list("created_at", flat=True)
    assert [each.date() for each in made] == [JUNE_14]


@pytest.mark.anyio
async def test_the_clock_is_set_over_http_and_every_wrong_way_of_it_is_named(
    trial: Starlette, core: httpx2.AsyncClient
) -> None:
    where = "/api/v1/test/clock"
    for body, status, words in (
        ({"date": "2026-06-13"}, 422, "never goes back"),
        ({"date": "2026-06-20", "days": 6}, 422, "Exactly one of date and days"),
        ({}, 422, "Exactly one of date and days"),
        ({"days": -1}, 422, "Some fields do not fit"),
        ({"days": 3661}, 422, "Some fields do not fit"),
        ({"date": "2205-01-01"}, 422, "is beyond"),
    ):
        said = await core.post(where, json=body)
        assert said.status_code == status and words in said.json()["detail"], said.text
    assert (await core.post(where, json={"days": 0})).json()["on_the_way_to"] is None
    assert (await core.post(where, json={"date": "2026-06-20"})).status_code == 202
    again = await core.post(where, json={"date": "2026-06-21"})
    assert again.status_code == 422 and "on its way to 2026-06-20" in again.json()["detail"]
    assert await passes(trial) == 6 and await passes(trial) == 0
    assert (await Browser(trial).open(where)).status == 401
    trial.state.settings = replace(trial.state.settings, test=False)
    for address in (where, "/api/v1/test/messages"):
        assert (await core.get(address)).status_code == 404


@pytest.mark.anyio
async def test_an_app_on_a_phone_goes_by_the_wall(trial: Starlette) -> None:
    """Whatever day it is in the test deployment: the six digits are those of now."""
    secret, wall = random_base32(), datetime.now(UTC)
    code = TOTP(secret).now()
    assert _step(secret, code, clock.now()) in {int(wall.timestamp()) // STEP_SECONDS + more for more in (-1, 0, 1)}
