"""Answering with another plan, or with no: what goes out is what stood on the page, to the fen."""

import json
import re
from typing import Any
from unittest.mock import patch

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rui(cast: Cast) -> Browser:
    """睿 about to answer 周敏 with another plan than her twelve payments of 210.37."""
    bo = await cast.reviewer()
    return await bo.open(f"/desk{await cast.proposal(ZHOU_MINS)}/counter")


async def test_a_plan_that_was_not_shown_is_shown_and_not_sent(cast: Cast, rui: Browser) -> None:
    """Six typed over twelve, and Send pressed at once: six times 420.74 has to be seen before it goes out."""
    told = await cast.told()
    await rui.send("/counter", installments="6", note="六期可以")
    assert rui.status == 409 and "You changed something after this was worked out" in rui.text
    assert "Each ¥210.37, every month ¥420.74, every month differs" in rui.text
    assert (rui.filled("/counter")["installments"], rui.filled("/counter")["note"]) == ("6", "六期可以")
    assert await cast.told() == told
    await rui.send("/counter")
    assert rui.status == 200 and (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"
    assert "420.74" in rui.text


async def test_shown_once_it_goes_out_at_the_next_press(cast: Cast, rui: Browser) -> None:
    await rui.send("/counter", installments="6", show="1")
    assert rui.status == 200 and "420.74" in rui.text
    await rui.send("/counter")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"


async def test_the_same_plan_typed_otherwise_is_the_same_plan(cast: Cast, rui: Browser) -> None:
    await rui.send("/counter", how="amount", amount="420.74", installments="", show="1")
    await rui.send("/counter", amount="４２０.７４")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"


async def test_a_preview_brings_the_mark_of_the_plan_along(cast: Cast, rui: Browser) -> None:
    """With a script the card follows what is typed, and what is sent then is that card's."""
    typed = {**rui.filled("/counter"), "installments": "6"}
    told = await cast.told()
    seen = Browser(cast.app)
    seen.client.cookies = rui.client.cookies
    answer = await rui.client.post(rui.path, data=typed, headers={"hx-request": "true", "origin": rui.base})
    assert answer.status_code == 200 and "420.74" in answer.text and "<html" not in answer.text
    assert await cast.told() == told
    shown = answer.text.split('name="shown" value="')[1].split('"')[0]
    assert len(shown) == 16 and shown != typed["shown"]
    await rui.post(rui.path, {**typed, "shown": shown})
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"


async def test_a_payment_between_looking_and_sending_is_said_as_such(cast: Cast, rui: Browser) -> None:
    paid = PaymentRecord(1, ZHOU_MINS, Payment("P-77", cast.moment().today, 10000), None)
    await record_payments(cast.moment(), await lender_by_slug("jq"), [paid], cast.settings.vault())
    await rui.send("/counter", note="请看这一版")
    assert rui.status == 409 and "Something changed since you opened this page" in rui.text
    assert rui.filled("/counter")["note"] == "请看这一版"
    await rui.send("/counter")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"


async def test_rules_that_changed_while_the_counter_was_open_are_shown_first(cast: Cast, rui: Browser) -> None:
    await set_policy(cast.moment(), await lender_by_slug("jq"), "[plan]\nmax_installments = 5\n", OPERATOR)
    await rui.send("/counter")
    assert rui.status == 409 and "rules have changed" in rui.text
    await rui.send("/counter")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"


async def declined() -> dict[str, Any]:
    """What the newest decline says in the record."""
    last = await tables.EventRow.filter(type="proposal.declined").order_by("-id").first()
    assert last is not None
    data: dict[str, Any] = json.loads(bytes(last.body))["data"]
    return data


NEAREST = (
    "If you decline, this is offered instead and, sent back unchanged until 17 June 2026, accepted at once: "
    "6 × ¥420.74, every month."
)


async def test_the_nearest_yes_stands_on_the_page_before_anybody_declines(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    assert NEAREST in rui.text
    await rui.send("/decline", reason="too_long")
    promised = (await declined())["nearest_yes"]
    assert (promised["each"], promised["valid_until"]) == ("420.74", "2026-06-17")


async def test_where_nothing_would_be_accepted_at_once_the_page_says_so(cast: Cast) -> None:
    rui = await cast.reviewer()
    with patch("portal.web.desk.review.nearest_yes", lambda *_: None):
        await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
        assert "nothing is offered instead" in rui.text and rui.filled("/decline")["nearest"] == "none"
        await rui.send("/decline", reason="too_long")
    assert (await declined())["nearest_yes"] is None


async def test_a_promise_that_was_not_shown_is_not_made(cast: Cast) -> None:
    """The lender's rules change after the page was opened: nine payments would be accepted at once now."""
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    assert NEAREST in rui.text
    await set_policy(cast.moment(), await lender_by_slug("jq"), "[plan]\nmax_months = 9\n", OPERATOR)
    told = await cast.told()
    await rui.send("/decline", reason="too_long", note="再谈谈")
    assert rui.status == 409 and "What would be accepted at once has changed" in rui.text
    assert "9 × ¥280.49, every month." in rui.text and await cast.told() == told
    filled = rui.filled("/decline")
    assert (filled["reason"], filled["note"]) == ("too_long", "再谈谈")
    await rui.send("/decline")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.declined"


async def test_what_she_asks_for_now_stands_beside_the_answer_and_not_what_she_asked_for_first(cast: Cast) -> None:
    """周敏 asked for twelve, was answered with six and asks for ten: 252.44 each."""
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}/counter")
    await rui.send("/counter", installments="6", show="1")
    await rui.send("/counter")
    zhou = await cast.comes(ZHOU_MINS)
    await zhou.open(await cast.proposal(ZHOU_MINS))
    await zhou.open(next(href for href in zhou.links() if "/plan?" in href))
    await zhou.send("/plan", installments="10", note="六期太紧，十期可以。", move="show")
    await zhou.send("/plan")
    for page in ("", "/counter"):
        await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}{page}")
        said = re.search(r'<blockquote aria-label="The borrower writes:"[^>]*>(.*?)</blockquote>', rui.html)
        assert said and said[1] == "六期太紧，十期可以。", page
    assert "How many 10" in rui.text and "¥252.44" in rui.text and "¥210.37" not in rui.text
