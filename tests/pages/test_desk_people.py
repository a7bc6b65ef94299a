"""What the staff write for each other, what waits for a second of them, and the link that is sent again."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest

from portal.actions.invitations import TooManyInvitations
from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.tables import models as tables
from portal.web import guard
from tests.browser import Browser
from tests.pages.conftest import AN, LAN, RUI, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio
WORDS = "客户哥哥来电，说住院了。"


async def desk_of(cast: Cast, loan_no: str) -> str:
    return f"/desk{await cast.loan(loan_no)}"


async def test_a_note_stands_on_the_loan_and_on_its_proposal_with_who_and_when(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    proposal, loan = f"/desk{await cast.proposal(ZHOU_MINS)}", await desk_of(cast, ZHOU_MINS)
    told = await cast.told()
    await lan.open(proposal)
    await rui.open(proposal)
    await rui.send("/note", note=WORDS)
    assert rui.path == proposal and f"{RUI} {WORDS}" in rui.text, "and the way goes on where it was written"
    await rui.send("/note", note="第二条")
    assert rui.text.index("第二条") < rui.text.index(WORDS)
    await rui.open(loan)
    assert WORDS in rui.text and await cast.told() == told
    await lan.send("/accept")
    assert lan.status == 200, "no form grows old by a note"
    row = await tables.StaffNoteRow.all().order_by("id").first()
    assert row is not None and WORDS.encode() not in bytes(row.sealed)


async def test_an_empty_note_is_asked_for_and_a_long_one_comes_back(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(await desk_of(cast, XIAOMINGS))
    await rui.send("/note", note=" ")
    assert rui.status == 422 and "Please fill this in." in rui.text
    await rui.send("/note", note="长" * 501)
    assert rui.status == 422 and rui.filled("/note")["note"] == "长" * 501
    assert not await tables.StaffNoteRow.exists()


async def test_a_note_sent_twice_by_one_form_is_one_note(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(await desk_of(cast, XIAOMINGS))
    typed = {**rui.filled("/note"), "note": WORDS}
    for _ in range(2):
        await rui.post(rui.form("/note").action, typed)
    assert await tables.StaffNoteRow.all().count() == 1


async def test_no_page_and_no_copy_of_the_borrower_has_it_and_no_other_lender(cast: Cast) -> None:
    rui, bo, an = await cast.reviewer(), await cast.comes(ZHOU_MINS), await cast.reviewer(AN)
    await rui.open(await desk_of(cast, ZHOU_MINS))
    await rui.send("/note", note=WORDS)
    for path in ("/loans", await cast.loan(ZHOU_MINS), await cast.proposal(ZHOU_MINS), "/account/data"):
        assert WORDS not in (await bo.open(path)).html
    await cast.proves(await bo.open("/account/prove?next=/account/data.json"))
    copy = await bo.client.get("/account/data.json")
    assert copy.status_code == 200 and WORDS not in json.dumps(copy.json(), ensure_ascii=False)
    await an.post(f"{await desk_of(cast, ZHOU_MINS)}/note", {**an.filled("/sign-out"), "note": WORDS, "key": "k"})
    assert an.status == 404


async def counters(cast: Cast, bo: Browser, yuan: str, **typed: str) -> Browser:
    await bo.open(f"/desk{await cast.proposal(ZHOU_MINS)}/counter")
    await bo.send("/counter", installments="6", waiver_interest=yuan, show="1")
    return await bo.send("/counter", **typed)


async def test_what_takes_two_needs_a_reason_and_the_approver_finds_it_with_sum_and_age(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    await counters(cast, rui, "250", note="六期可以。")
    assert rui.status == 422 and "write for your colleague why" in rui.text and "379.07" in rui.text
    assert rui.filled("/counter")["note"] == "六期可以。" and not await tables.ApprovalRow.exists()
    await rui.send("/counter", why="材料看过，可放宽。")
    await rui.open(f"{await desk_of(cast, XIAOMINGS)}/number")
    await rui.send("/number", phone="139 0000 0077", checked="callback", move="propose")
    assert rui.status == 422, "and so does another number"
    await rui.send("/number", phone="139 0000 0077", checked="callback", why="本人来电", move="propose")
    waits = await tables.ApprovalRow.get(kind="waiver")
    two_days_ago = waits.proposed_at - timedelta(days=2)
    await tables.ApprovalRow.filter(id=waits.id).update(proposed_at=two_days_ago)
    await lan.open("/desk")
    assert "To approve (2)" in lan.text
    await lan.open("/desk/second")
    waiver = f"{ZHOU_MINS} A waiver in an answer ¥250.00 {RUI} 材料看过，可放宽。 for 2 days"
    number = f"{XIAOMINGS} Another number – {RUI} 本人来电"
    assert waiver in lan.text and number in lan.text and "0077" not in lan.text
    assert lan.text.index(waiver) < lan.text.index(number), "the 17th of June comes before the 21st"
    rows = (await lan.client.get("/desk/second.csv")).text.splitlines()[1:]
    assert [row.split(",")[:5] for row in rows] == [
        [ZHOU_MINS, "answer", "250.00", "CNY", RUI],
        [XIAOMINGS, "number", "", "CNY", RUI],
    ]
    assert "可放宽" not in "".join(rows)
    await tables.ApprovalRow.filter(id=waits.id).update(proposed_at=waits.proposed_at)
    await lan.open(next(href for href in lan.links() if href.endswith("/number")))
    assert "本人来电" in lan.text
    await lan.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    assert "材料看过，可放宽。" in lan.text and "六期可以。" in lan.text
    await lan.send("/approve")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"
    bo = await cast.comes(ZHOU_MINS)
    await bo.open(await cast.proposal(ZHOU_MINS))
    assert "六期可以。" in bo.text and "材料看过" not in bo.text, "the borrower reads what was written for them alone"


async def test_the_invitation_goes_again_to_the_number_on_record_and_is_shown_to_nobody(cast: Cast) -> None:
    rui, sent = await cast.reviewer(), list[OutgoingMessage]()
    await rui.open(await desk_of(cast, XIAOMINGS))
    await rui.send("/link")
    assert "A link is on its way to the number on record" in rui.text and "/i/" not in rui.html
    assert f"{RUI} sent a link to the number on record" in rui.text and "13800000001" not in rui.html

    async def arrives(message: OutgoingMessage) -> None:
        sent.append(message)

    await deliver_due(cast.settings.vault(), arrives, guard.now())
    assert sent[-1].to == "+8613800000001" and "/i/" in sent[-1].text


async def test_no_link_goes_where_it_would_reach_somebody_else_or_nobody(cast: Cast) -> None:
    rui, page = await cast.reviewer(), await desk_of(cast, XIAOMINGS)
    bo = cast.browser()
    await bo.open(await cast.link(XIAOMINGS))
    await bo.open(next(href for href in bo.links() if href.endswith("/not-me")))
    await bo.send("/not-me")
    await rui.open(page)
    await rui.send("/link")
    assert rui.status == 422 and "said that it is not theirs" in rui.text
    await cast.has_no_number()
    await rui.open(page)
    await rui.send("/link")
    assert rui.status == 422 and "No number of this borrower is on record" in rui.text
    assert not await tables.OutboundMessageRow.filter(kind="link").exists()


async def test_the_limits_of_links_hold_at_the_desk_too(cast: Cast) -> None:
    rui = await cast.reviewer()
    with suppress(TooManyInvitations):
        while True:
            await cast.link(XIAOMINGS)
    await rui.open(await desk_of(cast, XIAOMINGS))
    await rui.send("/link")
    assert rui.status == 422 and "was sent 20 links within a day" in rui.text
