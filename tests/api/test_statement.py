"""What a lender's core works out from the feed it has read is what the portal signs, and what differs is found."""

import base64
import hashlib
import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.actions.feed_statements import begin_epoch
from portal.reads.cases import lender_by_slug
from tests.api.conftest import Core
from tests.api.test_feed import PAID
from tests.pages.conftest import Cast

pytestmark = pytest.mark.anyio

TODAY = "2026-06-14"
XIAOMING = "JQ-2026-0001"


class Reader:
    """A core that keeps of each chain where it ended: the hash of an event hangs on the one before it."""

    def __init__(self) -> None:
        self.heads: dict[str, tuple[str, int, str]] = {}

    def read(self, event: dict[str, Any]) -> None:
        body = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        before = self.heads.get(event["stream"], ("", 0, "0" * 64))[2]
        of_loan = event["stream"].startswith("loan:")
        name = event["loan_no"] if of_loan else event["stream"]
        hashed = hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()
        self.heads[event["stream"]] = (name, event["seq"], hashed)

    def hash_of(self, *, loans: bool) -> str:
        found = (head for stream, head in self.heads.items() if stream.startswith("loan:") == loans)
        lines = sorted(f"{name} {seq} {hashed}\n".encode() for name, seq, hashed in found)
        return hashlib.sha256(b"".join(lines)).hexdigest()


async def _feed(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": 0, "more": True}
    while page["more"]:
        page = (await client.get("/api/v1/events", params={"after": page["next"], "limit": 1000})).json()
        found += page["events"]
    return found


async def _statement(client: httpx2.AsyncClient, **asked: str) -> dict[str, Any]:
    said = await client.get("/api/v1/statement", params=asked)
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found


def _is_signed(statement: dict[str, Any]) -> bool:
    signature = statement["signature"]
    told = {name: value for name, value in statement.items() if name != "signature"}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signature["key"]))
    try:
        key.verify(base64.b64decode(signature["value"]), text.encode())
    except InvalidSignature:
        return False
    return True


async def test_a_core_works_out_from_the_feed_what_is_signed(core: Core) -> None:
    async with await core() as client:
        events, statement = await _feed(client), await _statement(client)
        numbers = sorted({event["loan_no"] for event in events if event["stream"].startswith("loan:")})
        owed = [(await client.get(f"/api/v1/loans/{number}/position")).json() for number in numbers]
        again = await _statement(client, on=TODAY)
    reader = Reader()
    for event in events:
        reader.read(event)
    assert (statement["lender"], statement["on"], statement["day_over"]) == ("jq", TODAY, False)
    assert (statement["events"], statement["last"]) == (len(events), events[-1]["feed"])
    assert statement["loan_heads"] == reader.hash_of(loans=True)
    assert statement["other_heads"] == reader.hash_of(loans=False)
    totals = statement["totals"]["CNY"]
    assert totals["loans"] == len(numbers)
    for component, total in totals["overdue"].items():
        assert Decimal(total) == sum(Decimal(each["overdue"][component]) for each in owed), component
    assert Decimal(totals["outstanding_principal"]) == sum(Decimal(each["outstanding_principal"]) for each in owed)
    assert _is_signed(statement) and again == statement
    assert not _is_signed({**statement, "events": statement["events"] + 1})


@pytest.mark.parametrize("planted", ["lost", "doubled", "altered"])
async def test_one_event_that_went_wrong_is_found_and_so_is_its_loan(core: Core, planted: str) -> None:
    async with await core() as client:
        paid = await client.post("/api/v1/payments", json=PAID)
        assert paid.status_code == 200
        events, statement = await _feed(client), await _statement(client)
        (place,) = (at for at, event in enumerate(events) if event["type"] == "payment.received" and _is_ninth(event))
        wrong = {**events[place], "data": {**events[place]["data"], "amount": "5000.00"}}
        put = {"lost": [], "doubled": [events[place]] * 2, "altered": [wrong]}[planted]
        reader = Reader()
        for event in [*events[:place], *put, *events[place + 1 :]]:
            reader.read(event)
        assert reader.hash_of(loans=True) != statement["loan_heads"]
        assert reader.hash_of(loans=False) == statement["other_heads"]
        differ = [each["name"] for each in await _heads(client, statement) if _head(each) not in reader.heads.values()]
    assert differ == [XIAOMING]


def _is_ninth(event: dict[str, Any]) -> bool:
    return bool(event["data"]["payment"] == "P-9")


def _head(each: dict[str, Any]) -> tuple[str, int, str]:
    return each["name"], each["seq"], each["hash"]


async def _heads(client: httpx2.AsyncClient, statement: dict[str, Any], of: str = "loans") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": 0, "more": True}
    while page["more"]:
        asked = {"on": statement["on"], "last": statement["last"], "of": of, "after": page["next"], "limit": 7}
        page = (await client.get("/api/v1/statement/heads", params=asked)).json()
        assert page["last"] == statement["last"] and len(page["heads"]) <= 7
        found += page["heads"]
    return found


async def test_the_heads_are_those_that_the_statement_is_made_of(core: Core) -> None:
    """小明 owes 3,413.12 on the 14th of June, 112.64 of it penalty; 500.00 told after the statement moves no head."""
    async with await core() as client:
        statement = await _statement(client)
        (owed,) = (each for each in await _heads(client, statement) if each["name"] == XIAOMING)
        assert (await client.post("/api/v1/payments", json=PAID)).status_code == 200
        loans, others = await _heads(client, statement), await _heads(client, statement, "others")
        later = await _statement(client)
        paid = next(each for each in await _heads(client, later) if each["name"] == XIAOMING)
    for lines, hashed in ((loans, statement["loan_heads"]), (others, statement["other_heads"])):
        told = sorted(f"{each['name']} {each['seq']} {each['hash']}\n".encode() for each in lines)
        assert hashlib.sha256(b"".join(told)).hexdigest() == hashed
    (line,) = (each for each in loans if each["name"] == XIAOMING)
    assert _head(line) == _head(owed)
    assert (owed["overdue"]["penalty"], owed["overdue"]["total"]) == ("112.64", "3413.12")
    assert {"name", "seq", "hash"} == set(others[0]) and others[-1]["name"].startswith("lender:")
    assert later["last"] > statement["last"] and later["loan_heads"] != statement["loan_heads"]
    # 500.00 on the 12th pays the penalty of that day, 56.07 - 1.23, 37.53 - 1.25 and 19.04 - 1.27, then interest.
    assert Decimal(paid["overdue"]["total"]) < Decimal("2930.00") and paid["seq"] > line["seq"]


async def test_a_statement_is_of_one_lender_and_of_no_day_to_come(core: Core) -> None:
    async with await core() as client, await core("events", slug="yh") as other, await core("payments") as third:
        ours, theirs = await _statement(client), await _statement(other)
        before = await _statement(client, on="2026-06-13")
        assert theirs["lender"] == "yh" and theirs["loan_heads"] != ours["loan_heads"]
        for query in ("on=2026-06-15", "on=2026-02-30", "on=", "day=2026-06-14"):
            assert (await client.get(f"/api/v1/statement?{query}")).status_code == 422, query
        for query in ("last=999999", "of=people", "limit=501", "after=x", "on=2026-06-15"):
            assert (await client.get(f"/api/v1/statement/heads?{query}")).status_code == 422, query
        assert (await third.get("/api/v1/statement")).status_code == 403
        names = {each["name"] for each in await _heads(other, theirs)}
    assert names and not [name for name in names if name.startswith("JQ")]
    # Of a day on which nothing had been told there is nothing, and it is over.
    nothing = hashlib.sha256(b"").hexdigest()
    assert (before["last"], before["loan_heads"], before["totals"], before["day_over"]) == (0, nothing, {}, True)


async def test_a_reader_of_before_a_restore_is_told_up_to_where_the_feed_is_as_it_was(core: Core, cast: Cast) -> None:
    async with await core("events") as client, await core("payments") as payer:
        first = (await client.get("/api/v1/events", params={"limit": 1000})).json()
        assert first["epoch"] == "first"
        same = await client.get("/api/v1/events", params={"after": first["next"], "epoch": "first"})
        assert same.status_code == 200
        epoch = await begin_epoch(cast.moment(), await lender_by_slug("jq"))
        assert (await payer.post("/api/v1/payments", json=PAID)).status_code == 200
        # It had read two events more, which are gone: without the epoch it would go on behind those that came instead.
        lost = await client.get("/api/v1/events", params={"after": first["next"] + 2, "epoch": "first"})
        assert (lost.status_code, lost.json()["type"]) == (409, "urn:repayment-portal:problem:epoch")
        assert (lost.json()["epoch"], lost.json()["same_until"]) == (epoch, first["next"])
        onward = (await client.get("/api/v1/events", params={"after": first["next"], "epoch": epoch})).json()
        statement = await _statement(client)
    assert [event["type"] for event in onward["events"][:2]] == ["feed.restored", "payment.received"]
    assert onward["events"][0]["data"] == {"before": "first", "epoch": epoch, "restored_to": first["next"]}
    assert statement["epoch"] == epoch


async def test_the_feed_is_asked_for_by_type_loan_and_day(core: Core) -> None:
    async with await core("events") as client, await core("payments") as payer:
        assert (await payer.post("/api/v1/payments", json=PAID)).status_code == 200
        events = await _feed(client)

        async def asked(**by: object) -> dict[str, Any]:
            said = await client.get("/api/v1/events", params={"limit": 1000, **by})
            assert said.status_code == 200, said.text
            found: dict[str, Any] = said.json()
            return found

        signed = await asked(type="agreement.signed, payment.received")
        his = await asked(loan_no=XIAOMING)
        both = await asked(loan_no=XIAOMING, type="payment.received")
        today, before, after = (
            await asked(**{"from": TODAY}),
            await asked(to="2026-06-13"),
            await asked(**{"from": "2026-06-15"}),
        )
        first = await asked(type="payment.received", limit=1)
        rest = await asked(type="payment.received", after=first["next"])
        for query in ("type=payment.recieved", "loan_no=JQ-9", "from=tomorrow", "to=2026-02-30", "kind=x"):
            assert (await client.get(f"/api/v1/events?{query}")).status_code in (404, 422), query
        sheet = await client.get(
            "/api/v1/events", params={"type": "payment.received", "limit": 1}, headers={"accept": "text/csv"}
        )
    end = events[-1]["feed"]
    kinds = ("agreement.signed", "payment.received")
    assert signed["events"] == [event for event in events if event["type"] in kinds] and signed["next"] == end
    assert his["events"] == [event for event in events if event["loan_no"] == XIAOMING]
    assert [event["data"]["payment"] for event in both["events"]] == ["P-9"]
    assert (today["events"], before["events"], after["events"]) == (events, [], [])
    assert [*first["events"], *rest["events"]] == [event for event in events if event["type"] == "payment.received"]
    assert (first["more"], rest["more"], rest["next"]) == (True, False, end)
    assert sheet.headers["link"] == f'</api/v1/events?after={first["next"]}&type=payment.received&limit=1>; rel="next"'
