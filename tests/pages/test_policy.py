"""The policy at the desk: read in words, proposed by one, tried out on what was proposed, put in force by another."""

from collections.abc import Iterator
from unittest.mock import AsyncMock, patch

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.staff import end_staff
from portal.demo import DEMO_POLICY, JQ
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import LAN, RUI, Cast
from tests.pages.test_imports import MEI, hire, worker

pytestmark = pytest.mark.anyio

LONGER = DEMO_POLICY.replace("max_months = 6", "max_months = 13").replace('"300.00"', '"200.00"', 1)
WAITS, NEW = "/desk/policy/waits", "/desk/policy/new"


@pytest.fixture(autouse=True)
def at_rest() -> Iterator[None]:
    """The worker beside the portal takes nothing up by itself."""
    with patch("tests.jobs.run_all", AsyncMock()):
        yield


async def uploads(bo: Browser, content: str | bytes) -> Browser:
    await bo.open(NEW)
    body = content.encode() if isinstance(content, str) else content
    typed = {key: value for key, value in bo.filled(NEW).items() if key != "file"}
    file = {"file": ("policy.toml", body, "application/toml")}
    return await bo._follow(await bo.client.post(NEW, data=typed, files=file, headers={"origin": bo.base}))


def answer(bo: Browser) -> dict[str, str]:
    """The form that the last page has for whoever answers what waits."""
    (form,) = [each for each in bo.forms if "approval" in each.fields]
    return form.fields


async def answers(bo: Browser, move: str, **typed: str) -> Browser:
    return await bo.post(WAITS, {**answer(bo), "move": move, **typed})


async def in_force() -> int:
    return (await tables.PolicyVersionRow.filter(lender__slug=JQ).order_by("-version"))[0].version


async def test_every_rule_that_is_in_force_is_read_in_words_written_or_not(cast: Cast) -> None:
    """Six months stand in the file; 14 days to catch up do not, and hold all the same."""
    rui = await (await cast.reviewer()).open("/desk/policy")
    assert NEW not in rui.links() and not [form for form in rui.forms if "/policy/" in form.action], "an agent's"
    assert NEW in (await (await cast.reviewer(LAN)).open("/desk/policy")).links()
    assert "Months until the last payment, at most 6 Number of payments, at most 26" in rui.text
    assert "Days to catch up with a missed payment 14 not in the file: the product's own" in rui.text
    assert "Penalty waived, of what it takes in 50%" in rui.text and "0000 1111 2222 3333" in rui.text
    assert "Version 1 · " in rui.text and "set by the operator" in rui.text
    chinese = await (await cast.reviewer(language="zh-CN")).open("/desk/policy")
    assert "最后一次还款最晚在几个月之内 6" in chinese.text
    assert "漏还后可以补上的天数 14 文件没写，用产品默认值" in chinese.text
    await rui.open("/desk/policy/versions/1.toml")
    assert rui.html == DEMO_POLICY and "attachment" in rui.headers["content-disposition"]
    for path in ("/desk/policy/versions/2.toml", "/desk/policy/versions/x.toml", NEW, WAITS):
        assert (await rui.open(path)).status == 404, "no such version, and no page of an agent's"


async def test_lan_proposes_and_mei_puts_in_force_what_she_was_shown(cast: Cast) -> None:
    """Of ten proposals of the cast, three asked for twelve payments of 350.62, 233.75 and 210.37: up to 13 months and
    from 200 they are taken at once, and nothing goes to a person that did not. Ten offers were judged, and six decided.
    """
    await hire(MEI)
    lan, mei, rui = await cast.reviewer(LAN), await cast.reviewer(MEI), await cast.reviewer(RUI)
    await uploads(lan, LONGER)
    assert lan.path == WAITS and "This waits for a colleague." in lan.text and "Put it in force" not in lan.text
    assert "Months until the last payment, at most A plan beside the contract 6 13" in lan.text
    assert "A new policy waits for a second person" in (await rui.open("/desk/policy")).text
    assert f"Policy A new policy – {LAN}" in (await rui.open("/desk/second")).text
    await mei.open(WAITS)
    assert "The dry run goes on." in mei.text and "Put it in force" not in mei.text
    assert await worker(cast)
    await mei.open(WAITS)
    assert "Of 10 proposals, 16 of 16 judgements come out today as they did then" in mei.text
    assert "3 proposals newly accepted at once Waived at once with them: ¥0.00." in mei.text
    assert "JQ-2026-0009 12 ¥4,207.41" in mei.text and "0 proposals newly sent to a person" in mei.text
    assert "Answered as before: 2 at once, 5 by a person." in mei.text
    assert "who did not show their income would pay more than half" in mei.text
    await answers(mei, "approve")
    assert mei.path == "/desk/policy?done=in_force" and await in_force() == 2
    assert f"proposed by {LAN} · put in force by {MEI}" in mei.text
    assert "Months until the last payment, at most 13" in mei.text


async def test_whom_the_standing_offers_reach_is_counted_when_somebody_asks(cast: Cast) -> None:
    """Fourteen of the fifteen are overdue, by 32,351.71 in all; the halves of their penalty, each rounded down, are
    316.58. 刘洋's second loan, 459.39 with 2.87 waived, is the smallest, 3 x 152.17 and a fen; 5,609.88 less 54.54 is
    the largest.
    """
    lan = await cast.reviewer(LAN)
    await uploads(lan, LONGER)
    await worker(cast)
    await lan.open(WAITS)
    await lan.post(WAITS, {**lan.filled(WAITS), "move": "reach"})
    assert lan.path == f"{WAITS}?days=90" and "The loans are counted." in lan.text
    await worker(cast)
    await lan.open(WAITS)
    assert "Of 16 loans, by what is known now." in lan.text
    assert "Half the penalty waived 14 ¥32,351.71 ¥316.58 ¥32,035.13 ¥152.17 ¥648.12 ¥1,851.78" in lan.text


async def test_nobody_puts_in_force_their_own_nor_what_another_page_showed(cast: Cast) -> None:
    await hire(MEI)
    lan, mei = await cast.reviewer(LAN), await cast.reviewer(MEI)
    await uploads(lan, LONGER)
    await worker(cast)
    await mei.open(WAITS)
    typed = answer(mei)
    await lan.open(WAITS)
    await lan.post(WAITS, {**typed, "csrf": answer(lan)["csrf"], "move": "approve"})
    assert lan.status == 422 and "Whoever proposed something cannot approve it." in lan.text
    await set_policy(cast.moment(), await lender_by_slug(JQ), DEMO_POLICY + "\n", OPERATOR)
    await mei.post(WAITS, {**typed, "move": "approve"})
    assert mei.status == 409 and "is not what your page showed" in mei.text and await in_force() == 2
    assert "Beside version 2, which is in force." in mei.text
    await answers(mei, "reject")
    assert mei.path == "/desk/policy?done=rejected" and "The one before stays in force." in mei.text


async def test_a_version_of_before_goes_back_the_same_way(cast: Cast) -> None:
    await hire(MEI)
    await set_policy(cast.moment(), await lender_by_slug(JQ), LONGER, OPERATOR)
    lan, mei = await cast.reviewer(LAN, "zh-CN"), await cast.reviewer(MEI, "zh-CN")
    await lan.open("/desk/policy")
    await lan.send("/desk/policy/again/1")
    assert lan.path == WAITS and "最后一次还款最晚在几个月之内 合同照旧、另还逾期的方案 13 6" in lan.text
    await worker(cast)
    await answers(await mei.open(WAITS), "approve")
    assert await in_force() == 3 and (await tables.PolicyVersionRow.get(lender__slug=JQ, version=3)).text == DEMO_POLICY


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "this one is empty or was not chosen"),
        ("# nothing yet\n", "This file sets no rule at all"),
        (b"[plan]\nmax_months = 6 # \xff\n", "byte 25 of it cannot be read"),
        (b"# " + b"x" * 10_000_000, "A policy can have at most 128 kB"),
        (DEMO_POLICY, "This file says what version 1 says, to the letter"),
        ("[plan]\nmax_months = 0\nmonths = 3\n", "[plan] max_months: has to be a whole number from 1 to 60, found 0"),
        ("[plan\n", "(at line 1, column 6)"),
    ],
    ids=["empty", "says nothing", "not UTF-8", "10 MB", "the same again", "unknown key", "no TOML"],
)
async def test_a_file_that_cannot_be_proposed_says_why(cast: Cast, content: str | bytes, says: str) -> None:
    lan = await uploads(await cast.reviewer(LAN), content)
    assert lan.status == 422 and says in lan.text and not await tables.ApprovalRow.filter(kind="policy").exists()


async def test_where_the_dry_run_is_not_honest_it_says_no_more_and_takes_a_tick(cast: Cast) -> None:
    await hire(MEI)
    loan = await tables.LoanRow.get(loan_no="JQ-2026-0011")
    await tables.DecisionRow.filter(loan_id=loan.id).update(breaks="[]")
    mei = await cast.reviewer(MEI)
    await uploads(await cast.reviewer(LAN), LONGER)
    await worker(cast)
    await mei.open(WAITS)
    assert "15 of 16 judgements" in mei.text and "it says nothing more" in mei.text and "JQ-2026-0011" in mei.text
    assert "newly accepted" not in mei.text
    await answers(mei, "approve")
    assert mei.status == 422 and "Please tick" in mei.text
    await answers(mei, "approve", untold="1")
    assert await in_force() == 2


async def test_what_somebody_proposed_who_has_left_waits_no_more(cast: Cast) -> None:
    await hire(MEI)
    await uploads(await cast.reviewer(LAN), LONGER)
    await end_staff(cast.moment(), await lender_by_slug(JQ), LAN, OPERATOR)
    mei = await (await cast.reviewer(MEI)).open(WAITS)
    assert mei.path == "/desk/policy" and "waits for a second person" not in mei.text
    told = await tables.EventRow.filter(type="policy.withdrawn").count()
    assert told == 1
