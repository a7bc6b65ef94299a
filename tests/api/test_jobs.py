"""Long bodies: spooled as they come, read by the worker, waited for a while; what stops half way leaves nothing."""

import asyncio
import errno
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from portal.demo import portfolio
from portal.jobs.spool import Spool
from portal.tables import models as tables
from portal.web.api import handed_in
from tests.api.conftest import Core
from tests.api.test_feed import PAID
from tests.commands.test_loans import portfolio_line
from tests.pages.conftest import Cast

pytestmark = pytest.mark.anyio

LINES = {"content-type": "application/x-ndjson"}


def spooled(cast: Cast) -> list[Path]:
    folder = cast.settings.spool_folder
    return sorted(folder.iterdir()) if folder.is_dir() else []


async def test_who_is_kept_waiting_too_long_is_told_where_to_ask_and_the_same_key_waits_again(
    core: Core, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed_in, "PATIENCE_SECONDS", -1.0)
    headers = {**LINES, "idempotency-key": "night"}
    async with await core() as client:
        said = await client.post("/api/v1/portfolio", content=portfolio_line("N-1"), headers=headers)
        told = said.json()
        assert (said.status_code, said.headers["location"]) == (202, f"/api/v1/jobs/{told['id']}")
        assert told["kind"] == "portfolio" and "answer" not in told
        assert told["state"] in ("waiting", "running") and told["landed"] == 0
        monkeypatch.setattr(handed_in, "PATIENCE_SECONDS", 60.0)
        again = await client.post("/api/v1/portfolio", content=portfolio_line("N-1"), headers=headers)
    assert (again.status_code, again.json()["added"]) == (200, 1)
    assert await tables.JobRow.all().values_list("ref", flat=True) == [told["id"]]
    assert spooled(cast) == []


async def test_the_same_key_twice_at_once_is_one_job_and_one_answer(core: Core, cast: Cast) -> None:
    headers = {"idempotency-key": "paid"}
    async with await core() as client:
        answers = await asyncio.gather(
            *(client.post("/api/v1/payments", json=[PAID], headers=headers) for _ in range(3))
        )
    assert {answer.text for answer in answers} == {'{"payments": 1, "added": 1, "repeated": 0}'}
    assert await tables.JobRow.all().count() == 1 and spooled(cast) == []


async def test_a_refused_file_may_be_sent_again_mended_under_the_same_key_and_no_other_after_it(core: Core) -> None:
    headers = {**LINES, "idempotency-key": "night"}
    async with await core() as client:
        bodies = portfolio_line("N-1", principal="x"), portfolio_line("N-1"), portfolio_line("N-2")
        refused, mended, other = [
            await client.post("/api/v1/portfolio", content=body, headers=headers) for body in bodies
        ]
    assert (refused.status_code, mended.status_code, other.status_code) == (422, 200, 422)
    assert other.json()["type"].endswith(":key-used-otherwise")


async def test_a_key_that_made_links_makes_no_job_and_one_of_a_job_makes_no_links(core: Core) -> None:
    loans = {"loans": [{"loan_no": "JQ-2026-0001"}]}
    async with await core() as client:
        for first, second in (("invitations", "payments"), ("payments", "invitations")):
            bodies: dict[str, Any] = {"invitations": loans, "payments": [PAID]}
            headers = {"idempotency-key": first}
            done = await client.post(f"/api/v1/{first}", json=bodies[first], headers=headers)
            other = await client.post(f"/api/v1/{second}", json=bodies[second], headers=headers)
            assert (done.status_code, other.status_code) == (200, 422), (done.text, other.text)
            assert other.json()["type"].endswith(":key-used-otherwise")


async def test_a_body_that_breaks_off_leaves_nothing(core: Core, cast: Cast) -> None:
    async with await core() as client:
        headers = {**client.headers, **LINES}
    before = await cast.told()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/portfolio",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    comes = [
        {"type": "http.request", "body": portfolio_line("N-1").encode() * 2000, "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Any] = []

    async def receive() -> Any:
        if len(comes) == 1:
            assert spooled(cast), "what came lies in the spool already"
        return comes.pop(0)

    async def send(message: Any) -> None:
        answered.append(message)

    await cast.app(scope, receive, send)
    assert answered[0]["status"] == 400
    assert spooled(cast) == [] and not await tables.JobRow.exists()
    assert await cast.told() == before


async def test_a_full_disk_is_said_in_words_and_nothing_is_kept(
    core: Core, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("portal.jobs.spool._Writer.write", full)
    async with await core() as client:
        said = await client.post("/api/v1/portfolio", content=portfolio("jq"), headers=LINES)
    assert (said.status_code, said.json()["type"]) == (507, "urn:repayment-portal:problem:no-room")
    assert "Nothing of it was kept" in said.json()["detail"]
    assert spooled(cast) == [] and not await tables.JobRow.exists()


async def test_a_list_beyond_what_is_read_at_once_is_to_be_sent_as_lines(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed_in, "MOST_LIST_BYTES", 1000)
    loans = [json.loads(portfolio_line(f"N-{number}")) for number in range(3)]
    async with await core() as client:
        said = await client.post("/api/v1/portfolio", json=loans)
        lines = "".join(portfolio_line(f"N-{number}") for number in range(3))
        taken = await client.post("/api/v1/portfolio", content=lines, headers=LINES)
    assert said.status_code == 413 and "application/x-ndjson" in said.json()["detail"]
    assert taken.json()["added"] == 3


async def test_what_the_head_of_a_request_tells_is_refused_before_its_body_is_read(core: Core) -> None:
    async def never_read() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    async with await core("events") as client:
        for address, headers, status in (
            ("/api/v1/payments", LINES, 403),
            ("/api/v1/portfolio", {**LINES, "authorization": "Bearer rp_none"}, 401),
        ):
            said = await client.post(address, content=never_read(), headers=headers)
            assert said.status_code == status
    async with await core("portfolio") as client:
        for query, headers, status in (
            ("?skip_bad=perhaps", LINES, 422),
            ("?skip=1", LINES, 422),
            ("", {"content-type": "text/csv"}, 415),
            ("", {**LINES, "idempotency-key": "k" * 101}, 422),
        ):
            said = await client.post(f"/api/v1/portfolio{query}", content=never_read(), headers=headers)
            assert said.status_code == status


async def test_four_bodies_at_once_all_land_and_a_page_is_served_meanwhile(core: Core, cast: Cast) -> None:
    bodies = ["".join(portfolio_line(f"N-{body}-{number}") for number in range(60)) for body in range(4)]
    async with await core() as client:
        sent = [asyncio.create_task(client.post("/api/v1/portfolio", content=body, headers=LINES)) for body in bodies]
        assert (await client.get("/healthz")).status_code == 200
        answers = await asyncio.gather(*sent)
    assert [answer.json()["added"] for answer in answers] == [60] * 4
    assert spooled(cast) == []


async def test_the_spooled_body_is_closed_to_others_and_lies_sealed(cast: Cast) -> None:
    spool: Spool = cast.app.state.spool

    async def body() -> AsyncIterator[bytes]:
        yield portfolio("jq")

    kept = await spool.keep(body())
    [file] = spooled(cast)
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    assert b"JQ-2026" not in file.read_bytes() and "王小明".encode() not in file.read_bytes()
    with spool.read(kept.name) as opened:
        assert opened.read() == portfolio("jq")
