"""The account on one page: how it looks, and a session that locks itself when nobody is there."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from tests.pages.conftest import RUI, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio


def away(minutes: int) -> Any:
    """Somebody who comes back after so many minutes."""
    return patch("portal.web.guard.now", lambda: datetime.now(UTC) + timedelta(minutes=minutes))


async def test_everything_about_the_account_is_on_one_page(cast: Cast) -> None:
    bo = await (await cast.comes(XIAOMINGS)).open("/account")
    for what in ("Language", "Size of the text", "How you are reached", "Password", "Where you are signed in"):
        assert what in bo.text, what
    assert {"/account/password", "/account/data", "/account/close"} <= set(bo.links())


async def test_one_clock_tells_when_sessions_began_and_all_else(cast: Cast) -> None:
    """Sessions live by the wall's clock, also where the day of business is fixed."""
    for bo, path in ((await cast.comes(XIAOMINGS), "/account"), (await cast.reviewer(), "/desk/account")):
        text = (await bo.open(path)).text
        assert "14 June 2026" in text and datetime.now(UTC).strftime("%B %Y") not in text.replace("June 2026", "")


async def test_larger_text_stays_until_it_is_put_back(cast: Cast) -> None:
    bo = await (await cast.comes(XIAOMINGS)).open("/account")
    await bo.send("/account/display", size="largest")
    assert "It looks so from now on, in this browser." in bo.text
    assert '<html lang="en" class="largest">' in (await bo.open("/loans")).html
    await (await bo.open("/account")).send("/account/display", size="usual")
    assert '<html lang="en">' in (await bo.open("/loans")).html


async def test_shielded_no_tab_and_no_line_on_top_tells_what_it_is_about(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    assert "Your loan" in (await bo.open(loan)).title
    await (await bo.open("/account")).send("/account/display", shield="1")
    for path in (loan, f"{loan}/plan", f"{loan}/pay", "/account", "/nothing-here"):
        await bo.open(path)
        assert bo.title == "Notes", path
        assert "佳泉" not in bo.html.partition("<main")[0], path
    form = (await bo.open("/account")).filled("/account/display")
    await bo.post("/account/display", {name: value for name, value in form.items() if name != "shield"})
    assert "Your loan" in (await bo.open(loan)).title


async def test_after_half_an_hour_away_it_is_asked_who_is_there_and_the_way_goes_on(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    with away(29):
        assert (await bo.open(loan)).path == loan
    with away(58):
        assert (await bo.open(loan)).path == loan, "every visit counts anew"
    with away(90):
        await bo.open(loan)
        assert bo.path.startswith("/account/prove") and "so this is locked" in bo.text and "3,413" not in bo.html
        await cast.proves(bo)
        assert bo.path == loan


async def test_what_was_typed_before_the_lock_comes_back(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?how=count&installments=9&every=1m&first_due=2026-07-05")
    with away(31):
        await bo.send("/plan", note="这句话不能丢")
        assert bo.status == 401 and "这句话不能丢" in bo.html and "nothing you typed is lost" in bo.text
        assert "proposal.submitted" not in await cast.events(XIAOMINGS)
        await bo.open(next(link for link in bo.links() if link.startswith("/account/prove")))
        await cast.proves(bo)
    assert bo.filled("/plan")["installments"] == "9"


async def test_a_desk_that_nobody_used_for_half_an_hour_is_signed_in_to_again_and_keeps_what_was_typed(
    cast: Cast,
) -> None:
    rui = await cast.reviewer(RUI)
    case = f"/desk{await cast.proposal(ZHOU_MINS)}"
    with away(29):
        assert (await rui.open(case)).path == case and 'id="locked" data-after="1800"' in rui.html
    with away(58):
        assert (await rui.open(case)).path == case, "every visit counts anew"
    with away(90):
        await rui.send("/decline", reason="too_long", note="这句话不能丢")
        assert rui.status == 401 and "这句话不能丢" in rui.html and "周敏" not in rui.html
        assert "proposal.declined" not in await cast.events(ZHOU_MINS)
        await rui.open(case)
        assert rui.path.startswith("/desk/sign-in")


async def test_who_could_not_open_it_again_is_not_locked_out(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.has_no_number()
    with away(31):
        assert (await bo.open("/loans")).path == "/loans"


async def test_the_lenders_link_and_the_right_digits_open_a_locked_session_too(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    with away(60):
        assert (await bo.open("/loans")).path.startswith("/account/prove")
        await cast.enter(bo, XIAOMINGS)
        assert (await bo.open("/loans")).path == "/loans"
