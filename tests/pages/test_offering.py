"""The lender begins at the desk: an offer is drawn up beside the policy, sent as shown, and news to the borrower."""

from datetime import date

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.proposals import run_clocks
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import HE_JINGS, LAN, XIAOMINGS, ZHOU_MINS, Cast
from tests.pages.explained import unexplained

pytestmark = pytest.mark.anyio

FOUR_EYES = '[plan]\nmax_months = 6\n[four_eyes]\nwaiver_above = "50.00"\n'


async def draws_up(cast: Cast, bo: Browser, **typed: str) -> Browser:
    """From 小明's page at the desk; what is typed is shown."""
    await bo.open(f"/desk{await cast.loan(XIAOMINGS)}")
    await bo.open(next(href for href in bo.links() if href.endswith("/offer")))
    return await bo.send("/offer", show="1", **typed)


async def test_he_is_offered_eight_payments_and_takes_them(cast: Cast) -> None:
    """3,413.12 overdue: six of 568.85 is what the form begins with, eight of 426.64 go out."""
    bo, rui = await cast.comes(XIAOMINGS), await cast.reviewer()
    await draws_up(cast, rui, installments="8")
    assert "At once, by your policy Yours" in rui.text and "¥426.64, every month" in rui.text
    assert "It is valid until 17 June 2026" in rui.text

    async def read(path: str) -> str:
        return str((await rui.client.get(path)).text)

    assert await unexplained(rui.path, rui.html, read) == []
    await rui.send("/offer", note="八期可以吗？")
    assert rui.path.startswith("/desk/proposals/") and "An offer to the borrower" in rui.text
    assert "rui@jq.example made an offer" in rui.text and (await cast.events(XIAOMINGS))[-1] == "proposal.offered"
    await bo.open("/loans")
    said = "佳泉消费金融 makes you an offer: ¥426.64 each time, from 14 July on. You can answer until 17 June."
    assert bo.text.count(said) == 1 and bo.text.index(said) < bo.text.index("Overdue today")
    await bo.open(await cast.loan(XIAOMINGS))
    assert said in bo.text and "See what they offer" in bo.text and "Find a plan" not in bo.text
    await bo.open(await cast.proposal(XIAOMINGS))
    assert "八期可以吗？" in bo.text and "Accept the offer" in bo.text and "Ask for something else" in bo.text
    await bo.send("/accept")
    assert "You accepted what the lender offered." in bo.text and "/sign" in str(bo.links())


async def test_what_was_not_shown_is_not_sent(cast: Cast) -> None:
    await cast.comes(XIAOMINGS)
    rui = await cast.reviewer()
    await draws_up(cast, rui, installments="8")
    await rui.send("/offer", installments="9", note="九期")
    assert rui.status == 409 and rui.filled("/offer")["note"] == "九期" and "¥379.24" in rui.text
    assert not await tables.ProposalLineRow.filter(loan__loan_no=XIAOMINGS).exists()


async def test_he_changes_it_and_sends_it_back(cast: Cast) -> None:
    bo, rui = await cast.comes(XIAOMINGS), await cast.reviewer()
    await draws_up(cast, rui, installments="8")
    await rui.send("/offer")
    await bo.open(await cast.proposal(XIAOMINGS))
    await bo.open(next(href for href in bo.links() if "/plan?" in href and "installments=8" in href))
    await bo.send("/plan", installments="30", move="show")
    await bo.send("/plan")
    assert bo.path == await cast.proposal(XIAOMINGS)
    assert (await tables.ProposalRow.all().order_by("-id").first()).version == 2  # type: ignore[union-attr]
    assert (await cast.events(XIAOMINGS)).count("proposal.submitted") == 1


async def test_he_does_not_want_it_and_says_what_would_suit_him(cast: Cast) -> None:
    bo, rui = await cast.comes(XIAOMINGS), await cast.reviewer()
    await draws_up(cast, rui, installments="8")
    await rui.send("/offer")
    await bo.open(await cast.proposal(XIAOMINGS))
    await bo.send("/decline", note="等出院再说。")
    assert "You did not want this offer" in bo.text and "Propose a plan" in bo.text and "could not agree" not in bo.text
    await rui.open(f"/desk{await cast.proposal(XIAOMINGS)}")
    assert "did not want the offer" in rui.text and "等出院再说。" in rui.text
    await bo.open("/loans")
    assert "said no to your plan" not in bo.text


async def test_an_offer_nobody_took_up_is_told_as_the_lenders_and_not_as_a_request(cast: Cast) -> None:
    bo, rui = await cast.comes(XIAOMINGS), await cast.reviewer()
    await draws_up(cast, rui, installments="8")
    await rui.send("/offer")
    await tables.ProposalRow.filter(state="offered").update(expires_on=date(2026, 6, 13))
    assert await run_clocks(await lender_by_slug("jq"), cast.moment()) == 1
    await bo.open("/loans")
    assert "The time for the offer of 佳泉消费金融 ran out on 14 June." in bo.text and "your request" not in bo.text
    await bo.open(await cast.proposal(XIAOMINGS))
    assert "The time for this offer of 佳泉消费金融 has run out." in bo.text


async def test_above_the_limit_a_colleague_approves_just_what_was_shown(cast: Cast) -> None:
    """60.00 of 112.64 of penalty: more than the 50.00 of one alone."""
    bo = await cast.comes(XIAOMINGS)
    await set_policy(cast.moment(), await lender_by_slug("jq"), FOUR_EYES, OPERATOR)
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    await draws_up(cast, rui, installments="6", waiver_penalty="60")
    assert "This takes two people." in rui.text and "why it should be so" in rui.text
    await rui.send("/offer", note="请看看")
    assert rui.status == 422 and "write for your colleague why" in rui.text and "¥558.85" in rui.text
    await rui.send("/offer", why="有住院证明")
    assert rui.path.endswith("/offer") and "You proposed on" in rui.text and "Send this offer" not in rui.text
    await lan.open("/desk/second")
    row = "JQ-2026-0001 A waiver in an offer ¥60.00 rui@jq.example 有住院证明 today 17 June 2026"
    assert row in lan.text and "To approve (1)" in lan.text
    await lan.open(next(href for href in lan.links() if href.endswith("/offer")))
    assert "有住院证明" in lan.text and "请看看" in lan.text and "¥558.85" in lan.text
    await lan.send("/approve", shown="0" * 64)
    assert lan.status == 409 and "not what your page showed" in lan.text
    await lan.send("/approve")
    assert lan.path == f"/desk{await cast.proposal(XIAOMINGS)}" and "An offer to the borrower" in lan.text
    await bo.open(await cast.proposal(XIAOMINGS))
    assert "Plan for what is overdue" in bo.text and "the same share of the ¥60.00 waived" in bo.text

    async def read(path: str) -> str:
        return str((await bo.client.get(path)).text)

    assert await unexplained(bo.path, bo.html, read) == []
    await lan.open("/desk/second")
    assert "To approve (0)" in lan.text and "Nothing is waiting for a second person." in lan.text


async def test_its_proposer_cannot_approve_it_from_another_tab_and_an_agent_not_at_all(cast: Cast) -> None:
    await cast.comes(XIAOMINGS)
    await set_policy(cast.moment(), await lender_by_slug("jq"), FOUR_EYES, OPERATOR)
    lan, rui = await cast.reviewer(LAN), await cast.reviewer()
    await draws_up(cast, lan, installments="6", waiver_penalty="60")
    await lan.send("/offer", why="有住院证明")
    seen = lan.filled("/reject")["expected_version"]
    page, shown = lan.path, (await tables.ApprovalRow.get()).hash
    assert [form.action for form in lan.forms if form.action.startswith(page)] == [f"{page}/reject"]
    await rui.open(page)
    assert "An approver has to agree." in rui.text
    assert not [form for form in rui.forms if form.action.startswith(page)]
    for bo, words in ((lan, "cannot approve it"), (rui, "Yours is agent")):
        await bo.open(page)
        await bo.post(
            f"{page}/approve", {**bo.filled("/sign-out"), "shown": shown, "expected_version": seen, "key": words}
        )
        assert bo.status == 422 and words in bo.text
    await lan.open(page)
    await lan.send("/reject")
    assert (await cast.events(XIAOMINGS))[-1] == "waiver.withdrawn" and "Send this offer" in lan.text


async def test_where_nothing_can_be_begun_the_page_says_so(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}/offer")
    assert "Nobody who owes this loan has come in" in rui.text and not [f for f in rui.forms if f.action == rui.path]
    await rui.open(f"/desk{await cast.loan(ZHOU_MINS)}/offer")
    assert rui.path == f"/desk{await cast.proposal(ZHOU_MINS)}", "what is open is answered"
    an = await cast.reviewer("an@yh.example")
    assert (await an.open(f"/desk{await cast.loan(XIAOMINGS)}/offer")).status == 404


async def test_a_pause_and_a_settlement_are_offered_by_the_same_form(cast: Cast) -> None:
    bo, rui = await cast.comes(XIAOMINGS), await cast.reviewer()
    page = f"/desk{await cast.loan(XIAOMINGS)}/offer"
    await rui.open(f"{page}?kind=settlement")
    await rui.send("/offer", settle="10000", covers="all", first_due="2026-07-10", show="1")
    assert "Settlement: one payment of ¥10,000.00 by 10 July 2026" in rui.text
    await rui.open(f"{page}?kind=pause")
    await rui.send("/offer", first_due="2026-07-10", show="1")
    await rui.send("/offer")
    assert "An offer to the borrower" in rui.text
    await bo.open("/loans")
    assert "makes you an offer: a pause until the end of 10 July." in bo.text
    assert (await rui.open(f"/desk{await cast.loan(HE_JINGS)}")).status == 200
