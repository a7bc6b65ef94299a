"""Somebody beside the borrower: whoever a later file adds looks at once, signs later, and nobody hears of it last."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.actions.invitations import invite
from portal.actions.portfolio import import_portfolio
from portal.delivery.relay import deliver_due
from portal.demo import TODAY, portfolio
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.files import read_portfolio
from tests.pages.conftest import LIU_YANGS, Cast
from tests.pages.test_codes import Phone, asks
from tests.pages.test_number import at, messages

pytestmark = pytest.mark.anyio

LIU, OTHER = "+8613800000005", "+8613900000099"
AUNT = {"external_id": "B-99", "name": "刘芳", "phone": OTHER, "id_last4": "9999"}
AUNTS = "JQ-2026-0099"


async def tells(cast: Cast, beside: list[dict[str, Any]], *own: dict[str, Any]) -> None:
    """The file has 刘洋's loan with these beside him, and a loan of its own for each of `own`."""
    rows = [json.loads(line) for line in portfolio("jq").splitlines()]
    row = next(row for row in rows if row["loan_no"] == LIU_YANGS)
    lines = [{**row, "co_borrowers": beside}]
    lines += [{**row, "loan_no": AUNTS, "borrower": who, "payments": [], "statement": None} for who in own]
    data = b"".join(json.dumps({k: v for k, v in line.items() if v is not None}).encode() + b"\n" for line in lines)
    found = read_portfolio(data, "consumer-finance")
    assert not found.bad, found.bad
    now = BusinessTime(datetime.now(UTC), TODAY)
    await import_portfolio(now, await lender_by_slug("jq"), found.records, [], cast.settings.vault())


async def comes_by(cast: Cast, loan_no: str, digits: str, bo: Browser | None = None) -> Browser:
    link = "/i/" + await invite(cast.moment(), await lender_by_slug("jq"), loan_no, "", cast.settings.vault())
    bo = bo or cast.browser()
    await bo.open(link)
    await bo.send(link, digits=digits)
    return await bo.send("/consent", notice="1", sensitive="1") if "/loans" not in bo.path else bo


async def proposes(cast: Cast, bo: Browser) -> str:
    await bo.open(f"{await cast.loan(LIU_YANGS)}/plan?how=count&installments=2&every=1m&first_due=2026-07-01")
    return (await bo.send("/plan")).path


async def test_who_was_added_looks_at_once_and_signs_once_the_others_could_object(cast: Cast) -> None:
    await tells(cast, [AUNT], AUNT)
    sent = await messages(cast)
    assert set(sent) == {LIU} and "又登记了另一个人" in sent[LIU] and "不能签字" in sent[LIU]
    aunt = await comes_by(cast, AUNTS, "9999")
    proposal = await proposes(cast, aunt)
    assert proposal.startswith("/proposals/")
    await cast.signs(aunt, proposal)
    assert aunt.status == 422 and "You can sign for it from" in aunt.text and ":" in aunt.text
    assert "agreement.signed" not in await cast.events(LIU_YANGS)
    await tables.PartyRow.all().update(acts_from=datetime.now(UTC) - timedelta(minutes=1))
    await cast.signs(aunt, proposal)
    assert aunt.path.startswith("/agreements/")


async def test_who_owed_it_from_the_first_file_on_signs_at_once(cast: Cast) -> None:
    await tells(cast, [AUNT], AUNT)
    liu = await cast.comes(LIU_YANGS)
    await cast.signs(liu, await proposes(cast, liu))
    assert liu.path.startswith("/agreements/")


async def test_a_number_that_the_same_file_changes_hears_of_both(cast: Cast) -> None:
    """Who is added is told to the number that was on record before the file."""
    rows = [json.loads(line) for line in portfolio("jq").splitlines()]
    row = next(row for row in rows if row["loan_no"] == LIU_YANGS)
    row["borrower"]["phone"], row["co_borrowers"] = "+8613811111111", [AUNT]
    found = read_portfolio(json.dumps(row).encode() + b"\n", "consumer-finance")
    await import_portfolio(cast.moment(), await lender_by_slug("jq"), found.records, [], cast.settings.vault())
    phone = Phone()
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC) + timedelta(minutes=1))
    assert [message.to for message in phone.messages] == [LIU, LIU]


async def test_who_is_left_out_loses_the_loan_and_the_desk_reads_on_what_they_proposed(cast: Cast) -> None:
    await tells(cast, [AUNT], AUNT)
    aunt = await comes_by(cast, AUNTS, "9999")
    proposal = await proposes(cast, aunt)
    await tells(cast, [])
    assert (await cast.events(LIU_YANGS))[-1] == "loan.changed"
    last = await tables.EventRow.filter(type="loan.changed").order_by("-feed").first()
    assert last and json.loads(bytes(last.body))["data"]["parties"] == {"added": [], "left": ["B-99"]}
    for path in (await cast.loan(LIU_YANGS), proposal, f"{proposal}/sign"):
        assert (await aunt.open(path)).status == 404, path
    assert LIU_YANGS not in (await aunt.open("/loans")).text
    rui = await cast.reviewer()
    assert (await rui.open(f"/desk{proposal}")).status == 200
    assert (await rui.open(f"/desk{await cast.loan(LIU_YANGS)}/number")).status == 200


async def test_who_comes_back_waits_anew(cast: Cast) -> None:
    await tells(cast, [AUNT])
    await tables.PartyRow.all().update(acts_from=datetime.now(UTC) - timedelta(days=9))
    await tells(cast, [AUNT])
    again = await tables.PartyRow.get(borrower__external_id="B-99")
    assert again.acts_from and again.acts_from < datetime.now(UTC), "told again, they are no news"
    await tells(cast, [])
    await tells(cast, [AUNT])
    again = await tables.PartyRow.get(borrower__external_id="B-99")
    assert again.acts_from and again.acts_from > datetime.now(UTC)


async def test_a_second_row_that_somebody_takes_on_brings_a_number_that_waits(cast: Cast) -> None:
    """The lender's file has 刘洋 once more, with a number of somebody else; he opens its link, signed in."""
    liu = await cast.comes(LIU_YANGS)
    twin = {"external_id": "B-5b", "name": "刘洋", "phone": OTHER, "id_last4": "5059"}
    await tells(cast, [], twin)
    await comes_by(cast, AUNTS, "5059", liu)
    sent = await messages(cast)
    assert set(sent) == {LIU} and "另一个手机号" in sent[LIU]
    assert "has noted another phone number for you" in (await liu.open("/loans")).text
    proposal = await proposes(cast, liu)
    phone, thief = Phone(), await asks(cast, OTHER, "5059")
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC))
    await thief.send("/enter", code=phone.code)
    assert (await thief.open(f"{proposal}/sign")).path.startswith("/account/prove")
    with at(minutes=1):
        await liu.open(f"{proposal}/sign")
        await cast.proves(liu)
        assert liu.path == f"{proposal}/sign", "his own number proves him as before"


async def test_a_second_row_with_the_same_number_is_no_change(cast: Cast) -> None:
    liu = await cast.comes(LIU_YANGS)
    await tells(cast, [], {"external_id": "B-5b", "name": "刘洋", "phone": LIU, "id_last4": "5059"})
    await comes_by(cast, AUNTS, "5059", liu)
    assert await messages(cast) == {}


async def test_the_number_of_a_second_row_that_changes_is_told_to_the_first(cast: Cast) -> None:
    """The row was taken on without a number; then the file has one for it."""
    liu = await cast.comes(LIU_YANGS)
    twin = {"external_id": "B-5b", "name": "刘洋", "id_last4": "5059"}
    await tells(cast, [], twin)
    await comes_by(cast, AUNTS, "5059", liu)
    await tells(cast, [], {**twin, "phone": OTHER})
    assert set(await messages(cast)) == {LIU}
