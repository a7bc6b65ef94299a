"""Signing: read for a while, three questions, the limitation said apart, and the exact bytes kept and given out."""

import hashlib
import re

import pytest

from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import MA_CHAOS, XIAOMINGS, ZHU_LINS, Cast

pytestmark = pytest.mark.anyio


async def before_signing(cast: Cast, language: str = "en") -> Browser:
    """朱琳, whose plan is accepted, has proven who she is and stands before the page to sign."""
    bo = await cast.comes(ZHU_LINS, language)
    await bo.open(f"{await cast.proposal(ZHU_LINS)}/sign")
    return await cast.proves(bo)


async def test_signing_asks_first_who_it_is(cast: Cast) -> None:
    bo = await cast.comes(ZHU_LINS)
    proposal = await cast.proposal(ZHU_LINS)
    await bo.open(f"{proposal}/sign")
    assert bo.path.startswith("/account/prove?next=")
    await cast.proves(bo)
    assert bo.path == f"{proposal}/sign" and "Read and sign" in bo.text


async def test_it_cannot_be_signed_before_it_could_be_read(cast: Cast) -> None:
    bo = await before_signing(cast)
    await bo.send("/sign", limitation="1", confirmed="1", q_missed="catch_up", q_late="next_day", q_difficult="tell")
    assert bo.status == 422 and "take your time to read it first" in bo.text
    assert "agreement.signed" not in await cast.events(ZHU_LINS)
    assert [tag for tag, a in bo.tags if a.get("value") == "catch_up" and "checked" in a], "the answers come back"


async def test_it_says_after_which_days_the_plan_ends_and_what_the_contract_beside_it_does(cast: Cast) -> None:
    text = (await before_signing(cast)).text
    assert "You then have 14 days to catch up" in text
    assert "It ends only after 3 more working days, so that a payment made in time can still be reported." in text
    assert "One of them that is missed does not end the plan; it costs the contract's penalty." in text


async def test_a_wrong_answer_is_explained_once_and_blocks_nothing(cast: Cast) -> None:
    bo = await before_signing(cast)
    proposal = bo.path.removesuffix("/sign")
    await cast.signs(bo, proposal, q_late="week")
    assert bo.status == 200 and "A payment is late from the day after its date." in bo.text
    assert "agreement.signed" not in await cast.events(ZHU_LINS)
    await cast.signs(bo, proposal, q_late="week", explained="1")
    assert bo.path.startswith("/agreements/")


@pytest.mark.parametrize("missing", ["limitation", "confirmed"])
async def test_both_confirmations_are_asked_for_apart(cast: Cast, missing: str) -> None:
    bo = await before_signing(cast)
    await cast.signs(bo, bo.path.removesuffix("/sign"), **{missing: ""})
    assert bo.status == 422 and "Please tick this first." in bo.text
    assert f"#{missing}" in bo.html


async def test_what_was_signed_is_kept_to_the_byte_and_given_out(cast: Cast) -> None:
    bo = await before_signing(cast)
    await cast.signs(bo, bo.path.removesuffix("/sign"))
    assert "It is agreed." in bo.text and "to the last character, what you signed" in bo.text
    row = await tables.AgreementRow.get(ref=bo.path.removeprefix("/agreements/"))
    file = await bo.client.get(f"{bo.path}/file")
    assert hashlib.sha256(file.content).hexdigest() == row.hash and row.hash in bo.text
    assert "http" not in re.sub(r"http-equiv", "", file.text), "it opens without a network"
    assert "佳泉消费金融" in file.text and "JQ-2026-0010" in file.text


async def test_a_kept_text_that_was_tampered_with_says_so(cast: Cast) -> None:
    bo = await before_signing(cast)
    await cast.signs(bo, bo.path.removesuffix("/sign"))
    await tables.AgreementRow.filter(ref=bo.path.removeprefix("/agreements/")).update(hash="0" * 64)
    await bo.open(bo.path)
    assert "Not what was signed." in bo.text


async def test_a_page_made_up_or_of_another_plan_signs_nothing(cast: Cast) -> None:
    bo = await before_signing(cast)
    for shown in ("", "1.0", "1765000000." + "0" * 64):
        await bo.open(bo.path)
        await cast.signs(bo, bo.path.removesuffix("/sign"), shown=shown)
        assert bo.status == 409 and "nothing was signed" in bo.text
    assert "agreement.signed" not in await cast.events(ZHU_LINS)


async def test_the_back_button_and_a_second_tap_after_signing_sign_nothing_twice(cast: Cast) -> None:
    bo = await before_signing(cast)
    sign = bo.path
    fields = bo.filled("/sign")
    await cast.signs(bo, sign.removesuffix("/sign"))
    await bo.post(sign, {**fields, "limitation": "1", "confirmed": "1"})
    assert bo.path == sign.removesuffix("/sign")
    assert (await cast.events(ZHU_LINS)).count("agreement.signed") == 1


async def test_somebody_elses_page_to_sign_and_their_agreement_are_not_there(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.proves(await bo.open("/account/prove"))
    await bo.open(f"{await cast.proposal(ZHU_LINS)}/sign")
    assert bo.status == 404
    theirs = await tables.AgreementRow.all().order_by("id").first()
    assert theirs is not None
    for path in (f"/agreements/{theirs.ref}", f"/agreements/{theirs.ref}/file"):
        await bo.open(path)
        assert bo.status == 404


async def test_what_is_signed_already_leads_to_where_it_stands(cast: Cast) -> None:
    bo = await cast.comes(MA_CHAOS)
    proposal = await cast.proposal(MA_CHAOS)
    await bo.open("/account/prove")
    await cast.proves(bo)
    await bo.open(f"{proposal}/sign")
    assert bo.path == proposal


async def test_the_page_to_sign_is_chinese_for_who_reads_chinese(cast: Cast) -> None:
    bo = await before_signing(cast, "zh-CN")
    assert "阅读并签署" in bo.text and "诉讼时效" in bo.text
    await cast.signs(bo, bo.path.removesuffix("/sign"))
    assert "已经签好" in bo.text
