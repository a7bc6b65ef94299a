"""A waiver above the limit at the desk: said before it is sent, seen as it was shown, answered by another."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest

from portal.actions.payments import record_payments
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.settings import Settings
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import LAN, ZHOU_MINS, Cast
from tests.pages.explained import unexplained

pytestmark = pytest.mark.anyio


async def counters(cast: Cast, bo: Browser, yuan: str, loan_no: str = ZHOU_MINS, **typed: str) -> Browser:
    """Six payments and so much of the interest waived, shown and then sent."""
    await bo.open(f"/desk{await cast.proposal(loan_no)}/counter")
    typed = {"why": "住院三个月", **typed}
    await bo.send("/counter", installments="6", waiver_interest=yuan, show="1", **typed)
    return await bo.send("/counter")


def offered(bo: Browser) -> set[str]:
    """What the forms and links of the page would do to the proposal, besides handing it to a colleague."""
    forms = {form.action.rsplit("/", 1)[-1] for form in bo.forms if "/proposals/" in form.action}
    return forms - {"assign"} | (
        {"counter"} if any(link.partition("?")[0].endswith("/counter") for link in bo.links()) else set()
    )


async def test_before_it_is_sent_the_page_says_that_it_takes_two_and_why(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}/counter")
    await rui.send("/counter", waiver_interest="180", show="1")
    assert "This takes two people." not in rui.text
    await rui.send("/counter", waiver_interest="180.01", show="1")
    assert (
        "This takes two people. It waives ¥180.01; with it ¥180.01 is waived on this loan in all, and ¥200.01 "
        "by you this month. Up to ¥200.00 one person decides alone"
    ) in rui.text


async def test_while_one_waits_nobody_is_offered_what_would_propose_it_again(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await counters(cast, rui, "250")
    assert (
        "It waits for a second person now." in rui.text
        and "You proposed on" in rui.text
        and "It waits until 17 June 2026" in rui.text
    )
    assert offered(rui) == {"reject", "ask", "decline"}
    await lan.open(desk)
    assert "rui@jq.example proposed on" in lan.text and "to waive ¥250.00." in lan.text
    assert offered(lan) == {"approve", "reject", "ask", "decline"}
    await tables.StaffRow.filter(email=LAN).update(role="agent")
    await lan.open(desk)
    assert offered(lan) == {"ask", "decline"} and "An approver has to agree." in lan.text
    await lan.open("/desk")
    assert lan.text.count("waits for a second person") == 1


async def test_the_second_person_sees_the_plan_and_approves_just_that(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await counters(cast, rui, "250")
    await lan.open(desk)
    # 2,524.44 are overdue, 250 of it waived: five times 379.07 and 379.09.
    assert "379.07" in lan.text

    async def read(path: str) -> str:
        return str((await lan.client.get(path)).text)

    assert await unexplained(desk, lan.html, read) == [], "each figure of what waits leads to how it came about"
    told = await cast.told()
    await lan.send("/approve", shown="0" * 64)
    assert lan.status == 409 and "not what your page showed" in lan.text and await cast.told() == told
    await lan.send("/approve")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered" and "379.07" in lan.text
    assert (await tables.ApprovalRow.get()).outcome == "approved"


async def test_nobody_approves_their_own_and_an_agent_approves_nothing(cast: Cast) -> None:
    lan, rui = await cast.reviewer(LAN), await cast.reviewer()
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await counters(cast, lan, "250")
    await rui.open(desk)
    shown = (await tables.ApprovalRow.get()).hash
    for bo, words in ((lan, "cannot approve it"), (rui, "Yours is agent")):
        await bo.post(f"{desk}/waiver/approve", {**bo.filled("/decline"), "shown": shown})
        assert bo.status == 422 and words in bo.text, words
    await rui.post(f"{desk}/waiver/reject", rui.filled("/decline"))
    assert rui.status == 422 and "Yours is agent" in rui.text
    assert (await cast.events(ZHOU_MINS))[-1] == "waiver.proposed"


async def test_what_waits_is_taken_back_or_not_approved_and_can_be_proposed_again(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await counters(cast, rui, "250")
    await rui.send("/reject")
    assert (await cast.events(ZHOU_MINS))[-1] == "waiver.withdrawn" and {"accept", "counter"} <= offered(rui)
    await counters(cast, rui, "250")
    await lan.open(desk)
    await lan.send("/reject")
    assert (await cast.events(ZHOU_MINS))[-1] == "waiver.rejected" and "did not agree to the waiver" in lan.text


async def test_a_large_waiver_proposed_twice_comes_back_with_what_was_typed(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    await counters(cast, rui, "250")
    await counters(cast, lan, "260", note="请再看看")
    assert lan.status == 409 and "A colleague has proposed this already" in lan.text
    assert lan.filled("/counter")["note"] == "请再看看"
    assert (await cast.events(ZHOU_MINS)).count("waiver.proposed") == 1


async def test_after_its_day_it_waits_no_more(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await counters(cast, rui, "250")
    await lan.open(desk)
    await tables.ApprovalRow.all().update(until="2026-06-13")
    await lan.send("/approve")
    assert lan.status == 409 and "Nothing waits for a second person here any more" in lan.text
    assert "A waiver waits" not in lan.text and {"accept", "counter"} <= offered(lan)


async def test_a_payment_since_makes_it_another_plan_that_nobody_approves(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await counters(cast, rui, "250")
    paid = PaymentRecord(1, ZHOU_MINS, Payment("P-78", cast.moment().today, 10000), None)
    await record_payments(cast.moment(), await lender_by_slug("jq"), [paid], cast.settings.vault())
    await lan.open(desk)
    assert "The figures of the loan have changed since this was proposed" in lan.text
    assert offered(lan) == {"reject", "ask", "decline"}
    shown = (await tables.ApprovalRow.get()).hash
    await lan.post(f"{desk}/waiver/approve", {**lan.filled("/decline"), "shown": shown})
    assert lan.status == 422 and "proposal.countered" not in await cast.events(ZHOU_MINS)


@contextmanager
def a_day_later(cast: Cast) -> Iterator[BusinessTime]:
    """The lender's business day is the next one."""
    tomorrow, was = cast.moment().today + timedelta(days=1), Settings.moment

    def moment(settings: Settings, at: datetime, timezone: str) -> BusinessTime:
        return BusinessTime(was(settings, at, timezone).at, tomorrow)

    with patch("portal.settings.Settings.moment", moment):
        yield BusinessTime(cast.moment().at, tomorrow)


async def test_on_the_next_day_it_is_approved_as_it_was_shown(cast: Cast) -> None:
    """What penalty has grown overnight is not in the plan that was shown, and not in the one that is sent."""
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await counters(cast, rui, "250")
    with a_day_later(cast):
        await lan.open(desk)
        assert "at the figures of 14 June 2026" in lan.text and "379.07" in lan.text
        await lan.send("/approve")
        assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered" and "379.07" in lan.text
        assert "valid until 18 June 2026" in lan.text


async def test_a_payment_of_the_next_day_is_not_in_the_plan_that_was_shown_so_it_is_not_sent(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await counters(cast, rui, "250")
    with a_day_later(cast) as moment:
        paid = PaymentRecord(1, ZHOU_MINS, Payment("P-79", moment.today, 10000), None)
        await record_payments(moment, await lender_by_slug("jq"), [paid], cast.settings.vault())
        await lan.open(desk)
        assert "The figures of the loan have changed since this was proposed" in lan.text
        assert "approve" not in offered(lan)


async def test_once_its_first_payment_would_be_due_nobody_approves_it_any_more(cast: Cast) -> None:
    """Proposed on the 14th with a first payment on the 15th; on the 15th that cannot be kept."""
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    desk = f"/desk{await cast.proposal(ZHOU_MINS)}"
    await counters(cast, rui, "250", first_due="2026-06-15")
    assert "approve" in offered(await lan.open(desk))
    with a_day_later(cast):
        await lan.open(desk)
        assert "It can only be proposed again." in lan.text and "approve" not in offered(lan)


async def test_the_second_of_two_waivers_of_one_month_takes_two(cast: Cast) -> None:
    """睿, who let 20 go for 郭涛, counters 170 to 周敏; 10.01 to 吴磊 are then more than 200 in a month."""
    rui = await cast.reviewer()
    await counters(cast, rui, "170")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"
    await counters(cast, rui, "10.01", "JQ-2026-0007")
    assert (await cast.events("JQ-2026-0007"))[-1] == "waiver.proposed"
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.proposal('JQ-2026-0007')}")
    await lan.send("/reject")
    await counters(cast, lan, "10.01", "JQ-2026-0007")
    assert (await cast.events("JQ-2026-0007"))[-1] == "proposal.countered"
