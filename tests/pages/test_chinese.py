"""What is read in Chinese is written as Chinese is: its own marks, and sums in yuan, ¥ in tables alone."""

import re

import pytest

from portal.languages import languages
from portal.web.render import environment
from tests.browser import Browser
from tests.pages.conftest import GUO_TAOS, LAN, LIU_YANGS, XIAOMINGS, Cast
from tests.pages.walk import OWN, walk

pytestmark = pytest.mark.anyio

# Tags that stand within a sentence; every other one ends it. What people wrote themselves is theirs.
WITHIN = re.compile(r"</?(a|b|strong|em|time|small|wbr|span)\b[^>]*>")
UNREAD = re.compile(r"<(script|style|blockquote|pre|textarea|svg)\b.*?</\1>|<!--.*?-->", re.S)
SUM_IN_CHINESE = re.compile(r"[一-鿿]¥|[一-鿿][0-9][0-9,]*\.[0-9]{2}\s元|元 [一-鿿]")
FIGURE_IN_SENTENCE = re.compile(r"¥.*[，。]|[，。].*¥")
HALF_WIDTH = re.compile(r"[一-鿿”）][,;:!?(]|[,;:!?)][一-鿿“（]|[一-鿿]\s*\.(?=\s|$)|\.\.\.")


def not_chinese(html: str) -> list[str]:
    """Lines with a mark or a sum that is not set as Chinese sets it; a table or list may say ¥ in a sentence."""
    outside = lines(re.sub(r"<(table|dl)\b.*?</\1>", "\n", html, flags=re.S))
    return [
        *(line for line in lines(html) if HALF_WIDTH.search(line) or SUM_IN_CHINESE.search(line)),
        *(line for line in outside if FIGURE_IN_SENTENCE.search(line)),
    ]


def lines(html: str) -> list[str]:
    """What stands in one sentence; a link after a piece that is by itself is another."""
    text = WITHIN.sub("", UNREAD.sub("\n", html).replace("</span> <a", "\n<a"))
    return [line.strip() for line in re.sub(r"<[^>]*>", "\n", text).splitlines()]


def test_a_half_width_mark_is_seen() -> None:
    assert not_chinese("<p>罚息: <b>¥1.88</b></p><p>费用, 罚息</p><p>好.</p>") == ["罚息: ¥1.88", "费用, 罚息", "好."]
    assert not_chinese("<p>罚息：<b>1,234.88 元</b>（12:30）。</p><blockquote>好, 谢谢</blockquote>") == []


@pytest.mark.parametrize(
    "said", ["已还<b>¥200.00</b>", "已还200.00 元", "还有 200.00 元 未付", "已还 ¥200.00。", "好，¥200.00"]
)
def test_so_is_a_sum_that_is_not_set_as_chinese_sets_it(said: str) -> None:
    assert not_chinese(f"<p>{said}</p>") == [re.sub("<.*?>", "", said)]
    assert not_chinese("<p>已还 200.00 元，还有 300.00 元未付。</p><td>已还 ¥200.00</td>") == []


@pytest.mark.parametrize("loan_no", [XIAOMINGS, GUO_TAOS, LIU_YANGS])
async def test_a_borrower_reads_chinese_marks(cast: Cast, loan_no: str) -> None:
    assert await marks_in(await cast.walks_in(loan_no, "zh-CN"), "/loans", (*OWN, "/help", "/privacy")) == {}


async def test_so_does_a_reviewer(cast: Cast) -> None:
    assert await marks_in(await cast.reviewer_walks_in(LAN, "zh-CN"), "/desk", ("/desk",)) == {}


async def marks_in(bo: Browser, start: str, within: tuple[str, ...]) -> dict[str, list[str]]:
    return {path: not_chinese(bo.html) async for path in walk(bo, start, within) if not_chinese(bo.html)}


def test_round_sums_are_in_yuan_and_in_tens_of_thousands_as_the_law_writes_them() -> None:
    chinese, english = (languages()[tag].round_money for tag in ("zh-CN", "en"))
    assert [chinese(fen, "CNY") for fen in (5_000, 1_000_000, 10_000_000, 50_000_000, 1_500_000, 1_234_500)] == [
        "50 元", "1 万元", "10 万元", "50 万元", "1.5 万元", "12,345 元",
    ]  # fmt: skip
    assert (chinese(188, "CNY"), chinese(5_000, "USD"), english(1_000_000, "CNY")) == (
        "1.88 元",
        "50.00 美元",
        "¥10,000.00",
    )


def test_tables_take_the_figure_of_the_very_sum_that_a_sentence_says() -> None:
    page = """
{% from "components/money.html" import amount, compare, money_table, sums, working %}{% set it = 50|money("CNY") %}
{{ amount(it|why("#a")) }}{{ _("%(amount)s paid", amount=it) }}{{ sums("", [{"label": "", "amount": "− " ~ it}]) }}
{{ money_table("", [("", ""), ("", "num")], [("", it|why("#b"))]) }}{{ compare("", [""], [("", [it, it])], "") }}
{{ working([_("plan %(amount)s", amount=it)], "=", it) }}"""
    said, english = (environment(tag).from_string(page).render() for tag in ("zh-CN", "en"))
    assert (
        re.findall(r"(?:[−¥] ?)*0\.50(?:\s元)?", said) == ["0.50\N{NO-BREAK SPACE}元"] * 2 + ["− ¥0.50"] + ["¥0.50"] * 5
    )
    assert english.count("¥0.50") == 8 and "元" not in english


def test_a_sum_says_its_currency_and_the_yen_is_not_taken_for_the_yuan() -> None:
    chinese, english = languages()["zh-CN"], languages()["en"]
    assert [chinese.money(-341312, "CNY"), chinese.money(1950, "JPY")] == ["-3,413.12 元", "1,950 日元"]
    assert [chinese.figure(-341312, "CNY"), chinese.figure(1950, "JPY")] == ["-¥3,413.12", "JP¥1,950"]
    for written in (english.money, english.figure):
        assert [written(341312, "CNY"), written(1950, "JPY"), written(5, "USD")] == ["¥3,413.12", "JP¥1,950", "US$0.05"]
    assert [english.symbol("CNY"), english.symbol("JPY")] == ["¥", "JP¥"]


async def test_what_a_court_costs_is_told_in_yuan(cast: Cast) -> None:
    """Below ten thousand a case costs fifty; enforcement takes 1.5 % of what lies above, up to 500,000."""
    bo = await (await cast.walks_in(XIAOMINGS, "zh-CN")).open(f"{await cast.loan(XIAOMINGS)}/ahead")
    assert "1 万元以内每件收 50 元" in bo.text
    assert "申请执行：1 万元以内收 50 元，超过的部分到 50 万元为止按 1.5% 收取。" in bo.text
