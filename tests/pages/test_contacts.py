"""小明 reads who called him and what was refused; he answers with a complaint, or with an appointment for a visit."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.api_keys import add_key
from portal.actions.contacts import ContactAsked, ContactTold, ask_contact, tell_contact
from portal.domain.conduct.contact_gate import ContactOutcome
from portal.domain.conduct.contact_rules import ContactChannel
from portal.domain.event import Actor, BusinessTime
from portal.reads.api_keys import KeyFacts, key
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.vault import token_hash
from tests.browser import Browser
from tests.pages.conftest import AN, LIU_YANGS, RUI, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio
MORNING = datetime(2026, 6, 14, 2, tzinfo=UTC)
AGENCY = "信达催收"


async def key_of(cast: Cast, agency: str = AGENCY) -> KeyFacts:
    secret = await add_key(cast.moment(), await lender_by_slug("jq"), "", ("contacts",), agency=agency)
    found = await key(token_hash(secret), datetime.now(UTC))
    assert found is not None
    return found


def acting(cast: Cast, by: KeyFacts, at: datetime) -> Acting:
    moment = BusinessTime(at, cast.moment().today)
    return Acting(Author(Actor("lender", by.ref), cast.settings.vault()), FormToken(0, drawn=False), moment)


async def asks(cast: Cast, by: KeyFacts, at: datetime, channel: str = "call", loan_no: str = XIAOMINGS) -> str:
    asked = ContactAsked(loan_no, ContactChannel(channel))
    return await ask_contact(acting(cast, by, at), by.lender, asked, key=by)


async def tells(cast: Cast, by: KeyFacts, ref: str, outcome: str, at: datetime) -> None:
    told = ContactTold(ref, ContactOutcome(outcome))
    await tell_contact(acting(cast, by, at), by.lender, told, agency=by.agency)


@contextmanager
def clock(at: datetime) -> Iterator[None]:
    with patch("portal.web.guard.now", lambda: at):
        yield


def narrowing(shown: Browser) -> str:
    """The tag before what narrows the list."""
    return shown.html.partition("<summary>Narrow</summary>")[0].rpartition("<details")[2]


async def test_the_borrower_reads_each_call_and_each_refusal_and_that_a_threat_was_one(cast: Cast) -> None:
    by, minute = await key_of(cast), timedelta(minutes=1)
    answered = await asks(cast, by, MORNING)
    await tells(cast, by, answered, "reached", MORNING + minute)
    await asks(cast, by, MORNING + 2 * minute)
    night = await asks(cast, by, MORNING + timedelta(hours=12, minutes=5))
    await tells(cast, by, night, "reached", MORNING + timedelta(hours=12, minutes=6))
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    await bo.open(f"{loan}/contacts")
    assert "3 of 3 calls today" in bo.text and bo.text.count(AGENCY) == 3
    assert "Made although it was refused. Nobody is contacted at this hour. The call was answered" in bo.text
    assert bo.text.index("Made although") < bo.text.index("Nobody has told yet") < bo.text.index("10:01")
    assert (await bo.open(loan)).text.count("Who contacted you: 2 times today") == 1
    await bo.open(f"{loan}/problem?kind=threat&contact={night}")
    assert "It is about this contact:" in bo.text and AGENCY in bo.text
    await bo.send("/problem", kind="threat", contact=night, note="他说要来我家")
    assert "Somebody threatens me or my family" in bo.text and AGENCY in bo.text
    row = await tables.ComplaintRow.get(kind="threat").prefetch_related("contact")
    assert row.contact.ref == night and row.answer_by.isoformat() == "2026-06-15"
    rui = await cast.reviewer()
    await rui.open(f"/desk/problems/{row.ref}")
    assert AGENCY in rui.text and "Made although it was refused" in rui.text
    liu = await cast.comes(LIU_YANGS)
    assert (await liu.open(f"{loan}/contacts")).status == 404
    assert (await liu.open(f"{await cast.loan(LIU_YANGS)}/problem?contact={night}")).status == 404
    seeded = await tables.ContactRow.filter(loan__loan_no=LIU_YANGS).order_by("id").first()
    assert seeded is not None
    assert (await liu.open(f"{await cast.loan(LIU_YANGS)}/problem?contact={seeded.ref}")).status == 200
    assert (await liu.open(f"{await cast.loan('JQ-2026-0015')}/problem?contact={seeded.ref}")).status == 404


async def test_a_call_that_is_not_on_the_list_is_reported_with_what_is_known_of_it(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    await bo.open(f"{loan}/contacts")
    assert "0 of 3 calls today" in bo.text and "Nobody has asked to contact you about this loan yet." in bo.text
    await bo.open(f"{loan}/problem?kind=unlisted_contact")
    await bo.send("/problem", kind="unlisted_contact", channel="call", when="昨天 21:00", number="021 5555")
    assert "A contact is not on the list" in bo.text and "How: Phone call" in bo.text and "021 5555" in bo.text
    row = await tables.ComplaintRow.get(kind="unlisted_contact")
    assert row.contact_id is None and "receipt number" in bo.text  # type: ignore[attr-defined]


async def test_a_visit_comes_about_by_an_appointment_alone_which_is_moved_and_taken_back(cast: Cast) -> None:
    by = await key_of(cast)
    unasked = await asks(cast, by, MORNING, "visit")
    assert (await tables.ContactRow.get(ref=unasked)).reason == "no_appointment"
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    with clock(MORNING):
        await bo.open(f"{loan}/visit")
        await bo.send("/visit", day="2026-06-14", hours="14-18", note="小区门口的茶馆")
        assert bo.status == 422 and "A visit can be from 15 June 2026 to 28 June 2026; 14 June 2026 is not." in bo.text
        assert "小区门口的茶馆" in bo.html, "what was typed comes back"
        await bo.send("/visit", day="2026-06-16", hours="14-18", note="小区门口的茶馆")
        assert "You made an appointment for 16 June 2026, 14:00 to 18:00." in bo.text and "小区门口的茶馆" in bo.text
        await bo.send("/visit", day="2026-06-17", hours="9-12", note="银行网点")
        assert "You made an appointment for 17 June 2026, 9:00 to 12:00." in bo.text and "茶馆" not in bo.text
    at_nine = datetime(2026, 6, 17, 1, tzinfo=UTC)
    early = await tables.ContactRow.get(ref=await asks(cast, by, at_nine - timedelta(minutes=1), "visit"))
    assert (early.reason, early.allowed_from) == ("no_appointment", at_nine)
    visited = await tables.ContactRow.get(ref=await asks(cast, by, at_nine, "visit"))
    assert visited.until == datetime(2026, 6, 17, 4, tzinfo=UTC) and visited.visit_id is not None  # type: ignore[attr-defined]
    rui = await cast.reviewer()
    with clock(MORNING):
        desk = f"/desk/loans/{loan.rpartition('/')[2]}"
        assert "17 June 2026, 9:00 to 12:00" in (await rui.open(desk)).text and "银行网点" not in rui.text
        await rui.send("/open", reason="speak")
        assert "银行网点" in rui.text
        listed = (await rui.open(f"/desk/contacts?loan={ZHOU_MINS}")).text
        assert "17 June 2026, 9:00 to 12:00 · JQ-2026-0001" in listed and "16 June" not in listed
        await bo.open(f"{loan}/visit")
        await bo.send("/withdraw")
        assert "Nobody comes." in bo.text and "银行网点" not in bo.text
    told = [each for each in await cast.events(XIAOMINGS) if each.startswith("visit.")]
    assert told == ["visit.appointed", "visit.withdrawn", "visit.appointed", "visit.withdrawn"]
    everything = await rui.open("/desk/contacts")
    assert "Appointments for visits" not in everything.text and "open" not in narrowing(everything)
    assert "open" in narrowing(await rui.open("/desk/contacts?which=refused"))
    zhou = await cast.comes(ZHOU_MINS)
    with clock(MORNING):
        await zhou.open(f"{await cast.loan(ZHOU_MINS)}/visit")
        await zhou.send("/visit", day="2026-06-16", hours="14-18", note="家里")
    assert "No visit can be appointed now" in zhou.text, "collection is on hold"


async def test_the_desk_finds_what_was_refused_or_not_told_by_whom_and_on_which_days(cast: Cast) -> None:
    own, by = await key_of(cast, ""), await key_of(cast)
    refs = [await asks(cast, each, MORNING) for each in (own, by)]
    held = await asks(cast, by, MORNING, loan_no=ZHOU_MINS)
    late = await asks(cast, by, MORNING - timedelta(hours=3))
    await tells(cast, by, late, "reached", MORNING)
    await tells(cast, own, refs[0], "unanswered", MORNING)
    rui = await cast.reviewer(RUI)
    with clock(MORNING):
        for query, rows in (
            ("", 4),
            ("which=refused", 2),
            ("which=against", 1),
            ("which=not_told", 1),
            (f"agency={AGENCY}", 3),
            (f"loan={ZHOU_MINS}", 1),
            ("until=2026-06-14", 4),
            ("until=2026-06-13", 0),
            ("until=2026-06-15", 4),
        ):
            await rui.open(f"/desk/contacts?since=2026-06-14&{query}")
            assert rui.html.count("/desk/loans/") == rows, query
            sheet = await rui.client.get(f"/desk/contacts.csv?since=2026-06-14&{query}")
            assert len(sheet.text.splitlines()) == 1 + rows, query
        assert held in sheet.text and "13800000001" not in sheet.text
        assert (await rui.open("/desk/contacts?since=2026-06-15")).html.count("/desk/loans/") == 0
        wrong = await rui.open("/desk/contacts.csv?since=2022-01-01")
    assert wrong.status == 422 and "A list is of up to 1,098 days; these are 1,625." in wrong.text
    an = await cast.reviewer(AN)
    assert (await an.open("/desk/contacts")).html.count("/desk/loans/") == 0
