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
    seen: dict[str, str] = {}
    found: dict[str, list[str]] = {}

    async def read(path: str) -> str:
        if path not in seen:
            seen[path] = (await bo.client.get(path, follow_redirects=True)).text
        return seen[path]

    async for path in walk(bo, start, within):
        if not path.partition("?")[0].endswith("/why"):
            missing = await unexplained(path, bo.html, read)
            if missing:
                found[path] = missing
    return found


@pytest.mark.parametrize("loan_no", EVERYBODY)
async def test_every_number_a_borrower_sees_explains_itself(cast: Cast, loan_no: str) -> None:
    assert await unexplained_in(await cast.comes(loan_no), "/loans", OWN) == {}


async def test_it_does_in_chinese_too(cast: Cast) -> None:
    for loan_no in (XIAOMINGS, ZHU_LINS):
        assert await unexplained_in(await cast.comes(loan_no, "zh-CN"), "/loans", OWN) == {}


async def test_every_number_a_reviewer_sees_explains_itself(cast: Cast) -> None:
    assert await unexplained_in(await cast.reviewer(LAN), "/desk", ("/desk",)) == {}
