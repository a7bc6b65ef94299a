"""A number that changed hands: the old one lets nobody in, and the borrower comes back by a new link."""

from datetime import UTC, datetime

import pytest

from portal.delivery.relay import deliver_due
from portal.tables import models as t
from tests.pages.conftest import LI_JINGS, XIAOMINGS, Cast
from tests.pages.test_codes import PHONE, Phone, asks

pytestmark = pytest.mark.anyio


async def changes(cast: Cast, phone: str = "139 0000 0002") -> str:
    """Rui has seen 王小明's identity card and changes his number; the new link."""
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    await rui.send("/number", phone=phone, checked="id_document")
    assert rui.status == 200, rui.text
    return next(word for word in rui.text.split() if "/i/" in word).removeprefix("http://127.0.0.1:8000")


async def test_after_a_change_old_sessions_passwords_and_links_are_dead_and_the_new_link_works(cast: Cast) -> None:
    bo, old = await cast.comes(XIAOMINGS), await cast.link(XIAOMINGS)
    await bo.open("/account/password")
    await bo.send("/account/password", password="a rainy walk home")
    link = await changes(cast)
    await bo.open("/loans")
    assert "/sign-in" in bo.path
    await bo.open(old)
    assert bo.status == 410
    back = cast.browser()
    await back.open("/sign-in")
    await back.send("/sign-in", phone=PHONE, password="a rainy walk home")
    assert back.status == 422
    await back.open(link)
    await back.send(link, digits="123X")
    assert back.path == "/loans" and "3,413.12" in back.text


async def test_whoever_has_the_old_number_now_gets_no_code_and_the_new_number_does(cast: Cast) -> None:
    await cast.comes(XIAOMINGS)
    link = await changes(cast)
    bo = cast.browser()
    await bo.open(link)
    await bo.send(link, digits="123X")
    phone = Phone()
    await asks(cast, PHONE, "123X")
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC))
    assert not phone.messages
    await asks(cast, "13900000002", "123X")
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC))
    assert [message.to for message in phone.messages] == ["+8613900000002"]


async def test_the_change_is_written_down_without_the_number(cast: Cast) -> None:
    await changes(cast)
    event = await t.Event.filter(type="contact.number_changed").get()
    assert b"id_document" in bytes(event.body) and b"139" not in bytes(event.body).split(b'"data"')[1]
    assert await t.Access.filter(what="number-changed", actor_kind="staff").count() == 1


@pytest.mark.parametrize("phone", ["", "abc", "123", "+861390000000212345678"])
async def test_an_odd_number_is_asked_for_again_and_comes_back(cast: Cast, phone: str) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    await rui.send("/number", phone=phone)
    assert rui.status == 422 and "such as 138 0000 0001" in rui.text and "Please choose one" in rui.text
    assert not await t.Event.filter(type="contact.number_changed").exists()


async def test_another_lenders_borrower_is_not_there(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(LI_JINGS)}/number")
    assert rui.status == 404


async def test_a_code_that_was_sent_before_the_change_lets_nobody_in_after_it(cast: Cast) -> None:
    await cast.comes(XIAOMINGS)
    phone, bo = Phone(), await asks(cast)
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC))
    await changes(cast)
    await bo.send("/enter", code=phone.code)
    assert bo.status == 422 and "has ended" in bo.text
    assert (await bo.open("/loans")).path.startswith("/sign-in")


async def test_a_code_that_still_waits_is_not_sent_to_the_old_number_any_more(cast: Cast) -> None:
    await cast.comes(XIAOMINGS)
    await asks(cast)
    await changes(cast)
    phone = Phone()
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC))
    assert not phone.messages
    row = await t.OutboundMessage.get()
    assert (row.state, bytes(row.sealed)) == ("expired", b"")


async def test_where_no_new_link_can_be_made_the_number_stays_as_it_was(cast: Cast) -> None:
    """Otherwise nobody would be in: the old number shut out, the new link never shown."""
    bo = await cast.comes(XIAOMINGS)
    for _ in range(18):  # the stage made one, and he came in by another
        await cast.link(XIAOMINGS)
    told = await cast.told()
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    await rui.send("/number", phone="139 0000 0002", checked="id_document")
    assert rui.status == 422 and "20 links within a day" in rui.text
    assert await cast.told() == told
    assert (await bo.open("/loans")).path == "/loans"
