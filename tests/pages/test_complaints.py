"""小明 says that something is wrong: a receipt, a day, nothing lost; the desk answers him."""

from datetime import UTC, datetime

import pytest

from portal.domain.conduct.complaints import MOST_EXTENSIONS
from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from tests.browser import Browser
from tests.pages.conftest import LI_JINGS, MA_CHAOS, XIAOMINGS, Cast

pytestmark = pytest.mark.anyio


async def tells(cast: Cast, bo: Browser, **typed: str) -> Browser:
    path = f"{await cast.loan(XIAOMINGS)}/problem"
    await bo.open(path)
    return await bo.send(path, **typed)


async def looked_at(loan_no: str) -> set[str]:
    """Who opened a page of the loan, by the access log."""
    await settle_writes()
    loan = await tables.LoanRow.get(loan_no=loan_no)
    rows = await tables.AccessRow.filter(what="loan.looked", subject=f"loan:{loan.ref}")
    return {row.email for row in await tables.StaffRow.filter(ref__in=[row.actor_ref for row in rows])}


async def mine() -> tables.ComplaintRow:
    return await tables.ComplaintRow.get(loan__loan_no=XIAOMINGS)


async def test_a_disputed_penalty_gets_a_receipt_a_day_and_stands_still(cast: Cast) -> None:
    bo = await tells(cast, await cast.comes(XIAOMINGS), kind="amount_wrong", component="penalty", should_be="100")
    row = await mine()
    assert bo.path == f"/problems/{row.ref}" and row.ref in bo.text
    assert "29 June 2026" in bo.text, "15 days after 14 June"
    assert "While this is looked at, no more penalty is added." in bo.text
    assert "It should be: 100" in bo.text
    await bo.open(await cast.loan(XIAOMINGS))
    assert "3,413.12" in bo.text and "While this is looked at, no more penalty is added." in bo.text
    assert "Collection is paused" not in bo.text and "we asked 佳泉消费金融 to stop calls and visits" in bo.text


async def test_a_threat_says_what_to_do_at_once_and_is_answered_on_the_next_working_day_before_all_else(
    cast: Cast,
) -> None:
    bo = await cast.comes(XIAOMINGS)
    await tells(cast, bo, kind="threat", when="23:24", number="021 5555")
    row = await mine()
    # 14 June 2026 is a Sunday.
    assert (row.kind, row.answer_by.isoformat()) == ("threat", "2026-06-15") and "answers by 15 June 2026" in bo.text
    assert "call 110 at once. Keep the numbers, messages and recordings. You can also complain to 12378" in bo.text
    assert "need not do anything" not in bo.text and 'href="tel:110"' in bo.html
    rui = await (await cast.reviewer()).open("/desk/problems")
    kinds = [words for words in ("Somebody threatens me or my family", "They still call me") if words in rui.text]
    assert kinds and rui.text.index(kinds[0]) == min(map(rui.text.index, kinds))
    assert "A threat is answered on the next working day" in (await rui.open(f"/desk/problems/{row.ref}")).text


async def test_who_asks_for_a_pause_of_collection_hears_that_it_was_asked_and_by_when_it_is_confirmed(
    cast: Cast,
) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(await cast.loan(XIAOMINGS))
    await bo.send("/hold")
    assert (
        "we asked 佳泉消费金融 to stop calls and visits. It confirms by the next working day, 15 June 2026." in bo.text
    )
    await tables.HoldRow.all().update(requested_at=datetime(2026, 6, 11, 4, tzinfo=UTC))
    await bo.open(await cast.loan(XIAOMINGS))
    assert "It should have confirmed it by 12 June 2026. Call it and ask." in bo.text


async def test_it_is_paused_only_when_staff_said_so(cast: Cast) -> None:
    bo = await tells(cast, await cast.comes(XIAOMINGS), kind="not_mine")
    rui = await cast.reviewer()
    desk = f"/desk{await cast.loan(XIAOMINGS)}"
    await rui.open(desk)
    await rui.send(f"{desk}/hold/acknowledge")
    await bo.open(await cast.loan(XIAOMINGS))
    assert "Collection is paused. 佳泉消费金融 confirmed it on" in bo.text
    await rui.open(desk)
    await rui.send(f"{desk}/hold/end", reason="agreed_otherwise")
    await bo.open(await cast.loan(XIAOMINGS))
    assert "Collection is paused. " not in bo.text


async def test_a_pause_is_not_ended_for_a_reason_that_is_none(cast: Cast) -> None:
    await tells(cast, await cast.comes(XIAOMINGS), kind="not_mine")
    rui = await cast.reviewer()
    desk = f"/desk{await cast.loan(XIAOMINGS)}"
    await rui.open(desk)
    await rui.send(f"{desk}/hold/end", reason="no_patience")
    assert rui.status == 422 and "Please choose one of the answers." in rui.text
    assert "contact.hold_ended" not in await cast.events(XIAOMINGS)


@pytest.mark.parametrize("page", ["", "/penalties", "/day", "/terms", "/plan"])
async def test_every_page_of_a_loan_leads_to_something_is_wrong(cast: Cast, page: str) -> None:
    bo, loan = await cast.comes(XIAOMINGS), await cast.loan(XIAOMINGS)
    await bo.open(f"{loan}{page}")
    assert bo.status == 200 and f"{loan}/problem" in bo.links()


async def test_an_agreed_plan_leads_to_something_is_wrong(cast: Cast) -> None:
    bo = await cast.comes(MA_CHAOS)
    await bo.open(await cast.proposal(MA_CHAOS))
    assert f"{await cast.loan(MA_CHAOS)}/problem" in bo.links()
    await bo.open(next(link for link in bo.links() if link.startswith("/agreements/")))
    assert bo.status == 200 and f"{await cast.loan(MA_CHAOS)}/problem" in bo.links()


async def test_a_mistake_brings_everything_typed_back(cast: Cast) -> None:
    bo = await tells(cast, await cast.comes(XIAOMINGS), kind="still_calling", when="昨晚十一点", note="字" * 10000)
    assert bo.status == 422 and "at most 2,000 characters" in bo.text
    assert "昨晚十一点" in bo.html and "字" * 10000 in bo.html
    assert not await tables.ComplaintRow.exists(loan__loan_no=XIAOMINGS)


async def test_whoever_was_away_too_long_loses_no_word(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    path = f"{await cast.loan(XIAOMINGS)}/problem"
    await bo.open(path)
    await tables.SessionRow.all().update(ended_at=datetime.now(UTC))
    await bo.send(path, kind="still_calling", when="昨晚十一点", who="自称律师", note="请不要再打")
    assert bo.status == 401 and all(words in bo.text for words in ("昨晚十一点", "自称律师", "请不要再打"))


async def test_a_script_and_marks_that_turn_the_text_do_no_harm(cast: Cast) -> None:
    bo = await tells(cast, await cast.comes(XIAOMINGS), kind="other", note="<script>alert(1)</script> \u202eabc\x07")
    assert "<script>alert" not in bo.html and "&lt;script&gt;" in bo.html
    assert "\u202e" not in bo.html and "\x07" not in bo.html


async def test_nothing_chosen_and_no_part_named_are_said_in_words(cast: Cast) -> None:
    bo = await tells(cast, await cast.comes(XIAOMINGS))
    assert bo.status == 422 and "Please choose one of the answers." in bo.text
    bo = await tells(cast, bo, kind="amount_wrong", should_be="about ten")
    assert bo.status == 422 and "Please write an amount in digits" in bo.text


async def test_the_desk_counts_answers_and_decides_with_reasons(cast: Cast) -> None:
    bo = await tells(cast, await cast.comes(XIAOMINGS), kind="amount_wrong", component="penalty", note="多算了")
    row = await mine()
    rui = await cast.reviewer()
    await rui.open("/desk/problems")
    assert "Problems (2)" in rui.text and XIAOMINGS in rui.text
    path = f"/desk/problems/{row.ref}"
    await rui.open(path)
    assert "多算了" in rui.text and "王小明" not in rui.text
    await rui.send(f"{path}/extend", note="还要查一笔还款")
    await bo.open(f"/problems/{row.ref}")
    assert "14 July 2026" in bo.text and "还要查一笔还款" in bo.text
    await rui.open(path)
    await rui.send(f"{path}/decide", outcome="rejected", cause="fees", note="与合同一致")
    assert rui.status == 422 and "与合同一致" in rui.html and '<option value="fees" selected' in rui.html
    await rui.send(f"{path}/decide", outcome="rejected", reason="contract_agrees", cause="", note="与合同一致")
    assert rui.status == 422 and 'href="#cause"' in rui.html, "whoever answers says what was behind it"
    await rui.send(f"{path}/decide", outcome="rejected", reason="contract_agrees", cause="fees", note="与合同一致")
    lan = await cast.reviewer("lan@jq.example")
    await lan.open(path)
    assert lan.text.index("与合同一致") < lan.text.index("还要查一笔还款") < lan.text.index("多算了"), "newest first"
    assert await looked_at(XIAOMINGS) == {"rui@jq.example", "lan@jq.example"}, "who opened it stands in the access log"
    assert lan.text.count("rui@jq.example") == 2 and "Borrower" in lan.text, "who wrote which is told to colleagues"
    await bo.open(f"/problems/{row.ref}")
    assert "rui@" not in bo.text and "Fees and pricing" not in bo.text and "Fees and pricing" in lan.text
    assert "The reason: The figures are those of the contract." in bo.text
    assert "与合同一致" in bo.text and "you can call 佳泉消费金融" in bo.text and "400-820-0001" in bo.text


async def test_more_time_is_offered_twice_and_no_more(cast: Cast) -> None:
    await tells(cast, await cast.comes(XIAOMINGS), kind="other", note="请看")
    path, rui = f"/desk/problems/{(await mine()).ref}", await cast.reviewer()
    for _ in range(MOST_EXTENSIONS):
        assert "Take more time" in (await rui.open(path)).text
        await rui.send(f"{path}/extend", note="还要查一笔还款")
    assert "Take more time" not in (await rui.open(path)).text and "Write without deciding" in rui.text


async def test_an_answer_from_an_older_page_is_not_taken_and_not_lost(cast: Cast) -> None:
    bo = await tells(cast, await cast.comes(XIAOMINGS), kind="other", note="请看")
    row = await mine()
    rui, lan = await cast.reviewer(), await cast.reviewer("lan@jq.example")
    path = f"/desk/problems/{row.ref}"
    await rui.open(path)
    await lan.open(path)
    await lan.send(f"{path}/decide", outcome="upheld", cause="system", note="已改正")
    other = {"outcome": "rejected", "reason": "nothing_found", "cause": "rules"}
    await rui.send(f"{path}/decide", **other, note="我另有看法")
    assert rui.status == 409 and "我另有看法" in rui.text
    await bo.open(f"/problems/{row.ref}")
    assert "已改正" in bo.text


async def test_somebody_elses_problem_looks_like_none(cast: Cast) -> None:
    await tells(cast, await cast.comes(XIAOMINGS), kind="other", note="请看")
    row = await mine()
    other = await cast.comes(LI_JINGS)
    await other.open(f"/problems/{row.ref}")
    theirs = other.html
    await other.open("/problems/nothere")
    assert other.status == 404 and other.html == theirs
    an = await cast.reviewer("an@yh.example")
    await an.open(f"/desk/problems/{row.ref}")
    assert an.status == 404


async def test_taken_back_it_is_closed_and_said_so(cast: Cast) -> None:
    bo = await tells(cast, await cast.comes(XIAOMINGS), kind="not_mine")
    row = await mine()
    await bo.send(f"/problems/{row.ref}/withdraw")
    assert "You withdrew it." in bo.text
    await bo.open(await cast.loan(XIAOMINGS))
    assert "3,413.12" in bo.text and "no penalty is added" not in bo.text


async def test_how_to_be_reached_is_chosen_shown_back_and_never_at_night(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open("/account/reached")
    assert "23:00" not in bo.text and "7:00" not in bo.text
    await bo.send("/account/reached", channel="letter", hours="22-8")
    assert bo.status == 422 and "Please choose one of the answers." in bo.text
    await bo.open("/account/reached")
    await bo.send("/account/reached", channel="letter", hours="18-22")
    assert bo.path.startswith("/account/prove"), "a link alone does not choose how he is reached"
    await cast.proves(bo)
    assert (bo.filled("/reached")["channel"], bo.filled("/reached")["hours"]) == ("letter", "18-22")
    assert "Not sent yet" in bo.text, "nobody takes it for told because a code was right"
    await bo.send("/account/reached")
    assert "Not sent yet" not in bo.text
    assert "You chose: Letter, 18:00 to 22:00. 佳泉消费金融 was told on" in bo.text
    assert "contact.preference_set" in await cast.told()
