"""A number that changed hands: two of the staff, the old one told, and a day in which the new one signs nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from portal.actions.invitations import InvitationOver, accept_invitation, invite
from portal.actions.lenders import OPERATOR, set_policy
from portal.delivery.relay import deliver_due
from portal.reads.cases import lender_by_slug
from portal.reads.invitations import open_invitation
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import LAN, LI_JINGS, XIAOMINGS, ZHU_LINS, Cast
from tests.pages.test_codes import PHONE, Phone, asks

pytestmark = pytest.mark.anyio

NEW, NEW_TYPED = "+8613900000002", "139 0000 0002"
PASSWORD = "a rainy walk home"


def at(**later: int) -> Any:
    """The same evening, or some time after it."""
    return patch("portal.web.guard.now", lambda: datetime.now(UTC) + timedelta(**later))


async def proposes(cast: Cast, phone: str = NEW_TYPED, loan_no: str = XIAOMINGS, **more: str) -> Browser:
    """Rui has seen the identity card and proposes another number."""
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(loan_no)}/number")
    typed = {"phone": phone, "checked": "id_document", "why": "本人来电", "move": "propose", **more}
    return await rui.send("/number", **typed)


async def approves(cast: Cast, loan_no: str = XIAOMINGS) -> Browser:
    """Lan has called back, and agrees."""
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.loan(loan_no)}/number")
    assert NEW in lan.text
    return await lan.send("/number", move="approve", checked="callback")


async def messages(cast: Cast) -> dict[str, str]:
    """What is on its way, by the number it goes to."""
    phone = Phone()
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC) + timedelta(minutes=1))
    return {message.to: message.text for message in phone.messages}


async def changes(cast: Cast, loan_no: str = XIAOMINGS, **more: str) -> dict[str, str]:
    await proposes(cast, loan_no=loan_no, **more)
    assert "The number has changed." in (await approves(cast, loan_no)).text
    return await messages(cast)


def link_in(text: str) -> str:
    return next(word for word in text.split() if "/i/" in word).removeprefix("http://127.0.0.1:8000")


async def test_one_of_the_staff_alone_changes_nothing_and_sees_no_link(cast: Cast) -> None:
    rui = await proposes(cast)
    assert "This waits for a colleague." in rui.text and "/i/" not in rui.html
    assert (await asks(cast, NEW)).status == 200 and not await messages(cast)
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    shown = rui.filled("/number")
    await rui.post(f"/desk{await cast.loan(XIAOMINGS)}/number", {**shown, "move": "approve", "checked": "callback"})
    assert "Whoever proposed something cannot approve it." in rui.text
    assert "contact.number_changed" not in await cast.told()


async def test_a_colleague_who_checks_again_changes_it_and_the_link_goes_to_the_new_number_alone(cast: Cast) -> None:
    await proposes(cast)
    lan = await approves(cast)
    assert "/i/" not in lan.html and "nobody here sees it" in lan.text
    sent = await messages(cast)
    assert set(sent) == {"+8613800000001", NEW}
    assert "another phone number for you" in sent["+8613800000001"] or "另一个手机号" in sent["+8613800000001"]
    bo = cast.browser()
    link = link_in(sent[NEW])
    await bo.open(link)
    await bo.send(link, digits="123X")
    await bo.send("/consent", notice="1", sensitive="1")
    assert bo.path == "/loans" and "3,413.12" in bo.text


async def test_the_queue_shows_everybody_that_a_number_waits(cast: Cast) -> None:
    await proposes(cast)
    lan = await cast.reviewer(LAN)
    await lan.open("/desk?queue=second")
    assert lan.path == "/desk/second" and "Another number" in lan.text
    assert f"/desk{await cast.loan(XIAOMINGS)}/number" in lan.links()
    an = await cast.reviewer("an@yh.example")
    assert "Nothing is waiting for a second person." in (await an.open("/desk/second")).text


async def test_a_colleague_approves_just_what_was_shown(cast: Cast) -> None:
    await proposes(cast)
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    shown = lan.filled("/number")
    path = f"/desk{await cast.loan(XIAOMINGS)}/number"
    await lan.post(path, {**shown, "move": "approve", "checked": "callback", "shown": "0" * 64})
    assert lan.status == 409 and "Nothing was approved" in lan.text
    assert "contact.number_changed" not in await cast.told()


async def test_what_a_colleague_turns_down_or_its_proposer_takes_back_changes_nothing(cast: Cast) -> None:
    rui = await proposes(cast)
    await rui.send("/number", move="reject")
    assert "Send it to a colleague to check" in rui.text
    await proposes(cast)
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    await lan.send("/number", move="reject")
    told = await cast.told()
    assert told.count("contact.number_rejected") == 2 and "contact.number_changed" not in told
    assert {bytes(row.sealed or b"") for row in await tables.ApprovalRow.all()} == {b""}


async def test_it_waits_a_week_and_no_longer(cast: Cast) -> None:
    rui = await proposes(cast)
    await tables.ApprovalRow.all().update(until="2026-06-13")
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    assert "Send it to a colleague to check" in rui.text
    assert "This waits for a colleague." in (await proposes(cast)).text


async def test_sessions_go_on_tell_of_it_and_prove_nothing_any_more(cast: Cast) -> None:
    bo = await cast.comes(ZHU_LINS)
    proposal = await cast.proposal(ZHU_LINS)
    await bo.open(f"{proposal}/sign")
    await cast.proves(bo)
    assert bo.path == f"{proposal}/sign"
    await changes(cast, ZHU_LINS)
    await bo.open("/loans")
    assert bo.path == "/loans" and "has noted another phone number for you" in bo.text and "ends in 0002" in bo.text
    await bo.open(f"{proposal}/sign")
    assert bo.path.startswith("/account/prove")
    await bo.send("/account/number-read")
    assert "has noted another" not in (await bo.open("/loans")).text


async def test_for_a_day_the_new_number_signs_nothing_and_then_it_does(cast: Cast) -> None:
    sent = await changes(cast, ZHU_LINS)
    bo = cast.browser()
    link = link_in(sent[NEW])
    await bo.open(link)
    await bo.send(link, digits="1004")
    assert bo.path == "/loans", bo.text
    sign = f"{await cast.proposal(ZHU_LINS)}/sign"
    await bo.open(sign)
    assert bo.path.startswith("/account/prove") and "a code to it counts from" in bo.text
    assert "/account/prove" not in [form.action for form in bo.forms], "no code is offered that would prove nothing"
    with at(hours=25):
        again = cast.browser()
        await again.open("/sign-in/code")
        await again.send("/sign-in/code", phone=NEW, digits="1004")
        phone = Phone()
        await deliver_due(cast.settings.vault(), phone, datetime.now(UTC) + timedelta(hours=25))
        await again.send("/enter", code=phone.code)
        assert (await again.open(sign)).path == sign


async def test_a_lender_that_wants_longer_than_a_day_has_it(cast: Cast) -> None:
    jq = await lender_by_slug("jq")
    await set_policy(cast.moment(), jq, "[numbers]\nwait_hours = 72\n", OPERATOR)
    await cast.comes(XIAOMINGS)
    await changes(cast)
    row = await tables.BorrowerRow.get(external_id="B-1", lender__slug="jq")
    assert row.number_changed_at and row.number_waits_until
    assert row.number_waits_until - row.number_changed_at == timedelta(hours=72)


async def test_the_old_number_gets_no_code_and_the_password_goes_on_opening(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await cast.chooses(bo, PASSWORD)
    await changes(cast)
    phone = Phone()
    await asks(cast, PHONE, "123X")
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC))
    assert not phone.messages
    await asks(cast, NEW, "123X")
    await deliver_due(cast.settings.vault(), phone, datetime.now(UTC))
    assert [message.to for message in phone.messages] == [NEW]
    for number in (PHONE, NEW):
        back = cast.browser()
        await back.open("/sign-in")
        await back.send("/sign-in", phone=number, password=PASSWORD)
        assert back.path == ("/sign-in" if number == PHONE else "/loans"), number


async def test_a_phone_in_other_hands_shows_this_lender_no_more(cast: Cast) -> None:
    thief = await cast.comes(XIAOMINGS)
    await cast.chooses(thief, PASSWORD)
    sent = await changes(cast, lost="1")
    assert "3,413" not in (await thief.open("/loans")).text
    back = cast.browser()
    await back.open("/sign-in")
    await back.send("/sign-in", phone=NEW, password=PASSWORD)
    assert "3,413" not in back.text
    bo = cast.browser()
    await bo.open(link_in(sent[NEW]))
    await bo.send(link_in(sent[NEW]), digits="123X")
    assert bo.path == "/loans" and "3,413.12" in bo.text


async def test_links_of_before_have_ended(cast: Cast) -> None:
    old = await cast.link(XIAOMINGS)
    await changes(cast)
    assert (await cast.browser().open(old)).status == 410


async def test_a_link_and_a_number_changed_at_the_same_moment_let_nobody_in(cast: Cast) -> None:
    """Read before the change, used after it: the link is looked at again once nobody else can change it."""
    jq, vault = await lender_by_slug("jq"), cast.settings.vault()
    found = await open_invitation(await invite(cast.moment(), jq, XIAOMINGS, "", vault), vault, datetime.now(UTC))
    assert not found.ended
    await changes(cast)
    with pytest.raises(InvitationOver):
        await accept_invitation(cast.moment(), found, None, vault)


async def test_changed_twice_in_a_day_each_old_number_is_told_and_the_day_begins_anew(cast: Cast) -> None:
    await cast.comes(XIAOMINGS)
    await changes(cast)
    first = (await tables.BorrowerRow.get(external_id="B-1", lender__slug="jq")).number_changed_at
    await proposes(cast, "137 0000 0003")
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    await lan.send("/number", move="approve", checked="callback")
    assert set(await messages(cast)) == {NEW, "+8613700000003"}
    second = (await tables.BorrowerRow.get(external_id="B-1", lender__slug="jq")).number_changed_at
    assert first is not None and second is not None and second > first


async def test_the_change_is_written_down_without_the_number(cast: Cast) -> None:
    await changes(cast)
    event = await tables.EventRow.filter(type="contact.number_changed").get()
    body = bytes(event.body).split(b'"data"')[1]
    assert b"id_document" in body and b"callback" in body and b"139" not in body
    assert await tables.AccessRow.filter(what="number-changed", actor_kind="staff").count() == 1
    assert await tables.AccessRow.filter(what="personal.opened:correct").exists(), "lan saw the number in full"


@pytest.mark.parametrize("phone", ["", "abc", "123", "+861390000000212345678"])
async def test_an_odd_number_is_asked_for_again_and_comes_back(cast: Cast, phone: str) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    await rui.send("/number", phone=phone, move="propose")
    assert rui.status == 422 and "such as 138 0000 0001" in rui.text and "Please choose one" in rui.text
    assert not await tables.ApprovalRow.exists()


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
    row = await tables.OutboundMessageRow.get(kind="code")
    assert (row.state, bytes(row.sealed)) == ("expired", b"")
