"""Nobody becomes the borrower: what one lender holds opens that lender's loans, to be looked at, and no more."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.actions.invitations import invite
from portal.delivery.relay import deliver_due
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import LIU_YANGS, XIAOMINGS, ZHU_LINS, Cast
from tests.pages.test_codes import Phone, asks

pytestmark = pytest.mark.anyio

JQ, YH, YHS = "佳泉消费金融", "银河银行信用卡中心", "YH-88-2305"
PASSWORD = "a late bus in the rain"
NUMBER = "13800000005"


async def liu_yang(cast: Cast) -> Browser:
    """Through the doors of both lenders, one after the other, on one phone."""
    return await cast.enter(await cast.comes(LIU_YANGS), YHS)


def seen(bo: Browser) -> tuple[bool, bool]:
    """Whether the overview shows the loans of 佳泉, and of 银河."""
    return JQ in bo.text, YH in bo.text


async def by_code(cast: Cast, number: str = NUMBER, digits: str = "5059") -> Browser:
    phone, bo = Phone(), await asks(cast, number, digits)
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC))
    return await bo.send("/enter", code=phone.code)


async def by_password(cast: Cast) -> Browser:
    bo = await cast.browser().open("/sign-in")
    return await bo.send("/sign-in", phone=NUMBER, password=PASSWORD)


async def key_tells(cast: Cast, slug: str, loan_no: str, phone: str) -> str:
    """The lender's own system makes a link for another number than it told before."""
    at, base = await lender_by_slug(slug), cast.settings.base_url
    return await invite(
        BusinessTime(datetime.now(UTC), cast.moment().today), at, loan_no, phone, cast.settings.vault(), base
    )


async def test_one_lenders_link_with_the_digits_it_sent_itself_opens_its_own_loans_only(cast: Cast) -> None:
    both = await liu_yang(cast)
    assert seen(both) == (True, True)
    again = await cast.comes(LIU_YANGS)
    assert seen(again) == (True, False)
    for path in (await cast.loan(YHS), f"{await cast.loan(YHS)}/plan", f"{await cast.loan(YHS)}/pay"):
        assert (await again.open(path)).status == 404, path
    await again.open("/account")
    assert YH not in again.text
    assert YH not in (await again.open("/account/data")).text


async def test_a_code_to_a_number_that_both_lenders_have_opens_both(cast: Cast) -> None:
    await liu_yang(cast)
    assert seen(await by_code(cast)) == (True, True)


async def test_a_code_to_a_number_that_one_lender_set_opens_that_lender_alone(cast: Cast) -> None:
    await liu_yang(cast)
    await key_tells(cast, "jq", LIU_YANGS, "+8613900000005")
    assert seen(await by_code(cast, "13900000005")) == (True, False)
    assert seen(await by_code(cast)) == (False, True)


async def test_a_number_that_a_key_changed_is_told_to_the_old_one_and_signs_nothing_for_a_day(cast: Cast) -> None:
    bo = await cast.comes(ZHU_LINS)
    assert await key_tells(cast, "jq", ZHU_LINS, "+8613900000010") == "", "whoever asked for the link is not told it"
    phone = Phone()
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC) + timedelta(minutes=1))
    assert {message.to for message in phone.messages} == {"+8613800000010", "+8613900000010"}
    assert "has noted another phone number for you" in (await bo.open("/loans")).text
    back = await by_code(cast, "13900000010", "1004")
    assert back.path == "/loans"
    sign = f"{await cast.proposal(ZHU_LINS)}/sign"
    assert (await back.open(sign)).path.startswith("/account/prove")
    await tables.BorrowerRow.all().update(number_waits_until=datetime.now(UTC))
    back = await by_code(cast, "13900000010", "1004")
    assert (await back.open(sign)).path == sign


@pytest.mark.parametrize("path", ["/account/password", "/account/data.json", "/account/close"])
async def test_by_a_link_alone_nobody_takes_or_sets_what_gives_much_away(cast: Cast, path: str) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(path)
    assert bo.path.startswith("/account/prove")


async def test_by_a_link_alone_one_proposes_and_tells_and_does_not_sign(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?how=count&installments=6&every=1m&first_due=2026-07-01")
    await bo.send("/plan")
    assert bo.path.startswith("/proposals/") and "proposal.accepted" in await cast.events(XIAOMINGS)
    await bo.open(f"{bo.path}/sign")
    assert bo.path.startswith("/account/prove")
    await bo.open(f"{await cast.loan(XIAOMINGS)}/problem")
    await bo.send("/problem", kind="other", note="请看")
    assert bo.status == 200 and "complaint.opened" in await cast.events(XIAOMINGS)


async def test_the_copy_of_the_data_holds_what_was_proven_and_nothing_of_another_lender(cast: Cast) -> None:
    await liu_yang(cast)
    await key_tells(cast, "jq", LIU_YANGS, "+8613900000005")
    await tables.BorrowerRow.all().update(number_waits_until=datetime.now(UTC))
    bo = await by_code(cast, "13900000005")
    await bo.open("/account/data.json")
    assert '"JQ-2026-0005"' in bo.html
    assert "YH-88-2305" not in bo.html and '"yh"' not in bo.html and "+8613800000005" not in bo.html


async def test_a_password_opens_the_lenders_a_code_was_given_for_and_no_other(cast: Cast) -> None:
    await liu_yang(cast)
    await key_tells(cast, "jq", LIU_YANGS, "+8613900000005")
    await tables.BorrowerRow.all().update(number_waits_until=datetime.now(UTC))
    bo = await by_code(cast, "13900000005")
    await cast.chooses(bo, PASSWORD)
    await tables.PersonRow.all().update(phone_hash=None)
    back = await cast.browser().open("/sign-in")
    await back.send("/sign-in", phone="13900000005", password=PASSWORD)
    assert seen(back) == (True, False)


async def test_a_number_one_lender_set_does_not_replace_a_password_that_opens_another(cast: Cast) -> None:
    bo = await liu_yang(cast)
    await cast.chooses(bo, PASSWORD)
    await key_tells(cast, "jq", LIU_YANGS, "+8613900000005")
    await tables.BorrowerRow.all().update(number_waits_until=datetime.now(UTC))
    thief = await by_code(cast, "13900000005")
    await thief.open("/account/password")
    await thief.send("/password", password="another late bus at night")
    assert thief.status == 422 and "opens more than what you have proven" in thief.text
    assert seen(await by_password(cast)) == (True, True)
    assert seen(await bo.open("/loans")) == (True, True), "and no session of theirs has ended"


async def test_who_gives_password_and_code_in_one_session_has_the_password_open_more(cast: Cast) -> None:
    bo = await cast.comes(LIU_YANGS)
    await cast.chooses(bo, PASSWORD)
    await cast.enter(bo, YHS)
    assert seen(await bo.open("/loans")) == (True, True)
    assert seen(await by_password(cast)) == (True, False)
    back = await cast.enter(await by_password(cast), YHS)
    await back.open("/account/prove?next=/loans")
    await cast.proves(back)
    assert seen(await by_password(cast)) == (True, True)


async def test_where_there_is_a_password_a_link_lets_one_more_device_in_once(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, PASSWORD)
    link = await cast.link(XIAOMINGS)
    await bo.open(link)
    await bo.send(link, digits="123X")
    assert bo.path == "/loans", "on the device that is in already it goes on working"
    second = cast.browser()
    await second.open(link)
    await second.send(link, digits="123X")
    assert second.path == "/loans"
    await second.open("/account/data.json")
    assert second.path.startswith("/account/prove"), "and it does not outrank the password"
    third = await cast.browser().open(link)
    assert third.status == 410


async def test_without_a_password_a_link_can_be_used_again(cast: Cast) -> None:
    link = await cast.link(XIAOMINGS)
    for _ in range(3):
        bo = cast.browser()
        await bo.open(link)
        await bo.send(link, digits="123X")
        assert bo.status == 200


async def test_a_link_does_not_open_again_what_was_locked_with_more_in_it(cast: Cast) -> None:
    bo = await liu_yang(cast)
    await tables.SessionRow.all().update(seen_at=datetime.now(UTC) - timedelta(hours=1))
    assert (await bo.open("/loans")).path.startswith("/account/prove")
    await cast.enter(bo, LIU_YANGS)
    assert seen(await bo.open("/loans")) == (True, False)


async def test_a_password_of_before_opens_once_a_code_was_given_beside_it(cast: Cast) -> None:
    """An older version kept no lenders with it: nobody knows any more whose number it was set with."""
    bo = await liu_yang(cast)
    await cast.chooses(bo, PASSWORD)
    await tables.PersonRow.all().update(password_lenders=None)
    back = await by_password(cast)
    assert back.path.startswith("/account/prove")
    await cast.proves(back)
    assert seen(await back.open("/loans")) == (True, True)
    assert seen(await by_password(cast)) == (True, True)


async def test_what_another_lender_is_paid_does_not_show_in_what_can_be_afforded(cast: Cast) -> None:
    await liu_yang(cast)
    one = await cast.comes(LIU_YANGS)
    await one.open(f"{await cast.loan(LIU_YANGS)}/plan/afford")
    await one.send("/afford", income="6000")
    both = await by_code(cast)
    await both.open(f"{await cast.loan(LIU_YANGS)}/plan/afford")
    await both.send("/afford", income="6000")
    assert one.status == both.status == 200 and one.text != both.text
