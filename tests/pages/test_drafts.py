"""What somebody began and keeps for later: nothing is lost, nothing is sent, and nobody else sees it."""

import json

import pytest

from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import LIU_YANGS, XIAOMINGS, Cast

pytestmark = pytest.mark.anyio


async def keep(bo: Browser, **typed: str) -> None:
    """What stands in the form, with the button that keeps it."""
    form = bo.filled("/plan")
    await bo.post(f"{bo.path.split('?')[0]}/draft", {**form, **typed})


async def test_what_was_begun_at_midnight_is_there_in_the_morning_and_not_sent(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    before = await cast.events(XIAOMINGS)
    await bo.open(f"{loan}/plan?how=count&installments=9&every=1m&first_due=2026-07-05")
    await keep(bo, note="等我问过家里再发")
    assert bo.path == f"{loan}/plan" and "Nothing has been sent yet." in bo.text
    morning = await cast.comes(XIAOMINGS)
    await morning.open(loan)
    assert "It has not been sent." in morning.text
    await morning.open(f"{loan}/plan")
    form = morning.filled("/plan")
    assert (form["installments"], form["first_due"], form["note"]) == ("9", "2026-07-05", "等我问过家里再发")
    assert await cast.events(XIAOMINGS) == before


async def test_what_is_wrong_is_kept_as_it_was_typed(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?how=amount&amount=一点&every=1m&first_due=2026-07-05")
    await keep(bo)
    assert "一点" in bo.html and "Please write an amount in digits" in bo.text


async def test_once_sent_or_thrown_away_nothing_is_left_of_it(cast: Cast) -> None:
    for loan_no, end in ((XIAOMINGS, "/plan"), (LIU_YANGS, "/draft")):
        bo = await cast.comes(loan_no)
        await bo.open(f"{await cast.loan(loan_no)}/plan")
        await keep(bo, note="先存着")
        assert await tables.DraftRow.all().count() == 1
        await bo.send(end)
        assert await tables.DraftRow.all().count() == 0, loan_no
    assert bo.path.endswith("/plan") and "先存着" not in bo.html


async def test_it_is_sealed_and_stands_in_ones_own_data(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan")
    await keep(bo, note="只给我自己看")
    (row,) = await tables.DraftRow.all()
    assert "只给我自己看".encode() not in bytes(row.sealed)
    await bo.open("/account/data.json")
    await cast.proves(bo)
    if bo.path != "/account/data.json":
        await bo.open("/account/data.json")
    assert json.loads(bo.html)["drafts"][0]["typed"]["note"] == "只给我自己看"
