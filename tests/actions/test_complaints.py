"""小明 says that something is wrong: it has a day, it stands still, and what he wrote is nobody else's to read."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.complaints import (
    NewComplaint,
    decide_complaint,
    extend_complaint,
    file_complaint,
    withdraw_complaint,
    write_to_complaint,
)
from portal.actions.holds import acknowledge_holds, end_due_holds, end_hold, request_hold
from portal.actions.preferences import prefer
from portal.actions.proposals import decline, step
from portal.domain.conduct.complaints import (
    CollectionStatus,
    ComplaintCause,
    ComplaintKind,
    NoMoreTime,
    NotOpen,
    Outcome,
    collection_status,
)
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import Move, Party, SomebodyWasFirst
from portal.reads.cases import NotFound
from portal.reads.complaints import ComplaintCase, desk_complaint_case, holds_of, own_complaint, thread
from portal.reads.log import broken_links
from portal.tables import models as tables
from tests.actions.story import BORROWER, NOW, RUI, TWELVE, VAULT, Story, begin
from tests.domain.people import ON

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

FIRST_OF_JUNE = BusinessTime(datetime(2026, 6, 1, 2, 0, tzinfo=UTC), date(2026, 6, 1))
TENTH = BusinessTime(datetime(2026, 6, 10, 2, 0, tzinfo=UTC), date(2026, 6, 10))
PENALTY = NewComplaint(ComplaintKind.AMOUNT, "penalty")


async def tells(
    story: Story, told: NewComplaint, note: str = "", moment: BusinessTime = FIRST_OF_JUNE, key: str = ""
) -> str:
    now = await story.case()
    author = Author(BORROWER, VAULT, note)
    return await file_complaint(Acting(author, FormToken(now.seq, key), moment), now, story.person_id, told)


async def complaint(story: Story, ref: str) -> ComplaintCase:
    return await desk_complaint_case(ref, story.lender.id)


async def penalty(story: Story) -> int:
    return position((await story.case()).loan, ON).overdue.penalty


async def test_a_disputed_penalty_stands_still_and_grows_again_only_after_the_answer() -> None:
    story = await begin()
    assert await penalty(story) == 11264
    ref = await tells(story, PENALTY, "多算了")
    assert await penalty(story) == 8824
    now = await complaint(story, ref)
    assert now.row.answer_by == date(2026, 6, 16)
    author = Author(RUI, VAULT, "合同第 8.2 条")
    acting = Acting(author, FormToken(now.case.seq), TENTH)
    await decide_complaint(acting, now, Outcome.REJECTED, "contract_agrees", ComplaintCause.FEES)
    # Nine days are left out of each line: 82, 51 and 21 days are 50.53 + 31.90 + 13.33.
    assert await penalty(story) == 9576
    assert await story.events() == [
        "loan.added",
        "complaint.opened",
        "dispute.opened",
        "contact.hold_requested",
        "complaint.decided",
        "dispute.closed",
        "contact.hold_ended",
    ]
    assert [said.text for said in await thread(now.id, VAULT)] == ["多算了", "合同第 8.2 条"]
    assert [link.what async for link in broken_links() if link.what] == []


async def test_not_mine_stops_everything_and_taking_it_back_starts_it_again() -> None:
    story = await begin()
    ref = await tells(story, NewComplaint(ComplaintKind.NOT_MINE))
    assert [s.component for s in (await story.case()).loan.suspensions] == [
        "costs",
        "fees",
        "penalty",
        "interest",
        "principal",
    ]
    now = await complaint(story, ref)
    await withdraw_complaint(Acting(Author(BORROWER, VAULT), FormToken(now.case.seq), FIRST_OF_JUNE), now)
    assert await penalty(story) == 11264
    assert await holds_of(now.case.id) == ()


async def test_no_event_has_the_text_and_its_hash_is_salted() -> None:
    story = await begin()
    await tells(story, NewComplaint(ComplaintKind.CALLS), "昨晚十一点 13900000009 打来")
    bodies = b"".join(bytes(event.body) for event in await tables.EventRow.all())
    assert "昨晚".encode() not in bodies and b"13900000009" not in bodies
    text = await tables.TextRow.get()
    assert text.hash.encode() in bodies and "昨晚".encode() not in bytes(text.sealed)


async def test_told_twice_by_one_click_it_is_told_once() -> None:
    story = await begin()
    now = await story.case()
    author, guard = Author(BORROWER, VAULT), FormToken(now.seq, "k1")
    refs = {await file_complaint(Acting(author, guard, NOW), now, story.person_id, PENALTY) for _ in range(2)}
    assert len(refs) == 1 and await tables.ComplaintRow.all().count() == 1


async def test_a_second_answer_to_an_older_page_is_refused() -> None:
    story = await begin()
    now = await complaint(story, await tells(story, PENALTY))
    guard = FormToken(now.case.seq)
    acting = Acting(Author(RUI, VAULT, "改正"), guard, TENTH)
    await decide_complaint(acting, now, Outcome.UPHELD, "", ComplaintCause.SYSTEM)
    acting = Acting(Author(RUI, VAULT, "不"), guard, TENTH)
    with pytest.raises(SomebodyWasFirst):
        await decide_complaint(acting, now, Outcome.REJECTED, "contract_agrees", ComplaintCause.FEES)
    now = await complaint(story, now.ref)
    with pytest.raises(NotOpen):
        await write_to_complaint(Acting(Author(BORROWER, VAULT, "还有"), FormToken(now.case.seq), TENTH), now)


async def test_the_lender_may_take_more_time_twice() -> None:
    story = await begin()
    ref = await tells(story, PENALTY)
    days = []
    for _ in range(2):
        now = await complaint(story, ref)
        await extend_complaint(Acting(Author(RUI, VAULT, "还在查"), FormToken(now.case.seq), TENTH), now)
        days.append((await complaint(story, ref)).row.answer_by)
    assert days == [date(2026, 7, 1), date(2026, 7, 31)]
    now = await complaint(story, ref)
    with pytest.raises(NoMoreTime):
        await extend_complaint(Acting(Author(RUI, VAULT, "还在查"), FormToken(now.case.seq), TENTH), now)


async def test_somebody_elses_problem_is_not_found() -> None:
    story = await begin()
    ref = await tells(story, PENALTY)
    assert (await own_complaint(ref, story.scope)).ref == ref
    with pytest.raises(NotFound):
        await own_complaint(ref, replace(story.scope, person_id=story.person_id + 1))
    with pytest.raises(NotFound):
        await own_complaint(ref, replace(story.scope, lenders=frozenset()))
    with pytest.raises(NotFound):
        await desk_complaint_case(ref, story.lender.id + 1)


async def test_a_proposal_asks_for_a_hold_that_the_lender_acknowledges_once() -> None:
    story = await begin()
    await story.propose(TWELVE)
    now = await story.case()
    (hold,) = await holds_of(now.id)
    assert collection_status((hold,)) == (CollectionStatus.ASKED, NOW.at)
    for _ in range(2):
        await acknowledge_holds(TENTH, now, [hold.ref], RUI)
    assert collection_status(await holds_of(now.id)) == (CollectionStatus.PAUSED, TENTH.at)
    assert (await story.events()).count("contact.hold_acknowledged") == 1


async def test_a_hold_goes_on_for_fourteen_days_after_a_no_and_then_ends_by_itself() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    await decline(Acting(Author(RUI, VAULT, "不"), FormToken(proposal.case.seq), NOW), proposal, "too_long")
    last, after = (BusinessTime(NOW.at, date(2026, 6, day)) for day in (28, 29))
    assert await end_due_holds(story.lender, last) == 0
    assert await end_due_holds(story.lender, after) == 1
    assert await end_due_holds(story.lender, after) == 0
    assert (await story.events())[-1] == "contact.hold_ended"


async def test_a_hold_ends_with_the_proposal_that_was_taken_back() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    author = Author(BORROWER, VAULT)
    await step(Acting(author, FormToken(proposal.case.seq), NOW), proposal, Party.BORROWER, Move.WITHDRAW)
    assert await holds_of(proposal.case.id) == ()


async def test_asked_twice_it_is_one_hold_and_the_lender_ends_it_once_with_a_reason() -> None:
    story = await begin()
    for _ in range(2):
        now = await story.case()
        await request_hold(Acting(Author(BORROWER, VAULT), FormToken(now.seq), NOW), now)
    (hold,) = await holds_of(now.id)
    for _ in range(2):
        await end_hold(NOW, now, hold.ref, "agreed_otherwise", RUI)
    assert (await story.events())[1:] == ["contact.hold_requested", "contact.hold_ended"]


async def test_the_lender_is_told_how_somebody_wants_to_be_reached_without_a_number() -> None:
    story = await begin()
    for channel in ("sms", "letter"):
        await prefer(NOW, story.lender, story.person_id, channel, (18, 22), BORROWER)
    row = await tables.PreferenceRow.get()
    assert (row.channel, row.from_hour, row.to_hour) == ("letter", 18, 22)
    events = await tables.EventRow.filter(type="contact.preference_set")
    assert len(events) == 2 and b"138" not in bytes(events[-1].body).split(b'"data"')[1].split(b'"feed"')[0]


async def test_a_no_to_a_plan_limits_the_hold_for_that_plan_and_no_other() -> None:
    """小明 also said that something is wrong, and asked by himself to be left alone: nobody has answered that."""
    story = await begin()
    ref = await story.propose(TWELVE)
    await tells(story, PENALTY, moment=NOW)
    now = await story.case()
    await request_hold(Acting(Author(BORROWER, VAULT), FormToken(now.seq), NOW), now)
    proposal = await story.proposal(ref)
    await decline(Acting(Author(RUI, VAULT, "不"), FormToken(proposal.case.seq), NOW), proposal, "too_long")
    until = {hold.reason: hold.until for hold in await holds_of(now.id)}
    assert until == {"proposal": date(2026, 6, 28), "amount_wrong": None, "asked": None}
    await end_due_holds(story.lender, BusinessTime(NOW.at, date(2026, 7, 31)))
    assert {hold.reason for hold in await holds_of(now.id)} == {"amount_wrong", "asked"}


async def test_a_plan_taken_back_ends_its_own_hold_and_no_other() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    await tells(story, PENALTY, moment=NOW)
    proposal = await story.proposal(ref)
    await step(
        Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, Party.BORROWER, Move.WITHDRAW
    )
    assert [hold.reason for hold in await holds_of(proposal.case.id)] == ["amount_wrong"]


async def test_of_two_holds_the_lender_acknowledges_and_ends_the_one_it_names() -> None:
    story = await begin()
    await story.propose(TWELVE)
    now = await story.case()
    await request_hold(Acting(Author(BORROWER, VAULT), FormToken(now.seq), NOW), now)
    one, other = await holds_of(now.id)
    await acknowledge_holds(TENTH, now, [one.ref], RUI)
    assert {hold.ref: hold.acknowledged_at for hold in await holds_of(now.id)} == {one.ref: TENTH.at, other.ref: None}
    await end_hold(TENTH, now, other.ref, "agreed_otherwise", RUI)
    assert [hold.ref for hold in await holds_of(now.id)] == [one.ref]
