"""What takes long is asked for, goes on by itself, and is answered to whoever may know it."""

from datetime import UTC, datetime
from unittest.mock import AsyncMock, patch

import httpx2
import pytest

from portal.tables import models as tables
from tests.api.conftest import Core
from tests.commands.test_loans import portfolio_line

pytestmark = pytest.mark.anyio

LINES = {"content-type": "application/x-ndjson"}

KEYED = {"idempotency-key": "letters"}
ONE = {"loans": [{"loan_no": "JQ-2026-0001"}]}


async def asked(core: Core) -> str:
    """The last job that was asked for."""
    return str((await tables.JobRow.all().order_by("-id").first().values("ref"))["ref"])


async def test_who_does_not_wait_is_told_where_to_ask_and_there_how_far_it_is(core: Core) -> None:
    async with await core("invitations") as client:
        await tables.InvitationRow.all().update(ended_at=datetime.now(UTC))
        still = patch("portal.jobs.runner.take_job", AsyncMock(return_value=None))
        with still, patch("portal.web.api.handed_in.PATIENCE_SECONDS", 0):
            said = await client.post("/api/v1/invitations", json={"overdue": True}, headers=KEYED)
            where = said.headers["location"]
            waiting = (await client.get(where)).json()
        assert said.status_code == 202 and said.json()["id"] in where
        assert (waiting["kind"], waiting["state"], waiting["landed"]) == ("invitations", "waiting", 0)
        assert "answer" not in waiting and waiting["created_at"] and waiting["ended_at"] is None
        again = await client.post("/api/v1/invitations", json={"overdue": True}, headers=KEYED)
        over = (await client.get(where)).json()
    assert (over["state"], over["status"], over["answer"]) == ("done", 200, again.json())
    assert len(over["answer"]["invitations"]) == over["landed"] > 0


async def test_a_job_is_told_to_every_key_of_the_lender_that_is_for_what_it_does_and_to_no_other(core: Core) -> None:
    async with await core("invitations") as asker, await core("invitations", "events") as colleague:
        link = (await asker.post("/api/v1/invitations", json=ONE)).text
        where = f"/api/v1/jobs/{await asked(core)}"
        assert (await colleague.get(where)).json()["answer"]["invitations"][0]["link"] in link
        async with await core("portfolio", "payments", "events") as other, await core(slug="yh") as elsewhere:
            refused, nothing = await other.get(where), await elsewhere.get(where)
            nobodys = await elsewhere.get("/api/v1/jobs/nobodys")
    assert refused.status_code == 403 and refused.json()["detail"].startswith("This key is not for invitations")
    assert nothing.status_code == nobodys.status_code == 404
    assert nothing.json()["detail"] == nobodys.json()["detail"]


async def test_a_refused_file_keeps_its_answer_with_its_status(core: Core) -> None:
    async with await core("portfolio") as client:
        bad = portfolio_line("N-1").replace('"12000.00"', '"12000.001"', 1)
        said = await client.post("/api/v1/portfolio", content=bad, headers=LINES)
        told = (await client.get(f"/api/v1/jobs/{await asked(core)}")).json()
    assert said.status_code == told["status"] == 422 and told["state"] == "refused"
    assert [(row["line"], row["field"]) for row in told["answer"]["bad_rows"]] == [(1, "principal")]


async def test_one_unknown_loan_stops_nobodys_invitation_and_is_named_in_its_place(core: Core) -> None:
    async with await core("invitations") as client:
        loans = [{"loan_no": "JQ-2026-9999"}, {"loan_no": "JQ-2026-0001"}]
        said = await client.post("/api/v1/invitations", json={"loans": loans})
        alone = await client.post("/api/v1/invitations", json={"loans": loans[:1] * 2})
        many = await client.post("/api/v1/invitations", json={"loans": loans[1:] * 21})
        too_many = await client.post("/api/v1/invitations", json={"loans": loans[1:] * 2})
    why = "There is no loan 'JQ-2026-9999' at this lender."
    unknown = {"loan_no": "JQ-2026-9999", "field": "loan_no", "problem": why}
    first, second = said.json()["invitations"]
    assert (said.status_code, first) == (200, {"index": 0, **unknown})
    assert (second["index"], second["loan_no"], set(second["texts"])) == (1, "JQ-2026-0001", {"zh-CN", "en"})
    assert (alone.status_code, alone.json()["type"]) == (422, "urn:repayment-portal:problem:rows")
    assert alone.json()["errors"] == [{"index": 0, **unknown}, {"index": 1, **unknown}]
    # One link was there before, and one was just made: 18 more, then no more today.
    told = many.json()["invitations"]
    assert ["link" in each for each in told] == [True] * 18 + [False] * 3
    assert "within a day" in told[18]["problem"] and told[18]["index"] == 18
    assert too_many.status_code == 429 and too_many.headers["retry-after"] == "86400"
    assert too_many.json()["type"] == "urn:repayment-portal:problem:too-many"
    assert await tables.EventRow.filter(type="invitation.sent").count() == await tables.InvitationRow.all().count()


async def test_whoever_asks_again_with_the_same_key_while_it_is_under_way_asks_for_the_same_links(core: Core) -> None:
    async with await core("invitations") as client:
        still = patch("portal.jobs.runner.take_job", AsyncMock(return_value=None))
        with still, patch("portal.web.api.handed_in.PATIENCE_SECONDS", 0):
            first = await client.post("/api/v1/invitations", json={"overdue": True}, headers=KEYED)
            second = await client.post("/api/v1/invitations", json={"overdue": True}, headers=KEYED)
            other = await client.post("/api/v1/invitations", json=ONE, headers=KEYED)
    assert first.json()["id"] == second.json()["id"] and await tables.JobRow.all().count() == 1
    assert other.status_code == 422 and other.json()["type"].endswith("key-used-otherwise")


async def test_a_part_of_all_that_are_overdue_is_asked_for_by_product_lateness_and_number(core: Core) -> None:
    await tables.InvitationRow.all().update(ended_at=datetime.now(UTC))

    async def wants(client: httpx2.AsyncClient, **part: object) -> httpx2.Response:
        return await client.post("/api/v1/invitations", json={"overdue": True, **part})

    async with await core("invitations") as client:
        nobody = await wants(client, product="房贷")
        late = await wants(client, days_late=9999)
        named = await client.post("/api/v1/invitations", json={**ONE, "limit": 3, "days_late": 2})
        one = await wants(client, product="现金分期 12 期", days_late=30, limit=1)
        job = (await client.get(f"/api/v1/jobs/{await asked(core)}")).json()
    assert (nobody.status_code, nobody.json()["errors"][0]["field"]) == (422, "product")
    assert "现金分期 12 期" in nobody.json()["detail"]
    assert late.json()["invitations"] == []
    assert [each["field"] for each in named.json()["errors"]] == ["days_late", "limit"]
    assert len(one.json()["invitations"]) == 1 and set(job["counts"]) == {"told_before"}
