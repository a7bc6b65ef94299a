"""What the lender's books say of an agreement: taken in, or not; and then it may be agreed anew."""

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.proposals import accept, agree, book
from portal.actions.proposals.book import BookedOtherwise
from portal.domain.event import Actor
from portal.domain.restructuring.negotiation import Party, State
from portal.reads.proposals import proposal_of_agreement
from tests.actions.story import BORROWER, LAN, NOW, SIX, VAULT, Story, begin, paper

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

CORE = Actor("lender", "core")


async def agreed(story: Story, ref: str) -> str:
    proposal = await story.proposal(ref)
    return await agree(
        Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, signed=paper(proposal)
    )


async def said(story: Story, agreement: str, core_id: str = "", reason: str = "") -> State:
    proposal = await proposal_of_agreement(agreement, story.lender.id)
    acting = Acting(Author(CORE, VAULT), FormToken(proposal.case.seq), NOW)
    return await book(acting, proposal, core_id, reason, agreement)


async def test_what_could_not_be_booked_is_agreed_anew_and_only_the_new_agreement_can_be_booked() -> None:
    story = await begin()
    ref = await story.propose(SIX)
    await agreed(story, ref)
    first = (await story.proposal(ref)).agreement
    assert first is not None
    assert await said(story, first, reason="closed") is State.UNDER_REVIEW

    proposal = await story.proposal(ref)
    await accept(Acting(Author(LAN, VAULT), FormToken(proposal.case.seq), NOW), proposal, Party.LENDER)
    await agreed(story, ref)
    second = (await story.proposal(ref)).agreement
    assert second is not None and second != first

    with pytest.raises(BookedOtherwise):
        await said(story, first, core_id="K-1")
    assert await said(story, second, core_id="K-2") is State.ACTIVE
    assert await said(story, second, core_id="K-2") is State.ACTIVE
    assert (await story.events()).count("plan.activated") == 1
    assert await said(story, first, reason="closed") is State.UNDER_REVIEW
