"""Two people, two devices or two clicks at once: one of them is first, the other is told, and nothing is half done."""

import asyncio
import json
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from portal.actions import access
from portal.actions.act import Acting, Author, FormToken, change_of_lender
from portal.actions.journal import Journal, KeyUsedOtherwise
from portal.actions.payments import record_payments
from portal.actions.proposals import accept, agree, counter, revise, step, submit
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.restructuring.negotiation import Move, MoveNotPossible, Party, ProposalOpen, SomebodyWasFirst, State
from portal.reads.cases import LenderFacts
from portal.reads.log import broken_links
from portal.tables import models as tables
from portal.tables.transaction import transaction
from tests.actions.story import BORROWER, NOW, ON, RUI, SIX, TWELVE, VAULT, Story, begin, fresh_key, paper

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

XIAOMING = Author(BORROWER, VAULT)
ENDS = ("proposal.accepted", "proposal.countered", "proposal.withdrawn")
EIGHT = replace(TWELVE, installments=8)


async def at_once(*moves: Awaitable[Any]) -> list[Any]:
    ends = await asyncio.gather(*moves, return_exceptions=True)
    assert [link async for link in broken_links() if link.what] == []
    return ends


async def pay(story: Story) -> None:
    await record_payments(NOW, story.lender, [PaymentRecord(1, "JQ-2026-0001", Payment("P-3", ON, 100))], VAULT)


async def countered(story: Story) -> str:
    ref = await story.propose(TWELVE)
    proposal = await story.proposal(ref)
    await counter(Acting(Author(RUI, VAULT), FormToken(proposal.case.seq), NOW), proposal, await story.quote(EIGHT))
    return ref


async def test_from_phone_and_laptop_at_once_one_proposal_is_made() -> None:
    story = await begin()
    now, six, twelve = await story.case(), await story.quote(SIX), await story.quote(TWELVE)
    ends = await at_once(
        *(
            submit(
                Acting(replace(XIAOMING, note="晚上写的"), FormToken(now.seq, fresh_key()), NOW),
                now,
                story.person_id,
                quote,
            )
            for quote in (six, twelve, six, twelve)
        )
    )
    assert sum(isinstance(end, str) for end in ends) == 1
    assert all(isinstance(end, str | ProposalOpen | SomebodyWasFirst) for end in ends)
    assert (
        await tables.ProposalRow.all().count(),
        await tables.OfferRow.all().count(),
        await tables.TextRow.all().count(),
    ) == (1, 1, 1)


async def test_what_is_taken_back_while_the_lender_counters_has_one_end() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal, eight = await story.proposal(ref), await story.quote(EIGHT)
    form_token = FormToken(proposal.case.seq)
    ends = await at_once(
        counter(Acting(Author(RUI, VAULT), form_token, NOW), proposal, eight),
        step(Acting(XIAOMING, form_token, NOW), proposal, Party.BORROWER, Move.WITHDRAW),
    )
    assert [type(end) for end in ends if end is not None] == [SomebodyWasFirst]
    assert (await story.proposal(ref)).state in (State.COUNTERED, State.WITHDRAWN)


async def test_accepting_on_the_phone_and_revising_on_the_laptop_has_one_end() -> None:
    story = await begin()
    ref = await countered(story)
    proposal, six = await story.proposal(ref), await story.quote(SIX)
    form_token = FormToken(proposal.case.seq)
    ends = await at_once(
        accept(Acting(XIAOMING, form_token, NOW), proposal, Party.BORROWER),
        revise(Acting(XIAOMING, form_token, NOW), proposal, six),
    )
    assert [type(end) for end in ends if end is not None] == [SomebodyWasFirst]
    proposal = await story.proposal(ref)
    assert (proposal.state, proposal.version) in ((State.ACCEPTED, 2), (State.ACCEPTED, 3))


async def test_a_counter_on_the_table_stays_as_it_was_shown_until_it_is_answered() -> None:
    story = await begin()
    ref = await countered(story)
    proposal, six = await story.proposal(ref), await story.quote(SIX)
    form_token = FormToken(proposal.case.seq)
    lender, borrower = await at_once(
        counter(Acting(Author(RUI, VAULT), form_token, NOW), proposal, six),
        accept(Acting(XIAOMING, form_token, NOW), proposal, Party.BORROWER),
    )
    assert isinstance(lender, MoveNotPossible | SomebodyWasFirst) and borrower is None
    assert [row["total"] for row in (await accepted_schedule())] == ["426.64"] * 8  # 3,413.12 / 8


async def accepted_schedule() -> list[dict[str, str]]:
    body = json.loads(bytes((await tables.EventRow.get(type="proposal.accepted")).body))
    schedule: list[dict[str, str]] = body["data"]["schedule"]
    return schedule


async def test_a_payment_between_preview_and_sending_makes_the_page_stale_and_keeps_nothing() -> None:
    story = await begin()
    now, quote = await story.case(), await story.quote(TWELVE)
    await pay(story)
    with pytest.raises(SomebodyWasFirst):
        await submit(
            Acting(replace(XIAOMING, note="请考虑"), FormToken(now.seq, fresh_key()), NOW), now, story.person_id, quote
        )
    assert (
        await tables.ProposalRow.all().count(),
        await tables.TextRow.all().count(),
        await tables.IdempotencyRow.all().count(),
    ) == (0, 0, 0)


async def test_a_payment_between_the_counter_and_its_acceptance_is_shown_first() -> None:
    story = await begin()
    proposal = await story.proposal(await countered(story))
    await pay(story)
    with pytest.raises(SomebodyWasFirst):
        await accept(Acting(XIAOMING, FormToken(proposal.case.seq, fresh_key()), NOW), proposal, Party.BORROWER)
    assert (await story.proposal(proposal.ref)).state is State.COUNTERED


async def test_three_clicks_on_confirm_make_one_agreement_and_give_its_name_three_times() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(SIX))
    guard = FormToken(proposal.case.seq, fresh_key())
    refs = await at_once(*(agree(Acting(XIAOMING, guard, NOW), proposal, signed=paper(proposal)) for _ in range(3)))
    assert len(set(refs)) == 1
    assert (await tables.AgreementRow.all().count(), (await story.events()).count("agreement.signed")) == (1, 1)


async def test_a_form_sent_again_later_is_answered_as_before_and_with_other_words_refused() -> None:
    story = await begin()
    proposal = await story.proposal(await countered(story))
    guard = FormToken(proposal.case.seq, fresh_key())
    await accept(Acting(XIAOMING, guard, NOW), proposal, Party.BORROWER)
    events = await story.events()
    await accept(Acting(XIAOMING, guard, NOW), proposal, Party.BORROWER)
    with pytest.raises(KeyUsedOtherwise):
        await accept(Acting(replace(XIAOMING, note="好"), guard, NOW), proposal, Party.BORROWER)
    assert await story.events() == events


async def test_a_counter_tells_what_it_changed_and_in_which_order_payments_count() -> None:
    story = await begin()
    await countered(story)
    told = json.loads(bytes((await tables.EventRow.get(type="proposal.countered")).body))["data"]
    assert told["differences"] == [{"term": "installments", "asked": 12, "offered": 8}]
    assert told["allocation"] == ["costs", "fees", "penalty", "interest", "principal"]


@pytest.mark.parametrize("crowd", [40, pytest.param(200, marks=pytest.mark.proof)])
async def test_of_many_who_accept_counter_and_take_back_at_once_exactly_one_is_first(crowd: int) -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    proposal, eight = await story.proposal(ref), await story.quote(EIGHT)
    form_token = proposal.case.seq
    moves: list[Any] = [
        lambda: accept(Acting(Author(RUI, VAULT), FormToken(form_token, fresh_key()), NOW), proposal, Party.LENDER),
        lambda: counter(Acting(Author(RUI, VAULT), FormToken(form_token, fresh_key()), NOW), proposal, eight),
        lambda: step(
            Acting(XIAOMING, FormToken(form_token, fresh_key()), NOW), proposal, Party.BORROWER, Move.WITHDRAW
        ),
    ]
    ends = await at_once(*(moves[n % 3]() for n in range(crowd)))
    assert [type(end) for end in ends if not isinstance(end, SomebodyWasFirst)] == [type(None)]
    state = (await story.proposal(ref)).state
    assert state in (State.ACCEPTED, State.COUNTERED, State.WITHDRAWN)
    told = [name for name in await story.events() if name in ENDS]
    assert told == [f"proposal.{state.value}"]


async def test_a_look_is_written_while_the_lender_acts_and_notes_one_too_and_neither_waits_for_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story, append = await begin(), access._append
    proposal, acting = asyncio.Event(), asyncio.Event()

    async def slowly(*given: Any) -> None:
        proposal.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(acting.wait(), 0.3)  # on SQLite nobody else writes meanwhile
        await append(*given)

    monkeypatch.setattr(access, "_append", slowly)

    async def looks() -> None:
        async with transaction():
            await access.note_access(("staff", "rui"), "loan.looked", NOW.at, lender_id=story.lender.id)

    @change_of_lender
    async def acts(_: Journal, lender: LenderFacts) -> None:
        acting.set()
        await access.note_access(("staff", "lan"), "number-changed", NOW.at, lender_id=lender.id)

    async def then_acts() -> None:
        await proposal.wait()
        await acts(NOW, story.lender)

    assert await at_once(looks(), then_acts()) == [None, None]
    looked = await tables.AccessRow.filter(lender_id=story.lender.id).order_by("seq").values_list("what", flat=True)
    assert looked == ["loan.looked", "number-changed"]
