"""A language is only a catalogue: one that puts every message in brackets leaves no word outside of them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from babel.messages.pofile import read_po, write_po

from portal import languages
from portal.web.render import environment
from tests.browser import Browser
from tests.pages.conftest import GUO_TAOS, LAN, LIU_YANGS, XIAOMINGS, ZHOU_MINS, Cast
from tests.pages.walk import OWN, walk

pytestmark = pytest.mark.anyio

OPEN, CLOSE = "⟦", "⟧"
UNSEEN = re.compile(r"<(script|style|time|blockquote|pre)\b.*?</\1>|<!--.*?-->", re.S)
BRACKETED = re.compile(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
# Addresses, refs and numbers of loans, signs of currencies, what the lender wrote, and the other languages' own names.
AS_THEY_ARE = re.compile(
    r"\S+@\S+|\b[a-z2-7]{16}\b|\b[A-Z]{4}\b|[A-Z]{2}-[\w-]+|\b\w*[0-9]\w*\b|¥|LPR|SHA-256|https?://\S+|"
    r"\S+\.example\S*|English|Esperanto|\bApp\b|Half the penalty waived|Whoever pays [^<]*Open until 30 June"
)


@pytest.fixture
def brackets(tmp_path: Path) -> Iterator[None]:
    """The catalogues with one more, of a language that has forms of its own for dates and numbers and no words here."""
    folder = tmp_path / "locale"
    shutil.copytree(languages.CATALOGUES, folder)
    with (folder / "zh_CN" / "LC_MESSAGES" / "portal.po").open("rb") as source:
        catalogue = read_po(source, locale="eo")
    for message in catalogue:
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id, message.id)
            both = tuple(f"{OPEN}{each}{CLOSE}" for each in ids)
            message.string = both if isinstance(message.id, tuple) else both[0]
    (folder / "eo" / "LC_MESSAGES").mkdir(parents=True)
    with (folder / "eo" / "LC_MESSAGES" / "portal.po").open("wb") as out:
        write_po(out, catalogue)
    with patch.object(languages, "CATALOGUES", folder):
        _forget()
        yield
    _forget()


def _forget() -> None:
    languages.languages.cache_clear()
    environment.cache_clear()


def loose(html: str) -> set[str]:
    """Words outside of every bracket, in the text and in what is read aloud."""
    html = UNSEEN.sub(" ", html)
    spoken = re.findall(r'(?:aria-label|alt|title|placeholder)="([^"]*)"', html)
    text = re.sub(r"<[^>]*>", " ", html) + " \n ".join(["", *spoken])
    while BRACKETED.search(text):
        text = BRACKETED.sub(" ", text)
    return set(re.findall(r"[A-Za-z]{3,}", AS_THEY_ARE.sub(" ", text)))


async def loose_in(bo: Browser, start: str, within: tuple[str, ...]) -> dict[str, set[str]]:
    return {path: loose(bo.html) async for path in walk(bo, start, within) if loose(bo.html)}


def test_what_stands_outside_of_the_brackets_is_seen() -> None:
    assert loose(f'<p title="{OPEN}a sign{CLOSE}">{OPEN}all <b>of it</b>{CLOSE}</p> <time>17a junio</time>') == set()
    assert loose(f'<p title="A sign">{OPEN}not all{CLOSE} inside</p>') == {"sign", "inside"}


@pytest.mark.parametrize("loan_no", [XIAOMINGS, LIU_YANGS, ZHOU_MINS, GUO_TAOS])
async def test_a_borrower_reads_nothing_that_is_not_in_the_catalogue(cast: Cast, brackets: None, loan_no: str) -> None:
    bo = await cast.walks_in(loan_no, "eo")
    assert '<html lang="eo">' in bo.html and "Esperanto" in (await cast.browser("en").open("/")).html
    assert await loose_in(bo, "/loans", (*OWN, "/help", "/privacy", "/together")) == {}


async def test_neither_does_a_reviewer(cast: Cast, brackets: None) -> None:
    assert await loose_in(await cast.reviewer_walks_in(LAN, "eo"), "/desk", ("/desk",)) == {}
