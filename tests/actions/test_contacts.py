"""The gate in a database: what is asked for and told of 小明's loan, by his lender and two agencies."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.api_keys import add_key
from portal.actions.complaints import NewComplaint, file_complaint
from portal.actions.contacts import ContactAsked, ContactTold, ToldOtherwise, ask_contact, tell_contact
from portal.actions.holds import acknowledge_holds, end_hold, request_hold
from portal.actions.journal import KeyUsedOtherwise
from portal.actions.payments import record_payments
from portal.actions.preferences import prefer
from portal.domain.conduct.complaints import ComplaintKind
from portal.domain.conduct.contact_gate import ContactOutcome, NotThen
from portal.domain.conduct.contact_rules import ContactChannel
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import Actor, BusinessTime
from portal.reads.api_keys import KeyFacts, key
from portal.reads.cases import NotFound
from portal.reads.contacts import ContactRecord, contact_by_ref
from portal.tables import models as tables
from portal.vault import token_hash
from tests.actions.story import BORROWER, NOW, ON, VAULT, Story, begin, fresh_key

pytestmark = pytest.mark.anyio

TEN = datetime(2026, 6, 14, 2, tzinfo=UTC)
"""Ten in the morning in Shanghai."""
CALL = ContactAsked("JQ-2026-0001", ContactChannel.CALL)
REACHED, UNANSWERED, NOT_MADE = ContactOutcome.REACHED, ContactOutcome.UNANSWERED, ContactOutcome.NOT_MADE
OTHERS_NUMBER = "+8613800000077"


async def key_of(story: Story, agency: str = "") -> KeyFacts:
    secret = await add_key(NOW, story.lender, "calls", ("contacts",), agency=agency)
    found = await key(token_hash(secret), datetime.now(UTC))
    assert found is not None
    return found


def acting(by: KeyFacts, minutes: int = 0, idempotency: str = "") -> Acting:
    moment = BusinessTime(TEN + timedelta(minutes=minutes), ON)
    return Acting(Author(Actor("lender", by.ref), VAULT), FormToken(0, idempotency, drawn=False), moment)


async def asks(by: KeyFacts, minutes: int = 0, asked: ContactAsked = CALL, idempotency: str = "") -> ContactRecord:
    ref = await ask_contact(acting(by, minutes, idempotency), by.lender, asked, key=by)
    return await contact_by_ref(ref, by.lender.id)


async def tells(by: KeyFacts, ref: str, outcome: ContactOutcome, minutes: int, at: datetime | None = None) -> None:
    await tell_contact(acting(by, minutes), by.lender, ContactTold(ref, outcome, at), agency=by.agency)


def borrower(note: str = "") -> Acting:
    return Acting(Author(BORROWER, VAULT, note), FormToken(0, drawn=False), BusinessTime(TEN, ON))


@pytest.mark.usefixtures("each_database")
async def test_calls_of_the_lender_and_two_agencies_add_up_and_one_not_made_frees_its_place() -> None:
    story = await begin()
    own, first, second = [await key_of(story, name) for name in ("", "信达催收", "安和服务")]
    called = [await asks(by, minutes) for minutes, by in enumerate((own, first, second))]
    assert all(each.is_allowed for each in called)
    fourth = await asks(first, 3)
    assert (fourth.reason, fourth.counted, fourth.most) == ("limit_effective_calls_a_day", 3, 3)
    assert fourth.allowed_from == datetime(2026, 6, 15, tzinfo=UTC)
    await tells(second, called[2].ref, NOT_MADE, 4)
    assert (await asks(first, 5)).is_allowed
    await tells(own, called[0].ref, UNANSWERED, 6)
    # Refused, and made all the same: it is on record so, and counts.
    await tells(first, fourth.ref, REACHED, 7)
    assert (await contact_by_ref(fourth.ref, story.lender.id)).against
    assert (await asks(own, 8)).reason == "limit_effective_calls_a_day"
    events = await tables.EventRow.filter(type__startswith="contact.").order_by("feed").values("stream", "type", "body")
    row = await tables.BorrowerRow.get(external_id="B-1")
    assert {each["stream"] for each in events} == {f"borrower:{row.id}"}, "no form of the loan becomes stale by a call"
    assert Counter(each["type"] for each in events) == {"contact.allowed": 4, "contact.refused": 2, "contact.told": 3}
    assert json.loads(bytes(events[0]["body"]))["loan_no"] == "JQ-2026-0001"
    assert "13800000001" not in str(events) and "信达" not in b"".join(bytes(e["body"]) for e in events).decode()


@pytest.mark.usefixtures("each_database")
async def test_two_agencies_at_the_same_second_are_not_both_given_the_last_call() -> None:
    story = await begin()
    keys = [await key_of(story, name) for name in ("信达催收", "安和服务")]
    for by in keys:
        await asks(by)
    ends = await asyncio.gather(*(asks(by, 1) for by in keys))
    assert sorted(each.reason for each in ends) == ["", "limit_effective_calls_a_day"]


@pytest.mark.usefixtures("database")
async def test_what_is_told_is_told_once_by_whoever_asked_and_not_of_another_time() -> None:
    story = await begin()
    own, first, second = [await key_of(story, name) for name in ("", "信达催收", "安和服务")]
    asked = await asks(first, idempotency=(again := fresh_key()))
    assert await asks(first, 1, idempotency=again) == asked, "a retry reserves nothing twice"
    assert await tables.ContactRow.all().count() == 1
    with pytest.raises(KeyUsedOtherwise):
        await asks(first, 1, replace(CALL, channel=ContactChannel.MESSAGE), again)
    with pytest.raises(NotFound):
        await tells(second, asked.ref, REACHED, 1)
    for minutes, at in ((1, TEN - timedelta(seconds=1)), (1, TEN + timedelta(minutes=3))):
        with pytest.raises(NotThen):
            await tells(first, asked.ref, REACHED, minutes, at)
    for _ in range(2):
        await tells(own, asked.ref, REACHED, 30, TEN + timedelta(minutes=16))
    told = await contact_by_ref(asked.ref, story.lender.id)
    assert (told.outcome, told.against) == ("reached", True), "it was allowed for fifteen minutes"
    with pytest.raises(ToldOtherwise, match="reached"):
        await tells(own, asked.ref, UNANSWERED, 31)
    assert await tables.EventRow.filter(type="contact.told").count() == 1


@pytest.mark.usefixtures("database")
async def test_only_who_owes_it_is_called_on_the_number_on_record() -> None:
    story = await begin()
    by = await key_of(story)
    assert (await asks(by, asked=replace(CALL, number="+8613800000001", borrower="B-1"))).is_allowed
    mother = await asks(by, asked=replace(CALL, borrower="B-77"))
    assert (mother.reason, mother.borrower, mother.allowed_from) == ("not_the_debtor", None, None)
    assert (await asks(by, asked=replace(CALL, number=OTHERS_NUMBER))).reason == "not_the_debtor"
    await tables.BorrowerRow.all().update(number_waits_until=datetime.now(UTC) + timedelta(hours=1))
    assert (await asks(by)).reason == "number_waits"
    with pytest.raises(NotFound):
        await asks(by, asked=replace(CALL, loan_no="JQ-2026-9999"))


@pytest.mark.usefixtures("database")
async def test_what_stops_collection_stops_the_call_with_the_day_on_which_it_is_decided() -> None:
    story = await begin()
    by = await key_of(story)
    await request_hold(borrower(), await story.case())
    held = await asks(by)
    assert (held.reason, held.decided_by, held.allowed_from) == ("hold", None, None)
    (hold,) = await tables.HoldRow.all()
    await acknowledge_holds(NOW, await story.case(), [hold.ref], Actor("staff", "rui"))
    assert (await asks(by, 1)).reason == "hold", "acknowledged or not"
    await end_hold(NOW, await story.case(), hold.ref, "answered", Actor("staff", "rui"))
    assert (await asks(by, 2)).is_allowed
    await file_complaint(borrower("请核对"), await story.case(), story.person_id, NewComplaint(ComplaintKind.OTHER))
    assert (await asks(by, 3)).is_allowed
    await file_complaint(borrower(), await story.case(), story.person_id, NewComplaint(ComplaintKind.CALLS))
    complained = await asks(by, 4)
    assert (complained.reason, complained.decided_by) == ("complaint", date(2026, 6, 29))


@pytest.mark.usefixtures("database")
async def test_the_borrowers_own_hours_and_channel_and_their_time_zone_hold() -> None:
    story = await begin()
    by = await key_of(story)
    moment = BusinessTime(TEN, ON)
    await prefer(moment, story.lender, story.person_id, "sms", (12, 18), BORROWER)
    assert (await asks(by)).reason == "preference_channel"
    message = replace(CALL, channel=ContactChannel.MESSAGE)
    early = await asks(by, asked=message)
    assert (early.reason, early.allowed_from) == ("preference_hours", datetime(2026, 6, 14, 4, tzinfo=UTC))
    await prefer(moment, story.lender, story.person_id, "phone", (8, 22), BORROWER)
    # In Urumqi it is two hours earlier: eight in the morning, and a minute before that.
    await tables.BorrowerRow.all().update(timezone="Asia/Urumqi")
    assert (await asks(by)).is_allowed
    night = await asks(by, -1)
    assert (night.reason, night.allowed_from, night.timezone) == ("hours", TEN, "Asia/Urumqi")


@pytest.mark.usefixtures("database")
async def test_a_loan_with_nothing_overdue_needs_no_call() -> None:
    story = await begin()
    paid = PaymentRecord(1, "JQ-2026-0001", Payment("P-3", ON, 341312))
    await record_payments(NOW, story.lender, [paid], VAULT)
    assert (await asks(await key_of(story))).reason == "nothing_overdue"
