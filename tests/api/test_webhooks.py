"""A lender's core sets up where it is pushed to, over the API, and sees what became of it."""

import json

import pytest

from portal.delivery.webhook_request import WebhookSender
from portal.delivery.webhooks import WebhookWork, deliver_webhooks
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.web import guard
from tests.api.conftest import Core
from tests.endpoints import answered, happens, pushed_core, verified
from tests.pages.conftest import Cast

pytestmark = pytest.mark.anyio
HOOKS = "/api/v1/webhooks"
URL = "https://core.lender.example/hooks"


async def push(cast: Cast) -> int:
    work = WebhookWork(cast.settings.vault(), WebhookSender(private=True), guard.now)
    return await deliver_webhooks(work)


async def test_a_core_makes_an_endpoint_and_sees_how_far_it_is_and_skips_what_it_cannot_take(
    cast: Cast, core: Core
) -> None:
    jq = await lender_by_slug("jq")
    with pushed_core() as pushed:
        async with await core("webhooks") as client:
            key = {"idempotency-key": "k1"}
            made = (await client.post(HOOKS, json={"name": "core", "url": URL}, headers=key)).json()
            assert (await client.post(HOOKS, json={"name": "core", "url": URL}, headers=key)).json() == made
            one = f"{HOOKS}/{made['webhook']}"
            assert made["secret"].startswith("whsec_") and "secret" not in (await client.get(one)).json()
            row = await tables.IdempotencyRow.get(key="k1")
            assert made["secret"] not in row.result
            await tables.WebhookEndpointRow.all().update(url=pushed.url)  # which only a setting allows
            pushed.by_stream["loan:901"] = answered(500, b"what is that?")
            await happens(cast.moment(), jq, *[(f"loan:{each}", "plan.cured") for each in (901, 902, 901)])
            await push(cast)
            headers, body = pushed.got[0]
            assert verified(made["secret"], headers, body)
            told = (await client.get(HOOKS)).json()["webhooks"]
            assert [(each["webhook"], each["waiting"], each["stuck"], each["unread"]) for each in told] == [
                (made["webhook"], 1, 1, 0)
            ]
            failing = (await client.get(f"{one}/deliveries?state=failing")).json()
            assert failing["next"] is None
            (failed,) = failing["deliveries"]
            at = f"{one}/deliveries/{failed['delivery']}"
            sent = (await client.get(at)).json()
            assert (sent["status"], sent["answer"], sent["problem"], sent["holds_up"]) == (
                *(500, "what is that?"),
                *("status", True),
            )
            assert json.loads(sent["body"])["id"] == sent["event"] == sent["headers"]["webhook-id"]
            assert (await client.post(f"{at}/send")).json()["attempts"] == 1
            await push(cast)
            assert pushed.seqs("loan:901") == [1, 1]
            assert (await client.post(f"{at}/skip")).json()["state"] == "skipped"
            again = await client.post(f"{at}/skip")
            assert again.status_code == 409 and again.json()["type"].endswith(":conflict")
            pushed.by_stream.clear()
            await push(cast)
            assert pushed.seqs("loan:901") == [1, 1, 2]
            turned = (await client.post(f"{one}/rotate")).json()
            assert turned["secret"] != made["secret"] and turned["previous_secret_until"]
            assert (await client.post(f"{one}/replay", json={"after": 10**6})).status_code == 422
            end = (await tables.LenderRow.get(id=jq.id)).feed
            assert (await client.post(f"{one}/replay", json={"after": end - 3})).json()["unread"] == 4
            before = len(pushed.got)
            await push(cast)
            assert sorted(each["feed"] for each in pushed.events()[before:]) == [end - 2, end - 1, end, end + 1]


async def test_it_is_changed_stopped_and_removed_and_all_of_it_is_in_the_feed(cast: Cast, core: Core) -> None:
    async with await core("webhooks") as client, await core("webhooks", slug="yh") as other:
        made = (await client.post(HOOKS, json={"name": "core", "url": URL})).json()
        one = f"{HOOKS}/{made['webhook']}"
        both, key = {"types": ["plan.broken", "agreement.signed"], "state": "stopped"}, {"idempotency-key": "k2"}
        for _ in range(2):
            changed = await client.patch(one, json=both, headers=key)
        assert (changed.json()["types"], changed.json()["state"]) == (["agreement.signed", "plan.broken"], "stopped")
        assert (await client.patch(one, json={"state": "on"})).json()["state"] == "on"
        for method, path, body in (
            *(("GET", one, None), ("PATCH", one, {"state": "stopped"}), ("DELETE", one, None)),
            *(("POST", f"{one}/rotate", None), ("POST", f"{one}/replay", {"after": 0})),
            ("GET", f"{one}/deliveries", None),
        ):
            assert (await other.request(method, path, json=body)).status_code == 404, path
        assert (await other.get(HOOKS)).json() == {"webhooks": []}
        assert (await client.delete(one)).json() == {"webhook": made["webhook"], "state": "removed"}
        assert (await client.get(one)).status_code == 404 and (await client.get(HOOKS)).json()["webhooks"] == []
    told = await tables.EventRow.filter(type__startswith="webhook.").order_by("feed")
    assert [each.type.removeprefix("webhook.") for each in told] == [
        "added",
        "changed",
        "stopped",
        "started",
        "removed",
    ]
    assert not [each for each in told if b"core.lender" in bytes(each.body)]


async def test_what_will_not_do_is_refused_at_its_field_and_no_other_key_comes_in(cast: Cast, core: Core) -> None:
    async with await core("webhooks") as client, await core("events") as reader:
        assert (await reader.get(HOOKS)).status_code == 403
        for body, field in (
            ({"url": "http://core.lender.example/"}, "url"),
            ({"url": "https://169.254.169.254/latest"}, "url"),
            ({"types": ["plan.sunk"]}, "types"),
            ({"after": 10**9}, "after"),
        ):
            said = await client.post(HOOKS, json={"name": "core", "url": URL, **body})
            assert said.status_code == 422 and [each["field"] for each in said.json()["errors"]] == [field]
        for number in range(10):
            assert (await client.post(HOOKS, json={"name": str(number), "url": URL})).status_code == 200
        assert "10 endpoints at most" in (await client.post(HOOKS, json={"name": "core", "url": URL})).json()["detail"]
