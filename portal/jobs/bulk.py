"""Answers what the preview of a bulk act has found and somebody has confirmed: one by one, each as it was shown.

What has changed since is refused by itself, with its reason, and the others go on.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace

from portal.actions.assignments import NoSuchColleague
from portal.actions.bulk import BulkAnswer, acting_in_bulk, answer_item, note_outcomes
from portal.actions.jobs import note_progress
from portal.domain.ledger.position import Position, position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.best_acceptable import nearest_yes, promise_mark
from portal.domain.restructuring.bulk import BulkAct
from portal.domain.restructuring.negotiation import (
    LIVE,
    OPEN_STATES,
    MoveNotPossible,
    NeedsSecond,
    SomebodyWasFirst,
)
from portal.domain.restructuring.quote import Quote
from portal.jobs.running import BREATHER_SECONDS, NOTED_EVERY_SECONDS, JobAnswer, Running
from portal.reads.bulk import (
    BulkItem,
    BulkOutcome,
    answered_items,
    bulk_job,
    bulk_key,
    bulk_staff,
    outcomes_of,
    shown_items,
)
from portal.reads.cases import NotFound
from portal.reads.judged import broken_rules
from portal.reads.proposals import ProposalCase, desk_proposal

_AT_ONCE = 5


class _OtherRulesBroken(Refusal):
    """The policy or the day has changed since it was confirmed."""


class _OtherPromise(Refusal):
    """What declining it would promise is not what was shown."""


class _WorksHereNoMore(Refusal):
    """Whoever confirmed it."""


WHY_NOT: dict[type[Refusal], str] = {
    SomebodyWasFirst: "changed",
    MoveNotPossible: "changed",
    NeedsSecond: "second",
    _OtherRulesBroken: "rules",
    _OtherPromise: "promise",
    NoSuchColleague: "colleague",
    _WorksHereNoMore: "left",
}
"""What is kept of a refusal, the first that it is one of."""


async def answer_in_bulk(running: Running) -> JobAnswer:
    """Options: `preview`, `ticked`, and the answer: `act`, `reason`, `note` sealed, `lang`, `assignee`.

    Where it was left, what was answered and not noted yet is found by its key.
    """
    job, answer = running.job, _answer_of(running)
    shown = shown_items(await bulk_job(job.options["preview"], running.lender.id, running.vault))
    ticked = {*job.options["ticked"]}
    items = [each for each in shown if each.ref in ticked]
    outcomes = [*outcomes_of(job)]
    rest = items[len(outcomes) :]
    before, noted = await answered_items(job, rest), time.monotonic()
    await note_progress(job.id, total=len(items))
    for item in rest:
        done = BulkOutcome(item.ref, item.loan_no, answer.act.value)
        outcomes.append(done if item.ref in before else await _outcome(running, item, answer, done))
        if len(outcomes) % _AT_ONCE == 0:
            await asyncio.sleep(BREATHER_SECONDS)
        if time.monotonic() > noted + NOTED_EVERY_SECONDS:
            await note_outcomes(job, outcomes, running.vault)
            noted = time.monotonic()
    await note_outcomes(job, outcomes, running.vault)
    await _forget_note(running)
    return JobAnswer("done", 200, _told(outcomes))


async def answered_so_far(running: Running) -> dict[str, object]:
    """Of one that is given up: what was answered stays so."""
    await _forget_note(running)
    return _told(outcomes_of(await bulk_job(running.job.ref, running.lender.id, running.vault)))


async def _forget_note(running: Running) -> None:
    """Each that it was written on has it, sealed under the borrower's own key."""
    told = {**running.job.options, "note": ""}
    await note_progress(running.job.id, options=json.dumps(told, ensure_ascii=False))


def _told(outcomes: Sequence[BulkOutcome]) -> dict[str, object]:
    done = sum(each.done for each in outcomes)
    listed = [{"ref": each.ref, "loan_no": each.loan_no, "code": each.code, "state": each.state} for each in outcomes]
    return {"outcomes": listed, "answered": done, "refused": len(outcomes) - done}


def _answer_of(running: Running) -> BulkAnswer:
    told = running.job.options
    note = running.vault.unseal_own(bulk_key(told["preview"]), told["note"]) if told["note"] else ""
    return BulkAnswer(BulkAct(told["act"]), told["reason"], note, told["lang"], told["assignee"], told["question"])


async def _outcome(running: Running, item: BulkItem, answer: BulkAnswer, done: BulkOutcome) -> BulkOutcome:
    """`done`, or why it was not."""
    job, state = running.job, item.state
    try:
        proposal = await desk_proposal(item.ref, running.lender.id)
        state = proposal.state
        staff = await bulk_staff(running.lender.id, job.asked_by)
        if staff is None:
            raise _WorksHereNoMore
        nearest = await _judged(running, proposal, item, answer.act)
        acting = acting_in_bulk(running.moment(), job, item, answer, staff, running.vault)
        await answer_item(acting, proposal, answer, nearest)
    except (Refusal, NotFound) as refusal:
        code = next((code for kind, code in WHY_NOT.items() if isinstance(refusal, kind)), "refused")
        moved = code == "changed" and state is not item.state
        return replace(done, code=code, state=state.value if moved else "")
    return done


async def _judged(running: Running, proposal: ProposalCase, item: BulkItem, act: BulkAct) -> Quote | None:
    """What declining it promises; raises what keeps it from being answered as it was shown."""
    if act is BulkAct.ASSIGN:
        if proposal.state not in OPEN_STATES | LIVE:
            raise SomebodyWasFirst
        return None
    if (proposal.case.seq, proposal.assignee) != (item.seq, item.assignee):
        raise SomebodyWasFirst
    return await _as_shown(running, proposal, item, act)


async def _as_shown(running: Running, proposal: ProposalCase, item: BulkItem, act: BulkAct) -> Quote | None:
    if act is BulkAct.ASK:
        return None
    now = position(proposal.case.loan, running.moment().today)
    if act is BulkAct.DECLINE:
        return await _promised(proposal, item, now)
    if not {each.rule for each in await broken_rules(proposal, now)} <= {each.rule for each in item.breaks}:
        raise _OtherRulesBroken
    return None


async def _promised(proposal: ProposalCase, item: BulkItem, now: Position) -> Quote | None:
    nearest = await asyncio.to_thread(nearest_yes, now, proposal.on_the_table.offer, proposal.policy)
    if promise_mark(nearest) != item.promise:
        raise _OtherPromise
    return nearest
