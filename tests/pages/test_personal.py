"""Names and numbers: masked until somebody says why, open to their owner, and every look is on a list."""

import json
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.app import create_app
from portal.demo import JQ
from portal.reads.cases import lender_by_slug
from portal.settings import Settings
from portal.tables import models as tables
from tests.actions.story import NOW
from tests.browser import Browser
from tests.pages.conftest import LIU_YANGS, MA_CHAOS, RUI, SECRET, XIAOMINGS, YH, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

ADMIN = "admin"


async def test_a_loan_at_the_desk_shows_the_family_name_and_four_digits(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    assert "王＊＊" in rui.text and "＊0001" in rui.text
    assert "王小明" not in rui.html and "13800000001" not in rui.html and "123X" not in rui.html


async def test_opening_says_why_and_shows_it_in_that_answer_alone(cast: Cast) -> None:
    rui = await cast.reviewer()
    address = f"/desk{await cast.loan(XIAOMINGS)}"
    await rui.open(address)
    await rui.send("/open", reason="speak")
    assert "王小明" in rui.text and "+8613800000001" in rui.text and "123X" in rui.text
    await rui.open(address)
    assert "王小明" not in rui.html
    row = await tables.AccessRow.get(what__startswith="personal.")
    assert (row.actor_kind, row.what, row.subject) == (
        "staff", "personal.opened:speak", f"loan:{address.rsplit('/', 1)[1]}",
    )  # fmt: skip


async def test_without_a_reason_nothing_is_shown_and_nothing_written(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    for reason in ("", "curious", "x" * 5000):
        await rui.send("/open", reason=reason)
        assert rui.status == 422 and "Please choose what you need" in rui.text
        assert "王小明" not in rui.html
    assert not await tables.AccessRow.exists(what__startswith="personal.")


async def test_another_lenders_loan_cannot_be_opened(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    token = rui.filled("/open")["csrf"]
    theirs = (await tables.LoanRow.filter(lender__slug=YH).first()).ref
    await rui.post(f"/desk/loans/{theirs}/open", {"csrf": token, "reason": "speak"})
    assert rui.status == 404 and not await tables.AccessRow.exists(what__startswith="personal.")


async def test_only_an_administrator_sees_who_opened_what(cast: Cast) -> None:
    rui = await cast.reviewer()
    address = f"/desk{await cast.loan(XIAOMINGS)}"
    await rui.open(address)
    await rui.send("/open", reason="identify")
    await rui.open(address)
    assert "Who opened it" not in rui.text
    await tables.StaffRow.filter(email=RUI).update(role=ADMIN)
    await rui.open(address)
    assert "Who opened it" in rui.text and f"{RUI} · To check who somebody is" in rui.text


async def test_the_borrower_sees_in_which_role_somebody_looked_and_no_name(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    await rui.send("/open", reason="speak")
    xiaoming = await cast.comes(XIAOMINGS)
    await xiaoming.open("/account/data")
    assert "佳泉消费金融 · Agent · To speak with the borrower" in xiaoming.text
    assert RUI not in xiaoming.html
    other = await cast.comes(ZHOU_MINS)
    await other.open("/account/data")
    assert "Nobody yet." in other.text


NOT_SET = "佳泉消费金融 has set no time: as long as you keep your account, nothing is erased by itself."
SET = "佳泉消费金融: until 400 days after your last loan there has ended."


async def keeps(days: int) -> None:
    await set_policy(NOW, await lender_by_slug(JQ), f"[retention]\ndays_after_end = {days}\n", OPERATOR)


async def test_every_lender_says_how_long_it_keeps_or_that_it_has_set_no_time(cast: Cast) -> None:
    yang = await cast.comes(LIU_YANGS)
    for address in ("/account/data", "/privacy"):
        await yang.open(address)
        assert NOT_SET in yang.text and "until" not in yang.text.split(NOT_SET)[1][:80], address
    await keeps(400)
    for address in ("/account/data", "/privacy"):
        await yang.open(address)
        assert SET in yang.text and NOT_SET not in yang.text, address
        assert "银河银行" not in yang.text


async def test_whoever_reads_the_notice_before_going_in_is_told_how_long_too(cast: Cast) -> None:
    bo = cast.browser()
    link = await cast.link(XIAOMINGS)
    await bo.open(link)
    await bo.send(link, digits="123X")
    assert "this lender has set no time. It is erased once you close your account" in bo.text
    assert "佳泉消费金融有限公司 (here: 佳泉消费金融) decides what your data is used for" in bo.text
    await keeps(400)
    await bo.send("/consent")
    assert bo.status == 422 and "How long: until 400 days after your last loan there has ended" in bo.text


async def test_a_stranger_reads_of_no_lender_where_there_are_several(cast: Cast) -> None:
    bo = await cast.browser().open("/privacy")
    assert "Each lender sets its own time, or none." in bo.text and "佳泉" not in bo.text


async def test_the_only_lender_says_its_time_to_everybody(database: str) -> None:
    await add_lender(NOW, NewLender(JQ, "佳泉消费金融", "consumer-finance", "CNY", "Asia/Shanghai"))
    await keeps(400)
    bo = await Browser(create_app(Settings(database=database, secret=SECRET)), "en").open("/privacy")
    assert SET in bo.text and "Your lender tells you who runs this site for it." in bo.text
    await keeps(1096)
    run = Settings(database=database, secret=SECRET, operator="示例科技, privacy@example.com")
    bo = await Browser(create_app(run), "en").open("/privacy")
    assert "until 3 years (1096 days) after your last loan there has ended" in bo.text
    assert "This site is run for the lenders by 示例科技, privacy@example.com." in bo.text


async def test_a_page_left_open_says_no_lenders_name_on_the_privacy_page(cast: Cast) -> None:
    yang = await cast.comes(LIU_YANGS)
    with patch("portal.web.guard.now", lambda: datetime.now(UTC) + timedelta(minutes=31)):
        await yang.open("/privacy")
    assert "佳泉" not in yang.text


async def test_a_copy_has_everything_of_ones_own_and_nothing_of_others(cast: Cast) -> None:
    min_ = await cast.comes(ZHOU_MINS)
    await cast.proves(await min_.open("/account/data.json"))
    assert min_.path == "/account/data"
    answer = await min_.client.get("/account/data.json")
    told = json.loads(answer.text)
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert told["identity"]["as_lenders_know_you"][0]["name"] == "周敏"
    assert told["loans"][0]["position"]["loan_no"] == ZHOU_MINS
    assert [offer["party"] for offer in told["proposals"][0]["offers"]] == ["borrower"]
    assert [each["notice"] for each in told["consents"]] == ["2026-06"]
    assert "proposal.submitted" in [event["type"] for event in told["events"]]
    assert {event["loan_no"] for event in told["events"]} <= {ZHOU_MINS, ""}
    assert told["sessions"] and "personal.taken" in [each["what"] for each in told["access"]]
    assert not any(name in answer.text for name in ("王小明", "password_hash", "token_hash", "gAAAA"))


async def test_a_copy_is_taken_a_few_times_and_then_not_for_a_while(cast: Cast) -> None:
    min_ = await cast.comes(ZHOU_MINS)
    await cast.proves(await min_.open("/account/data.json"))
    answers = [await min_.client.get("/account/data.json") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "too many tries" in answers[-1].text


async def test_whoever_is_not_signed_in_gets_no_copy(cast: Cast) -> None:
    somebody = await cast.browser().open("/account/data.json")
    assert somebody.path.startswith("/sign-in?")


async def test_what_was_erased_says_so_calmly(cast: Cast) -> None:
    lin = await cast.comes(MA_CHAOS)
    proposal = await cast.proposal(MA_CHAOS)
    await tables.AgreementRow.all().update(sealed=b"")
    await lin.open(proposal)
    await lin.open(next(link for link in lin.links() if link.startswith("/agreements/")))
    assert lin.status == 410 and "Nobody can read it any more" in lin.text


async def test_the_desk_says_that_somebody_was_erased(cast: Cast) -> None:
    loan = await tables.LoanRow.get(loan_no=XIAOMINGS)
    party = await tables.PartyRow.get(loan_id=loan.id)
    await tables.BorrowerRow.filter(id=party.borrower_id).update(key=b"", erased_at=cast.moment().at)  # type: ignore[attr-defined]
    rui = await cast.reviewer()
    await rui.open(f"/desk/loans/{loan.ref}")
    assert "Borrower: erased, since the time for keeping it was over or the account was closed." in rui.text
    assert not [form for form in rui.forms if form.action.endswith("/open")]
