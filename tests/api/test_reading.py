"""Reading over HTTP: lists by pages, what was signed and complained of, a quote, and how much a key may ask."""

import hashlib
from typing import Any

import httpx2
import pytest

from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from portal.web.api.budgets import RequestBudgets
from tests.api.conftest import Core
from tests.api.test_feed import PAID, agreement
from tests.pages.conftest import AN, LAN, RUI, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

MA_CHAOS, WEI_LANS = "JQ-2026-0011", "JQ-2026-0013"


async def all_of(client: httpx2.AsyncClient, name: str, limit: int, **which: str) -> list[dict[str, Any]]:
    """A whole list, by pages of so many."""
    found: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": limit, **which}
    while True:
        page = (await client.get(f"/api/v1/{name}", params=asked)).json()
        rows = page[name.replace("-", "_")]
        assert len(rows) <= limit and page["more"] == (page["next"] is not None)
        found += rows
        if not page["more"]:
            return found
        asked["after"] = page["next"]


async def test_each_list_is_read_by_pages_and_is_of_its_lender_alone(core: Core) -> None:
    async with await core() as client, await core(slug="yh") as other:
        for name, ref in (
            ("proposals", "proposal"),
            ("agreements", "agreement"),
            ("complaints", "problem"),
            ("payment-claims", "report"),
            ("holds", "hold"),
        ):
            whole = await all_of(client, name, 200)
            assert whole and await all_of(client, name, 1) == await all_of(client, name, 2) == whole, name
            assert len({each[ref] for each in whole}) == len(whole)
            assert all(each["loan_no"].startswith("JQ-") for each in whole)
            theirs = await all_of(other, name, 200)
            assert not {each[ref] for each in theirs} & {each[ref] for each in whole}
            cursor = {"after": whole[0][ref]}
            assert (await client.get(f"/api/v1/{name}", params=cursor)).status_code == 200
            said = await other.get(f"/api/v1/{name}", params=cursor)
            assert (said.status_code, said.json()["type"].rpartition(":")[2]) == (422, "cursor")
            assert (await client.get(f"/api/v1/{name}", params={"limit": 201})).status_code == 422
            one = await other.get(f"/api/v1/{name}/{whole[0][ref]}")
            assert (one.status_code, one.json()["type"].rpartition(":")[2]) == (404, "not-found")
            assert (await client.get(f"/api/v1/{name}/{whole[0][ref]}")).json()["loan_no"] == whole[0]["loan_no"]


async def test_a_list_is_of_what_was_asked_for(core: Core, cast: Cast) -> None:
    async with await core() as client:
        (zhous,) = await all_of(client, "proposals", 50, loan_no=ZHOU_MINS)
        states = {each["state"] for each in await all_of(client, "proposals", 50)}
        assert {"submitted", "declined", "agreed"} <= states and zhous["state"] == "submitted"
        assert {each["state"] for each in await all_of(client, "proposals", 2, state="declined")} == {"declined"}
        (waits,) = await all_of(client, "agreements", 50, state="to-book")
        assert (waits["agreement"], waits["loan_no"]) == (await agreement(cast), MA_CHAOS)
        body = {"outcome": "booked", "core_id": "K-1"}
        await client.post(f"/api/v1/agreements/{waits['agreement']}/booking", json=body)
        assert await all_of(client, "agreements", 50, state="to-book") == []
        await tables.ProposalRow.filter(ref=waits["proposal"]).update(state="agreed")  # as if signed once more since
        assert await all_of(client, "agreements", 50, state="to-book") == []
        booked = await all_of(client, "agreements", 50, state="booked")
        assert waits["agreement"] in {each["agreement"] for each in booked}
        assert {each["booking_state"] for each in booked} == {"booked"} and waits["booking_state"] == "to-book"
        told = (await client.get(f"/api/v1/agreements/{waits['agreement']}")).json()
        assert (told["booking_state"], told["booking"]["core_id"]) == ("booked", "K-1")
        (complaint,) = await all_of(client, "complaints", 50, state="open")
        assert complaint["loan_no"] == WEI_LANS and complaint["component"] == "penalty"
        (hold,) = await all_of(client, "holds", 50, loan_no=ZHOU_MINS, open="true")
        await client.post(f"/api/v1/holds/{hold['hold']}", json={"outcome": "ended", "reason": "agreed"})
        assert await all_of(client, "holds", 50, loan_no=ZHOU_MINS, open="true") == []
        (ended,) = await all_of(client, "holds", 50, loan_no=ZHOU_MINS)
        assert (ended["state"], hold["state"]) == ("ended", "requested")
        for wrong in ("proposals?state=gone", "proposals?loan_no=JQ-9", "agreements?state=x", "holds?status=open"):
            assert (await client.get(f"/api/v1/{wrong}")).status_code == 422, wrong


async def test_an_agreement_is_read_without_names_and_its_document_byte_for_byte(core: Core, cast: Cast) -> None:
    ref = await agreement(cast)
    async with await core("agreements") as client, await core("agreements", slug="yh") as other:
        said = await client.get(f"/api/v1/agreements/{ref}")
        document = await client.get(f"/api/v1/agreements/{ref}/document")
        assert (await other.get(f"/api/v1/agreements/{ref}/document")).status_code == 404
    facts = said.json()
    assert (facts["loan_no"], facts["state"], facts["booking"]) == (MA_CHAOS, "agreed", None)
    assert facts["booking_state"] == "to-book"
    assert (len(facts["schedule"]), facts["schedule"][0]["total"], facts["total"]) == (12, "187.00", "2243.95")
    assert facts["rules"]["cure_terms"]["cure_days"] == 14 and "马超" not in said.text
    digest = hashlib.sha256(document.content).hexdigest()
    assert digest == facts["document_hash"] == document.headers["document-sha256"]
    assert document.headers["content-type"].startswith("text/html") and "马超" in document.text
    key = await tables.ApiKeyRow.filter(lender__slug="jq").order_by("-id").first()
    (row,) = await tables.AccessRow.filter(what="document.taken")
    assert key is not None and (row.actor_kind, row.actor_ref, row.detail) == ("key", key.ref, ref)


async def test_a_complaint_is_read_extended_and_decided_by_a_person_and_its_borrower_reads_why(
    core: Core, cast: Cast
) -> None:
    async with await core("complaints") as client:
        (listed,) = await all_of(client, "complaints", 9, state="open")
        address = f"/api/v1/complaints/{listed['problem']}"
        seen = (await client.get(address)).json()
        assert [each["author"] for each in seen["thread"]] == ["borrower"] and seen["thread"][0]["text"]
        await settle_writes()
        assert await tables.AccessRow.filter(what="loan.looked", actor_kind="key").count() == 1

        async def answers(**body: str | int) -> httpx2.Response:
            return await client.post(f"{address}/answer", json={"decided_by": LAN, "text": "已更正。", **body})

        for body, field in (
            ({"answer": "decide", "cause": "fees"}, "outcome"),
            ({"answer": "decide", "outcome": "rejected", "cause": "fees"}, "reason"),
            ({"answer": "decide", "outcome": "upheld", "cause": "fees", "reason": "nothing_found"}, "reason"),
            ({"answer": "extend", "cause": "fees"}, "cause"),
            ({"answer": "extend", "decided_by": AN}, "decided_by"),
            ({"answer": "extend", "text": "  "}, "text"),
        ):
            said = await answers(**body)
            assert said.status_code == 422 and [each["field"] for each in said.json()["errors"]] == [field], body
        later = await answers(answer="extend", expected_version=seen["expected_version"])
        assert (later.json()["extensions"], later.json()["answer_by"] > seen["answer_by"]) == (1, True)
        stale = await answers(answer="write", expected_version=seen["expected_version"])
        assert (stale.status_code, stale.json()["state"]) == (409, "open")
        done = await answers(answer="decide", outcome="upheld", cause="fees")
        assert (done.json()["state"], done.json()["outcome"]) == ("decided", "upheld")
        assert (await answers(answer="write")).json()["outcome"] == "upheld"
    wei = await (await cast.comes(WEI_LANS)).open(f"/problems/{listed['problem']}")
    assert "已更正。" in wei.text
    row = await tables.EventRow.filter(type="complaint.decided").order_by("-id").first()
    lan = await tables.StaffRow.get(email=LAN)
    assert row is not None and f'"ref":"{lan.ref}"'.encode() in bytes(row.body) and b'"through":"' in bytes(row.body)


async def test_a_payment_that_was_told_of_is_found_by_the_books_or_by_a_person_and_once(core: Core, cast: Cast) -> None:
    async with await core() as client:
        (listed,) = await all_of(client, "payment-claims", 9)
        address = f"/api/v1/payment-claims/{listed['report']}"
        assert (listed["amount"], listed["state"], "reference" in listed) == ("187.00", "awaiting", False)
        body = {"outcome": "found", "payment": "P-9"}
        assert (await client.post(f"{address}/answer", json=body)).status_code == 422
        assert (await client.post(f"{address}/answer", json={"outcome": "found"})).status_code == 422
        paid = {**PAID, "loan_no": MA_CHAOS, "amount": "180.00", "id": "P-9"}
        await client.post("/api/v1/payments", json=[paid])
        seen = (await client.get(address)).json()
        assert [each["payment"] for each in seen["could_be"]][:1] == ["P-9"]
        gone = await client.post(f"{address}/answer", json={"outcome": "not_found", "decided_by": RUI})
        assert gone.json()["state"] == "not_found"
        found = await client.post(f"{address}/answer", json=body)
        assert (found.json()["state"], found.json()["arrived"]) == ("confirmed", "180.00")
        again = await client.post(f"{address}/answer", json={"outcome": "not_found"})
        assert (again.status_code, again.json()["state"], again.json()["payment"]) == (409, "confirmed", "P-9")


async def test_a_quote_is_the_plan_that_the_terminal_draws_and_a_loan_tells_its_own_events(core: Core) -> None:
    """3,413.12 less 10.00 in six: five times 567.19 and 567.17."""
    terms = {"installments": "6", "first_due": "2026-07-01", "waive": "penalty=10.00"}
    async with await core("portfolio", "events") as client, await core("portfolio", "events", slug="yh") as other:
        address = "/api/v1/loans/JQ-2026-0001/quote"
        quote = (await client.get(address, params=terms)).json()
        assert ([row["total"] for row in quote["rows"]], quote["total"]) == ([*["567.19"] * 5, "567.17"], "3403.12")
        assert [each["rule"] for each in quote["breaks"]] == ["waiver.penalty"]
        one = (await client.get(address, params={"settle": "3000.00", "first_due": "2026-07-01"})).json()
        assert (one["offer"]["kind"], one["total"], one["waived"]["total"]) == ("settlement", "3000.00", "413.12")
        for wrong, field in (
            ({"waive": "penalty=1000.00"}, "waive"),
            ({"waive": "penalty"}, "waive"),
            ({"installments": "0"}, ""),
            ({"amount": "1.00"}, "installments"),
            ({"every": "1y"}, "every"),
            ({"settle": "3000.00"}, "installments"),
        ):
            said = await client.get(address, params={**terms, **wrong})
            assert said.status_code == 422, wrong
            assert not field or [each["field"] for each in said.json()["errors"]] == [field], wrong
        assert (await client.get(address, params={**terms, "colour": "red"})).status_code == 422
        assert (await other.get(address, params=terms)).status_code == 404
        whole = (await client.get(f"/api/v1/loans/{ZHOU_MINS}/events")).json()
        first = (await client.get(f"/api/v1/loans/{ZHOU_MINS}/events", params={"limit": 1})).json()
        rest = (await client.get(f"/api/v1/loans/{ZHOU_MINS}/events", params={"after": first["next"]})).json()
        assert (first["more"], rest["more"]) == (True, False)
        assert [*first["events"], *rest["events"]] == whole["events"]
        assert {each["loan_no"] for each in whole["events"]} == {ZHOU_MINS}
        assert [each["seq"] for each in whole["events"]] == list(range(1, len(whole["events"]) + 1))
        assert (await other.get(f"/api/v1/loans/{ZHOU_MINS}/events")).status_code == 404


async def test_every_answer_says_how_much_a_key_may_still_ask_and_one_too_many_is_refused(
    core: Core, cast: Cast
) -> None:
    cast.app.state.budgets = RequestBudgets(3)
    async with await core("events") as client, await core("events") as other:
        told = [await client.get("/api/v1/events", params={"limit": 1}) for _ in range(2)]
        told += [await client.get("/api/v1/proposals"), await client.get("/api/v1/events")]
        assert [each.status_code for each in told] == [200, 200, 403, 429]
        assert [each.headers["ratelimit"].split(";")[1] for each in told] == ["r=2", "r=1", "r=0", "r=0"]
        assert {each.headers["ratelimit-policy"] for each in told} == {'"minute";q=3;w=60'}
        assert told[-1].json()["type"].endswith(":too-many") and 1 <= int(told[-1].headers["retry-after"]) <= 60
        assert (await other.get("/api/v1/events")).status_code == 200
    budgets = RequestBudgets(2)
    taken = [budgets.take("k", at) for at in (0.0, 30.0, 59.0, 60.5)]
    assert [(each.left, each.more_in, each.refused) for each in taken] == [
        (1, 60, False),
        (0, 30, False),
        (0, 1, True),
        (0, 30, False),
    ]
