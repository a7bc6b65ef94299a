"""An act reads what it is about once nobody else can change it, happens once, and is tried again when it lost."""

import sqlite3
from datetime import date

import pytest
from tortoise.exceptions import TransactionManagementError

from portal.actions.act import Act, Acting, Author, FormToken, change, change_of_lender
from portal.actions.complaints import NewComplaint, file_complaint
from portal.actions.journal import Journal, KeyUsedOtherwise
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.proposals import accept, agree, book, pause_plan, propose_waiver, step
from portal.domain.conduct.complaints import ComplaintKind
from portal.domain.event import NewEvent
from portal.domain.restructuring.negotiation import Move, Party, SomebodyWasFirst, State
from portal.reads.cases import Case, LenderFacts
from portal.tables import models as tables
from tests.actions.story import BORROWER, LAN, NOW, POLICY, RUI, SIX, TWELVE, VAULT, begin, paper

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

CALLS = NewComplaint(ComplaintKind.CALLS)
CLOCKS = POLICY + "[clocks]\ninfo_working_days = 1\ncomplaint_days = 1\n"


def by(actor: object, version: int, key: str = "", note: str = "") -> Acting:
    author = Author(actor, VAULT, note)  # type: ignore[arg-type]
    return Acting(author, FormToken(version, key), NOW)


def busy() -> TransactionManagementError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return TransactionManagementError(error)


async def test_a_question_is_to_be_answered_by_the_policy_in_force_when_it_is_asked() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(TWELVE))
    await step(by(RUI, proposal.case.seq), proposal, Party.LENDER, Move.TAKE_UP)
    shown = await story.proposal(proposal.ref)
    await set_policy(NOW, story.lender, CLOCKS, OPERATOR)
    await step(by(RUI, shown.case.seq, note="每月几号方便？"), shown, Party.LENDER, Move.ASK)
    assert shown.policy.info_working_days == 5, "that was the page's"
    assert (await story.proposal(proposal.ref)).expires_on == date(2026, 6, 15)  # asked on a Sunday


async def test_a_complaint_is_to_be_answered_by_the_policy_in_force_when_it_is_filed() -> None:
    story = await begin()
    shown = await story.case()
    await set_policy(NOW, story.lender, CLOCKS, OPERATOR)
    await file_complaint(by(BORROWER, shown.seq), shown, story.person_id, CALLS)
    assert (await tables.ComplaintRow.get()).answer_by == date(2026, 6, 15)


async def test_two_buttons_of_one_form_are_not_one_request() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(TWELVE))
    acting = by(RUI, proposal.case.seq, "k")
    await step(acting, proposal, Party.LENDER, Move.TAKE_UP)
    with pytest.raises(KeyUsedOtherwise):
        await accept(acting, proposal, Party.LENDER)
    with pytest.raises(KeyUsedOtherwise):
        await step(acting, proposal, Party.LENDER, Move.ASK)
    assert (await story.proposal(proposal.ref)).state is State.UNDER_REVIEW


async def test_a_key_is_whose_it_is() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(TWELVE))
    await step(by(RUI, proposal.case.seq, "k"), proposal, Party.LENDER, Move.TAKE_UP)
    with pytest.raises(SomebodyWasFirst):
        await step(by(LAN, proposal.case.seq, "k"), proposal, Party.LENDER, Move.TAKE_UP)


async def test_a_pause_booking_or_waiver_clicked_twice_happens_once_and_is_answered_twice() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(SIX))
    await agree(by(BORROWER, proposal.case.seq), proposal, signed=paper(proposal))
    proposal = await story.proposal(proposal.ref)
    booked = [await book(by(LAN, proposal.case.seq, "k1"), proposal, "K-1", "desk") for _ in range(2)]
    proposal = await story.proposal(proposal.ref)
    for _ in range(2):
        await pause_plan(by(LAN, proposal.case.seq, "k2"), proposal, date(2026, 7, 14))
    assert booked == ["active", "active"]
    again = await story.propose(TWELVE)
    proposal = await story.proposal(again)
    for _ in range(2):
        await propose_waiver(by(RUI, proposal.case.seq, "k3"), proposal, None, "病了三个月")
    events = await story.events()
    assert [events.count(each) for each in ("plan.activated", "plan.paused", "waiver.proposed")] == [1, 1, 1]


async def test_what_lost_against_another_writer_is_read_and_done_anew_and_leaves_nothing_of_the_first_time() -> None:
    story = await begin()
    seen, losses = await story.case(), [busy(), busy()]

    @change
    async def files(act: Act, case: Case) -> str:
        await act.keep_note(story.person_id, case.id)
        await act.log.tell(case, NewEvent("complaint.answered", act.actor))
        if losses:
            raise losses.pop()
        return f"{case.seq}"

    @change_of_lender
    async def counts(log: Journal, lender: LenderFacts) -> int:
        if losses:
            raise losses.pop()
        return log.lender.feed

    assert await files(by(BORROWER, seen.seq, "k", note="昨晚"), seen) == f"{seen.seq}"
    assert (await story.events()).count("complaint.answered") == await tables.TextRow.all().count() == 1
    losses.append(busy())
    assert await counts(NOW, story.lender) == len(await tables.EventRow.all())


async def test_a_form_answered_by_the_version_before_is_refused_and_not_done_again() -> None:
    """It kept answers under `person:1`, and of another request."""
    story = await begin()
    shown = await story.case()
    acting = by(BORROWER, shown.seq, "k", note="昨晚")
    await file_complaint(acting, shown, story.person_id, CALLS)
    await tables.IdempotencyRow.all().update(actor=f"person:{story.person_id}", request_hash="0" * 64)
    with pytest.raises(SomebodyWasFirst):
        await file_complaint(acting, shown, story.person_id, CALLS)
    assert await tables.ComplaintRow.all().count() == 1
