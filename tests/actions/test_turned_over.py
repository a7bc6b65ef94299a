"""A plan that the rule before completed stays as it was told until its lender's operator says that it is told."""

import pytest

from portal.actions.proposals import advance_plans, tell_turned_over
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import State
from portal.reads.plans import proposal_today
from portal.reads.turned_over import TurnedOver, turned_over
from portal.tables import models as tables
from tests.actions.story import NOW, ON, Story
from tests.actions.test_live import running

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]


async def completed_by_the_rule_before() -> tuple[Story, str]:
    """小明's plan runs; the rule before called it completed, and nobody has looked at it since."""
    story, ref = await running()
    await tables.ProposalRow.filter(ref=ref).update(state="completed", turned_over=None, looked_on=ON)
    line = await tables.ProposalLineRow.get(live_loan__isnull=False)
    await tables.ProposalLineRow.filter(id=line.id).update(live_loan=None)
    return story, ref


async def told(ref: str) -> list[str]:
    events = tables.EventRow.filter(proposal_ref=ref, type__startswith="plan.").order_by("feed")
    return [str(kind) for kind in await events.values_list("type", flat=True)]


async def listed(story: Story) -> list[TurnedOver]:
    return [each async for each in turned_over(story.lender.id, ON)]


async def test_what_turned_over_is_listed_and_nothing_is_told() -> None:
    story, ref = await completed_by_the_rule_before()
    (found,) = await listed(story)
    assert (found.proposal, found.told, found.now, found.overdue) == (ref, State.COMPLETED, State.ACTIVE, "0.00")
    await advance_plans(story.lender, NOW)
    assert await told(ref) == ["plan.activated"]
    assert [each.proposal for each in await listed(story)] == [ref]


async def test_until_it_is_told_its_page_stays_and_says_that_it_is_counted_again() -> None:
    story, ref = await completed_by_the_rule_before()
    proposal = await story.proposal(ref)
    shown = proposal_today(proposal, position(proposal.case.loan, ON))
    assert (shown.state, shown.counted_again) == (State.COMPLETED, True)


async def test_once_it_is_told_it_runs_again_and_collection_is_asked_to_stop() -> None:
    story, ref = await completed_by_the_rule_before()
    assert await tell_turned_over(story.lender, NOW) == 1
    assert await told(ref) == ["plan.activated", "plan.reopened"]
    row = await tables.ProposalRow.get(ref=ref)
    assert (row.state, row.turned_over) == ("active", False)
    assert await tables.HoldRow.filter(about=ref, ended_at__isnull=True).count() == 1
    assert await listed(story) == []
    assert await tell_turned_over(story.lender, NOW) == 0


async def test_a_plan_that_is_as_it_was_told_goes_on_as_before() -> None:
    story, ref = await running()
    await tables.ProposalRow.filter(ref=ref).update(turned_over=None, looked_on=None)
    await advance_plans(story.lender, NOW)
    assert (await tables.ProposalRow.get(ref=ref)).turned_over is False
    assert await listed(story) == []
