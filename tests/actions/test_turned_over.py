"""A plan that the rule before completed stays as it was told until its lender's operator says that it is told."""

import json
from datetime import date

import pytest

from portal.actions.payments import record_payments
from portal.actions.proposals import advance_plans, tell_turned_over
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import State
from portal.reads.plans import proposal_today
from portal.reads.turned_over import TurnedOver, turned_over
from portal.tables import models as tables
from tests.actions.story import NOW, ON, SIX, VAULT, Story
from tests.actions.test_live import on, pays, running

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


async def remained_by_the_rule_before(remaining: str) -> tuple[Story, str]:
    """Row 1 of six, 568.85, was paid on 1 July, and what remained was told as that rule did."""
    story, ref = await running(SIX)
    await pays(story, date(2026, 7, 1), 56885)
    row = await tables.EventRow.get(type="plan.installment_paid")
    body = json.loads(bytes(row.body))
    body["schema_version"], body["data"]["remaining"] = 1, remaining
    await tables.EventRow.filter(id=row.id).update(body=json.dumps(body).encode())
    return story, ref


async def test_a_running_plan_of_which_another_sum_was_told_is_listed_with_its_status_unchanged() -> None:
    """It had counted the contract's 1,100.16 too. A row that is paid since changes nothing of the day it was told."""
    story, ref = await remained_by_the_rule_before("1744.11")
    await pays(story, date(2026, 7, 3), 10000)
    (found,) = await listed(story)
    assert (found.proposal, found.told, found.now) == (ref, State.ACTIVE, State.ACTIVE)
    assert (found.figure, found.left_then) == ("remaining 1744.11 on 2026-07-01", "2844.27")


async def test_a_running_plan_of_which_the_same_sum_was_told_is_not_listed() -> None:
    """100.00 of before the plan, told since, are no part of what was known then."""
    story, _ = await remained_by_the_rule_before("2844.27")
    late = PaymentRecord(1, "JQ-2026-0001", Payment("P-0", date(2026, 6, 13), 10000), None)
    await record_payments(on(date(2026, 7, 5)), story.lender, [late], VAULT)
    assert await listed(story) == []


async def test_what_the_rule_of_today_told_is_not_held_against_it() -> None:
    story, _ = await running(SIX)
    await pays(story, date(2026, 7, 1), 56885)
    assert await listed(story) == []
