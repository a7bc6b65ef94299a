"""The desk: what is to be answered, in which order, and the answers, with every mistake a tired person makes."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest

from portal.tables import models as tables
from portal.vault import new_ref
from tests.browser import Browser
from tests.pages.conftest import LAN, MA_CHAOS, SUN_HAOS, WU_LEIS, XIAOMINGS, ZHENG_LIS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio


async def before(cast: Cast, loan_no: str, language: str = "en") -> Browser:
    """睿 before the proposal of this loan."""
    rui = await cast.reviewer(language=language)
    return await rui.open(f"/desk{await cast.proposal(loan_no)}")


async def crowd(cast: Cast, count: int) -> None:
    """More proposals like 周敏's, each a day less urgent than the one before."""
    first = await tables.ProposalRow.get(ref=(await cast.proposal(ZHOU_MINS)).removeprefix("/proposals/"))
    offer = await tables.OfferRow.get(proposal_id=first.id)
    loan = await tables.LoanRow.get(loan_no=XIAOMINGS)
    for number in range(count):
        row = await tables.ProposalRow.create(
            ref=new_ref(),
            lender_id=first.lender_id,
            person_id=first.person_id,
            kind="plan",
            state="submitted",
            submitted_at=cast.moment().at,
            decide_by=date(2026, 6, 18) + timedelta(days=number),
        )
        await tables.ProposalLineRow.create(proposal_id=row.id, loan_id=loan.id, seen=1)
        await tables.OfferRow.create(
            proposal_id=row.id,
            version=1,
            party="borrower",
            terms=offer.terms,
            plan=offer.plan,
            as_of=offer.as_of,
            policy_version=1,
        )


def listed(bo: Browser) -> list[str]:
    return re.findall(r"/desk/proposals/(\w+)\?[^\"]*\" data-row", bo.html)


async def test_the_queue_counts_what_waits_and_shows_it_first(cast: Cast) -> None:
    rui = await cast.reviewer()
    assert rui.path == "/desk" and "To be answered: 2" in rui.text
    assert ZHOU_MINS in rui.text and WU_LEIS in rui.text
    assert SUN_HAOS not in rui.text and "Waiting for the borrower 3" in rui.text
    await rui.open("/desk?queue=borrower")
    assert SUN_HAOS in rui.text and ZHENG_LIS in rui.text and ZHOU_MINS not in rui.text


async def test_the_most_urgent_stands_first_then_the_oldest(cast: Cast) -> None:
    await tables.ProposalRow.filter(ref=(await cast.proposal(WU_LEIS)).removeprefix("/proposals/")).update(
        decide_by="2026-06-12"
    )
    rui = await cast.reviewer()
    assert rui.html.index(WU_LEIS) < rui.html.index(ZHOU_MINS) and "answer was due on 12 June 2026" in rui.text
    await tables.ProposalRow.filter(state__in=["submitted", "under_review"]).update(decide_by="2026-06-17")
    await tables.ProposalRow.filter(ref=(await cast.proposal(ZHOU_MINS)).removeprefix("/proposals/")).update(
        submitted_at=datetime(2026, 6, 1, tzinfo=UTC)
    )
    await rui.open("/desk")
    assert rui.html.index(ZHOU_MINS) < rui.html.index(WU_LEIS)


async def test_two_hundred_proposals_come_page_by_page_and_none_twice(cast: Cast) -> None:
    await crowd(cast, 200)
    rui = await cast.reviewer()
    assert "To be answered: 202" in rui.text
    seen = listed(rui)
    while onward := re.search(r'rel="next" href="([^"]+)"', rui.html):
        await rui.open(unescape(onward[1]))
        seen += listed(rui)
    assert len(seen) == len(set(seen)) == 202
    rows = await tables.ProposalRow.filter(ref__in=seen).values("ref", "decide_by")
    due = {row["ref"]: row["decide_by"] for row in rows}
    assert [due[ref] for ref in seen] == sorted(due.values())


async def test_an_address_of_nonsense_shows_the_list_from_its_beginning(cast: Cast) -> None:
    rui = await cast.reviewer()
    both = listed(rui)
    places = ["0", "x", "2026-06-17", "2026-13-45~1", "9999-12-31~" + "9" * 18, "9" * 5000, "２~２", "~", "-1~-1", "\0"]
    for after in places:
        for sort in ("clock", "asked", "x" * 500):
            await rui.open("/desk?" + urlencode({"sort": sort, "after": after, "queue": "answer", "rule": ""}))
            assert rui.status == 200 and (listed(rui) == both or after.startswith("9999")), after
    await rui.open("/desk?queue=nothing&product=%00&assignee=" + "%25" * 200)
    assert rui.status == 200 and not listed(rui)


async def test_a_proposal_stands_beside_the_contract_and_the_policy(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    assert "周＊" in rui.text and "周敏" not in rui.text
    assert "收入降了，每月只能还这些。" in rui.text and "17 June 2026" in rui.text and "My income dropped" in rui.text
    for part in ("Penalty", "Interest", "Principal"):
        assert part in rui.text


async def test_accepting_as_it_stands(cast: Cast) -> None:
    """It breaks two rules of the policy, so that it is asked about once."""
    rui = await before(cast, ZHOU_MINS)
    await rui.send("/accept")
    await rui.send("/accept")
    assert rui.status == 200
    assert (await cast.events(ZHOU_MINS))[-2:] == ["proposal.under_review", "proposal.accepted"]


async def test_declining_needs_a_reason_and_keeps_the_words(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    await rui.send("/decline", note="再谈谈")
    assert rui.status == 422 and "Please choose one of the answers." in rui.text
    assert rui.filled("/decline")["note"] == "再谈谈"
    await rui.send("/decline", reason="because", note="再谈谈")
    assert rui.status == 422
    await rui.send("/decline", reason="too_long")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.declined"
    bo = await cast.comes(ZHOU_MINS)
    await bo.open(await cast.proposal(ZHOU_MINS))
    assert "再谈谈" in bo.text and "longer than we can agree to" in bo.text


async def test_asking_needs_a_question_and_it_comes_back_where_it_was_typed(cast: Cast) -> None:
    rui = await before(cast, WU_LEIS)
    await rui.send("/ask", note="  ")
    assert rui.status == 422 and "Please fill this in." in rui.text
    question = "您" * 501
    await rui.send("/ask", note=question)
    assert rui.status == 422 and "Yours has 501" in rui.text
    assert rui.filled("/ask")["note"] == question and rui.filled("/decline")["note"] == ""
    await rui.send("/ask", note="您每月几号发工资？")
    assert (await cast.events(WU_LEIS))[-1] == "proposal.info_requested"


async def test_a_ready_question_is_read_in_the_borrowers_own_language(cast: Cast) -> None:
    rui = await before(cast, WU_LEIS)
    await rui.send("/ask", question="anything")
    assert rui.status == 422 and (await cast.events(WU_LEIS))[-1] == "proposal.under_review"
    await rui.send("/ask", question="sure_amount")
    assert (await cast.events(WU_LEIS))[-1] == "proposal.info_requested"
    bo = await cast.comes(WU_LEIS)
    await bo.open(await cast.proposal(WU_LEIS))
    assert "您每月确定能还多少？" in bo.text and 'lang="zh-CN"' in bo.html


async def test_of_two_reviewers_the_second_is_told_and_keeps_the_note(cast: Cast) -> None:
    rui, lan = await before(cast, WU_LEIS), await cast.reviewer(LAN)
    await lan.open(rui.path)
    await lan.send("/ask", note="您每月几号发工资？")
    await rui.send("/decline", reason="too_long", note="十二期以内可以再谈")
    assert rui.status == 409 and "Here is how it is now" in rui.text
    assert "您每月几号发工资？" in rui.text and "十二期以内可以再谈" in rui.text
    assert (await cast.events(WU_LEIS))[-1] == "proposal.info_requested"


async def test_what_is_answered_a_second_after_it_was_withdrawn_comes_back_with_its_words(cast: Cast) -> None:
    rui, wu = await before(cast, WU_LEIS), await cast.comes(WU_LEIS)
    await wu.open(await cast.proposal(WU_LEIS))
    await wu.send("/withdraw")
    await rui.send("/decline", reason="too_long", note="十二期以内可以再谈")
    assert rui.status == 409 and "十二期以内可以再谈" in rui.text and "Withdrawn" in rui.text
    assert "proposal.declined" not in await cast.events(WU_LEIS)


async def test_a_question_that_came_too_late_comes_back_too(cast: Cast) -> None:
    rui, lan = await before(cast, WU_LEIS), await cast.reviewer(LAN)
    await lan.open(rui.path)
    await lan.send("/accept")
    await lan.send("/accept")
    await rui.send("/ask", note="您每月几号发工资？")
    assert rui.status == 409 and "您每月几号发工资？" in rui.text


async def test_the_counter_begins_with_the_borrowers_terms(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    await rui.open(f"{rui.path}/counter")
    filled = rui.filled("/counter")
    assert (filled["how"], filled["installments"], filled["every"], filled["first_due"]) == (
        "count",
        "12",
        "1m",
        "2026-07-10",
    )


async def test_every_term_can_be_changed_and_is_previewed_first(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    desk = rui.path
    await rui.open(f"{desk}/counter")
    waivable = {"waiver_penalty", "waiver_interest"} & rui.ids()
    assert waivable == {"waiver_penalty", "waiver_interest"}
    terms = {
        "how": "amount",
        "amount": "１,000",
        "every": "2w",
        "first_due": "2026/7/3",
        "down_payment": "100",
        "waiver_penalty": "5",
        "waiver_interest": "10.50",
        "note": "每两周一次",
    }
    await rui.post(f"{desk}/counter", {**rui.filled("/counter"), **terms, "show": "1"})
    assert rui.status == 200 and rui.filled("/counter")["note"] == "每两周一次"
    assert (await cast.events(ZHOU_MINS))[-1] == "contact.hold_requested", "looking sends nothing"
    assert "每两周一次" not in rui.path
    await rui.send("/counter")
    assert rui.status == 200 and rui.path.startswith(f"{desk}?done=counter")
    bo = await cast.comes(ZHOU_MINS)
    await bo.open(await cast.proposal(ZHOU_MINS))
    for shown in ("1,000.00", "every two weeks", "3 July 2026", "100.00", "15.50", "每两周一次"):
        assert shown in bo.text, shown


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"installments": "0"}, "from 1 to 260"),
        ({"first_due": "2026-06-14"}, "has to be after 14 June 2026"),
        ({"waiver_penalty": "99999"}, "can be waived"),
        ({"waiver_interest": "-1"}, "You wrote “-1”"),
        ({"down_payment": "1e9"}, "You wrote “1e9”"),
        ({"note": "好" * 501}, "Yours has 501"),
        ({"as_of": "2026-06-13"}, "opened on another day"),
        ({"expected_version": "1"}, "Here is how it is now"),
    ],
)
async def test_a_counter_that_cannot_be_keeps_all_that_was_typed(cast: Cast, typed: dict[str, str], words: str) -> None:
    rui = await before(cast, ZHOU_MINS)
    await rui.open(f"{rui.path}/counter")
    told = await cast.told()
    sent = {"down_payment": "123", "note": "请看这一版", **typed}
    await rui.send("/counter", **sent)
    assert rui.status in (409, 422) and words in rui.text
    kept = {name: value for name, value in sent.items() if name not in ("expected_version", "as_of")}
    assert {name: rui.filled("/counter")[name] for name in kept} == kept
    assert await cast.told() == told


async def test_a_counter_clicked_twice_is_sent_once(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    path = f"{rui.path}/counter"
    await rui.open(path)
    await rui.send("/counter", installments="8", show="1")
    fields = rui.filled("/counter")
    for _ in range(2):
        await rui.post(path, fields)
        assert rui.status == 200
    assert (await cast.events(ZHOU_MINS)).count("proposal.countered") == 1


async def test_a_move_that_is_not_the_desks_says_so(cast: Cast) -> None:
    rui = await before(cast, MA_CHAOS)
    desk, told = rui.path, await cast.told()
    seen = str(len(await cast.events(MA_CHAOS)))
    for move in ("accept", "sign", "withdraw", "answer", "strain"):
        sent = {"csrf": rui.filled("/desk/sign-out")["csrf"], "expected_version": seen, "note": "我的话"}
        await rui.post(f"{desk}/{move}", sent)
        assert rui.status == 422 and "cannot be done now" in rui.text and "我的话" in rui.text, move
    assert await cast.told() == told


@pytest.mark.parametrize("typed", ["JQ-2026-0006", "jq-2026-0006", " JQ-2026-0006 "])
async def test_a_loan_is_found_by_its_number(cast: Cast, typed: str) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk/loans?q={typed}")
    assert ZHOU_MINS in rui.text and WU_LEIS not in rui.text and "周＊" in rui.text


@pytest.mark.parametrize("typed", ["%", "_", "'; DROP TABLE loan; --", "%00", "x" * 5000, "\\"])
async def test_what_is_looked_for_is_text_and_no_pattern(cast: Cast, typed: str) -> None:
    rui = await cast.reviewer()
    await rui.open("/desk/loans?" + urlencode({"q": typed}))
    assert rui.status == 200 and "No loan is found by that." in rui.text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_every_page_of_the_desk_is_whole_in_both_languages(cast: Cast, language: str) -> None:
    rui = await cast.reviewer(language=language)
    ahead, seen = ["/desk", "/desk/loans"], set()
    for href in ahead:
        if href not in seen and href.startswith("/desk") and len(seen) < 60:
            seen.add(href)
            await rui.open(href)
            assert rui.status == 200, href
            ahead += rui.links()
    assert len(seen) > 20


async def test_only_an_admin_sees_who_works_here(cast: Cast) -> None:
    rui = await cast.reviewer()
    assert (await rui.open("/desk/staff")).status == 404
    await tables.StaffRow.filter(email="lan@jq.example").update(role="admin")
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/staff")
    assert lan.status == 200 and "rui@jq.example" in lan.text and "an@yh.example" not in lan.text


async def test_whoever_left_the_lender_is_out_at_once(cast: Cast) -> None:
    rui = await cast.reviewer()
    await tables.StaffRow.filter(email="rui@jq.example").update(ended_at=cast.moment().at)
    assert (await rui.open("/desk")).path.startswith("/desk/sign-in")


async def test_a_lender_without_a_system_says_at_the_desk_that_a_plan_is_booked(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await lan.open("/desk" + await cast.proposal(MA_CHAOS))
    await lan.send("/book", core_id="")
    assert lan.status == 422
    await lan.send("/book", core_id="K-77")
    assert (await cast.events(MA_CHAOS))[-1] == "plan.activated"
    bo = await cast.comes(MA_CHAOS)
    await bo.open(await cast.proposal(MA_CHAOS))
    assert "The plan is running." in bo.text and "due on 10 July 2026" in bo.text


async def test_what_cannot_be_booked_comes_back_to_the_queue(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await lan.open("/desk" + await cast.proposal(MA_CHAOS))
    await lan.send("/refuse_booking")
    assert (await cast.events(MA_CHAOS))[-1] == "agreement.booking_failed"
    await lan.open("/desk")
    assert MA_CHAOS in lan.text
    bo = await cast.comes(MA_CHAOS)
    await bo.open(await cast.proposal(MA_CHAOS))
    assert "Being looked at again. It is signed, but 佳泉消费金融 could not register it." in bo.text
    assert "You have an answer by 17 June 2026" in bo.text


async def test_who_decided_on_a_plan_does_not_book_it(cast: Cast) -> None:
    """睿 accepted 马超's plan: the page says who may book it, and a form made up all the same is refused."""
    rui = await before(cast, MA_CHAOS)
    assert "a colleague says whether it is in the books" in rui.text
    assert not [form for form in rui.forms if form.action.endswith(("/book", "/refuse_booking"))]
    sent = {"csrf": rui.filled("/desk/sign-out")["csrf"], "expected_version": str(len(await cast.events(MA_CHAOS)))}
    told = await cast.told()
    for move in ("book", "refuse_booking"):
        await rui.post(f"{rui.path.removesuffix('/book')}/{move}", {**sent, "core_id": "K-1"})
        assert rui.status == 422 and "you cannot also say whether it is in the books" in rui.text
    assert await cast.told() == told
