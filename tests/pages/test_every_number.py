"""Every amount and every day on a page of the cast leads, with one tap and without script, to how it came about."""

import pytest

from portal.demo import PORTFOLIOS
from tests.browser import Browser
from tests.pages.conftest import LAN, XIAOMINGS, ZHU_LINS, Cast
from tests.pages.explained import unexplained

pytestmark = pytest.mark.anyio

EVERYBODY = [contract.loan_no for loans in PORTFOLIOS.values() for contract in loans]
OWN = ("/loans", "/proposals", "/agreements", "/problems", "/account")
NOT_PAGES = ("/file", "/letter", ".json", "/sign-out")


async def walks(bo: Browser, start: str, within: tuple[str, ...]) -> dict[str, list[str]]:
    """Opens whatever links lead to, page after page, and answers which figures nobody explains, by page."""
    seen: dict[str, str] = {}
    found: dict[str, list[str]] = {}

    async def read(path: str) -> str:
        if path not in seen:
            seen[path] = (await bo.client.get(path, follow_redirects=True)).text
        return seen[path]

    ahead = [start]
    done = set()
    while ahead:
        path = ahead.pop().partition("#")[0]
        if path in done or not path.startswith(within) or path.partition("?")[0].endswith(NOT_PAGES):
            continue
        done.add(path)
        await bo.open(path)
        if "text/html" in bo.headers["content-type"] and not path.partition("?")[0].endswith("/why"):
            missing = await unexplained(path, bo.html, read)
            if missing:
                found[path] = missing
        ahead += bo.links()
    assert len(done) > 3, done
    return found


@pytest.mark.parametrize("loan_no", EVERYBODY)
async def test_every_number_a_borrower_sees_explains_itself(cast: Cast, loan_no: str) -> None:
    assert await walks(await cast.comes(loan_no), "/loans", OWN) == {}


async def test_it_does_in_chinese_too(cast: Cast) -> None:
    for loan_no in (XIAOMINGS, ZHU_LINS):
        assert await walks(await cast.comes(loan_no, "zh-CN"), "/loans", OWN) == {}


async def test_every_number_a_reviewer_sees_explains_itself(cast: Cast) -> None:
    assert await walks(await cast.reviewer(LAN), "/desk", ("/desk",)) == {}
