"""What people meet after 0008, which let nobody stay in: with sessions, codes, links and passwords of before.

The databases are those stored under the schema before it; every figure and sentence is written out by hand.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from starlette.applications import Starlette

from portal.actions.erasure import erase_due
from portal.demo import TODAY
from portal.domain.conduct.understanding import QUESTIONS
from portal.domain.event import BusinessTime
from portal.reads.cases import lenders
from portal.tables import models as tables
from tests.browser import Browser
from tests.upgrade.conftest import Upgraded
from tests.upgrade.doors import PHONE, arriving, at_desk, by_link, by_password, code_in, proves
from tests.upgrade.stored import FILES, STORED_AT

BEFORE = [each for each in FILES if str(each.id).startswith("0007.")]
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("upgraded", BEFORE, indirect=True)]

JQ, YH = "佳泉消费金融", "银河银行信用卡中心"
LIU_YANG = {"jq": "JQ-2026-0005", "yh": "YH-88-2305"}
ZHU_LIN = "JQ-2026-0010"
AN, WEN = "an@xq.example", "wen@xq.example"


async def proposal(loan_no: str) -> str:
    line = (
        await tables.ProposalLineRow.filter(loan__loan_no=loan_no).order_by("-id").first().prefetch_related("proposal")
    )
    assert line is not None
    return f"/proposals/{line.proposal.ref}"


async def last_event(loan_no: str) -> tuple[str, dict[str, Any]]:
    """Of the loan: its type, and what it tells."""
    loan = await tables.LoanRow.get(loan_no=loan_no)
    event = await tables.EventRow.filter(stream=f"loan:{loan.id}").order_by("-seq").first()
    assert event is not None
    return event.type, json.loads(bytes(event.body))["data"]


async def test_who_was_signed_in_comes_in_anew(app: Starlette, upgraded: Upgraded) -> None:
    bo = Browser(app)
    bo.client.cookies.set("portal", upgraded.handed.keys["borrower"])
    await bo.open("/loans")
    assert bo.path == "/sign-in?next=%2Floans"
    assert not await tables.SessionRow.filter(kind="borrower", ended_at__isnull=True).exists()


async def test_a_code_of_before_opens_nothing_and_the_next_one_does(app: Starlette, upgraded: Upgraded) -> None:
    bo = Browser(app)
    bo.client.cookies.set("code", upgraded.handed.keys["code"])
    await bo.open("/sign-in/code/enter")
    await bo.send("/sign-in/code/enter", code="444444")
    assert bo.status == 422 and "This code has ended" in bo.text
    await arriving()
    await bo.open("/sign-in/code")
    await bo.send("/sign-in/code", phone=PHONE, digits="709X")
    await bo.send("/sign-in/code/enter", code=code_in(await arriving()))
    assert bo.path == "/loans" and "2,513.06" in bo.text


async def test_a_password_of_before_opens_once_a_code_was_given_beside_it_and_then_by_itself(
    app: Starlette, upgraded: Upgraded
) -> None:
    loan = f"/loans/{(await tables.LoanRow.get(loan_no='XQ-09')).ref}"
    bo = await by_password(Browser(app), upgraded.handed)
    assert bo.path == "/account/prove?next=%2Floans" and "the number that ends in 0109" in bo.text
    for path in ("/loans", loan, f"{loan}/plan", "/account", "/account/data.json", "/account/password"):
        await bo.open(path)
        assert bo.path.startswith("/account/prove") and "2,513.06" not in bo.text, path
    await bo.open("/account/prove?next=/loans")
    await bo.send("/prove", by="password", password=upgraded.handed.keys["password"])
    assert bo.path.startswith("/account/prove"), "nobody knows any more whose number it was set with"
    await proves(bo)
    assert bo.path == "/loans" and "2,513.06" in bo.text
    again = await by_password(Browser(app), upgraded.handed)
    assert again.path == "/loans" and "2,513.06" in again.text


async def test_a_link_of_before_opens_the_loans_of_the_lender_that_sent_it(app: Starlette, upgraded: Upgraded) -> None:
    """佳泉 has 1,490.73 to ask of 刘洋, and 银河 1,760.07."""
    both = await by_link(await by_link(Browser(app), upgraded.handed, LIU_YANG["jq"]), upgraded.handed, LIU_YANG["yh"])
    assert JQ in both.text and YH in both.text and "1,490.73" in both.text and "1,760.07" in both.text
    one = await by_link(Browser(app), upgraded.handed, LIU_YANG["jq"])
    assert JQ in one.text and "1,490.73" in one.text and YH not in one.text and "1,760.07" not in one.text
    other = await by_link(Browser(app), upgraded.handed, LIU_YANG["yh"])
    assert YH in other.text and "1,760.07" in other.text and JQ not in other.text and "1,490.73" not in other.text


async def test_what_was_accepted_before_is_signed_once_a_code_was_given(app: Starlette, upgraded: Upgraded) -> None:
    """Under the policy it was accepted under, for no decision was kept then; 佳泉 has set another since."""
    sign = f"{await proposal(ZHU_LIN)}/sign"
    bo = await by_link(Browser(app), upgraded.handed, ZHU_LIN)
    await bo.open(sign)
    assert bo.path.startswith("/account/prove")
    await arriving()
    await bo.send("/prove", by="send")
    (message,) = await arriving()
    assert message.to == "+8613800000010"
    await bo.send("/prove", by="code", code=code_in([message]))
    assert bo.path == sign
    answers = {f"q_{each.code}": each.right for each in QUESTIONS}
    with patch("portal.web.guard.now", lambda: STORED_AT + timedelta(minutes=1)):
        await bo.send("/sign", limitation="1", confirmed="1", **answers)
    assert bo.status == 200 and "It is agreed." in bo.text
    seeder, data = await last_event(ZHU_LIN)
    assert (seeder, data["policy_version"]) == ("agreement.signed", 1)
    assert await tables.PolicyVersionRow.filter(lender__slug="jq").count() == 2


async def test_a_waiver_that_waited_goes_on_waiting_and_is_answered_by_a_colleague(app: Starlette) -> None:
    """文 wanted to accept what XQ-11 asked for, 40.00 of penalty let go, and to answer XQ-12 with 30.00."""
    accepts, counters = f"/desk{await proposal('XQ-11')}", f"/desk{await proposal('XQ-12')}"
    wen, an = await at_desk(app, WEN), await at_desk(app, AN)
    assert an.text.count("waits for a second person") == 2
    await wen.open(accepts)
    assert "to waive ¥40.00" in wen.text and "Somebody else has to agree." in wen.text
    await an.open(accepts)
    assert "wen@xq.example proposed on 14 June 2026 12:00 to waive ¥40.00." in an.text
    waits = {row.until for row in await tables.ApprovalRow.all()}
    assert min(waits) >= datetime.now(UTC).date() + timedelta(days=6), "a week from the upgrade, not the old date"
    assert "It waits until" in an.text and "the borrower's own offer" in an.text
    await an.send("/approve")
    seeder, data = await last_event("XQ-11")
    assert (an.status, seeder, data["waived"]["penalty"]) == (200, "proposal.accepted", "40.00")
    await an.open(counters)
    assert "wen@xq.example proposed on 14 June 2026 12:00 to waive ¥30.00." in an.text
    await an.send("/approve")
    seeder, data = await last_event("XQ-12")
    assert (an.status, seeder, data["waived"]["penalty"]) == (200, "proposal.countered", "30.00")
    assert "waits for a second person" not in (await an.open("/desk")).text


async def test_a_number_is_changed_by_two_and_the_link_of_before_ends(app: Starlette, upgraded: Upgraded) -> None:
    await arriving()
    desk = f"/desk/loans/{(await tables.LoanRow.get(loan_no='XQ-19')).ref}/number"
    wen = await (await at_desk(app, WEN)).open(desk)
    await wen.send("/number", phone="139 4444 4444", checked="id_document", why="本人来电", move="propose")
    assert "This waits for a colleague." in wen.text and await arriving() == []
    an = await at_desk(app, AN)
    assert "Another number waits for a second person" in an.text
    await an.open(desk)
    assert "+8613944444444" in an.text
    await an.send("/number", checked="callback", move="approve")
    assert "The number has changed." in an.text and "/i/" not in wen.html + an.html
    # The desk had changed it to this one before, alone.
    assert {message.to for message in await arriving()} == {"+8613922222222", "+8613944444444"}
    token, _ = upgraded.handed.links["XQ-19"]
    assert (await Browser(app).open(f"/i/{token}")).status == 410


async def test_what_a_lenders_system_sends_again_is_done_anew(app: Starlette, upgraded: Upgraded) -> None:
    """What it was answered named whoever stood in a refused row, for all to read; another request has the key now."""
    core, key = Browser(app).client, upgraded.handed.keys["api"]
    headers = {"authorization": f"Bearer {key}", "idempotency-key": "june-14", "content-type": "application/json"}
    paid = [{"loan_no": "XQ-17", "id": "P-615", "received_on": "2026-06-14", "amount": "5.00"}]
    answer = await core.post("/api/v1/payments", json=paid, headers=headers)
    assert answer.status_code == 200, answer.text
    assert not await tables.IdempotencyRow.filter(key="june-14").exists()
    (row,) = await tables.JobRow.filter(key="june-14")
    assert row.answer and "{" not in row.answer and "欧阳明珠" not in row.answer


@pytest.mark.usefixtures("app")
async def test_the_first_look_of_erasure_only_reports(upgraded: Upgraded) -> None:
    """Only 心桥 has set a time for keeping. Whom an older version erased stays erased, and nobody follows them."""
    runs = {each.slug: await erase_due(each, BusinessTime(STORED_AT, TODAY)) for each in await lenders()}
    seeder = {slug: (run.days, run.reports, run.erased) for slug, run in runs.items() if run is not None}
    assert seeder == {"jq": (None, True, 0), "yh": (None, True, 0), "xq": (400, True, 0), "dx": (None, True, 0)}
    assert await tables.BorrowerRow.filter(erased_at__isnull=False).values_list("external_id", flat=True) == ["B-120"]
