"""What the lender's system reads and says back: the feed, payments, invitations, bookings."""

import csv
import io
import json

import pytest

from portal.demo import JQ, portfolio
from portal.reads.cases import lender_by_slug
from portal.reads.log import feed
from tests.api.conftest import Core
from tests.commands.test_loans import portfolio_line
from tests.pages.conftest import Cast

pytestmark = pytest.mark.anyio

PAID = {"loan_no": "JQ-2026-0001", "id": "P-9", "received_on": "2026-06-12", "amount": "500.00"}


async def test_the_feed_gives_the_bytes_that_were_chained_and_its_cursor_skips_nothing(core: Core) -> None:
    bodies = [event.body async for event in feed((await lender_by_slug("jq")).id)]
    read: list[bytes] = []
    async with await core("events") as client:
        after, more = 0, True
        while more:
            said = await client.get("/api/v1/events", params={"after": after, "limit": 7})
            page = said.json()
            assert len(page["events"]) <= 7
            read += [body for body in bodies if body in said.content]
            after, more = page["next"], page["more"]
        assert (await client.get("/api/v1/events", params={"after": after})).json() == {
            "events": [],
            "next": after,
            "more": False,
            "epoch": "first",
        }
    assert read[: len(bodies)] == bodies


async def test_the_feed_is_a_sheet_for_whoever_asks_for_one(core: Core) -> None:
    async with await core("events") as client:
        told = (await client.get("/api/v1/events", params={"limit": 1000})).json()["events"]
        said = await client.get("/api/v1/events", params={"limit": 3}, headers={"accept": "text/csv"})
        assert said.headers["content-type"] == "text/csv; charset=utf-8"
        assert said.headers["link"] == '</api/v1/events?after=3&limit=3>; rel="next"'
        whole = await client.get("/api/v1/events", params={"limit": 1000}, headers={"accept": "text/csv"})
    assert "link" not in whole.headers
    rows = list(csv.DictReader(io.StringIO(whole.text)))
    assert rows[:3] == list(csv.DictReader(io.StringIO(said.text)))
    assert len(rows) == len(told)
    for row, event in zip(rows, told, strict=True):
        assert (row["feed"], row["id"], row["type"]) == (str(event["feed"]), event["id"], event["type"])
        assert (row["actor_kind"], row["actor_ref"]) == (event["actor"]["kind"], event["actor"]["ref"])
        assert row["proposal"] == (event["proposal"] or "")
        assert json.loads(row["data"]) == event["data"]
        assert row.keys() - {"actor_kind", "actor_ref"} == event.keys() - {"actor"}


async def test_a_loan_number_is_no_formula_in_the_sheet(core: Core, cast: Cast) -> None:
    async with await core() as client:
        line = portfolio_line("=HYPERLINK(1)")
        headers = {"content-type": "application/x-ndjson"}
        assert (await client.post("/api/v1/portfolio", content=line, headers=headers)).status_code == 200
        said = await client.get("/api/v1/events", params={"limit": 1000}, headers={"accept": "text/csv"})
        told = (await client.get("/api/v1/events", params={"limit": 1000})).json()["events"]
    assert not said.content.startswith(b"\xef\xbb\xbf"), "machines read it"
    rows = list(csv.DictReader(io.StringIO(said.text)))
    assert "'=HYPERLINK(1)" in {row["loan_no"] for row in rows}
    assert [row["loan_no"].removeprefix("'") for row in rows] == [event["loan_no"] for event in told]
    cells = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", '"'))] == []


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=1e3", "limit=0", "limit=1001", "after=" + "9" * 30])
async def test_an_odd_cursor_is_refused_with_what_is_allowed(core: Core, query: str) -> None:
    async with await core() as client:
        said = await client.get(f"/api/v1/events?{query}")
    assert said.status_code == 422 and "a whole number from" in said.json()["detail"]


async def test_another_lenders_feed_is_not_in_it(core: Core) -> None:
    async with await core(slug="yh") as client:
        page = (await client.get("/api/v1/events", params={"limit": 1000})).json()
    assert {event["lender"] for event in page["events"]} == {"yh"}


@pytest.mark.parametrize("body", ["list", "object", "lines", "one"])
async def test_a_payment_counts_once_however_it_is_written(core: Core, cast: Cast, body: str) -> None:
    shapes = {"list": [PAID], "object": {"payments": [PAID]}, "one": PAID}
    async with await core() as client:
        for expected in ({"payments": 1, "added": 1, "repeated": 0}, {"payments": 1, "added": 0, "repeated": 1}):
            if body == "lines":
                headers = {"content-type": "application/x-ndjson"}
                said = await client.post("/api/v1/payments", content=json.dumps(PAID) + "\n", headers=headers)
            else:
                said = await client.post("/api/v1/payments", json=shapes[body])
            assert (said.status_code, said.json()) == (200, expected)
    assert (await cast.events("JQ-2026-0001")).count("payment.received") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"loan_no": "JQ-2026-9999"}, "JQ-2026-9999"),
        ({"received_on": "2026-06-15"}, "2026-06-15"),
        ({"received_on": "2025-12-14"}, "2025-12-14"),
        ({"currency": "USD"}, "CNY"),
        ({"amount": 500.0}, "amount"),
        ({"amount": "-5.00"}, "-5.00"),
        ({"amount": "1e3"}, "1e3"),
        ({"amount": None, "reverses": "P-77"}, "P-77"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_payment_that_cannot_be_is_named_and_nothing_of_the_batch_is_recorded(
    core: Core, cast: Cast, change: dict[str, object], words: str
) -> None:
    bad = {key: value for key, value in {**PAID, "id": "P-10", **change}.items() if value is not None}
    async with await core() as client:
        said = await client.post("/api/v1/payments", json=[PAID, bad])
    assert said.status_code == 422, said.text
    assert words in said.text
    assert "payment.received" not in await cast.events("JQ-2026-0001")


async def test_more_than_everything_owed_closes_the_loan_and_the_rest_stays_theirs(core: Core, cast: Cast) -> None:
    """On 12 June 10,766.46 pays everything: 10,145.88 of principal, 413.70 and 108.89 x 27/30 = 98.00 of interest,
    54.84 + 36.27 + 17.77 of penalty."""
    async with await core() as client:
        said = await client.post("/api/v1/payments", json=[{**PAID, "amount": "99999.00"}])
    assert said.status_code == 200
    bo = await cast.comes("JQ-2026-0001")
    await bo.open(await cast.loan("JQ-2026-0001"))
    assert "89,232.54" in bo.text and "Overdue today" not in bo.text


async def test_the_same_idempotency_key_gets_the_same_answer_and_another_body_is_refused(core: Core) -> None:
    headers = {"idempotency-key": "batch-1"}
    async with await core() as client:
        first = await client.post("/api/v1/payments", json=[PAID], headers=headers)
        again = await client.post("/api/v1/payments", json=[PAID], headers=headers)
        other = await client.post("/api/v1/payments", json=[{**PAID, "amount": "501.00"}], headers=headers)
    assert first.json() == again.json() == {"payments": 1, "added": 1, "repeated": 0}
    assert other.status_code == 422
    assert other.json()["type"] == "urn:repayment-portal:problem:key-used-otherwise"


async def test_a_portfolio_with_a_bad_row_is_refused_whole_unless_bad_rows_may_be_left_out(core: Core) -> None:
    lines = portfolio(JQ).splitlines()
    broken = lines[0].replace(b'"principal": "12000.00"', b'"principal": "12000.001"')
    body, headers = b"\n".join([broken, lines[1]]), {"content-type": "application/x-ndjson"}
    async with await core() as client:
        refused = await client.post("/api/v1/portfolio", content=body, headers=headers)
        assert refused.status_code == 422
        assert refused.json()["errors"][0] == {
            "index": 0,
            "line": 1,
            "loan_no": "JQ-2026-0001",
            "field": "principal",
            "problem": refused.json()["errors"][0]["problem"],
        }
        tried = await client.post("/api/v1/portfolio?skip_bad=1&dry_run=1", content=body, headers=headers)
        assert tried.json()["imported"] is False
        taken = await client.post("/api/v1/portfolio?skip_bad=1", content=body, headers=headers)
    told = taken.json()
    assert (told["imported"], told["loans"], told["bad"], told["unchanged"], told["stale"]) == (True, 1, 1, 1, 1)


async def test_an_invitation_comes_with_a_neutral_text_and_opens_the_door(core: Core, cast: Cast) -> None:
    headers = {"idempotency-key": "invite-1"}
    wanted = {"loans": [{"loan_no": "JQ-2026-0001", "phone": "+8613800000001"}]}
    async with await core() as client:
        said = await client.post("/api/v1/invitations", json=wanted, headers=headers)
        again = await client.post("/api/v1/invitations", json=wanted, headers=headers)
    assert said.status_code == 200 and again.json() == said.json()
    (link,) = said.json()["invitations"]
    assert set(link["texts"]) == {"zh-CN", "en"}
    for text in link["texts"].values():
        assert link["link"] in text and "佳泉消费金融" in text
        assert not any(word in text for word in ("逾期", "欠", "debt", "overdue", "owe", "3,413", "JQ-2026"))
    bo = cast.browser()
    await bo.open(link["link"].removeprefix("http://127.0.0.1:8000"))
    assert bo.status == 200 and "佳泉消费金融" in bo.text


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"loans": []},
        {"overdue": True, "loans": [{"loan_no": "x"}]},
        {"loans": [{"loan_no": "JQ-2026-9999"}]},
        [],
        3,
    ],
)
async def test_an_odd_wish_for_invitations_is_refused(core: Core, wanted: object) -> None:
    async with await core() as client:
        said = await client.post("/api/v1/invitations", json=wanted)
    assert said.status_code == 422


async def agreement(cast: Cast) -> str:
    """马超's agreed plan."""
    bo = await cast.comes("JQ-2026-0011")
    await bo.open(await cast.proposal("JQ-2026-0011"))
    return next(tag["href"] for _, tag in bo.tags if tag.get("href", "").startswith("/agreements/")).split("/")[-1]


async def test_a_plan_runs_only_when_the_core_has_booked_it(core: Core, cast: Cast) -> None:
    ref = await agreement(cast)
    address = f"/api/v1/agreements/{ref}/booking"
    async with await core() as client:
        said = await client.post(address, json={"outcome": "booked", "core_id": "K-1"})
        assert (said.status_code, said.json()["state"]) == (200, "active")
        again = await client.post(address, json={"outcome": "booked", "core_id": "K-1"})
        assert again.json() == said.json()
        other = await client.post(address, json={"outcome": "refused", "reason": "closed"})
        assert other.status_code == 409
    assert (await cast.events("JQ-2026-0011")).count("plan.activated") == 1


async def test_what_the_core_cannot_book_goes_back_to_a_person_and_both_are_told(core: Core, cast: Cast) -> None:
    ref = await agreement(cast)
    async with await core() as client:
        said = await client.post(
            f"/api/v1/agreements/{ref}/booking", json={"outcome": "refused", "reason": "loan_closed"}
        )
    assert said.json()["state"] == "under_review"
    assert (await cast.events("JQ-2026-0011"))[-1] == "agreement.booking_failed"
    bo = await cast.comes("JQ-2026-0011")
    await bo.open(await cast.proposal("JQ-2026-0011"))
    assert "could not register" in bo.text


async def test_another_lenders_agreement_is_not_there(core: Core, cast: Cast) -> None:
    ref = await agreement(cast)
    async with await core(slug="yh") as client:
        said = await client.post(f"/api/v1/agreements/{ref}/booking", json={"outcome": "booked", "core_id": "K"})
    assert said.status_code == 404


ALL = {**PAID, "received_on": "2026-06-14", "amount": "10800.00", "purpose": "payoff"}
REFUND = {"loan_no": "JQ-2026-0001", "id": "B-9", "received_on": "2026-06-14", "amount": "22.52", "refunds": True}
PART = {"loan_no": "JQ-2026-0001", "id": "R-9", "received_on": "2026-06-14", "reverses": "P-9", "amount": "2.52"}


async def test_money_that_goes_back_may_stand_before_what_came_in_one_body(core: Core) -> None:
    async with await core() as client:
        refused = await client.post("/api/v1/payments", json=[REFUND, PART, ALL])
        taken = await client.post("/api/v1/payments", json=[{**REFUND, "amount": "20.00"}, PART, ALL])
    assert (refused.status_code, taken.json()) == (422, {"payments": 3, "added": 3, "repeated": 0})
    (error,) = refused.json()["errors"]
    assert error["field"].endswith("amount")
    assert "is of 22.52, and 20.00 of credit are there on its day" in error["problem"]
