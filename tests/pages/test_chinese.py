"""What is read in Chinese is written as Chinese is: its own marks, and round sums in yuan."""

import re

import pytest

from portal.languages import languages
from tests.browser import Browser
from tests.pages.conftest import GUO_TAOS, LAN, LIU_YANGS, XIAOMINGS, Cast
from tests.pages.walk import OWN, walk

pytestmark = pytest.mark.anyio

# Tags that stand within a sentence; every other one ends it. What people wrote themselves is theirs.
WITHIN = re.compile(r"</?(a|b|strong|em|time|small|wbr|span)\b[^>]*>")
UNREAD = re.compile(r"<(script|style|blockquote|pre|textarea|svg)\b.*?</\1>|<!--.*?-->", re.S)
HALF_WIDTH = re.compile(r"[一-鿿”）][,;:!?(]|[,;:!?)][一-鿿“（]|[一-鿿]\s*\.(?=\s|$)|\.\.\.")


def half_width(html: str) -> list[str]:
    text = re.sub(r"<[^>]*>", "\n", WITHIN.sub("", UNREAD.sub("\n", html)))
    return [line.strip() for line in text.splitlines() if HALF_WIDTH.search(line)]


def test_a_half_width_mark_is_seen() -> None:
    assert half_width("<p>罚息: <b>¥1.88</b></p><p>费用, 罚息</p><p>好.</p>") == ["罚息: ¥1.88", "费用, 罚息", "好."]
    assert half_width("<p>罚息：<b>¥1,234.88</b>（12:30）。</p><blockquote>好, 谢谢</blockquote>") == []


@pytest.mark.parametrize("loan_no", [XIAOMINGS, GUO_TAOS, LIU_YANGS])
async def test_a_borrower_reads_chinese_marks(cast: Cast, loan_no: str) -> None:
    assert await marks_in(await cast.walks_in(loan_no, "zh-CN"), "/loans", (*OWN, "/help", "/privacy")) == {}


async def test_so_does_a_reviewer(cast: Cast) -> None:
    assert await marks_in(await cast.reviewer_walks_in(LAN, "zh-CN"), "/desk", ("/desk",)) == {}


async def marks_in(bo: Browser, start: str, within: tuple[str, ...]) -> dict[str, list[str]]:
    return {path: half_width(bo.html) async for path in walk(bo, start, within) if half_width(bo.html)}


def test_round_sums_are_in_yuan_and_in_tens_of_thousands_as_the_law_writes_them() -> None:
    chinese, english = (languages()[tag].round_money for tag in ("zh-CN", "en"))
    assert [chinese(fen, "CNY") for fen in (5_000, 1_000_000, 10_000_000, 50_000_000, 1_500_000, 1_234_500)] == [
        "50元", "1万元", "10万元", "50万元", "1.5万元", "12,345元",
    ]  # fmt: skip
    assert (chinese(188, "CNY"), chinese(5_000, "USD"), english(1_000_000, "CNY")) == (
        "¥1.88",
        "US$50.00",
        "CN¥10,000.00",
    )


async def test_what_a_court_costs_is_told_in_yuan(cast: Cast) -> None:
    """Below ten thousand a case costs fifty; enforcement takes 1.5 % of what lies above, up to 500,000."""
    bo = await (await cast.walks_in(XIAOMINGS, "zh-CN")).open(f"{await cast.loan(XIAOMINGS)}/ahead")
    assert "1万元以内每件收50元" in bo.text
    assert "申请执行：1万元以内收50元，超过的部分到50万元为止按1.5%收取。" in bo.text
