"""Guessing at the four characters: wrong ones are added up over all links of a borrower, and the lender hears of it."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import XIAOMINGS, ZHAO_QIANGS, Cast

pytestmark = pytest.mark.anyio


async def guesses(cast: Cast, link: str, times: int) -> Browser:
    bo = await cast.browser().open(link)
    for _ in range(times):
        await bo.send(link, digits="0000")
    return bo


async def told_of_guesses(cast: Cast) -> int:
    return (await cast.told()).count("invitation.ended")


async def guessed_at_often(cast: Cast) -> Browser:
    """Fifteen wrong guesses at four links to Xiaoming, at none so many that it alone ends."""
    links = [await cast.link(XIAOMINGS) for _ in range(4)]
    for link in links[:3]:
        await guesses(cast, link, 4)
    return await guesses(cast, links[3], 3)


async def test_the_lender_hears_of_a_link_that_was_guessed_at_until_it_ended(cast: Cast) -> None:
    other, link = await cast.link(XIAOMINGS), await cast.link(XIAOMINGS)
    bo = await guesses(cast, link, 4)
    assert await told_of_guesses(cast) == 0
    await bo.send(link, digits="0000")
    assert bo.status == 410 and await told_of_guesses(cast) == 1
    assert (await cast.browser().open(other)).status == 200, "five at one link are nothing to the others"


async def test_fifteen_wrong_guesses_over_many_links_end_them_all_and_the_lender_hears_of_each(cast: Cast) -> None:
    own, zhaos = await cast.link(XIAOMINGS), await cast.link(ZHAO_QIANGS)
    bo = await guessed_at_often(cast)
    assert bo.status == 410 and "after fifteen within a day" in bo.text
    assert await told_of_guesses(cast) == 6, "these four, his own, and the one he came in by before"
    row = await tables.InvitationRow.filter(borrower__external_id="B-1").order_by("-id").first()
    assert row is not None and (row.failures, row.ended_why, row.ended_at is None) == (3, "failures", False)
    assert (await cast.browser().open(own)).status == 410
    assert (await cast.browser().open(zhaos)).status == 200, "nobody guessed at his"


async def test_the_last_tries_left_are_those_of_the_day(cast: Cast) -> None:
    links = [await cast.link(XIAOMINGS) for _ in range(4)]
    for link in links[:3]:
        await guesses(cast, link, 4)
    bo = await guesses(cast, links[3], 1)
    assert "Tries left: 2." in bo.text


async def test_xiaoming_coming_in_hides_no_guess_at_his_links(cast: Cast) -> None:
    links = [await cast.link(XIAOMINGS) for _ in range(4)]
    for link in links[:3]:
        bo = await guesses(cast, link, 4)
        await bo.send(link, digits="123X")
        assert bo.status == 200
        if "/loans" not in bo.path:
            await bo.send("/consent", notice="1", sensitive="1")
    assert (await guesses(cast, links[3], 2)).status == 422
    assert (await guesses(cast, links[3], 1)).status == 410


async def test_a_new_link_opens_to_xiaoming_a_day_later_and_says_so_until_then(cast: Cast) -> None:
    await guessed_at_often(cast)
    link = await cast.link(XIAOMINGS)
    bo = await cast.browser().open(link)
    for _ in range(2):
        await bo.send(link, digits="123X")
        assert bo.status == 429 and "This one opens in 24 hours at the latest" in bo.text
    later = datetime.now(UTC) + timedelta(hours=24, minutes=1)
    with patch("portal.web.guard.now", lambda: later):
        await bo.send(link, digits="123X")
    assert bo.status == 200 and "Before you go in" in bo.text
    assert await told_of_guesses(cast) == 5, "the new one has not ended"
