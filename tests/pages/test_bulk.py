"""A list answered at once: looked through with its sums, confirmed, each its own act, and what came of each."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from portal.actions import bulk as bulk_actions
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.staff import end_staff
from portal.demo import DEMO_POLICY, JQ
from portal.jobs import bulk as bulk_job
from portal.reads import bulk as bulk_reads
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from portal.vault import new_ref
from tests.browser import Browser
from tests.pages.conftest import AN, LAN, LIU_YANGS, RUI, WU_LEIS, XIAOMINGS, ZHOU_MINS, Cast
from tests.pages.test_imports import worker

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("at_rest")]

LISTED = "/desk?rule=max_months"


async def judges(cast: Cast, least: str, months: int = 6) -> None:
    """The policy of the demo with another least payment; by 50.00, 周敏 and 吴磊 break the last day alone."""
    policy = DEMO_POLICY.replace('"300.00"', f'"{least}"', 1).replace("max_months = 6", f"max_months = {months}", 1)
    await set_policy(cast.moment(), await lender_by_slug(JQ), policy, OPERATOR)


async def sends(cast: Cast, loan_no: str, terms: str) -> Browser:
    bo = await cast.comes(loan_no)
    await bo.open(f"{await cast.loan(loan_no)}/plan?{terms}&every=1m")
    return await bo.send("/plan")


async def looked_through(cast: Cast, bo: Browser, act: str, listed: str = LISTED) -> Browser:
    await bo.open(listed)
    await bo.post("/desk/bulk", {**bo.filled("/desk/bulk"), "act": act})
    assert re.fullmatch(r"/desk/bulk/[a-z2-7]{16}", bo.path), bo.text
    assert await worker(cast)
    return await bo.open(bo.path)


async def confirms(cast: Cast, bo: Browser, **typed: str) -> Browser:
    await bo.send(bo.path, **typed)
    assert await worker(cast)
    return await bo.open(bo.path)


def parts(bo: Browser) -> tuple[list[str], dict[str, str]]:
    """The loans that would be answered, and why each of the others is left out."""
    rows = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in re.findall(r"<tr.*?</tr>", bo.html, re.S)]
    found = {number[0]: row for row in rows if (number := re.search(r"(?:JQ|YH)-[0-9-]+", row))}
    ticked = [row for row in re.findall(r"<tr.*?</tr>", bo.html, re.S) if 'type="checkbox"' in row]
    inside = [re.findall(r"data-row>([^<]+)</a>", row)[0] for row in ticked]
    return inside, {number: row for number, row in found.items() if number not in inside}


async def last(cast: Cast, loan_no: str) -> str:
    return (await cast.events(loan_no))[-1]


async def complains(loan_no: str, kind: str) -> None:
    loan = await tables.LoanRow.get(loan_no=loan_no)
    at = {"answer_by": "2026-06-29", "opened_at": "2026-06-14T08:00:00Z", "opened_on": "2026-06-14"}
    person = (await tables.ProposalLineRow.get(loan_id=loan.id).prefetch_related("proposal")).proposal.person_id
    facts = {"loan_id": loan.id, "lender_id": loan.lender_id, "person_id": person, "kind": kind, "state": "open"}
    await tables.ComplaintRow.create(ref=new_ref(), **facts, **at)


async def test_a_list_is_accepted_but_for_what_somebody_has_to_look_at(cast: Cast) -> None:
    """Beyond 14 December by 178 days each, 周敏 and 吴磊, and 刘洋 by 544: the median is 178, twice that 356.

    周敏 brings 7,475.14 and 吴磊 5,814.00, so both 13,289.14. 小明 breaks no rule but the last day, and was threatened.
    """
    await judges(cast, "50.00")
    await sends(cast, LIU_YANGS, "how=count&installments=24&first_due=2026-07-10")
    await sends(cast, XIAOMINGS, "how=count&installments=12&first_due=2026-07-10")
    await complains(XIAOMINGS, "threat")
    rui, told = await cast.reviewer(), await cast.told()
    await looked_through(cast, rui, "accept")
    inside, out = parts(rui)
    assert inside == [ZHOU_MINS, WU_LEIS] and out.keys() == {LIU_YANGS, XIAOMINGS}
    assert "more than twice the median" in out[LIU_YANGS] and "a threat is open" in out[XIAOMINGS]
    assert "Number of proposals 2 In all ¥13,289.14 Waived ¥0.00" in rui.text and await cast.told() == told
    assert "They break the rule “Last day” of your policy. Nothing is waived. It cannot be taken back." in rui.text
    assert "Accept: 2, ¥13,289.14 in all" in rui.text and "周＊ 12 × ¥210.37, every month ¥7,475.14" in rui.text
    form = rui.filled(rui.path)
    preview = rui.path
    wu = await cast.comes(WU_LEIS)
    await wu.open(await cast.proposal(WU_LEIS))
    await wu.send("/withdraw")
    await confirms(cast, rui, **{f"in-{await ref_of(cast, LIU_YANGS)}": "1"})
    assert "1 done, 1 not done." in rui.text, "what was left out is not let in by a form"
    assert f"{WU_LEIS} Not done: it has changed since it was shown. Now: Withdrawn" in rui.text
    assert await last(cast, ZHOU_MINS) == "proposal.accepted" and f"{ZHOU_MINS} Accepted" in rui.text
    told, answered = await cast.told(), rui.path
    await rui.post(preview, form)
    assert rui.path == answered and await tables.JobRow.filter(kind="bulk").count() == 1 and await cast.told() == told
    sheet = (await rui.open(f"{answered}/answers.csv")).text
    assert f"{ZHOU_MINS}," in sheet and ",changed,withdrawn," in sheet
    await rui.open("/desk/bulk")
    assert rui.text.count(RUI) == 1, "what was only looked through is no answer"
    assert re.search(rf"Accept \d+ \w+ 20\d\d \d\d:\d\d {RUI} 1 1 ", rui.text)
    stranger = await cast.reviewer(AN)
    assert "No list was answered at once yet." in (await stranger.open("/desk/bulk")).text
    for path in (preview, answered, f"{answered}/answers.csv"):
        assert (await stranger.open(path)).status == 404


async def test_declining_promises_each_what_was_shown_and_one_can_be_unticked(cast: Cast) -> None:
    """周敏 6 × 420.74, as one by one; with 吴磊 unticked it is one, whose sum has to be confirmed."""
    await complains(WU_LEIS, "amount_wrong")
    rui = await looked_through(cast, await cast.reviewer(), "decline")
    inside, out = parts(rui)
    assert inside == [ZHOU_MINS] and "A complaint is open." in out[WU_LEIS]
    await tables.ComplaintRow.filter(kind="amount_wrong").update(state="withdrawn")
    await looked_through(cast, rui, "decline")
    assert "Promised to 2 Nothing promised to 0" in rui.text and "6 × ¥420.74, every month" in rui.text
    form = {
        name: value for name, value in rui.filled(rui.path).items() if not name.endswith(await ref_of(cast, WU_LEIS))
    }
    await rui.post(rui.path, form)
    assert rui.status == 422 and parts(rui)[0] == [ZHOU_MINS, WU_LEIS] and rui.html.count(" checked") == 1
    await rui.post(rui.path, {**form, "reason": "other"})
    assert rui.status == 422 and "Please fill this in." in rui.text
    await rui.post(rui.path, {**form, "reason": "other", "note": "请先联系客服。"})
    assert rui.status == 200 and "You have unticked some." in rui.text
    assert "Number of proposals 1 In all ¥7,475.14" in rui.text
    assert await tables.JobRow.filter(kind="bulk").count() == 0, "asked once more with the other sum"
    await confirms(cast, rui)
    assert (
        f"1 done, 0 not done. What came of each, as a sheet (CSV) Done Done Loan What happened {ZHOU_MINS}" in rui.text
    )
    assert "proposal.declined" not in await cast.events(WU_LEIS)
    zhou = await cast.comes(ZHOU_MINS)
    await zhou.open(await cast.proposal(ZHOU_MINS))
    assert "请先联系客服。" in zhou.text and "420.74" in zhou.text
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    assert RUI in rui.text
    (job,) = await tables.JobRow.filter(kind="bulk")
    assert json.loads(job.options)["note"] == "" and "客服" not in job.options + job.answer


async def test_what_is_at_a_colleague_is_left_to_them_and_what_adds_up_to_two_people(cast: Cast) -> None:
    """One person lets go 200.00 a month: 120.00 of one, and not another 120.00 after it."""
    await judges(cast, "50.00")
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    await settle_writes()
    for act in ("accept", "decline"):
        inside, out = parts(await looked_through(cast, lan, act))
        assert not inside and f"A colleague has it open. {RUI}" in out[ZHOU_MINS], act
        assert f"It is assigned to a colleague. {RUI}" in out[WU_LEIS]
    assert len(parts(await looked_through(cast, lan, "ask"))[0]) == 2
    refs = [await ref_of(cast, each) for each in (ZHOU_MINS, WU_LEIS)]
    for offer in await tables.OfferRow.filter(proposal__ref__in=refs):
        plan = json.loads(offer.plan)
        plan["waived"] |= {"penalty": "120.00", "total": "120.00"}
        await tables.OfferRow.filter(id=offer.id).update(plan=json.dumps(plan))
    inside, out = parts(await looked_through(cast, rui, "accept"))
    assert inside == [ZHOU_MINS] and "It would take a second person." in out[WU_LEIS]
    assert "¥120.00 is waived. It cannot be taken back." in rui.text
    zhou = await tables.ProposalRow.get(ref=refs[0])
    by = (await tables.StaffRow.get(email=LAN)).ref
    open_key = {"kind": "waiver", "subject": zhou.ref, "open_key": f"waiver:{zhou.ref}", "until": "2026-06-17"}
    who = {"lender_id": zhou.lender_id, "proposed_by": by, "proposed_at": cast.moment().at, "facts": "accept"}
    await tables.ApprovalRow.create(ref=new_ref(), **open_key, **who)
    inside, out = parts(await looked_through(cast, rui, "accept"))
    assert inside == [WU_LEIS] and f"A waiver waits for a second person. {LAN}" in out[ZHOU_MINS]


async def ref_of(cast: Cast, loan_no: str) -> str:
    return (await cast.proposal(loan_no)).removeprefix("/proposals/")


async def test_all_are_asked_and_what_waits_for_the_borrower_is_not_asked_again(cast: Cast) -> None:
    rui = await looked_through(cast, await cast.reviewer(), "ask", "/desk?queue=answer")
    assert parts(rui)[0] == [ZHOU_MINS, WU_LEIS]
    await rui.send(rui.path, note="")
    assert rui.status == 422 and "Please fill this in." in rui.text
    await confirms(cast, rui, question="pay_day", note="工资日也可以。")
    assert [await last(cast, loan_no) for loan_no in (ZHOU_MINS, WU_LEIS)] == ["proposal.info_requested"] * 2
    bo = await cast.comes(WU_LEIS)
    assert "您每月几号方便还款？ 工资日也可以。" in (await bo.open(await cast.proposal(WU_LEIS))).text
    await looked_through(cast, rui, "ask", "/desk?queue=mine")
    inside, out = parts(rui)
    assert not inside and "It waits for the borrower already." in out[ZHOU_MINS]
    assert "Nothing of this list can be answered with the others." in rui.text
    await looked_through(cast, rui, "assign", "/desk?queue=mine")
    count = len(parts(rui)[0])
    await confirms(cast, rui, assignee=LAN)
    assert count > 2 and f"{count} done, 0 not done." in rui.text
    assert "Nothing is in this list" in (await rui.open("/desk?queue=mine")).text


async def test_two_lists_over_the_same_and_a_policy_that_changes_between(cast: Cast) -> None:
    """By 300.00 both break the least payment too: neither is accepted. What keeps the new policy is."""
    await judges(cast, "50.00")
    await tables.ProposalRow.all().update(assignee="")
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    await looked_through(cast, rui, "accept")
    await judges(cast, "300.00")
    await confirms(cast, rui)
    assert "0 done, 2 not done." in rui.text and "it breaks more rules than were shown" in rui.text
    await judges(cast, "50.00")
    mine = (await looked_through(cast, rui, "accept")).path
    asked = (await looked_through(cast, lan, "ask")).path
    await rui.open(asked)
    assert "Only whoever looked through the list can confirm it." in rui.text
    await looked_through(cast, lan, "decline")
    await judges(cast, "50.00", months=13)
    handed = tables.ProposalRow.filter(ref=await ref_of(cast, WU_LEIS))
    await handed.update(assignee=(await tables.StaffRow.get(email=RUI)).ref)
    await confirms(cast, lan, reason="too_long")
    assert "0 done, 2 not done." in lan.text
    assert f"{ZHOU_MINS} Not done: what would be promised with it has changed since." in lan.text
    assert f"{WU_LEIS} Not done: it has changed since it was shown." in lan.text
    await handed.update(assignee="")
    await confirms(cast, await rui.open(mine))
    assert "2 done, 0 not done." in rui.text
    await confirms(cast, await lan.open(asked), note="?")
    assert "0 done, 2 not done." in lan.text
    assert lan.text.count("it has changed since it was shown. Now: Accepted") == 2


async def test_whoever_is_ended_in_the_middle_answers_no_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await judges(cast, "50.00")
    rui = await looked_through(cast, await cast.reviewer(), "accept")

    async def ended() -> None:
        await end_staff(cast.moment(), await lender_by_slug(JQ), RUI, OPERATOR, force=True)

    monkeypatch.setattr(bulk_job, "answer_item", followed_by(ended))
    await rui.send(rui.path)
    assert await worker(cast)
    lan = await (await cast.reviewer(LAN)).open(rui.path)
    assert (
        "1 done, 1 not done." in lan.text
        and f"{WU_LEIS} Not done: whoever confirmed it works here no more." in lan.text
    )
    assert "proposal.accepted" not in await cast.events(WU_LEIS)


async def test_who_died_after_an_answer_goes_on_and_gives_none_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await judges(cast, "50.00")
    rui = await looked_through(cast, await cast.reviewer(), "accept")

    async def dies() -> None:
        raise RuntimeError("the machine went down")

    monkeypatch.setattr(bulk_job, "answer_item", followed_by(dies))
    await rui.send(rui.path)
    assert await worker(cast)
    await rui.open(rui.path)
    assert "They are answered. 0 of 2 so far." in rui.text and await last(cast, ZHOU_MINS) == "proposal.accepted"
    monkeypatch.setattr(bulk_job, "answer_item", bulk_actions.answer_item)
    assert await worker(cast)
    await rui.open(rui.path)
    assert "2 done, 0 not done." in rui.text
    assert [(await cast.events(each)).count("proposal.accepted") for each in (ZHOU_MINS, WU_LEIS)] == [1, 1]


def followed_by(then: Callable[[], Awaitable[None]]) -> Any:
    """The act of one item, and something that happens right after it."""

    async def answered(*given: Any) -> None:
        await bulk_actions.answer_item(*given)
        await then()

    return answered


async def test_what_is_no_list_or_no_act_starts_nothing_and_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    rui = await (await cast.reviewer()).open("/desk?queue=borrower")
    assert all(form.action != "/desk/bulk" for form in rui.forms), "nothing of that list is to be answered"
    await rui.open("/desk")
    assert "Answer all 2 of this list at once" in rui.text
    form = rui.filled("/desk/bulk")
    for typed, says in (
        ({"act": "burn"}, "accepted, declined, asked or assigned at once. You sent “burn”."),
        ({"act": ""}, "You sent “”."),
        (
            {"act": "accept", "listed": "queue=borrower"},
            "Only what is to be answered, or is assigned to you, is answered at once.",
        ),
        ({"act": "accept", "listed": "queue=answer&rule=settlement"}, "Nothing is in this list, so there is nothing"),
    ):
        await rui.post("/desk/bulk", {**form, **typed})
        assert rui.status == 422 and says in rui.text, typed
    assert await tables.JobRow.filter(kind="bulk_preview").count() == 0
    assert parts(await looked_through(cast, rui, "ask", "/desk?state=under_review"))[0] == [WU_LEIS]
    monkeypatch.setattr(bulk_reads, "MOST_IN_BULK", 1)
    await looked_through(cast, rui, "ask", "/desk")
    assert parts(rui)[0] == [ZHOU_MINS] and "1 more stay as they are." in rui.text
    await rui.post(rui.path, {**rui.filled(rui.path), f"in-{await ref_of(cast, ZHOU_MINS)}": "0"})
    assert rui.status == 422 and "Nothing is ticked" in rui.text
    await (lan := await cast.reviewer(LAN)).post(
        rui.path, {**rui.filled(rui.path), "csrf": lan.form("/language").fields["csrf"]}
    )
    assert lan.status == 422 and "only they can confirm it" in lan.text
    await tables.JobRow.all().update(kind="reach")
    for path in (rui.path, f"{rui.path}/answers.csv", "/desk/bulk/nosuchjob"):
        assert (await rui.open(path)).status == 404, path
