"""Before something binds, whoever holds the phone says once more who they are."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import XIAOMINGS, Cast

pytestmark = pytest.mark.anyio

PASSWORD = "three quiet rivers at dusk"


async def later(minutes: int = 11) -> None:
    """Whoever proved who they are did so a while ago."""
    await tables.SessionRow.all().update(proven_at=datetime.now(UTC) - timedelta(minutes=minutes))


async def test_a_session_by_link_proves_itself_by_a_code_and_goes_on_where_it_was(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open("/account/close")
    assert bo.path == "/account/prove?next=%2Faccount%2Fclose"
    assert "ends in 0001" in bo.text and "13800000001" not in bo.html
    await cast.proves(bo)
    assert bo.path == "/account/close"


async def test_after_ten_minutes_it_is_asked_again(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.proves(await bo.open("/account/close"))
    await tables.SessionRow.all().update(proven_at=datetime.now(UTC) - timedelta(minutes=10, seconds=5))
    await bo.open("/account/close")
    assert bo.path.startswith("/account/prove")


async def test_the_password_does_as_well_and_a_wrong_one_does_not(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, PASSWORD)
    await later()
    await bo.open("/account/close")
    await bo.send("/prove", by="password", password="not my password")
    assert bo.status == 422 and "not your password" in bo.text
    await bo.send("/prove", by="password", password=PASSWORD)
    assert bo.path == "/account/close"


async def test_who_taps_twice_on_a_slow_line_is_not_thrown_out(cast: Cast) -> None:
    """The first answer is lost, and with it the cookie: for a minute that of before leads to proving it again."""
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, PASSWORD)
    await later()
    await bo.open("/account/close")
    before, sent = bo.client.cookies["portal"], {**bo.filled("/prove"), "by": "password", "password": PASSWORD}
    await bo.post("/account/prove", sent)
    assert bo.path == "/account/close"
    given = bo.client.cookies["portal"]
    keeps(bo, before)
    await bo.open("/loans")
    assert bo.path.startswith("/sign-in"), "it shows nothing"
    await bo.post("/account/prove", {**sent, "password": "not my password"})
    assert bo.status == 422 and bo.client.cookies["portal"] == before, "nor does it prove anything"
    await bo.post("/account/prove", sent)
    assert (bo.path, bo.client.cookies["portal"]) == ("/account/close", given)
    keeps(bo, before)
    await tables.SessionRow.all().update(proven_at=datetime.now(UTC) - timedelta(seconds=61))
    await bo.post("/account/prove", sent)
    assert bo.status == 401


def keeps(bo: Browser, token: str) -> None:
    bo.client.cookies.set("portal", token, domain="127.0.0.1")


async def test_guesses_at_the_password_end_after_five(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, PASSWORD)
    await later()
    await bo.open("/account/close")
    for _ in range(5):
        await bo.send("/prove", by="password", password="guess")
        assert bo.status == 422
    await bo.send("/prove", by="password", password=PASSWORD)
    assert bo.status == 429 and "too many tries" in bo.text


async def test_a_wrong_code_proves_nothing(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.proves(await bo.open("/account/close"), code="0000000")
    assert bo.status == 422 and "not the code we sent" in bo.text


async def test_a_code_of_somebody_elses_sign_in_proves_nothing(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open("/account/prove")
    await bo.send("/prove", by="send")
    await tables.CodeRow.all().update(purpose="sign-in")
    await bo.send("/prove", by="code", code="123456")
    assert bo.status == 422 and "has ended" in bo.text


async def test_only_three_codes_are_sent_in_a_quarter_of_an_hour(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    for _ in range(4):
        await bo.open("/account/prove")
        await bo.send("/prove", by="send")
    assert bo.status == 429 and await tables.OutboundMessageRow.filter(kind="code").count() == 3


async def test_without_a_number_and_a_password_it_says_what_is_missing(
    cast: Cast,
) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.has_no_number()
    await bo.open("/account/prove")
    assert "We have no phone number of yours, so no code can be sent. Please ask your lender to note one" in bo.text
    assert [form.action for form in bo.forms if form.action == "/account/prove"] == []


async def test_it_leads_to_no_other_site(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open("/account/prove?next=https://evil.example/")
    await cast.proves(bo)
    assert bo.path == "/account"


async def test_the_list_of_sessions_tells_devices_apart(cast: Cast) -> None:
    bo = cast.browser()
    bo.client.headers["user-agent"] = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0"
    await cast.enter(bo, XIAOMINGS)
    await bo.open("/account")
    assert "WeChat · By a link" in bo.text
