"""Through all pages that links lead to."""

from collections.abc import AsyncIterator

from tests.browser import Browser

OWN = ("/loans", "/proposals", "/agreements", "/problems", "/account")
NOT_PAGES = ("/file", ".json", ".ics", ".csv", ".toml", "/sign-out")
MOST_CARDS = 3
"""So many of the ways out that the page of a plan leads to: each is the same page, filled in."""


async def walk(bo: Browser, start: str, within: tuple[str, ...]) -> AsyncIterator[str]:
    """Each address below `within` once, as soon as the browser shows it."""
    ahead, done = [start], set[str]()
    while ahead:
        path = ahead.pop().partition("#")[0]
        if path in done or not path.startswith(within) or path.partition("?")[0].endswith(NOT_PAGES):
            continue
        if one_card_more(path, done):
            continue
        done.add(path)
        await bo.open(path)
        ahead += bo.links()
        if "text/html" in bo.headers["content-type"]:
            yield path
    assert len(done) > 3, done


def one_card_more(path: str, done: set[str]) -> bool:
    """Whether enough of the ways out were looked at before this one."""
    return "card=" in path and sum("card=" in each for each in done) >= MOST_CARDS
