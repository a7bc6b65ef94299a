"""Whoever writes another number: the one on record hears of it, the new one waits, nothing older is approved."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from portal.actions.invitations import invite
from portal.actions.portfolio import import_portfolio
from portal.actions.staff import reset_staff
from portal.demo import TODAY, portfolio
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.files import read_portfolio
from tests.pages.conftest import LAN, LIU_YANGS, RUI, XIAOMINGS, Cast
from tests.pages.test_number import NEW, messages, proposes
from tests.pages.test_waivers import counters

pytestmark = pytest.mark.anyio

OLD, WAITS = "+8613800000001", timedelta(hours=24)
ALSO_LIU_YANGS = "JQ-2026-0015"
Writes = Callable[[Cast, str], Awaitable[object]]


async def key(cast: Cast, phone: str = "") -> str:
    return await invite(
        cast.moment(), await lender_by_slug("jq"), XIAOMINGS, phone, cast.settings.vault(), "https://x.example"
    )


async def file(cast: Cast, phone: str) -> None:
    rows = [json.loads(line) for line in portfolio("jq").splitlines()]
    row = next(row for row in rows if row["loan_no"] == XIAOMINGS)
    row["borrower"]["phone"] = phone
    found = read_portfolio(json.dumps(row).encode() + b"\n", "consumer-finance")
    assert not found.bad
    now = BusinessTime(datetime.now(UTC), TODAY)
    await import_portfolio(now, await lender_by_slug("jq"), found.records, [], cast.settings.vault())


async def desk(cast: Cast, phone: str) -> None:
    await proposes(cast, phone)
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    assert "has changed" in (await lan.send("/number", move="approve", checked="callback")).text


async def xiaoming() -> tables.BorrowerRow:
    """Invited by nobody, and never here."""
    row = await tables.BorrowerRow.get(external_id="B-1", lender__slug="jq")
    await tables.InvitationRow.filter(borrower_id=row.id).delete()
    return row


@pytest.mark.parametrize("writes", [key, file, desk])
async def test_the_number_of_somebody_never_invited_hears_of_another_which_waits(cast: Cast, writes: Writes) -> None:
    row = await xiaoming()
    await writes(cast, NEW)
    assert "另一个手机号" in (await messages(cast))[OLD]
    now = await tables.BorrowerRow.get(id=row.id)
    assert now.number_changed_at and now.number_waits_until == now.number_changed_at + WAITS


async def test_the_first_number_of_somebody_who_never_came_is_no_change(cast: Cast) -> None:
    await cast.has_no_number()
    row = await xiaoming()
    assert await key(cast, NEW), "the link is told to whoever asked for it"
    assert (await tables.BorrowerRow.get(id=row.id)).number_waits_until is None and await messages(cast) == {}


async def test_a_number_taken_away_is_told_as_that_and_the_next_one_waits_and_gets_the_link_alone(cast: Cast) -> None:
    row = await xiaoming()
    await file(cast, "")
    assert await messages(cast) == {OLD: "佳泉消费金融不再有您的手机号。如有不对，请致电400-820-0001。"}
    await tables.BorrowerRow.filter(id=row.id).update(number_waits_until=None)
    assert await key(cast, NEW) == ""
    assert set(await messages(cast)) == {NEW}
    assert (await tables.BorrowerRow.get(id=row.id)).number_waits_until is not None


async def test_who_is_in_reads_that_the_lender_has_no_number_any_more(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await file(cast, "")
    await bo.open("/loans")
    assert "has no phone number of you any more" in bo.text and "ends in" not in bo.text


async def test_one_number_waits_for_a_borrower_however_many_loans_they_owe(cast: Cast) -> None:
    await proposes(cast, loan_no=LIU_YANGS)
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.loan(ALSO_LIU_YANGS)}/number")
    assert NEW in lan.text
    await lan.send("/number", move="approve", checked="callback")
    assert "has changed" in lan.text and await tables.ApprovalRow.filter(kind="number", outcome="").count() == 0


@pytest.mark.parametrize("writes", [key, file])
async def test_a_colleague_approves_no_number_after_the_lenders_system_told_a_newer_one(
    cast: Cast, writes: Writes
) -> None:
    await proposes(cast)
    lan, path = await cast.reviewer(LAN), f"/desk{await cast.loan(XIAOMINGS)}/number"
    await lan.open(path)
    shown = lan.filled("/number")
    await writes(cast, "+8613811111111")
    await lan.post(path, {**shown, "move": "approve", "checked": "callback"})
    assert lan.status == 409 and "Nothing waits" in lan.text
    assert "contact.number_rejected" in await cast.told() and "contact.number_changed" not in await cast.told()


async def test_what_was_shown_names_the_number_it_takes_the_place_of(cast: Cast) -> None:
    """Were the lapse ever missed, a number changed underneath still stops it."""
    await proposes(cast)
    lan, path = await cast.reviewer(LAN), f"/desk{await cast.loan(XIAOMINGS)}/number"
    await lan.open(path)
    vault, row = cast.settings.vault(), await xiaoming()
    await tables.BorrowerRow.filter(id=row.id).update(phone_sealed=vault.seal(bytes(row.key), "+8613811111111"))
    await lan.send("/number", move="approve", checked="callback")
    assert lan.status == 409 and "Nothing was approved" in lan.text
    assert "contact.number_changed" not in await cast.told()


async def test_what_an_account_in_other_hands_proposed_waits_no_more(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await counters(cast, await cast.reviewer(), "250", "JQ-2026-0006")
    await proposes(cast)
    await reset_staff(cast.moment(), await lender_by_slug("jq"), RUI)
    await lan.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    assert "Send it to a colleague to check" in lan.text
    assert {row.outcome for row in await tables.ApprovalRow.all()} == {"withdrawn"}
    assert (await cast.told())[-3:] == ["staff.reset", "waiver.withdrawn", "contact.number_rejected"]


async def test_a_page_of_numbers_answers_no_waiver_and_no_number_of_somebody_else(cast: Cast) -> None:
    await counters(cast, await cast.reviewer(LAN), "250", "JQ-2026-0006")
    await proposes(cast)
    lan, path = await cast.reviewer(LAN), f"/desk{await cast.loan(LIU_YANGS)}/number"
    for row in await tables.ApprovalRow.all():
        for move in ("approve", "reject"):
            await lan.open(path)
            typed = {"approval": row.ref, "shown": row.hash, "checked": "callback", "move": move}
            await lan.post(path, {**lan.filled("/number"), **typed})
            assert lan.status == 409 and "Nothing waits" in lan.text, (row.kind, move)
    assert {row.outcome for row in await tables.ApprovalRow.all()} == {""}
