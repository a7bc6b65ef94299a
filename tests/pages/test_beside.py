"""Whoever opens another lender's link while signed in loses nothing, and is told whose loans are shown."""

import re

import pytest

from tests.browser import Browser
from tests.pages.conftest import LI_JINGS, LIU_YANGS, XIAOMINGS, Cast
from tests.pages.test_scope import JQ, PASSWORD, YH, YHS, seen

pytestmark = pytest.mark.anyio

TOO = "You are signed in in this browser for your loans at"


def shown(bo: Browser) -> str:
    """Whose loans are, by the sentence that says so."""
    found = re.search("Only your loans at (.*?) are shown here;", bo.text)
    assert found
    return found[1]


@pytest.fixture
async def liu(cast: Cast) -> Browser:
    """刘洋 came in by 银河's link on his old phone; on this one by 佳泉's, and now by 银河's as well."""
    await cast.comes(YHS)
    return await cast.enter(await cast.comes(LIU_YANGS), YHS)


async def test_a_page_of_one_lender_says_that_others_are_not_shown_and_how_to_add_them(cast: Cast) -> None:
    bo = await cast.comes(LIU_YANGS)
    assert shown(bo) == JQ and "Loans at other lenders are not in it." in bo.text
    assert "/account/prove?next=%2Floans" in bo.links() and YH not in bo.text
    both = await cast.enter(bo, YHS)
    assert shown(both) == f"{JQ}, {YH}" and TOO not in both.text


async def test_one_known_as_two_keeps_both_and_goes_from_one_to_the_other(cast: Cast, liu: Browser) -> None:
    assert shown(liu) == YH and f"{TOO} {JQ} too" in liu.text
    await liu.send("/account/switch")
    assert shown(liu) == JQ and f"{TOO} {YH} too" in liu.text
    assert (await liu.open(await cast.loan(LIU_YANGS))).status == 200
    assert (await liu.open(await cast.loan(YHS))).status == 404, "each shows its own"
    await liu.open("/loans")
    await liu.send("/account/switch")
    assert shown(liu) == YH


async def test_the_link_opened_once_more_goes_on_in_the_session_that_is_there(cast: Cast, liu: Browser) -> None:
    await liu.send("/account/switch")
    await cast.enter(liu, YHS)
    assert shown(liu) == YH and liu.html.count("/account/switch") == 1


async def test_what_is_held_beside_is_told_to_no_other_browser(cast: Cast, liu: Browser) -> None:
    again = await cast.comes(YHS)
    assert TOO not in again.text and JQ not in again.text
    await again.open("/account")
    assert JQ not in again.text


async def test_who_signs_out_leaves_neither_behind(cast: Cast, liu: Browser) -> None:
    held = dict(liu.client.cookies)
    await liu.send("/sign-out")
    for name in ("portal", "beside"):
        bo = cast.browser()
        bo.client.cookies.set("portal", held[name])
        assert (await bo.open("/loans")).path.startswith("/sign-in"), name


async def test_who_leaves_quickly_locks_both(cast: Cast, liu: Browser) -> None:
    await liu.send("/account/switch")
    await cast.chooses(liu, PASSWORD)
    await liu.open("/loans")
    await liu.send("/account/switch")
    other = liu.client.cookies["beside"]
    await liu.post("/account/lock", {"csrf": liu.forms[0].fields["csrf"]})
    bo = cast.browser()
    bo.client.cookies.set("portal", other)
    await bo.open("/loans")
    assert bo.path.startswith("/account/prove"), "his password opens it again"


async def test_somebody_elses_link_says_first_that_the_sign_in_ends_and_holds_nothing_beside(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(await cast.link(LI_JINGS))
    assert "If it is for somebody else, that sign-in ends." in bo.text
    await cast.enter(bo, LI_JINGS)
    assert shown(bo) == YH and TOO not in bo.text and "beside" not in bo.client.cookies


async def test_a_session_that_is_switched_to_and_is_none_changes_nothing(liu: Browser) -> None:
    await liu.post("/account/switch", {**liu.filled("/account/switch"), "to": "0" * 16})
    assert shown(liu) == YH and seen(liu)[1]
