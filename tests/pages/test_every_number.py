"""Every amount and every day on a page of the cast leads, with one tap and without script, to how it came about."""

import pytest

from portal.demo import PORTFOLIOS
from tests.browser import Browser
from tests.pages.conftest import LAN, XIAOMINGS, ZHU_LINS, Cast
from tests.pages.explained import unexplained
from tests.pages.walk import OWN, walk

pytestmark = pytest.mark.anyio

EVERYBODY = [contract.loan_no for loans in PORTFOLIOS.values() for contract in loans]


async def unexplained_in(bo: Browser, start: str, within: tuple[str, ...]) -> dict[str, list[str]]:
    """Which figures nobody explains, by page."""
    pages = {path: bo.html async for path in walk(bo, start, within)}
    seen = dict(pages)

    async def read(path: str) -> str:
        if path not in seen:
            seen[path] = (await bo.client.get(path, follow_redirects=True)).text
        return seen[path]

    told = {path: html for path, html in pages.items() if not path.partition("?")[0].endswith("/why")}
    found = {path: await unexplained(path, html, read) for path, html in told.items()}
    return {path: missing for path, missing in found.items() if missing}


@pytest.mark.parametrize("loan_no", EVERYBODY)
async def test_every_number_a_borrower_sees_explains_itself(cast: Cast, loan_no: str) -> None:
    assert await unexplained_in(await cast.comes(loan_no), "/loans", OWN) == {}


async def test_it_does_in_chinese_too(cast: Cast) -> None:
    for loan_no in (XIAOMINGS, ZHU_LINS):
        assert await unexplained_in(await cast.comes(loan_no, "zh-CN"), "/loans", OWN) == {}


async def test_every_number_a_reviewer_sees_explains_itself(cast: Cast) -> None:
    assert await unexplained_in(await cast.reviewer(LAN), "/desk", ("/desk",)) == {}
