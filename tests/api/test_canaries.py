"""What a lender's system sends of a person and the portal refuses is found in no answer, file or log."""

from pathlib import Path

import pytest

from portal.tables import models as tables
from tests.api.conftest import Core
from tests.canaries import GOOD, REFUSED, ROWS, Refused, kept, quoted

pytestmark = pytest.mark.anyio

LINES = {"content-type": "application/x-ndjson"}


async def test_no_refused_value_lies_open_in_the_database(core: Core, tmp_path: Path) -> None:
    """Nor in what stands beside it: answers are kept for an Idempotency-Key, but sealed."""
    async with await core() as client:
        for no, row in enumerate(REFUSED):
            headers = {**LINES, "idempotency-key": f"canary-{no}"}
            await client.post("/api/v1/portfolio?skip_bad=true", content=f"{row.line}\n{GOOD}\n", headers=headers)
    assert await tables.JobRow.filter(status=200).exclude(answer="").count() > 10
    assert kept(tmp_path) == set()


@pytest.mark.parametrize("row", ROWS)
async def test_a_refused_row_is_quoted_nowhere(
    core: Core, row: Refused, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with await core() as client:
        answers = [
            await client.post(f"/api/v1/portfolio{query}", content=f"{row.line}\n{GOOD}\n", headers=LINES)
            for query in ("", "?skip_bad=true", "?skip_bad=true&dry_run=true")
        ]
    # A line that is no JSON is refused with all the others; what can be read is left out.
    assert {answer.status_code for answer in answers} in ({422}, {422, 200})
    assert quoted(*(answer.text for answer in answers), *capfd.readouterr(), caplog.text) == set()


@pytest.mark.parametrize("phone", ["+86139000CANARY", 13977770001, ["+86139000CANARY"]])
async def test_a_phone_refused_for_an_invitation_is_quoted_nowhere(core: Core, phone: object) -> None:
    async with await core() as client:
        body = {"loans": [{"loan_no": "JQ-2026-0001", "phone": phone}]}
        answer = await client.post("/api/v1/invitations", json=body, headers={"idempotency-key": "canary"})
    assert answer.status_code == 422 and "phone" in answer.text
    assert quoted(answer.text) == set()
