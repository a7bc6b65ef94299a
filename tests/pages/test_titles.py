"""A title says what a page is and where it belongs, and what stands around a page tells nothing of whose it is."""

import re
from collections import Counter
from pathlib import Path

import pytest

from portal.languages import languages
from tests.pages.conftest import XIAOMINGS, Cast

pytestmark = pytest.mark.anyio

PAGES = Path(__file__).resolve().parents[2] / "templates" / "pages"
TITLE = re.compile(r"\{% block title %\}(.*?)\{% endblock %\}", re.S)


@pytest.mark.parametrize("tag", ["zh-CN", "en"])
def test_no_two_pages_have_the_same_title(tag: str) -> None:
    """That it says where it belongs is asked of every page that any test opens, in tests/lint.py."""
    said = Counter(
        (page.parent.name == "desk", languages()[tag].text(words))
        for page in PAGES.rglob("*.html")
        for words in re.findall(r'_\("(.*?)"', TITLE.findall(page.read_text())[0])
    )
    assert [title for title, count in said.items() if count > 1] == [] and len(said) > 70


async def test_what_a_browser_asks_for_by_itself_is_there(cast: Cast) -> None:
    client = cast.browser().client
    asked = {
        "/favicon.ico": b"\0\0\1\0",
        "/apple-touch-icon.png": b"\x89PNG",
        "/apple-touch-icon-precomposed.png": b"\x89PNG",
        "/robots.txt": b"User-agent: *\nAllow: /check$\nDisallow: /\n",
    }
    for path, begins in asked.items():
        answer = await client.get(path)
        assert answer.status_code == 200 and answer.content.startswith(begins), path
        assert answer.headers["cache-control"] == "public, max-age=86400" and "set-cookie" not in answer.headers


async def test_a_link_that_is_passed_on_shows_nothing_of_a_debt_and_a_page_within_has_no_preview(cast: Cast) -> None:
    for locale, title in (("zh-CN", "您的专属页面"), ("en", "A page for you")):
        bo = await cast.browser(locale).open(await cast.link(XIAOMINGS))
        named = {
            found.get("property") or found.get("name"): found.get("content") for tag, found in bo.tags if tag == "meta"
        }
        assert (named["og:title"], named["description"]) == (title, named["og:description"])
        assert not re.search("款|债|佳泉|loan|debt", named["og:title"] + named["description"])
        assert '<meta property="og:' not in (await (await cast.comes(XIAOMINGS, locale)).open("/loans")).html
