"""The other side's last move stands on top of overview and loan until the borrower acts on it, or for 30 days."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from portal.actions.proposals import run_clocks
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.pages.conftest import GUO_TAOS, HU_XUES, LIN_FENGS, MA_CHAOS, ZHOU_MINS, Cast
from tests.pages.test_plan_lives import later, on

pytestmark = pytest.mark.anyio

LENDER = "佳泉消费金融"


async def tops(cast: Cast, loan_no: str, language: str = "en") -> list[str]:
    """What stands on overview and loan page before anything that is owed."""
    bo = await cast.comes(loan_no, language)
    first = {"en": ("Overdue today", "due next"), "zh-CN": ("今天逾期", "接下来")}[language]
    found = []
    for path in ("/loans", await cast.loan(loan_no)):
        text = (await bo.open(path)).text
        found.append(text[: min(text.find(each) for each in first if each in text)])
    return found


async def declined(cast: Cast) -> dict[str, Any]:
    """周敏's plan, because it takes too long; answers what the lender says that it takes at once."""
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    await rui.send("/decline", reason="too_long", note="十二期太长")
    told = await tables.EventRow.filter(type="proposal.declined").order_by("-id").first()
    assert told is not None
    nearest: dict[str, Any] = json.loads(bytes(told.body))["data"]["nearest_yes"]
    return nearest


async def test_a_decline_stands_on_top_and_its_nearest_yes_is_accepted_in_two_taps(cast: Cast) -> None:
    nearest = await declined(cast)
    count, each = nearest["offer"]["installments"], nearest["each"]
    for text in await tops(cast, ZHOU_MINS):
        assert f"{LENDER} said no to your plan on 14 June: The plan takes longer than we can agree to." in text
        assert f"{count} payments of ¥{each}, from 10 July on, would be agreed at once." in text
    for text in await tops(cast, ZHOU_MINS, "zh-CN"):
        assert f"6月14日，{LENDER}没有同意您的方案：方案时间太长。" in text
        assert f"{count} 次、每次 {each} 元、从7月10日开始，会当场同意。" in text
    bo = await (await cast.comes(ZHOU_MINS)).open(await cast.proposal(ZHOU_MINS))
    assert "This would be accepted at once" in bo.text and "It is valid until 17 June 2026." in bo.text
    await bo.open(await cast.loan(ZHOU_MINS))
    await bo.open(next(link for link in bo.links() if "/plan?" in link))
    assert "Agreed at once" in bo.text
    await bo.send("/plan")
    assert "The lender accepted your plan." in bo.text
    assert not any("said no" in text for text in await tops(cast, ZHOU_MINS)), "a plan was sent since"


async def test_a_decline_is_news_for_30_days_and_its_nearest_yes_as_long_as_it_holds(cast: Cast) -> None:
    await declined(cast)
    for day, is_news, nearest in ((17, True, True), (18, True, False)):
        for text in await tops(later(cast, date(2026, 6, day)), ZHOU_MINS):
            assert ("said no" in text, "would be agreed at once" in text) == (is_news, nearest), day
    assert all("said no" in text for text in await tops(later(cast, date(2026, 7, 14)), ZHOU_MINS))
    assert not any("said no" in text for text in await tops(later(cast, date(2026, 7, 15)), ZHOU_MINS))


async def test_the_newest_stands_on_top_and_what_one_did_oneself_is_no_news(cast: Cast) -> None:
    """胡雪 was declined, and what she reported was answered; 林峰 took his own plan back."""
    bo = await (await cast.comes(HU_XUES)).open(await cast.loan(HU_XUES))
    upper, _, lower = bo.text.partition("Overdue today")
    assert "said no to your plan on 14 June" in upper and "you were right" not in upper
    assert f"{LENDER} has answered what you reported (They still call me): you were right." in lower
    assert bo.html.index("button primary") < bo.html.index("you were right"), "the one button comes first"
    assert not any("on 14 June" in text for text in await tops(cast, LIN_FENGS))


async def test_a_plan_that_ended_is_told_by_the_ledger_before_any_worker_has(cast: Cast) -> None:
    """404.79 of 10 July: to catch up until the 24th, told until the 29th."""
    assert not any("ended" in text for text in await tops(later(cast, date(2026, 7, 29)), GUO_TAOS))
    for text in await tops(later(cast, date(2026, 7, 30)), GUO_TAOS):
        assert "Your plan ended on 30 July, because a payment did not come. What you paid stays paid." in text
    async with on(cast, date(2026, 7, 31)) as july:
        assert all("Your plan ended on 30 July" in text for text in await tops(july, GUO_TAOS))


async def test_what_was_not_booked_in_time_says_what_is_to_pay_meanwhile(cast: Cast) -> None:
    day = date(2026, 6, 24)
    bo = await (await later(cast, date(2026, 6, 20)).comes(MA_CHAOS)).open(await cast.loan(MA_CHAOS))
    assert "Nothing of the plan need be paid before that." in bo.text
    await run_clocks(await lender_by_slug("jq"), BusinessTime(datetime(2026, 6, 24, 3, tzinfo=UTC), day))
    june = later(cast, day)
    for text in await tops(june, MA_CHAOS):
        assert f"{LENDER} could not register what you signed (24 June): it did not answer in time." in text
        assert "So you need not pay what the plan asked. Your contract holds as before" in text
    bo = await (await june.comes(MA_CHAOS)).open(await cast.proposal(MA_CHAOS))
    assert f"The reason that {LENDER} gives: it did not answer in time." in bo.text
