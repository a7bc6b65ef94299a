"""The desk's pages of webhooks: an endpoint is added, fails, is seen to, and goes on."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from portal.delivery.webhook_request import WebhookSender
from portal.delivery.webhooks import WebhookWork, deliver_webhooks
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.web import guard
from tests.browser import Browser
from tests.endpoints import PushedCore, answered, happens, pushed_core, verified
from tests.pages.conftest import AN, LAN, RUI, Cast

pytestmark = pytest.mark.anyio
CURED = "plan.cured"


@pytest.fixture
def core() -> Iterator[PushedCore]:
    with pushed_core() as server:
        yield server


async def admin(cast: Cast, email: str = LAN) -> Browser:
    await tables.StaffRow.filter(email=email).update(role="admin")
    return await cast.reviewer(email)


async def push(cast: Cast, at: datetime | None = None) -> int:
    send = WebhookSender(private=True)
    return await deliver_webhooks(WebhookWork(cast.settings.vault(), send, (lambda: at) if at else guard.now))


async def added(cast: Cast, bo: Browser, core: PushedCore, **typed: str) -> str:
    """An endpoint at our own server; answers the path of its page."""
    await bo.open("/desk/webhooks")
    await bo.send("/webhooks", name="core", url="https://core.lender.example/hooks", **typed)
    row = await tables.WebhookEndpointRow.all().order_by("-id").first()
    assert row is not None
    await tables.WebhookEndpointRow.filter(id=row.id).update(url=core.url)  # which only a setting allows
    return f"/desk/webhooks/{row.ref}"


async def test_an_endpoint_is_added_its_key_shown_once_and_a_test_sent(cast: Cast, core: PushedCore) -> None:
    lan = await admin(cast)
    await lan.open("/desk/account")
    await lan.open(next(href for href in lan.links() if href == "/desk/webhooks"))
    assert "There is no endpoint yet" in lan.text
    for typed, words in (
        ({"url": "http://core.lender.example/"}, "has to begin with https://"),
        ({"url": "core"}, "such as https://core.lender.example/webhooks. You wrote “core”"),
        ({"types": "plan.sunk"}, "no type of event “plan.sunk”"),
        ({"after": "99999"}, "whole number from 0 to"),
        ({"name": ""}, "Please fill this in"),
    ):
        await lan.send("/webhooks", **{"name": "core", "url": "https://core.lender.example/hooks", **typed})
        assert lan.status == 422 and words in lan.text, lan.text
        assert lan.filled("/webhooks").items() >= typed.items(), "what was typed comes back"
    path = await added(cast, lan, core, types="plan.cured\nwebhook.added")
    found = re.search(r"whsec_[\w+/=]+", lan.html)
    assert found and "it is shown here once" in lan.text
    assert found[0] not in (await lan.open(path)).html and "plan.cured, webhook.added" in lan.text
    assert await push(cast) == 1 and verified(found[0], *core.got[0])["type"] == "webhook.added"
    await lan.send("/test")
    assert "The test was not accepted its address does not begin with https://" in lan.text and len(core.got) == 1
    cast.app.state.settings = replace(cast.settings, webhook_private=True)
    await lan.send("/test")
    assert "The test was accepted 200" in lan.text
    assert verified(found[0], *core.got[1])["type"] == "webhook.test"
    core.usual = answered(403, b"who are you?")
    await lan.send("/test")
    assert "The test was not accepted" in lan.text and "403" in lan.text and "who are you?" in lan.text
    await lan.open("/desk/webhooks")
    assert "core" in lan.text and "never" not in lan.text


async def test_what_fails_is_told_at_the_desk_and_one_event_is_skipped(cast: Cast, core: PushedCore) -> None:
    jq, lan, rui = await lender_by_slug("jq"), await admin(cast), await cast.reviewer(RUI)
    path = await added(cast, lan, core)
    core.by_stream["loan:901"] = answered(500, b"<b>no such loan</b>")
    await happens(cast.moment(), jq, ("loan:901", CURED), ("loan:902", CURED), ("loan:901", CURED))
    await push(cast)
    assert "News does not reach" not in (await rui.open("/desk")).text
    stuck = tables.WebhookLaneRow.filter(failing_since__isnull=False)
    assert await stuck.update(failing_since=guard.now() - timedelta(minutes=4)) == 1
    await rui.open("/desk")
    assert "News does not reach your systems core does not accept the news of one loan" in rui.text
    assert "Please tell your administrator" in rui.text and "/desk/webhooks" not in rui.links()
    await lan.open("/desk")
    await lan.open(next(href for href in lan.links() if href == "/desk/webhooks"))
    assert "does not accept the news of one loan" in lan.text
    counted = (await cast.browser().open("/metrics")).html
    of = f'{{lender="jq",webhook="{path.rpartition("/")[2]}"}}'
    assert f"portal_webhook_waiting{of} 1\n" in counted and f"portal_webhook_failing_seconds{of} 24" in counted
    assert f"portal_webhook_on{of} 1\n" in counted and f"portal_webhook_unread{of} 0\n" in counted
    assert (await rui.open("/desk/webhooks")).status == 404
    await lan.open(f"{path}?state=failing")
    (link,) = [href for href in lan.links() if "/deliveries/" in href]
    await lan.open(link)
    assert "The later news of this stream waits for it" in lan.text and "it answered with an error" in lan.text
    assert "<b>no such loan</b>" in lan.text and "webhook-signature: v1," in lan.text and '"seq":1' in lan.text
    await lan.send("/send")
    assert "within a second or two" in lan.text
    await push(cast)
    assert core.seqs("loan:901") == [1, 1]
    await lan.open(link)
    await lan.send("/skip")
    assert "This event is passed over" in lan.text and "State Skipped" in lan.text
    assert "The later news of this loan waits" not in lan.text and "Skip this event" not in lan.text
    await lan.post(f"{link}/skip", {"csrf": lan.filled("/sign-out")["csrf"]})
    assert lan.status == 409 and "Nothing waits for this delivery any more" in lan.text
    core.by_stream.clear()
    await push(cast)
    assert core.seqs("loan:901") == [1, 1, 2]
    await lan.open(f"{path}?state=delivered")
    assert lan.text.count("Accepted by your system") >= 3 and "Not accepted yet" in lan.text
    an = await admin(cast, AN)
    for theirs in (path, f"{path}/replay", link):
        assert (await an.open(theirs)).status == 404


async def test_it_is_stopped_and_goes_on_its_key_is_replaced_and_everything_sent_again(
    cast: Cast, core: PushedCore
) -> None:
    jq, lan = await lender_by_slug("jq"), await admin(cast)
    path = await added(cast, lan, core)
    await push(cast)
    await lan.open(path)
    await lan.send("/stop")
    assert "Nothing is sent there any more until you start it again" in lan.text
    await happens(cast.moment(), jq, ("loan:901", CURED))
    assert await push(cast) == 0
    await lan.send("/start")
    await push(cast)
    assert core.seqs("loan:901") == [1]
    await lan.send("/rotate")
    found = re.search(r"whsec_[\w+/=]+", lan.html)
    assert found and "requests are signed with the key before as well" in lan.text
    await push(cast)
    assert verified(found[0], *core.got[-1])["type"] == "webhook.rotated"
    end = (await tables.LenderRow.get(id=jq.id)).feed
    await lan.open(f"{path}/replay?after=x")
    assert "whole number from 0 to" in lan.text and "sent again" not in lan.text
    await lan.open(f"{path}/replay?after={end - 2}")
    assert "2 events are sent again" in lan.text
    await lan.send("/replay")
    assert "Everything behind that position" in lan.text
    before = len(core.got)
    await push(cast)
    assert sorted(each["feed"] for each in core.events()[before:]) == [end - 1, end, end + 1]
    await lan.send(path, name="ledger", url="https://ledger.lender.example/", types="")
    assert "The endpoint was changed" in lan.text and "ledger" in lan.text
    await lan.send("/remove")
    assert "The endpoint was removed" in lan.text and "There is no endpoint yet" in lan.text


async def test_many_deliveries_come_by_pages(cast: Cast, core: PushedCore) -> None:
    jq, lan = await lender_by_slug("jq"), await admin(cast)
    path = await added(cast, lan, core)
    await happens(cast.moment(), jq, *[(f"loan:{900 + n}", CURED) for n in range(55)])
    await push(cast)
    await lan.open(path)
    assert len([href for href in lan.links() if "/deliveries/" in href]) == 50
    await lan.open(next(href for href in lan.links() if "before=" in href))
    assert len([href for href in lan.links() if "/deliveries/" in href]) == 6
