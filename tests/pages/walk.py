"""Through all pages that links lead to."""

from collections.abc import AsyncIterator

from tests.browser import Browser

OWN = ("/loans", "/proposals", "/agreements", "/problems", "/account")
NOT_PAGES = ("/file", ".json", "/sign-out")


async def walk(bo: Browser, start: str, within: tuple[str, ...]) -> AsyncIterator[str]:
    """Each address below `within` once, as soon as the browser shows it."""
    ahead, done = [start], set()
    while ahead:
        path = ahead.pop().partition("#")[0]
        if path in done or not path.startswith(within) or path.partition("?")[0].endswith(NOT_PAGES):
            continue
        done.add(path)
        await bo.open(path)
        ahead += bo.links()
        if "text/html" in bo.headers["content-type"]:
            yield path
    assert len(done) > 3, done
