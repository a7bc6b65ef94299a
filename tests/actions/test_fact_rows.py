"""What an act tells it keeps as rows; what was told without them becomes rows by the worker, and is read all the same.

A process of the version before is one that writes events alone and leaves the lender's mark where it was.
"""

import json
from dataclasses import replace
from datetime import date

import pytest

from portal.actions import fact_rows
from portal.actions.act import Acting, Author, FormToken
from portal.actions.attempts import WorkUnit
from portal.actions.complaints import decide_complaint
from portal.actions.erasure import erase_due
from portal.actions.fact_rows import copy_facts
from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.actions.proposals import decline, pause_plan, run_clocks
from portal.domain.conduct.complaints import ComplaintCause, Outcome
from portal.domain.contract.agreement import Agreement, CureTerms
from portal.domain.contract.pause import Pause, PauseTerms
from portal.domain.restructuring.negotiation import State
from portal.reads.cases import Case, LenderFacts, lender_by_slug, lenders
from portal.reads.fact_check import FactCounts, fact_gaps
from portal.reads.facts import UnreadableFact
from portal.reads.policy import policy
from portal.tables import models as tables
from tests.actions.story import NOW, RUI, SIX, TWELVE, VAULT, Story, begin
from tests.actions.test_complaints import PENALTY, complaint, tells
from tests.actions.test_erasure import KEPT, OVER, on, paid_up
from tests.actions.test_live import running, signed

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

MADE = (tables.BookingRow, tables.PlanPauseRow, tables.InstallmentOutcomeRow, tables.PromiseRow)
UNTIL = date(2026, 7, 15)
RESTS = Pause(date(2026, 6, 14), UNTIL, PauseTerms())
NEXT_DAY = on(date(2029, 12, 17))


async def as_before() -> None:
    """The log as the version before would have left it: no fact is a row."""
    for table in MADE:
        await table.all().delete()
    await tables.AgreementRow.all().update(rules=None)
    await tables.ComplaintRow.all().update(opened_on=None, reason=None)
    await tables.TextRow.all().update(loan_id=None)
    await tables.DecisionRow.all().update(position=None, breaks=None)
    await tables.LenderRow.all().update(facts_feed=0)


async def gaps() -> list[str]:
    return [gap async for gap in fact_gaps(FactCounts())]


def rui(case: Case, note: str = "") -> Acting:
    return Acting(Author(RUI, VAULT, note), FormToken(case.seq), NOW)


async def jq() -> LenderFacts:
    return await lender_by_slug("jq")


async def paused() -> tuple[Story, str]:
    """小明's plan rests until 15 July."""
    story, ref = await running()
    proposal = await story.proposal(ref)
    await pause_plan(rui(proposal.case, "您安心治病。"), proposal, UNTIL)
    return story, ref


async def agreement(story: Story) -> Agreement:
    """What was signed over 小明's loan, as the ledger counts by it."""
    (found,) = (await story.case()).loan.agreements
    return found


async def declined(story: Story) -> None:
    """Twelve are too many; six would be taken at once. The policy has become stricter since."""
    rules = await policy(story.lender.id, "CNY")
    proposal = await story.proposal(await story.propose(TWELVE))
    nearest = replace(await story.quote(SIX), valid_until=rules.stands_until(NOW.today))
    await decline(rui(proposal.case), proposal, "too_long", nearest=nearest)
    await set_policy(NOW, story.lender, "[plan]\nmax_installments = 3\n", OPERATOR)


async def test_a_pause_and_the_signed_rules_count_before_they_are_rows_and_after() -> None:
    story, _ = await paused()
    await set_policy(NOW, story.lender, "[slips]\ncure_days = 0\n[pause]\nscope = 'overdue'\n", OPERATOR)
    kept = await agreement(story)
    assert (kept.pauses, kept.cure_terms) == ((RESTS,), CureTerms(14, 6, 3))
    await as_before()
    before = await agreement(story)
    assert await copy_facts(await jq(), NOW) == (await tables.LenderRow.get(slug="jq")).feed
    after = await agreement(story)
    for each in (before, after):
        assert (each.pauses, each.cure_terms) == (kept.pauses, kept.cure_terms)
    assert await gaps() == []


async def test_a_pause_that_a_process_of_the_version_before_granted_counts_at_once() -> None:
    story, ref = await running()
    mark = (await tables.LenderRow.get(slug="jq")).feed
    proposal = await story.proposal(ref)
    await pause_plan(rui(proposal.case), proposal, UNTIL)
    await tables.PlanPauseRow.all().delete()
    await tables.LenderRow.filter(slug="jq").update(facts_feed=mark)
    assert (await agreement(story)).pauses == (RESTS,)
    assert len(await gaps()) == 1
    assert await copy_facts(await jq(), NOW) == 1
    assert await gaps() == [] and (await jq()).copied


@pytest.mark.parametrize("in_the_log", [False, True])
async def test_what_was_promised_is_kept_whether_a_row_says_so_or_the_log(in_the_log: bool) -> None:
    story = await begin()
    await declined(story)
    if in_the_log:
        await as_before()
    assert (await story.proposal(await story.propose(replace(SIX, installments=5)))).state is State.SUBMITTED
    await tables.ProposalLineRow.all().update(open_loan=None)
    assert (await story.proposal(await story.propose(SIX))).state is State.ACCEPTED


async def test_a_promise_ends_with_its_day_and_with_the_next_no() -> None:
    story = await begin()
    await declined(story)
    await tables.PromiseRow.all().update(valid_until=date(2026, 6, 13))
    proposal = await story.proposal(await story.propose(SIX))
    assert proposal.state is State.SUBMITTED
    await tables.PromiseRow.all().update(valid_until=UNTIL)
    await decline(rui(proposal.case), proposal, "too_long")
    assert (await story.proposal(await story.propose(SIX))).state is State.SUBMITTED


async def test_a_complaint_has_its_first_day_and_its_reason_before_they_are_rows_and_after() -> None:
    story = await begin()
    ref = await tells(story, PENALTY, "罚息算错了。")
    problem = await complaint(story, ref)
    await decide_complaint(rui(problem.case), problem, Outcome.REJECTED, "contract_agrees", ComplaintCause.FEES)
    found = [await complaint(story, ref)]
    await as_before()
    found.append(await complaint(story, ref))
    await copy_facts(await jq(), NOW)
    found.append(await complaint(story, ref))
    assert [(each.opened_on, each.reason) for each in found] == [(date(2026, 6, 1), "contract_agrees")] * 3
    assert await gaps() == []


async def test_nobody_is_erased_before_it_is_known_of_every_text_which_loan_it_is_about() -> None:
    story = await paid_up()
    await erase_due(story.lender, KEPT)
    await as_before()
    run = await erase_due(story.lender, OVER)
    assert run is not None and (run.due, run.erased) == (1, 0)
    await copy_facts(await jq(), NOW)
    run = await erase_due(story.lender, NEXT_DAY)
    assert run is not None and run.erased == 1
    assert [bytes(row.sealed) for row in await tables.TextRow.all()] == [b""]


async def test_a_booking_that_nobody_said_anything_of_is_kept_as_refused() -> None:
    story = await begin()
    proposal = await signed(story)
    assert await run_clocks(story.lender, on(date(2026, 7, 1))) == 1
    (booking,) = await tables.BookingRow.all().prefetch_related("agreement")
    assert (booking.agreement.ref, booking.outcome, booking.reason) == (proposal.agreement, "refused", "timed_out")
    assert booking.booked_on == date(2026, 7, 1) and await gaps() == []


async def test_copying_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    await paused()
    await as_before()
    monkeypatch.setattr(fact_rows, "SPAN", 3)
    feed, marks = (await tables.LenderRow.get(slug="jq")).feed, list[int]()

    async def three_at_most(_what: str, act: WorkUnit) -> int:
        marks.append((await tables.LenderRow.get(slug="jq")).facts_feed)
        return await act() if len(marks) <= 3 else 0

    assert await copy_facts(await jq(), NOW, three_at_most) == 9
    assert marks == [0, 3, 6, 9] and not (await jq()).copied
    assert await copy_facts(await jq(), NOW) == feed - 9
    assert await gaps() == [] and await copy_facts(await jq(), NOW) == 0


async def test_one_lenders_event_that_nobody_can_read_stops_no_other_lender() -> None:
    story, _ = await paused()
    await tells(story, PENALTY)
    await set_policy(NOW, story.lender, "[slips]\ncure_days = 0\n", OPERATOR)
    await add_lender(NOW, NewLender("yh", "银河银行", "bank", "CNY", "Asia/Shanghai"))
    await as_before()
    opened = await tables.EventRow.get(type="complaint.opened")
    body = json.loads(bytes(opened.body))
    del body["data"]["problem"]
    await tables.EventRow.filter(id=opened.id).update(body=json.dumps(body).encode())

    async def goes_on(_what: str, act: WorkUnit) -> int:
        try:
            return await act()
        except UnreadableFact:
            return 0

    copied = {each.slug: await copy_facts(each, NOW, goes_on) for each in await lenders()}
    assert copied == {"jq": 0, "yh": 1}
    (loan,) = await tables.LoanRow.all()
    assert await gaps() == [f"jq: loan:{loan.id} {opened.seq}: complaint.opened tells no 'problem'"]
