"""What somebody is told to their phone is theirs to choose: asked once, changed by kind, off in one tap."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.actions.outbox import plan_message
from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.domain.conduct.news import NewsKind
from portal.tables import models as tables
from tests.pages.conftest import LIU_YANGS, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

ASKED = "Shall we tell you by text message?"
TICKS = {kind.value: "1" for kind in NewsKind}


async def kinds() -> list[str]:
    return [row.kinds for row in await tables.MessageChoiceRow.all().order_by("id")]


async def test_the_overview_asks_once_and_yes_is_one_tap(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    assert ASKED in bo.text
    await bo.send("/account/messages", all="on")
    assert bo.path.startswith("/account") and "We saved which messages you want." in bo.text
    assert await kinds() == ["answers plan contract"]
    assert ASKED not in (await bo.open("/loans")).text


async def test_whoever_waits_for_an_answer_is_asked_beside_it(cast: Cast) -> None:
    bo = await cast.comes(ZHOU_MINS)
    await bo.open(await cast.proposal(ZHOU_MINS))
    assert ASKED in bo.text
    await bo.send("/account/messages", all="on")
    assert ASKED not in (await bo.open(await cast.proposal(ZHOU_MINS))).text


async def test_no_is_an_answer_too_and_each_kind_can_be_ticked_by_itself_later(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.send("/account/messages", all="off")
    assert await kinds() == [""] and ASKED not in (await bo.open("/loans")).text
    await (await bo.open("/account")).send("/account/messages", plan="1")
    assert await kinds() == ["plan"]
    form = bo.filled("/account/messages")
    assert {name for name in TICKS if name in form} == {"plan"}
    await bo.send("/account/messages", all="off")
    assert await kinds() == [""] and "Switch all off" not in bo.text


async def test_before_a_choice_the_account_says_that_nothing_is_sent_and_what_always_is(cast: Cast) -> None:
    bo = await (await cast.comes(XIAOMINGS)).open("/account")
    assert "Until you do, we send none of these." in bo.text
    assert "If your phone number or your password changes, we tell you at once" in bo.text


async def test_the_account_lists_what_became_of_each_message_of_these_lenders_alone(cast: Cast) -> None:
    bo = await cast.comes(LIU_YANGS)
    at = datetime.now(UTC)
    times = {"next_at": at, "expires_at": at + timedelta(days=1)}
    mine = await tables.PartyRow.get(loan__loan_no=LIU_YANGS).prefetch_related("borrower")
    other = await tables.PartyRow.get(loan__loan_no=XIAOMINGS).prefetch_related("borrower")
    for number, (state, attempts) in enumerate((("delivered", 1), ("again", 3), ("expired", 3), ("expired", 0))):
        await plan_message(mine.borrower_id, "question", f"question:{number}", at, **times)  # type: ignore[attr-defined]
        row = tables.OutboundMessageRow.filter(key=f"question:{number}")
        await row.update(state=state, attempts=attempts)
    await plan_message(other.borrower_id, "missed", "missed:1", at, **times)  # type: ignore[attr-defined]
    await bo.open("/account")
    for says in ("sent", "waiting to be sent", "could not be sent", "not sent: no longer needed"):
        assert f"A question to you · {says}" in bo.text, says
    assert "A missed payment" not in bo.text
    assert "14 June 2026" in bo.text and str(at.year + 1) not in bo.text, "one time on the page, that of the demo"


async def test_whoever_has_the_number_hears_at_once_that_a_password_was_chosen(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.send("/account/messages", all="off")
    await cast.chooses(bo, "a-quiet-street-in-may")
    got: list[OutgoingMessage] = []

    async def arrives(message: OutgoingMessage) -> None:
        got.append(message)

    await deliver_due(cast.settings.vault(), arrives, datetime.now(UTC))
    (message,) = got
    assert message.text.startswith(f"A password was chosen for your account at {cast.settings.host} on ")
    assert "If that was not you, call 佳泉消费金融:" in message.text and message.to == "+8613800000001"
    assert "Another password · sent" in (await bo.open("/account")).text
