"""One rule against fraud, everywhere the same: nobody asks for a code, and it is typed on this site only."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from portal.domain.conduct.messages import CODE
from portal.web.help import TOPICS
from tests.browser import Browser
from tests.pages.conftest import LAN, MA_CHAOS, SUN_HAOS, XIAOMINGS, ZHU_LINS, Cast
from tests.pages.walk import OWN, walk

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parent.parent.parent
RULE = (
    "Nobody ever asks you for a code by phone or message; give it to nobody, whoever they say they are. It is typed on "
    "this site only: %(host)s."
)
HOST = "127.0.0.1:8000"
SAID = {
    "en": RULE % {"host": HOST},
    "zh-CN": "贷款机构和我们都不会打电话或发消息向您要验证码；不管对方自称是谁，都不要给。"
    f"验证码只在本网站 {HOST} 填写。",
}
# A sentence that tells people what to do with a code, or who asks for one.
OF_CODES = {
    "en": re.compile(r"[^.:;!?]*\bcodes?\b[^.!?]*", re.I),
    "zh-CN": re.compile(r"[^。；：！？]*验证码[^。！？]*"),
}
WARNS = {
    "en": re.compile(r"\b(nobody|never|not|no one|don't|asks?|give|tell|share)\b", re.I),
    "zh-CN": re.compile(r"没有人|不会|绝不|从不|不要|别|切勿|索要|(?<!需)要您|问您|透露|告诉"),
}


def warnings(text: str, language: str) -> list[str]:
    """What a page says against giving codes away, other than by the rule."""
    left = text.replace(SAID[language], " ")
    return [found for found in OF_CODES[language].findall(left) if WARNS[language].search(found)]


def test_a_second_wording_is_seen() -> None:
    assert warnings("We never ask for a code from a message.", "en") and warnings("绝不要把验证码告诉别人。", "zh-CN")
    assert (
        warnings(SAID["en"] + " Send the code", "en") == [] and warnings("输入验证码。" + SAID["zh-CN"], "zh-CN") == []
    )


def places(html: str) -> bool:
    return 'autocomplete="one-time-code"' in html


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_every_page_that_speaks_of_a_code_says_the_rule_and_none_says_it_otherwise(
    cast: Cast, language: str
) -> None:
    said: dict[str, list[str]] = {}
    async for path, html, text in pages(cast, language):
        found = warnings(text, language)
        if places(html) and SAID[language] not in text:
            found.append("a code is typed here, and the rule is not said")
        if found:
            said[path] = found
    # What to do once it has happened is no rule: there the help says where to call.
    over = {"en": "or given a code to somebody", "zh-CN": "或把验证码告诉了别人"}[language]
    help_page = said.pop("/help/false-collectors")
    assert len(help_page) == 1 and over in help_page[0]
    assert said == {}


async def pages(cast: Cast, language: str) -> AsyncIterator[tuple[str, str, str]]:
    """Every page that links lead to, for whoever comes, a borrower who signs, and a reviewer; and the doors."""
    bo = cast.browser(language)
    for path in (
        "/",
        "/privacy",
        "/sign-in",
        "/sign-in/help",
        "/sign-in/code",
        *(f"/help/{topic}" for topic in TOPICS),
    ):
        await bo.open(path)
        yield path, bo.html, bo.text
    await bo.open(await cast.link(XIAOMINGS))
    yield "invitation", bo.html, bo.text
    await bo.open("/sign-in/code")
    await bo.send("/sign-in/code", phone="13800000001", digits="123X")
    assert places(bo.html)
    yield bo.path, bo.html, bo.text
    for loan_no in (MA_CHAOS, SUN_HAOS):
        bo = await cast.comes(loan_no, language)
        async for path in walk(bo, "/loans", OWN):
            yield path, bo.html, bo.text
    await bo.open("/account/prove")
    await bo.send("/prove", by="send")
    assert places(bo.html)
    yield bo.path, bo.html, bo.text
    lan = await cast.reviewer(LAN, language)
    async for path in walk(lan, "/desk", ("/desk",)):
        yield path, lan.html, lan.text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_the_rule_stands_at_the_door_at_signing_in_at_proving_at_signing_and_in_the_help(
    cast: Cast, language: str
) -> None:
    bo = cast.browser(language)
    for path in (await cast.link(XIAOMINGS), "/sign-in/code", "/help/false-collectors"):
        await bo.open(path)
        assert SAID[language] in bo.text, path
    bo = await cast.comes(ZHU_LINS, language)
    await bo.open(f"{await cast.proposal(ZHU_LINS)}/sign")
    assert "/prove" in bo.path and SAID[language] in bo.text
    await cast.proves(bo)
    assert bo.path.endswith("/sign") and SAID[language] in bo.text


async def test_the_rule_names_the_address_that_was_set(https: Cast) -> None:
    bo = Browser(https.app, base="https://pay.example")
    await bo.open("/help/false-collectors")
    assert "It is typed on this site only: pay.example." in bo.text


def test_no_other_message_tells_what_to_do_with_a_code() -> None:
    """What stands only in states that no walk reaches is in the catalogue all the same."""
    with (ROOT / "portal/locale/zh_CN/LC_MESSAGES/portal.po").open("rb") as file:
        messages = [(str(each.id), str(each.string)) for each in read_po(file) if each.id]
    told = {
        text
        for text, chinese in messages
        if (re.search(r"\bcode\b", text, re.I) and re.search(r"\b(nobody|never|asks? you|give)\b", text, re.I))
        or re.search(r"验证码.*(不会|绝不|不要|索要|别)|(不会|绝不|不要|索要|别).*验证码", chinese)
    }
    assert told - {RULE, CODE} == {"If you have already paid, or given a code to somebody"}
