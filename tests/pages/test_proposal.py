"""A proposal from the borrower's side: where it stands, what may be done, and what happens when both act at once."""

import asyncio
import re

import pytest

from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import (
    GUO_TAOS,
    HE_JINGS,
    HU_XUES,
    LIN_FENGS,
    MA_CHAOS,
    SUN_HAOS,
    WU_LEIS,
    XIAOMINGS,
    ZHENG_LIS,
    ZHOU_MINS,
    ZHU_LINS,
    Cast,
)

pytestmark = pytest.mark.anyio


async def at(cast: Cast, loan_no: str, language: str = "en") -> Browser:
    """The borrower of this loan, before their proposal."""
    bo = await cast.comes(loan_no, language)
    return await bo.open(await cast.proposal(loan_no))


def may(bo: Browser) -> set[str]:
    return {form.action.rpartition("/")[2] for form in bo.forms if form.action.startswith("/proposals/")}


@pytest.mark.parametrize(
    ("loan_no", "moves", "said"),
    [
        (ZHOU_MINS, {"withdraw"}, "17 June 2026"),
        (WU_LEIS, {"withdraw", "income"}, "17 June 2026"),
        (ZHENG_LIS, {"answer", "withdraw"}, "您方便在每月几号还款？"),
        (SUN_HAOS, {"accept", "withdraw"}, "八期我们可以接受。"),
        (ZHU_LINS, {"withdraw"}, "17 June 2026"),
        (MA_CHAOS, set(), "Agreed."),
        (HU_XUES, set(), "时间太长，十二期以内可以再谈。"),
        (LIN_FENGS, set(), "You withdrew this plan."),
    ],
)
async def test_each_state_says_where_it_stands_and_offers_what_may_be_done(
    cast: Cast, loan_no: str, moves: set[str], said: str
) -> None:
    bo = await at(cast, loan_no)
    assert bo.status == 200 and said in bo.text and may(bo) == moves
    zh = await at(cast, loan_no, "zh-CN")
    assert 'lang="zh-CN"' in zh.html and may(zh) == moves


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("loan_no", "first"),
    [
        (ZHOU_MINS, ""),
        (WU_LEIS, ""),
        (ZHENG_LIS, '<form[^>]* action="[^"]*/answer".*?</form>'),
        (SUN_HAOS, '<form[^>]* action="[^"]*/accept".*?</form>'),
        (ZHU_LINS, '<a[^>]* href="[^"]*/sign".*?</a>'),
        (MA_CHAOS, "<main.*"),
        (HU_XUES, "<main.*"),
        (LIN_FENGS, "<main.*"),
        (GUO_TAOS, "<main.*"),
        (HE_JINGS, "<main.*"),
    ],
)
async def test_each_state_is_said_in_one_sentence_with_one_way_on(
    cast: Cast, loan_no: str, first: str, language: str
) -> None:
    """The move that is the borrower's comes first; while the lender has it there is none."""
    bo = await at(cast, loan_no, language)
    assert len(re.findall(r'class="(?:[^"]* )?status[ "]', bo.html)) == 1
    primary = re.compile(r'class="button primary[ "]')
    assert len(primary.findall(bo.html)) == bool(first)
    assert not first or len(primary.findall(re.findall(first, bo.html, re.S)[0])) == 1


async def test_a_counter_is_accepted_confirmed_and_read_again(cast: Cast) -> None:
    bo = await at(cast, SUN_HAOS)
    await bo.send("/accept")
    assert bo.status == 200 and may(bo) == {"withdraw"} and f"{bo.path}/sign" in bo.links()
    proposal = bo.path
    await cast.signs(bo, proposal)
    assert bo.status == 200 and bo.path.startswith("/agreements/")
    await bo.open(proposal)
    assert may(bo) == set()
    assert (await cast.events(SUN_HAOS))[-2:] == ["proposal.accepted", "agreement.signed"]
    agreement = next(href for href in bo.links() if href.startswith("/agreements/"))
    await bo.open(agreement)
    signed = await tables.AgreementRow.get(ref=agreement.removeprefix("/agreements/"))
    assert bo.status == 200 and signed.hash in bo.text


async def test_an_answer_reaches_the_lender(cast: Cast) -> None:
    bo = await at(cast, ZHENG_LIS)
    await bo.send("/answer", note="每月十号发工资。")
    assert bo.status == 200 and "每月十号发工资。" in bo.text
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHENG_LIS)}")
    assert "每月十号发工资。" in rui.text
    assert (await cast.events(ZHENG_LIS))[-1] == "proposal.info_provided"


async def test_an_empty_answer_is_asked_for_again(cast: Cast) -> None:
    bo = await at(cast, ZHENG_LIS)
    await bo.send("/answer", note=" \u200b ")
    assert bo.status == 422 and "Please fill this in." in bo.text
    assert (await cast.events(ZHENG_LIS))[-1] == "proposal.info_requested"


async def test_an_answer_too_long_comes_back_whole(cast: Cast) -> None:
    bo = await at(cast, ZHENG_LIS)
    note = "十" * 501
    await bo.send("/answer", note=note)
    assert bo.status == 422 and "at most 500 characters long. Yours has 501" in bo.text
    assert bo.filled("/answer")["note"] == note


async def test_taking_it_back_frees_the_loan_for_another(cast: Cast) -> None:
    bo = await at(cast, ZHOU_MINS)
    await bo.send("/withdraw")
    assert may(bo) == set() and "You withdrew this plan." in bo.text
    await bo.open(f"{await cast.loan(ZHOU_MINS)}/plan")
    await bo.send("/plan")
    assert (await cast.events(ZHOU_MINS))[-5:] == [
        "proposal.withdrawn",
        "contact.hold_ended",
        "proposal.submitted",
        "contact.hold_requested",
        "proposal.accepted",
    ]


@pytest.mark.parametrize("move", ["accept", "withdraw"])
async def test_a_double_click_acts_once(cast: Cast, move: str) -> None:
    loan_no = {"accept": SUN_HAOS, "withdraw": ZHOU_MINS}[move]
    bo = await at(cast, loan_no)
    before = len(await cast.events(loan_no))
    fields, path = {**bo.filled(f"/{move}"), "confirmed": "1"}, f"{bo.path}/{move}"
    answers = await asyncio.gather(*(bo.client.post(path, data=fields, headers={"origin": bo.base}) for _ in range(3)))
    assert [each.status_code for each in answers] == [303, 303, 303]
    assert len(await cast.events(loan_no)) == before + (2 if move == "withdraw" else 1), "withdrawn, a hold ends too"


@pytest.mark.parametrize("version", ["0", "1", "-5", "", "x", "9" * 5000])
async def test_a_stale_or_forged_version_shows_how_it_is_and_changes_nothing(cast: Cast, version: str) -> None:
    bo = await at(cast, ZHENG_LIS)
    before = await cast.told()
    await bo.send("/answer", expected_version=version, note="每月十号")
    assert bo.status == 409 and "Here is how it is now" in bo.text
    assert bo.filled("/answer")["note"] == "每月十号"
    assert await cast.told() == before
    await bo.send("/answer")
    assert bo.status == 200 and "每月十号" in bo.text


async def test_the_reviewer_counters_while_the_borrower_takes_it_back_and_one_is_told(cast: Cast) -> None:
    bo, rui = await at(cast, ZHOU_MINS), await cast.reviewer()
    path = f"/desk{await cast.proposal(ZHOU_MINS)}/counter"
    await rui.open(path)
    await bo.send("/withdraw")
    await rui.send("/counter", installments="7", note="七期可以")
    assert rui.status == 409 and "Here is how it is now" in rui.text
    assert (rui.filled("/counter")["installments"], rui.filled("/counter")["note"]) == ("7", "七期可以")
    await rui.send("/counter")
    assert rui.status == 422 and "cannot be done now" in rui.text and rui.filled("/counter")["note"] == "七期可以"
    assert (await cast.events(ZHOU_MINS))[-2:] == ["proposal.withdrawn", "contact.hold_ended"]


async def test_the_borrower_takes_it_back_after_the_counter_and_is_told_of_it_first(cast: Cast) -> None:
    bo, rui = await at(cast, ZHOU_MINS), await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}/counter")
    await rui.send("/counter", installments="7", note="七期可以")
    assert rui.status == 409, "the card showed another plan; now it shows this one"
    await rui.send("/counter")
    assert rui.status == 200
    await bo.send("/withdraw")
    assert bo.status == 409 and "Here is how it is now" in bo.text and "七期可以" in bo.text
    assert may(bo) == {"accept", "withdraw"}
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"


async def test_both_at_the_same_moment_and_exactly_one_wins(cast: Cast) -> None:
    bo, rui = await at(cast, ZHOU_MINS), await cast.reviewer()
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await rui.open(desk)
    takes_back = bo.client.post(f"{bo.path}/withdraw", data=bo.filled("/withdraw"), headers={"origin": bo.base})
    declines = rui.client.post(
        f"{desk}/decline",
        data={**rui.filled("/decline"), "reason": "too_long", "note": "太长了"},
        headers={"origin": rui.base},
    )
    statuses = [answer.status_code for answer in await asyncio.gather(takes_back, declines)]
    assert sorted(statuses) == [303, 409]
    events = await cast.events(ZHOU_MINS)
    assert ("proposal.withdrawn" in events) != ("proposal.declined" in events)


async def test_a_move_that_is_not_possible_says_where_it_stands(cast: Cast) -> None:
    bo = await at(cast, ZHOU_MINS)
    before = await cast.told()
    for move in ("accept", "answer", "submit", "decline", "take_up", "expire", "book"):
        fields = {**bo.filled("/withdraw"), "confirmed": "1", "note": "我的话"}
        await bo.post(f"{await cast.proposal(ZHOU_MINS)}/{move}", fields)
        assert bo.status == 422 and "cannot be done now" in bo.text, move
        assert "我的话" in bo.text, "what was typed is not lost"
    assert await cast.told() == before


async def test_a_move_nobody_knows_is_nothing_there(cast: Cast) -> None:
    bo = await at(cast, ZHOU_MINS)
    await bo.post(f"{bo.path}/dance", bo.filled("/withdraw"))
    assert bo.status == 404


async def test_switching_the_language_on_a_page_that_answers_a_form_opens_that_page(cast: Cast) -> None:
    bo = await at(cast, ZHENG_LIS)
    proposal = bo.path
    await bo.send("/answer", note="")
    assert bo.status == 422
    await bo.send("/language", lang="zh-CN")
    assert (bo.status, bo.path) == (200, proposal) and 'lang="zh-CN"' in bo.html


async def test_the_same_form_with_other_words_is_told_and_keeps_them(cast: Cast) -> None:
    bo = await at(cast, ZHENG_LIS)
    fields, path = {**bo.filled("/answer"), "note": "十号"}, f"{bo.path}/answer"
    await bo.post(path, fields)
    await bo.post(path, {**fields, "note": "二十号"})
    assert bo.status == 409 and "already sent with other content" in bo.text and "二十号" in bo.text


async def test_an_offer_that_stood_until_yesterday_is_not_accepted_any_more(cast: Cast) -> None:
    """Expiry has no clock yet; the page must not promise what is over."""
    bo = await at(cast, SUN_HAOS)
    await tables.ProposalRow.filter(state="countered").update(expires_on="2026-06-13")
    await bo.send("/accept")
    assert bo.status == 422 and "run out" in bo.text
    assert (await cast.events(SUN_HAOS))[-1] == "proposal.countered"


async def test_a_proposal_of_another_loan_of_mine_is_its_own(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan")
    await bo.send("/plan", note="一句话")
    assert bo.path == await cast.proposal(XIAOMINGS) and "一句话" in bo.text


async def test_only_what_the_lender_changed_is_marked_as_different(cast: Cast) -> None:
    """孙浩 offered twelve payments, the lender answers with eight: the sum stays the same."""
    bo = await cast.comes(SUN_HAOS)
    await bo.open(await cast.proposal(SUN_HAOS))
    table = bo.html.split("<table", 1)[1].split("</table>")[0]
    marked = [row for row in table.split("<tr")[2:] if "differs" in row]
    heads = [row.split('scope="row">')[1].split("<")[0] for row in marked]
    assert heads == ["Payments", "Each time", "Last payment"]


async def test_his_plan_stands_beside_the_contract_by_date_and_amount(cast: Cast) -> None:
    """9,000.00 at 18 % in twelve: 825.12 a month, 2,524.44 overdue, in twelve parts of 210.37."""
    bo = await at(cast, ZHOU_MINS)
    ahead = bo.text.partition("What is due next, once this is agreed")[2]
    assert ahead.startswith(
        " 10 July · plan, payment 1 ¥210.37 10 July · contract no. 7 ¥825.12 10 August · plan, payment 2 ¥210.37"
        " Due within 30 days ¥210.37 + ¥825.12 = ¥1,035.49"
    )
    assert "plan ¥210.37 + contract ¥825.12 = ¥1,035.49" in ahead, "the fullest month"
    assert "With the plan 14 June 2026 ¥2,524.44" in bo.text.partition("Compared with the contract")[2]
    declined = (await at(cast, HU_XUES)).text
    assert "Compared with the contract" not in declined, "a plan that was declined has nothing beside it"
