"""小明 proposes, the lender answers: every move is one event or nothing, whoever else is writing."""

import asyncio
import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.journal import KeyUsedOtherwise
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.proposals import accept, agree, book, counter, decline, revise, run_clocks, step, submit
from portal.domain.contract.amounts import Amounts
from portal.domain.event import Actor, BusinessTime
from portal.domain.restructuring.negotiation import Move, MoveNotPossible, Party, ProposalOpen, SomebodyWasFirst, State
from portal.reads.log import broken_links
from portal.reads.policy import policy
from portal.reads.proposals import history
from portal.tables import models as tables
from tests.actions.story import BORROWER, LAN, NOW, POLICY, RUI, SIX, TWELVE, VAULT, begin, fresh_key, paper

CORE = Actor("lender", "core")

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]


async def test_inside_the_policy_a_plan_is_accepted_in_the_same_moment() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(SIX))
    assert proposal.state is State.ACCEPTED
    assert proposal.on_the_table.plan.total == 341312
    assert await story.events() == ["loan.added", "proposal.submitted", "contact.hold_requested", "proposal.accepted"]


async def test_outside_the_policy_a_person_decides() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(TWELVE))
    assert proposal.state is State.SUBMITTED
    assert proposal.decide_by is not None and proposal.decide_by.isoformat() == "2026-06-17"


async def test_a_countered_plan_is_accepted_by_the_borrower_and_agreed() -> None:
    story = await begin()
    ref = await story.propose(TWELVE, note="我病了")
    proposal = await story.proposal(ref)
    offer = replace(TWELVE, installments=8)
    await counter(
        Acting(Author(RUI, VAULT, "八期可以"), FormToken(proposal.case.seq), NOW), proposal, await story.quote(offer)
    )
    proposal = await story.proposal(ref)
    assert (proposal.state, proposal.version) == (State.COUNTERED, 2)
    await accept(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, Party.BORROWER)
    proposal = await story.proposal(ref)
    await agree(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, signed=paper(proposal))
    proposal = await story.proposal(ref)
    assert proposal.state is State.AGREED
    assert proposal.agreement is not None
    assert await story.events() == [
        "loan.added",
        "proposal.submitted",
        "contact.hold_requested",
        "proposal.under_review",
        "proposal.countered",
        "proposal.accepted",
        "agreement.signed",
    ]
    told = await history(ref, VAULT)
    assert [entry.note for entry in told] == ["我病了", "", "八期可以", "", ""]
    assert told[-1].data["schedule"][0]["total"] == "426.64"  # 3,413.12 / 8


async def test_no_name_and_no_free_text_is_in_an_event() -> None:
    story = await begin()
    await story.propose(TWELVE, note="我病了")
    for event in await tables.EventRow.all():
        body = bytes(event.body).decode()
        assert "王小明" not in body and "我病了" not in body and "13800000001" not in body


async def test_two_reviewers_answer_at_once_and_one_is_told() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    form_token = FormToken(proposal.case.seq)
    answers = await asyncio.gather(
        decline(Acting(Author(RUI, VAULT, "no"), form_token, NOW), proposal, "too_long"),
        accept(Acting(Author(LAN, VAULT), form_token, NOW), proposal, Party.LENDER),
        return_exceptions=True,
    )
    assert sorted(type(answer) for answer in answers if answer is not None) == [SomebodyWasFirst]
    assert len(await story.events()) == 5


async def test_a_double_click_proposes_once() -> None:
    story = await begin()
    now, quote, key = await story.case(), await story.quote(TWELVE), fresh_key()
    author = Author(BORROWER, VAULT)
    refs = await asyncio.gather(
        *(submit(Acting(author, FormToken(now.seq, key), NOW), now, story.person_id, quote) for _ in range(3))
    )
    assert len(set(refs)) == 1
    assert (await story.events()).count("proposal.submitted") == 1


async def test_the_same_key_with_another_offer_is_refused() -> None:
    story = await begin()
    key = fresh_key()
    await story.propose(TWELVE, key=key)
    with pytest.raises(KeyUsedOtherwise):
        await story.propose(SIX, key=key)


async def test_a_second_proposal_waits_for_the_first() -> None:
    story = await begin()
    await story.propose(TWELVE)
    with pytest.raises(ProposalOpen):
        await story.propose(SIX)


async def test_after_taking_it_back_another_can_be_made() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    await step(
        Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, Party.BORROWER, Move.WITHDRAW
    )
    assert (await story.proposal(await story.propose(SIX))).state is State.ACCEPTED


async def test_a_stale_page_changes_nothing() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    with pytest.raises(SomebodyWasFirst):
        await decline(Acting(Author(RUI, VAULT, "no"), FormToken(proposal.case.seq - 1), NOW), proposal, "too_long")
    assert (await story.proposal(ref)).state is State.SUBMITTED
    assert await tables.TextRow.all().count() == 0


async def test_a_question_goes_to_the_borrower_and_the_answer_back() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    for party, move, actor, note in (
        (Party.LENDER, Move.TAKE_UP, RUI, ""),
        (Party.LENDER, Move.ASK, RUI, "收入证明？"),
        (Party.BORROWER, Move.ANSWER, BORROWER, "已附"),
    ):
        proposal = await story.proposal(ref)
        await step(Acting(Author(actor, VAULT, note), FormToken(proposal.case.seq), NOW), proposal, party, move)
    assert (await story.proposal(ref)).state is State.UNDER_REVIEW


async def test_a_revised_offer_inside_the_policy_is_accepted_at_once() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    offer = replace(TWELVE, installments=3)
    await counter(Acting(Author(RUI, VAULT), FormToken(proposal.case.seq), NOW), proposal, await story.quote(offer))
    proposal = await story.proposal(ref)
    await revise(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, await story.quote(SIX))
    proposal = await story.proposal(ref)
    assert (proposal.state, proposal.version) == (State.ACCEPTED, 3)


async def test_what_was_declined_cannot_be_accepted_any_more() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    await decline(Acting(Author(RUI, VAULT, "太长"), FormToken(proposal.case.seq), NOW), proposal, "too_long")
    proposal = await story.proposal(ref)
    with pytest.raises(MoveNotPossible):
        await accept(Acting(Author(LAN, VAULT), FormToken(proposal.case.seq), NOW), proposal, Party.LENDER)


async def test_what_was_declined_with_the_nearest_yes_is_not_declined_again() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    for allowed in (True, False):
        proposal, nearest = await story.proposal(ref), await story.quote(SIX)
        acting = Acting(Author(RUI, VAULT, "太长"), FormToken(proposal.case.seq), NOW)
        with nullcontext() if allowed else pytest.raises(MoveNotPossible):
            await decline(acting, proposal, "too_long", nearest=nearest)
    assert (await story.events()).count("proposal.declined") == 1


async def test_every_link_of_every_chain_holds_and_a_changed_event_is_found() -> None:
    story = await begin()
    await story.propose(TWELVE)
    assert [link.what async for link in broken_links() if link.what] == []
    event = await tables.EventRow.get(type="proposal.submitted")
    await tables.EventRow.filter(id=event.id).update(body=bytes(event.body).replace(b"3413.12", b"3413.13"))
    assert [link.what async for link in broken_links() if link.what] == ["its content is not what was chained"]


async def test_a_refusal_tells_the_lender_until_when_contact_is_on_hold() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(TWELVE))
    await decline(Acting(Author(RUI, VAULT, "太长"), FormToken(proposal.case.seq), NOW), proposal, "too_long")
    told = json.loads(bytes((await tables.EventRow.get(type="proposal.declined")).body))["data"]
    assert (told["reason"], told["hold_until"]) == ("too_long", "2026-06-28")  # fourteen days


async def test_an_answer_that_is_late_twice_stops_the_penalty_twice() -> None:
    """Sent on 14 June, due by the 17th; asked and answered on the 25th, due by the 30th, and late again."""
    story = await begin()
    ref = await story.propose(TWELVE)
    days = {day: BusinessTime(datetime(2026, 6, day, 4, tzinfo=UTC), date(2026, 6, day)) for day in (18, 25)}
    await run_clocks(story.lender, days[18])
    proposal = await story.proposal(ref)
    await step(Acting(Author(RUI, VAULT), FormToken(proposal.case.seq), days[25]), proposal, Party.LENDER, Move.TAKE_UP)
    proposal = await story.proposal(ref)
    await step(
        Acting(Author(RUI, VAULT, "收入？"), FormToken(proposal.case.seq), days[25]), proposal, Party.LENDER, Move.ASK
    )
    proposal = await story.proposal(ref)
    await step(
        Acting(Author(BORROWER, VAULT, "六千"), FormToken(proposal.case.seq), days[25]),
        proposal,
        Party.BORROWER,
        Move.ANSWER,
    )
    july = BusinessTime(datetime(2026, 7, 2, 4, tzinfo=UTC), date(2026, 7, 2))
    await run_clocks(story.lender, july)
    await run_clocks(story.lender, july)
    assert (await story.events()).count("proposal.unanswered") == 2
    stopped = [(s.start, s.end) for s in (await story.case()).loan.suspensions]
    assert stopped == [(date(2026, 6, 17), date(2026, 6, 25)), (date(2026, 6, 30), None)]


async def test_what_is_signed_holds_to_the_policy_under_which_it_was_accepted() -> None:
    """Accepted with fourteen days to catch up; by the time it is signed the lender's policy gives none."""
    story = await begin()
    proposal = await story.proposal(await story.propose(SIX))
    assert (proposal.state, proposal.policy.version) == (State.ACCEPTED, 1)
    harder = f"{POLICY}[slips]\ncure_days = 0\n[clocks]\nbooking_working_days = 1\n"
    await set_policy(NOW, story.lender, harder, OPERATOR)
    proposal = await story.proposal(proposal.ref)
    await agree(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, signed=paper(proposal))
    signed = (await history(proposal.ref, VAULT))[-1].data
    slips = {"cure_days": 14, "within": 6, "telling_days": 3, "contract": "apart"}
    assert signed["slips"] == slips and signed["policy_version"] == 1
    proposal = await story.proposal(proposal.ref)
    assert proposal.decide_by == date(2026, 6, 22), "five working days for the books, with 19 June a holiday"
    assert (await policy(story.lender.id, "CNY")).cure_terms.cure_days == 0, "what is new is judged by the new one"


async def test_a_counter_is_bound_by_the_policy_of_the_day_the_borrower_takes_it() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    eight = await story.quote(replace(TWELVE, installments=8))
    await counter(Acting(Author(RUI, VAULT), FormToken(proposal.case.seq), NOW), proposal, eight)
    await set_policy(NOW, story.lender, f"{POLICY}[slips]\ncure_days = 21\n", OPERATOR)
    proposal = await story.proposal(ref)
    await accept(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, Party.BORROWER)
    await set_policy(NOW, story.lender, f"{POLICY}[slips]\ncure_days = 0\n", OPERATOR)
    proposal = await story.proposal(ref)
    assert (proposal.policy.version, proposal.policy.cure_terms.cure_days) == (2, 21)
    kept = await tables.DecisionRow.all().order_by("id").values_list("party", "verdict", "version", "policy_version")
    assert [tuple(row) for row in kept] == [("lender", "counter", 2, 1), ("borrower", "accept", 2, 2)]


async def test_what_was_accepted_before_decisions_were_kept_holds_to_the_policy_of_its_offer() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(SIX))
    await tables.DecisionRow.all().delete()
    await set_policy(NOW, story.lender, f"{POLICY}[slips]\ncure_days = 0\n", OPERATOR)
    assert (await story.proposal(proposal.ref)).policy.version == 1


async def test_what_comes_back_to_a_person_is_judged_by_the_policy_in_force() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(SIX))
    await agree(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, signed=paper(proposal))
    await set_policy(NOW, story.lender, f"{POLICY}[slips]\ncure_days = 0\n", OPERATOR)
    proposal = await story.proposal(proposal.ref)
    await book(Acting(Author(CORE, VAULT), FormToken(proposal.case.seq), NOW), proposal, "", "full")
    proposal = await story.proposal(proposal.ref)
    assert (proposal.state, proposal.policy.version) == (State.UNDER_REVIEW, 2)


async def test_every_answer_leaves_a_decision_with_what_it_lets_go() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(replace(TWELVE, waiver=Amounts(penalty=1000))))
    await decline(Acting(Author(RUI, VAULT), FormToken(proposal.case.seq), NOW), proposal, "too_long")
    proposal = await story.proposal(await story.propose(replace(TWELVE, waiver=Amounts(penalty=1000))))
    await accept(Acting(Author(LAN, VAULT), FormToken(proposal.case.seq), NOW), proposal, Party.LENDER)
    columns = ("verdict", "party", "actor_ref", "waived_minor", "currency", "decided_on")
    kept = [tuple(row) for row in await tables.DecisionRow.all().order_by("id").values_list(*columns)]
    assert kept == [
        ("decline", "lender", "rui", 0, "CNY", NOW.today),
        ("accept", "lender", "lan", 1000, "CNY", NOW.today),
    ]
