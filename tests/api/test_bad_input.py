"""What a lender's system may send by mistake: each gets a problem with words, and nothing is half done."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx2
import pytest

from portal.actions.jobs import NewJob, ask_job
from portal.demo import portfolio
from portal.tables import models as tables
from tests.actions.story import begin_outside
from tests.api.conftest import Core
from tests.api.test_feed import PAID, agreement
from tests.pages.conftest import Cast

pytestmark = pytest.mark.anyio

ONE = {"content-type": "application/json"}
MANY = {"content-type": "application/x-ndjson"}


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b'[{"id": "\xff"}]', ONE, 400, "not UTF-8"),
        (b'[{"id": "\\ud800"}]', ONE, 400, "half a character"),
        (b'["\\ud800"]', ONE, 400, "half a character"),
        (b'[{"id\\udfff": 1}]', ONE, 400, "half a character"),
        (b'[{"id": "a\\u0000b"}]', ONE, 400, "NUL"),
        (b'[{"id": NaN}]', ONE, 400, "NaN is not a number in JSON"),
        (b'[{"id": 1, "id": 2}]', ONE, 400, "is there twice"),
        (b"[" + b"9" * 5000 + b"]", ONE, 400, "too many digits"),
        (b"[" * 100_000, ONE, 400, "nests too deeply"),
        (
            b"[{%s}]" % b",".join(b'"k%d":1' % n for n in range(60_000)),
            ONE,
            400,
            "at most 100 keys; this one has 60000",
        ),
        (b"", ONE, 400, "cut off"),
        (b'{"id": "\\ud800"}\n', MANY, 422, "half a character"),
        (b"[" * 100_000 + b"\n", MANY, 422, "nests too deeply"),
        (b"9" * 5000, MANY, 422, "too many digits"),
        (b"[]", {"content-type": "text/csv"}, 415, "application/json"),
        (b"[]", {}, 415, "application/json"),
    ],
)
async def test_what_cannot_be_read_is_said_and_nothing_is_recorded(
    core: Core, cast: Cast, body: bytes, headers: Mapping[str, str], status: int, words: str
) -> None:
    before = (await cast.told()).count("payment.received")
    async with await core("payments") as client:
        said = await client.post("/api/v1/payments", content=body, headers=dict(headers))
    assert (said.status_code, said.headers["content-type"]) == (status, "application/problem+json")
    assert words in said.text
    assert (await cast.told()).count("payment.received") == before


async def test_text_with_an_escaped_backslash_before_u0000_is_only_text(core: Core) -> None:
    async with await core("payments") as client:
        said = await client.post("/api/v1/payments", json=[{**PAID, "id": "C:\\u0000 陈\U0001f600"}])
    assert said.json() == {"payments": 1, "added": 1, "repeated": 0}


async def test_a_payment_given_back_twice_is_refused_and_the_batch_with_it(core: Core, cast: Cast) -> None:
    before = (await cast.told()).count("payment.received")
    back = {"loan_no": PAID["loan_no"], "received_on": "2026-06-13", "reverses": "P-9"}
    async with await core("payments") as client:
        said = await client.post("/api/v1/payments", json=[PAID, {**back, "id": "B-1"}, {**back, "id": "B-2"}])
    [error] = said.json()["errors"]
    assert (said.status_code, error["index"], error["field"]) == (422, 2, "reverses")
    assert "was reversed already" in error["problem"]
    assert (await cast.told()).count("payment.received") == before


async def test_a_core_that_refuses_twice_gets_the_same_answer_and_no_second_event(core: Core, cast: Cast) -> None:
    address = f"/api/v1/agreements/{await agreement(cast)}/booking"
    async with await core("booking") as client:
        first = await client.post(address, json={"outcome": "refused", "reason": "loan_closed"})
        again = await client.post(address, json={"outcome": "refused", "reason": "loan_closed"})
        otherwise = await client.post(address, json={"outcome": "refused", "reason": "other"})
        booked = await client.post(address, json={"outcome": "booked", "core_id": "K-1"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert (otherwise.status_code, booked.status_code) == (409, 409)
    assert (await cast.events("JQ-2026-0011")).count("agreement.booking_failed") == 1


async def test_a_core_in_a_loop_is_stopped_before_it_floods_a_phone_and_others_are_still_invited(core: Core) -> None:
    async def ask(client: httpx2.AsyncClient, loan_no: str) -> httpx2.Response:
        return await client.post("/api/v1/invitations", json={"loans": [{"loan_no": loan_no}]})

    async with await core("invitations") as client:
        said = [(await ask(client, "JQ-2026-0001")).status_code for _ in range(21)]
        assert said == [200] * 19 + [429, 429]  # one link was there before
        stopped = await ask(client, "JQ-2026-0001")
        assert stopped.json()["type"].endswith(":too-many") and "JQ-2026-0001" in stopped.json()["detail"]
        assert stopped.headers["retry-after"] == "86400"
        assert (await ask(client, "JQ-2026-0003")).status_code == 200


@pytest.mark.usefixtures("each_database")
async def test_the_same_idempotency_key_at_the_same_moment_is_one_job() -> None:
    jq, at = (await begin_outside()).lender, datetime.now(UTC)
    new = NewJob(jq.id, "invitations", "key:k", {"overdue": True}, key="night-1", request_hash="the same")
    answers = await asyncio.gather(*(ask_job(new, at) for _ in range(5)))
    assert len({ref for ref, _ in answers}) == 1 and sum(fresh for _, fresh in answers) == 1
    assert await tables.JobRow.filter(lender_id=jq.id).count() == 1


async def test_a_key_too_long_for_the_real_thing_is_refused_in_a_dry_run_too(core: Core) -> None:
    headers = {**ONE, "idempotency-key": "k" * 300}
    async with await core() as client:
        answer = await client.post("/api/v1/portfolio?dry_run=true", content=b"[]", headers=headers)
    assert answer.status_code == 422 and "Idempotency-Key" in answer.text


async def test_a_portfolio_whose_every_row_is_refused_writes_nothing_with_skip_bad_or_without(
    core: Core, cast: Cast
) -> None:
    loans = [json.loads(line) | {"principal": "12,000.00"} for line in portfolio("jq").splitlines()]
    async with await core("portfolio") as client:
        before = await cast.told()
        for query in ("", "?skip_bad=true", "?skip_bad=true&dry_run=true"):
            said = await client.post(f"/api/v1/portfolio{query}", json=loans)
            assert (said.status_code, len(said.json()["errors"])) == (422, 16)
            assert said.json()["type"].endswith(":rows")
        one_bad = [loans[0], *(json.loads(line) for line in portfolio("jq").splitlines()[1:])]
        said = await client.post("/api/v1/portfolio?skip_bad=true&dry_run=true", json=one_bad)
        assert (said.status_code, said.json()["bad"]) == (200, 1)
    assert await cast.told() == before
    assert not await tables.LoanRow.filter(stale_since__isnull=False).exists()


async def test_a_kind_of_lender_nobody_knows_is_refused_by_its_row(core: Core) -> None:
    loan = json.loads(portfolio("jq").splitlines()[0]) | {"lender_kind": "consumer_finance"}
    async with await core("portfolio") as client:
        said = await client.post("/api/v1/portfolio", json=[loan])
    [error] = said.json()["errors"]
    assert (error["index"], error["field"]) == (0, "lender_kind")
    assert error["problem"].endswith("trust; 'consumer_finance' is not. Perhaps consumer-finance was meant.")


async def test_no_answer_repeats_a_number_that_it_refuses(core: Core) -> None:
    async with await core("invitations") as client:
        for phone in ("13877665544", "+8613877665544 ", "+868613877665544", "+86138776655"):
            asked = {"loans": [{"loan_no": "JQ-2026-0001", "phone": phone}]}
            said = await client.post("/api/v1/invitations", json=asked)
            assert (said.status_code, said.json()["errors"][0]["field"]) == (422, "phone")
            [error] = said.json()["errors"]
            assert (error["index"], error["loan_no"]) == (0, "JQ-2026-0001")
            assert "13877665" not in said.text and phone not in said.text


async def test_of_thirty_thousand_fields_that_do_not_fit_the_first_are_named_and_the_others_counted(core: Core) -> None:
    """500 loans with 60 fields each that nobody knows, and none with its number: 30,500 in all."""
    unknown = "There is no such field here. There are: loan_no, phone."
    wrong = {f"k{number:02}": 1 for number in range(60)}
    async with await core("invitations") as client:
        answer = await client.post("/api/v1/invitations", json={"loans": [wrong] * 500})
    told = answer.json()
    assert answer.status_code == 422 and len(told["errors"]) == 100
    assert told["detail"] == "Some fields do not fit. 30400 more are not named here."
    assert {"index": 0, "loan_no": "", "field": "k00", "problem": unknown} in told["errors"]


async def test_a_row_with_more_problems_than_anybody_reads_names_the_first(core: Core) -> None:
    line = json.loads(portfolio("jq").splitlines()[0])
    line["payments"] = [{"id": f"P-{number}", "wrong": 1} for number in range(100)]
    async with await core("portfolio") as client:
        answer = await client.post("/api/v1/portfolio?dry_run=true", json=[line])
    told = [each["problem"] for each in answer.json()["errors"]]
    # of each payment the day is missing and one field is unknown
    assert answer.status_code == 422 and told[-1] == "100 more fields here do not fit; first put right what is named."
    assert len(told) == 101


async def test_each_problem_of_a_body_is_named_by_its_row_its_loan_and_its_field_whatever_is_wrong(core: Core) -> None:
    """Of form: a key nobody knows, an amount below nothing. Of state: an unknown loan, a day to come, no such row."""
    rows = [
        PAID,
        {**PAID, "id": "b", "colour": "red"},
        {**PAID, "id": "c", "amount": "-5.00", "allocated": {"interest": "x"}},
        {**PAID, "id": "d", "loan_no": "JQ-9"},
        {**PAID, "id": "e", "received_on": "2027-01-01"},
        {**PAID, "id": "f", "installment": 99},
    ]
    expected = [
        (1, "JQ-2026-0001", "colour"),
        (2, "JQ-2026-0001", "amount"),
        (2, "JQ-2026-0001", "allocated.interest"),
        (3, "JQ-9", "loan_no"),
        (4, "JQ-2026-0001", "received_on"),
        (5, "JQ-2026-0001", "installment"),
    ]
    lines, kind = "\n".join(map(json.dumps, rows)), {"content-type": "application/x-ndjson"}
    async with await core("payments", "portfolio") as client:
        listed = (await client.post("/api/v1/payments", json=rows)).json()["errors"]
        by_line = (await client.post("/api/v1/payments", content=lines, headers=kind)).json()["errors"]
        loans = [json.loads(line) for line in portfolio("jq").splitlines()[:2]]
        loans[1] |= {"colour": "red", "principal": 3}
        told = (await client.post("/api/v1/portfolio", json={"loans": loans})).json()["errors"]
    assert [(each["index"], each["loan_no"], each["field"]) for each in listed] == expected
    assert [(each["index"], each["line"] - 1, each["field"]) for each in by_line] == [
        (index, index, field) for index, _, field in expected
    ]
    assert all(set(each) == {"index", "loan_no", "field", "problem"} for each in [*listed, *told])
    assert {(each["index"], each["loan_no"], each["field"]) for each in told} == {
        (1, loans[1]["loan_no"], "colour"),
        (1, loans[1]["loan_no"], "principal"),
    }
