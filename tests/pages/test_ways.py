"""王小明 finds what he can keep: what the pages offer to 400, 600 and 1,000 a month, and how few taps lead there."""

import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.demo import DEMO_POLICY
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import XIAOMINGS, ZHAO_QIANGS, Cast

pytestmark = pytest.mark.anyio


@pytest.fixture
async def plan(cast: Cast) -> str:
    return f"{await cast.loan(XIAOMINGS)}/plan"


def ways(page: str) -> dict[str, str]:
    """Each card's words by its heading or line, as somebody reads them."""
    found = {}
    for part in re.findall(r'<article class="card".*?</article>|<details class="explain">.*?</details>', page, re.S):
        words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())
        heading = re.search(r"<(?:h2|summary)[^>]*>(.*?)</(?:h2|summary)>", part, re.S)
        assert heading
        found[" ".join(html.unescape(re.sub(r"<[^>]+>", " ", heading[1])).split())] = words
    return found


def chosen(page: str, heading: str) -> str:
    """Where choosing the card of this heading leads."""
    card = next(each for each in re.findall(r'<article class="card".*?</article>', page, re.S) if heading in each)
    link = re.search(r'<a class="button[^"]*" href="([^"]+)"', card)
    assert link
    return html.unescape(link[1])


async def sent(loan_no: str) -> dict[str, Any]:
    """What the event says that was submitted last."""
    loan = await tables.LoanRow.get(loan_no=loan_no)
    row = await tables.EventRow.filter(stream=f"loan:{loan.id}", type="proposal.submitted").order_by("-id").first()
    assert row is not None
    return dict(json.loads(bytes(row.body))["data"])


# What he can pay a month; the whole loan's payment, how many, all still to pay, the last day, and who answers: worked
# out by the table of ledger.md 4 (12 x 987.69, 36 x 389.18 at 18 %), the counts between by exact fractions.
AFFORDED = [
    ("400", "397.61", 35, "13,916.03", "15 May 2029", "A person answers by 17 June 2026"),
    ("600", "578.39", 22, "12,724.55", "15 April 2028", "Agreed at once"),
    ("1000", "987.69", 12, "11,852.17", "15 June 2027", "Agreed at once"),
]


@pytest.mark.parametrize(("a_month", "each", "count", "total", "last", "who"), AFFORDED)
async def test_what_he_can_afford(
    cast: Cast, plan: str, a_month: str, each: str, count: int, total: str, last: str, who: str
) -> None:
    bo = await (await cast.comes(XIAOMINGS)).open(f"{plan}?a_month={a_month}")
    whole = ways(bo.html)["Reschedule the whole loan"]
    for words in (f"Each ¥{each}, every month", f"How many {count}", f"included ¥{total}", f"Last day {last}", who):
        assert words in whole, whole
    assert f"Within the ¥{int(a_month):,}.00 a month that you said" in whole
    if a_month == "400":
        assert "At once the least is ¥557.13, 23 payments." in whole


async def test_every_kind_is_there_and_says_what_the_fullest_month_asks(cast: Cast, plan: str) -> None:
    bo = await (await cast.comes(XIAOMINGS)).open(f"{plan}?a_month=600")
    found = ways(bo.html)
    heads = list(found)
    assert heads[:4] == [
        "Half the penalty waived · ¥2,219.10 at most in a month",
        "Reschedule the whole loan",
        "Catch up, and the contract goes on · ¥1,669.06 at most in a month",
        "Pause until 13 August 2026",
    ]
    assert heads[4].startswith("Pay one sum, and ask to cancel the rest")
    beside = found[heads[2]]
    assert "plan ¥568.87 + contract ¥1,100.19 = ¥1,669.06" in beside and "¥1,069.06 more than the ¥600.00" in beside


async def test_the_shorter_trouble_puts_the_pause_first(cast: Cast, plan: str) -> None:
    bo = await (await cast.comes(XIAOMINGS)).open(f"{plan}?a_month=600&trouble=short")
    assert [each for each in ways(bo.html) if "·" not in each][:2] == [
        "Pause until 13 August 2026",
        "Reschedule the whole loan",
    ]


async def test_in_chinese_the_same_is_said_in_chinese(cast: Cast, plan: str) -> None:
    bo = await (await cast.comes(XIAOMINGS, "zh-CN")).open(f"{plan}?a_month=600")
    whole = ways(bo.html)["重新安排整笔贷款"]
    assert "每月 578.39 元" in whole and "时间长了，比照原合同多还 1,610.28 元。" in whole
    assert "在您说的每月 600.00 元以内，还余 21.61 元" in whole


async def test_a_card_is_chosen_looked_through_and_sent(cast: Cast, plan: str) -> None:
    """Two taps from the card: it is accepted at once, and the next step is to sign."""
    bo = await (await cast.comes(XIAOMINGS)).open(f"{plan}?a_month=600")
    address = chosen(bo.html, "Reschedule the whole loan")
    typed = {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}
    assert (typed["covers"], typed["installments"], typed["first_due"]) == ("all", "22", "2026-07-15")
    await bo.open(address)
    for words in (
        "We ask 佳泉消费金融 in your name to stop collection",
        "can be caught up within 14 days",
        "15 July 2026",
    ):
        assert words in bo.text
    assert bo.text.count("¥578.39") >= 4, "each, and the three months to come"
    await bo.send("/plan")
    assert "/proposals/" in bo.path, bo.text[:900]
    assert bo.path == await cast.proposal(XIAOMINGS) and f"{bo.path}/sign" in bo.links()
    submitted = await sent(XIAOMINGS)
    assert (submitted["offer"]["covers"], submitted["offer"]["interest_rate"]) == ("all", "0.18")


async def test_the_lenders_offer_is_taken_in_two_taps(cast: Cast, plan: str) -> None:
    """Half of 112.64 of penalty goes; the event names the offer."""
    bo = await (await cast.comes(XIAOMINGS)).open(f"{plan}?a_month=3000")
    await bo.open(chosen(bo.html, "Half the penalty waived"))
    assert "¥56.32 is waived" in bo.text and bo.filled("/plan")["standing"] == "half-penalty-june"
    await bo.send("/plan")
    submitted = await sent(XIAOMINGS)
    assert submitted["offer"]["standing_offer"] == "half-penalty-june" and f"{bo.path}/sign" in bo.links()


async def test_an_offer_that_ended_between_the_card_and_the_send_is_not_taken(cast: Cast, plan: str) -> None:
    bo = await (await cast.comes(XIAOMINGS)).open(f"{plan}?a_month=3000")
    await bo.open(chosen(bo.html, "Half the penalty waived"))
    ended = DEMO_POLICY.replace("until = 2026-06-30", "until = 2026-06-13")
    await set_policy(cast.moment(), await lender_by_slug("jq"), ended, OPERATOR)
    await bo.send("/plan", note="请考虑")
    assert bo.status in (409, 422) and "not open any more" in bo.text
    assert bo.filled("/plan")["note"] == "请考虑" and await cast.events(XIAOMINGS) == ["loan.added"]


@pytest.mark.parametrize("typed", ["-5", "abc", "0", "1e3"])
async def test_an_amount_that_is_none_is_said_and_draws_nothing(cast: Cast, plan: str, typed: str) -> None:
    bo = await (await cast.comes(XIAOMINGS)).open(f"{plan}?a_month={typed}")
    assert bo.status == 200 and "Correct the amount above to see what fits it." in bo.text
    assert bo.filled("/plan")["a_month"] == typed


async def test_a_million_a_month_and_a_fen_are_answered(cast: Cast, plan: str) -> None:
    bo = await cast.comes(XIAOMINGS)
    much = ways((await bo.open(f"{plan}?a_month=1000000")).html)
    assert "How many 6" in much["Reschedule the whole loan"], "not sooner than the contract"
    little = ways((await bo.open(f"{plan}?a_month=0.01")).html)
    whole = next(words for head, words in little.items() if head.startswith("Reschedule the whole loan"))
    assert "¥557.12 more than the ¥0.01" in whole and "Agreed at once" in whole


async def left_over(bo: Browser, plan: str, **typed: str) -> Browser:
    await bo.open(f"{plan}/afford")
    return await bo.send("/plan/afford", **typed)


async def test_what_is_left_over_is_what_he_can_find_and_how_much_the_contract_asks_beyond_it(
    cast: Cast, plan: str
) -> None:
    """4,500 in, 3,500 out: 1,000 a month, and not nothing; the contract asks 1,100.16, 100.16 more."""
    bo = await left_over(await cast.comes(XIAOMINGS), plan, income="4500", home="3500")
    assert "What you can find each month for this loan ¥1,000.00" in bo.text
    assert "The contract asks for ¥1,100.16: you are ¥100.16 short of it." in bo.text
    assert [each for each in bo.links() if each.startswith(f"{plan}?a_month=500.00&left_over=1000.00&")]


async def test_a_loan_in_order_can_have_its_later_installments_stretched(cast: Cast) -> None:
    loan = await cast.loan(ZHAO_QIANGS)
    bo = await (await cast.comes(ZHAO_QIANGS)).open(f"{loan}/plan?a_month=300")
    assert bo.status == 200 and "Reschedule the whole loan" in bo.text
