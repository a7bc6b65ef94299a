"""Help in plain words, open to everybody."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from portal.app import create_app
from portal.web.help import TOPICS
from tests.pages.conftest import XIAOMINGS, Cast

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).resolve().parent.parent.parent / "templates" / "components"
COMPONENTS = sorted(FOLDER.glob("*.html"))
# Parts of others, and what stands on every page anyway.
MADE_OF_OTHERS = {
    "icon",
    "csrf_field",
    "hidden_fields",
    "language_switch",
    "choices",
    "file_change",
    "question_fields",
    "whys",
    "styled",
    "plan_ahead",
    "plan_ahead_why",
    "pause_ahead",
    "pause_ahead_why",
    "desk_terms",
    *("accept_label", "brings", "send", "sure", "promise_made", "broken_rules", "track_record"),
    *("list_filters", "assignment_mark", "assignment_panel", "keys_panel"),
    *("whole_list", "currency_sums", "bulk_rows", "bulk_left_out", "bulk_fields", "bulk_outcomes"),
    *("endpoint_fields", "secret_once", "why_not", "failing_line"),
    *("contact_in_short", "contact_stands", "contact_why"),
    *("rule_list", "change_table", "reach_table", "turned_table", "waived_sums"),
}

# The words that the pages use, and the README's glossary explains.
TERMS = {
    "en": [
        "Principal",
        "Interest",
        "Penalty",
        "Fees",
        "Costs",
        "Limit",
        "grace",
        "Installment",
        "Overdue",
        "Plan",
        "Proposal",
        "Agreement",
        "Waiver",
    ],
    "zh-CN": [
        "本金",
        "利息",
        "罚息",
        "手续费",
        "实现债权的费用",
        "上限",
        "宽限期",
        "期",
        "逾期",
        "方案",
        "申请",
        "协议",
        "减免",
    ],
}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", ["/", "/privacy", "/sign-in/help", *(f"/help/{topic}" for topic in TOPICS)])
async def test_every_page_of_help_opens_for_everybody_in_both_languages(cast: Cast, path: str, language: str) -> None:
    bo = await cast.browser(language).open(path)
    assert bo.status == 200 and f'<html lang="{language}">' in bo.html
    for href in bo.links():
        assert (await bo.client.get(href)).status_code in (200, 303), href


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_every_word_that_is_used_is_explained(cast: Cast, language: str) -> None:
    bo = await cast.browser(language).open("/help/words")
    headings = [piece.split("</h2>")[0] for piece in bo.html.split("<h2>")[1:]]
    assert [word for word in TERMS[language] if not any(word in heading for heading in headings)] == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_one_tap_leads_to_a_page_that_says_nothing(cast: Cast, language: str) -> None:
    bo = await cast.comes(XIAOMINGS, language)
    assert "/help/away" in bo.links()
    await bo.open("/help/away")
    for word in ("佳泉", "loan", "lender", "贷款", "机构", "账户", "portal"):
        assert word not in bo.text.lower(), word


@pytest.mark.parametrize("topic", ["nothing", "words.html", "WORDS", "%2e%2e%2fportal", ""])
async def test_help_on_nothing_is_nothing_there(cast: Cast, topic: str) -> None:
    assert (await cast.browser().client.get(f"/help/{topic}")).status_code in (404, 405)


@pytest.mark.parametrize(
    ("topic", "numbers"), [("advice", {"12356", "12378"}), ("false-collectors", {"110", "12378", "96110"})]
)
async def test_every_number_that_helps_is_rung_by_a_tap(cast: Cast, topic: str, numbers: set[str]) -> None:
    bo = await cast.browser().open(f"/help/{topic}")
    assert {each["href"] for tag, each in bo.tags if each.get("href", "").startswith("tel:")} == {
        f"tel:{number}" for number in numbers
    }
    assert 'content="telephone=no' in bo.html  # nothing but a number that we say is one


async def test_the_product_gives_no_legal_verdict(cast: Cast) -> None:
    for topic in TOPICS:
        for language in ("zh-CN", "en"):
            bo = await cast.browser(language).open(f"/help/{topic}")
            assert not any(word in bo.text for word in ("违法", "无需偿还", "不用还", "illegal", "need not pay"))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_whoever_works_on_the_pages_sees_every_component_and_nobody_else_does(cast: Cast, language: str) -> None:
    bo = await cast.browser(language).open("/help/design")
    assert bo.status == 404
    shown = Cast(create_app(replace(cast.settings, debug=True), own_database=False), cast.settings)
    bo = await shown.browser(language).open("/help/design")
    names = set(re.findall(r"{% macro ([a-z]\w+)", "".join(path.read_text() for path in COMPONENTS)))
    assert bo.status == 200 and names <= set(re.findall(r"\w+", bo.text)) | MADE_OF_OTHERS, names
