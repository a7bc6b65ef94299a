"""The lender's system says that collection is paused, and later why it goes on."""

import pytest

from portal.tables import models as tables
from tests.api.conftest import Core
from tests.pages.conftest import ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

PAUSED, ENDED = {"outcome": "acknowledged"}, {"outcome": "ended", "reason": "agreed_otherwise"}


async def hold() -> tables.HoldRow:
    """The one that went with 周敏's proposal."""
    return await tables.HoldRow.get(loan__loan_no=ZHOU_MINS)


async def test_the_borrower_reads_paused_only_after_the_system_said_so(core: Core, cast: Cast) -> None:
    bo = await cast.comes(ZHOU_MINS)
    await bo.open(await cast.loan(ZHOU_MINS))
    assert "we asked 佳泉消费金融 to stop calls and visits" in bo.text and "Collection is paused" not in bo.text
    address = f"/api/v1/holds/{(await hold()).ref}"
    async with await core("contact") as client:
        for _ in range(2):
            assert (await client.post(address, json=PAUSED)).status_code == 200
        await bo.open(await cast.loan(ZHOU_MINS))
        assert "Collection is paused. 佳泉消费金融 confirmed it on" in bo.text
        for _ in range(2):
            assert (await client.post(address, json=ENDED)).status_code == 200
    await bo.open(await cast.loan(ZHOU_MINS))
    assert "Collection is paused" not in bo.text
    assert (await cast.events(ZHOU_MINS))[-2:] == ["contact.hold_acknowledged", "contact.hold_ended"]


async def test_another_lenders_hold_and_one_that_is_none_are_not_there(core: Core, cast: Cast) -> None:
    async with await core(slug="yh") as client:
        theirs = await client.post(f"/api/v1/holds/{(await hold()).ref}", json=PAUSED)
        nobodys = await client.post("/api/v1/holds/nothere", json=PAUSED)
    assert theirs.status_code == nobodys.status_code == 404
    assert (await hold()).acknowledged_at is None


@pytest.mark.parametrize("said", [{"outcome": "ended"}, {**PAUSED, "reason": "x"}, {"outcome": "off"}, {}])
async def test_what_does_not_fit_is_said_and_changes_nothing(core: Core, cast: Cast, said: dict[str, str]) -> None:
    async with await core() as client:
        answer = await client.post(f"/api/v1/holds/{(await hold()).ref}", json=said)
    assert answer.status_code == 422
    assert (await hold()).acknowledged_at is None


async def test_a_key_for_something_else_does_not_pause_collection(core: Core, cast: Cast) -> None:
    async with await core("events") as client:
        answer = await client.post(f"/api/v1/holds/{(await hold()).ref}", json=PAUSED)
    assert answer.status_code == 403
