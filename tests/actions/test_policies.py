"""A policy that one of the staff proposes, and what a dry run of it says, in both databases."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.approvals import AlreadyProposed, ApprovalChanged, NothingWaits, NotYourRole, OwnProposal
from portal.actions.jobs import NewJob, ask_job
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.actions.policies import (
    WAITS_FOR,
    NotReplayed,
    SamePolicy,
    Unproven,
    approve_policy,
    propose_policy,
    reject_policy,
    text_hash,
)
from portal.actions.proposals import accept, decline, submit
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import Actor, BusinessTime
from portal.domain.restructuring.affordability import Budget
from portal.domain.restructuring.negotiation import Party, State
from portal.jobs.runner import Runner
from portal.jobs.spool import Spool
from portal.reads.approvals import waiting_approval
from portal.reads.policy import policy_text, policy_versions
from portal.reads.policy_file import BadPolicy
from portal.reads.replays import POLICY, REACH, REPLAY, policy_reach, policy_replay, reach_key, replay_key
from portal.tables import models as tables
from tests.actions.story import BORROWER, LAN, NOW, RUI, SIX, TWELVE, VAULT, Story, begin
from tests.actions.story import POLICY as HALF_A_YEAR

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

A_YEAR = HALF_A_YEAR.replace("6", "13").replace("300", "200")
STRICT = HALF_A_YEAR.replace("300", "600")
HALF_THE_PENALTY = """
[[offers]]
id = "half"
name_zh = "减半"
name_en = "Half"
reason_zh = "好"
reason_en = "Good"
until = 2026-06-30
installments = 3
waived_penalty = "0.5"
"""
MEI = Actor("staff", "mei")


def acting(who: Actor, role: str = "approver") -> Acting:
    return Acting(Author(who, VAULT, role=role), FormToken(-1), NOW)


async def tried(story: Story, ref: str, tmp_path: Path, days: int = 90, now: BusinessTime = NOW) -> dict[str, Any]:
    """The worker's dry run; answers what it says."""
    key, options = replay_key(ref, days), {"approval": ref, "days": days}
    await ask_job(NewJob(story.lender.id, REPLAY, "staff:lan", options, key=key, request_hash=key), NOW.at)
    runner = Runner(VAULT, Spool(tmp_path, VAULT), lambda _at, _timezone: now, patient=False)
    assert await runner.run_waiting()
    job = await policy_replay(story.lender.id, ref, days, VAULT)
    assert job is not None and job.state == "done"
    return dict(job.answer or {})


async def approved(story: Story, ref: str, text: str, *, by: Actor = MEI, role: str = "admin", **other: Any) -> str:
    shown = {"shown": text_hash(text), "against": 1, "days": 90, "untold": False, **other}
    return await approve_policy(acting(by, role), story.lender, ref, *shown.values())


async def told() -> list[tuple[str, str]]:
    rows = await tables.EventRow.filter(type__startswith="policy.").order_by("feed")
    return [(row.type, json.loads(bytes(row.body))["actor"]["ref"]) for row in rows]


async def test_one_proposes_and_another_puts_in_force_what_was_tried_out(tmp_path: Path) -> None:
    story = await begin()
    ref = await propose_policy(acting(LAN), story.lender, A_YEAR)
    assert await policy_text(story.lender.id) == (1, HALF_A_YEAR), "it changes nothing yet"
    waits = await waiting_approval(POLICY, str(story.lender.id), NOW.today + WAITS_FOR)
    assert waits is not None and waits.proposed_by == "lan"
    with pytest.raises(NotReplayed):
        await approved(story, ref, A_YEAR)
    await tried(story, ref, tmp_path)
    with pytest.raises(OwnProposal):
        await approved(story, ref, A_YEAR, by=LAN)
    with pytest.raises(NotYourRole):
        await approved(story, ref, A_YEAR, by=RUI, role="agent")
    with pytest.raises(ApprovalChanged):
        await approved(story, ref, STRICT)
    assert await approved(story, ref, A_YEAR) == "2"
    assert await policy_text(story.lender.id) == (2, A_YEAR)
    last, first = await policy_versions(story.lender.id)
    assert (last.proposed_by, last.set_by, first.proposed_by, first.set_by) == ("lan", "mei", "", "operator")
    assert await told() == [("policy.set", "operator"), ("policy.proposed", "lan"), ("policy.set", "mei")]
    with pytest.raises(NothingWaits):
        await approved(story, ref, A_YEAR, against=2)


async def test_nothing_is_put_in_force_over_another_version_than_the_one_it_was_compared_with(tmp_path: Path) -> None:
    story = await begin()
    ref = await propose_policy(acting(LAN), story.lender, A_YEAR)
    await tried(story, ref, tmp_path)
    await set_policy(NOW, story.lender, STRICT, OPERATOR)
    with pytest.raises(ApprovalChanged):
        await approved(story, ref, A_YEAR)
    assert await waiting_approval(POLICY, str(story.lender.id), NOW.today) is not None, "it waits as before"
    assert await approved(story, ref, A_YEAR, against=2) == "3"


async def test_one_waits_at_a_time_and_it_can_be_taken_back_or_turned_down() -> None:
    story = await begin()
    with pytest.raises(SamePolicy):
        await propose_policy(acting(LAN), story.lender, HALF_A_YEAR)
    with pytest.raises(BadPolicy):
        await propose_policy(acting(LAN), story.lender, "[plan]\nmonths = 6\n")
    first = await propose_policy(acting(LAN), story.lender, A_YEAR)
    with pytest.raises(AlreadyProposed):
        await propose_policy(acting(MEI), story.lender, STRICT)
    await reject_policy(acting(LAN), story.lender, first)
    second = await propose_policy(acting(MEI), story.lender, STRICT)
    await reject_policy(acting(LAN), story.lender, second)
    assert [name for name, _ in await told()][1:] == [
        "policy.proposed",
        "policy.withdrawn",
        "policy.proposed",
        "policy.rejected",
    ]
    assert await policy_text(story.lender.id) == (1, HALF_A_YEAR)


async def declined(story: Story, told: Budget | None = None) -> None:
    """小明 asked for twelve payments of 284.43; 睿 says no, and that six of 568.86 are taken at once."""
    no = await story.proposal(await story.propose(TWELVE, told=told))
    nearest = await story.quote(SIX)
    await decline(Acting(Author(RUI, VAULT), FormToken(no.case.seq), NOW), no, "too_long", nearest=nearest)


async def accepted(story: Story, told: Budget | None = None) -> None:
    """He asks for eleven of 310.29, and 睿 takes that."""
    proposal = await story.proposal(await story.propose(replace(TWELVE, installments=11), told=told))
    await accept(Acting(Author(RUI, VAULT), FormToken(proposal.case.seq), NOW), proposal, Party.LENDER)


async def test_the_dry_run_gives_back_what_happened_and_then_says_what_would_have(tmp_path: Path) -> None:
    """Two offers and two decisions on them come out as they were; a policy up to 13 months and from 200 a month takes
    both at once, and lets nothing go; one from 600 a month takes neither, as before.
    """
    story = await begin()
    await declined(story)
    await accepted(story)
    ref = await propose_policy(acting(LAN), story.lender, A_YEAR)
    longer = await tried(story, ref, tmp_path)
    assert (longer["proven"], longer["proposals"], longer["judged"], longer["given_back"]) == (True, 2, 4, 4)
    listed = [(each["count"], each["total"], each["state"]) for each in longer["accepted"]["listed"]]
    assert listed == [(11, "3413.12", "accepted"), (12, "3413.12", "declined")]
    assert longer["accepted"]["let_go"] == {"CNY": "0.00"} and longer["to_a_person"]["count"] == 0
    await reject_policy(acting(LAN), story.lender, ref)
    strict = await tried(story, await propose_policy(acting(LAN), story.lender, STRICT), tmp_path)
    assert (strict["accepted"]["count"], strict["to_a_person"]["count"], strict["same_to_a_person"]) == (0, 0, 2)


async def test_of_those_newly_accepted_who_showed_their_income_it_counts_who_pays_more_than_half_of_what_is_left(
    tmp_path: Path,
) -> None:
    """284.43 and up to 1,100.19 of the contract are 1,384.62, more than half of 2,500.00; 310.29 and 1,100.19 are
    1,410.48, of 2,820.96 just half. A third, of thirteen payments, said nothing of income; to a fourth, of ten, less
    is left than it asks for.
    """
    story = await begin()
    await declined(story, Budget(600000, 350000))
    await accepted(story, Budget(632096, 350000))
    await tables.ProposalLineRow.all().update(open_loan=None)
    await story.propose(replace(TWELVE, installments=13))
    await tables.ProposalLineRow.all().update(open_loan=None)
    await story.propose(replace(TWELVE, installments=10), told=Budget(450000, 400000))
    said = await tried(story, await propose_policy(acting(LAN), story.lender, A_YEAR), tmp_path)
    assert said["accepted"]["count"] == 4 and said["burden"] == {"asked": 4, "shown": 3, "above": 2}
    assert "2500" not in json.dumps(said), "its answer is kept, so it has counts alone"


async def test_what_is_told_later_of_an_earlier_day_changes_nothing_of_what_was_judged_then(tmp_path: Path) -> None:
    """500 that came on 1 June, told the day after 小明's six payments were taken at once."""
    story = await begin()
    await story.propose(SIX)
    paid = PaymentRecord(1, "JQ-2026-0001", Payment("P-9", date(2026, 6, 1), 50000), None)
    later = BusinessTime(NOW.at + timedelta(days=1), NOW.today + timedelta(days=1))
    await record_payments(later, story.lender, [paid], VAULT)
    strict = await tried(story, await propose_policy(acting(LAN), story.lender, STRICT), tmp_path, now=later)
    assert (strict["proven"], strict["judged"], strict["to_a_person"]["count"]) == (True, 2, 1)


async def test_nor_does_what_waited_for_the_lock_and_was_written_behind_it(tmp_path: Path) -> None:
    """The 500 of today began to be recorded a second before 小明 sent his six payments, and were written after them."""
    story = await begin()
    sent, begun = (BusinessTime(NOW.at + timedelta(seconds=each), NOW.today) for each in (60, 59))
    case, author = await story.case(), Author(BORROWER, VAULT)
    await submit(Acting(author, FormToken(case.seq), sent), case, story.person_id, await story.quote(SIX))
    paid = PaymentRecord(1, "JQ-2026-0001", Payment("P-9", NOW.today, 50000), None)
    await record_payments(begun, story.lender, [paid], VAULT)
    said = await tried(story, await propose_policy(acting(LAN), story.lender, STRICT), tmp_path)
    assert (said["proven"], said["judged"], said["to_a_person"]["count"]) == (True, 2, 1)


async def test_where_what_happened_does_not_come_out_nothing_more_is_said_and_it_takes_a_tick(tmp_path: Path) -> None:
    story = await begin()
    await accepted(story)
    await tables.DecisionRow.all().update(breaks="[]")
    ref = await propose_policy(acting(LAN), story.lender, A_YEAR)
    said = await tried(story, ref, tmp_path)
    assert (said["proven"], said["judged"], said["given_back"]) == (False, 2, 1)
    assert [each["loan_no"] for each in said["differs"]] == ["JQ-2026-0001"] and "accepted" not in said
    with pytest.raises(Unproven):
        await approved(story, ref, A_YEAR)
    assert await approved(story, ref, A_YEAR, untold=True) == "2"


async def test_what_is_older_than_the_records_is_counted_apart_and_other_days_are_left_out(tmp_path: Path) -> None:
    story = await begin()
    await story.propose(TWELVE)
    ref = await propose_policy(acting(LAN), story.lender, A_YEAR)
    before = await tried(story, ref, tmp_path)
    assert (before["judged"], before["older"]) == (0, 1), "nothing was decided yet: no record tells what came of it"
    later = BusinessTime(NOW.at + timedelta(days=31), NOW.today + timedelta(days=31))
    assert (await tried(story, ref, tmp_path, 30, later))["proposals"] == 0


async def test_a_promise_is_kept_under_a_policy_that_would_not_have_made_it(tmp_path: Path) -> None:
    """From 600 a month the six of 568.86 would go to a person: they were promised, and are taken at once all the same;
    a dry run of later gives that back too.
    """
    story = await begin()
    await declined(story)
    ref = await propose_policy(acting(LAN), story.lender, STRICT)
    said = await tried(story, ref, tmp_path)
    assert (said["promises"], said["beyond"]) == (1, 1)
    for days, promises in ((3, 1), (4, 0)):
        later = BusinessTime(NOW.at + timedelta(days=days), NOW.today + timedelta(days=days))
        on_that_day = await tried(story, ref, tmp_path, 90 + days, later)
        assert on_that_day["promises"] == promises, "17 June is the last day on which it binds"
    await approved(story, ref, STRICT)
    proposal = await story.proposal(await story.propose(SIX))
    assert proposal.state is State.ACCEPTED and [each.rule for each in (await story.quote(SIX)).breaks]
    again = await tried(story, await propose_policy(acting(LAN), story.lender, HALF_A_YEAR), tmp_path)
    assert (again["proven"], again["judged"], again["same_at_once"]) == (True, 4, 1)


async def test_whom_the_standing_offers_of_a_proposed_policy_reach_is_counted_over_all_loans(tmp_path: Path) -> None:
    """小明 alone: 3,413.12 less half of 112.64 of penalty is three payments of 1,118.93 and a fen."""
    story = await begin()
    ref = await propose_policy(acting(LAN), story.lender, HALF_A_YEAR + HALF_THE_PENALTY)
    key = reach_key(ref)
    await ask_job(NewJob(story.lender.id, REACH, "staff:lan", {"approval": ref}, key=key, request_hash=key), NOW.at)
    assert await Runner(VAULT, Spool(tmp_path, VAULT), lambda _at, _timezone: NOW, patient=False).run_waiting()
    found = await policy_reach(story.lender.id, ref, VAULT)
    assert found is not None and found.answer is not None and found.answer["loans"] == 1
    (offer,) = found.answer["offers"]
    assert (offer["id"], offer["count"], offer["without_plan"]) == ("half", 1, 0)
    assert (offer["taken_in"], offer["waived"], offer["total"], offer["half"]) == (
        "3413.12",
        "56.32",
        "3356.80",
        "1118.93",
    )
