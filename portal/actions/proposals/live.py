"""A plan lives: each payment's outcome is told once, and its state follows from the ledger, never from a hand."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from portal.actions.act import Act, change_of_lender, change_unchecked
from portal.actions.attempts import Attempt, at_once
from portal.actions.journal import Journal
from portal.actions.proposals.moves import look_at, make_move, own_row, to_look_at
from portal.actions.proposals.outcomes import end_pause, keep_booking, keep_outcome, keep_pause
from portal.actions.suspensions import resume_accrual, suspend_accrual
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.ledger.position import position
from portal.domain.money import COMPONENTS, format_amount
from portal.domain.restructuring.negotiation import LIVE, Move, Party, State
from portal.domain.restructuring.offer_refusals import PauseOutOfRange
from portal.domain.restructuring.plan_codec import money_of
from portal.domain.restructuring.progress import InstallmentProgress, InstallmentStatus, PlanProgress, PlanStatus
from portal.reads.cases import Case, LenderFacts, cases_by_id
from portal.reads.facts import known_facts
from portal.reads.plans import LivePlan, live_plan, live_proposals
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.tables import models as tables

_PLAN_CLOCK = Actor("clock", "plan")


async def begin_plan(log: Journal, row: tables.ProposalRow, proposal: ProposalCase, core_id: str, actor: Actor) -> None:
    """The lender's books have it: an earlier plan gives way, penalty stands still, and what is waived is let go."""
    case, plan, kind = proposal.case, proposal.on_the_table.plan, proposal.on_the_table.offer.kind
    await _supersede(log, proposal, actor)
    facts, row.decide_by = {"agreement": proposal.agreement, "core_id": core_id}, None
    await make_move(log, row, case, (Party.CORE, Move.BOOK), actor, facts)
    await keep_booking(log, proposal.agreement, core_id=core_id)
    await suspend_accrual(log, case.id, str(proposal.agreement), ["penalty"], plan.as_of, "plan")
    if plan.waived.total:
        await _waiver(log, case.id, str(proposal.agreement), plan.as_of, plan.waived, granted=True)
    if kind is OfferKind.PAUSE:
        row.paused_until = plan.last_due_on
        pause = {"from": plan.as_of.isoformat(), "until": plan.last_due_on.isoformat(), "within": False}
        await make_move(log, row, case, (Party.CORE, Move.PAUSE), actor, pause)


async def advance_plans(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """Every plan of a lender once a business day, a transaction each; answers how many were looked at."""
    rows = tables.ProposalRow.filter(to_look_at(moment), lender_id=lender.id, state__in=[each.value for each in LIVE])
    refs = [str(ref) for ref in await rows.order_by("id").values_list("ref", flat=True)]
    return sum([await attempt(f"plan {ref}", partial(_follow, moment, lender, ref)) for ref in refs])


async def advance_plans_of(log: Journal, loan_ids: list[int]) -> None:
    """The plans of loans that something was just received for, inside that action."""
    for ref in await live_proposals(live_loan__in=loan_ids):
        await advance_plan(log, ref)


@change_of_lender
async def _follow(log: Journal, lender: LenderFacts, ref: str) -> int:
    await look_at(log, ref)
    await advance_plan(log, ref)
    return 1


async def advance_plan(log: Journal, ref: str) -> None:
    """Tells what has come of each payment and moves the plan where its life has gone. Said again it changes nothing."""
    await log.flush()
    proposal = await desk_proposal(ref, log.lender.id)
    row = await tables.ProposalRow.filter(id=proposal.id).select_for_update().get()
    if State(row.state) not in LIVE:
        return
    plan = await live_plan(proposal)
    found = plan.progress(log.moment.today)
    await _tell_rows(log, row, plan, found)
    await _resume(log, row, proposal.case, found)
    await _move(log, row, plan, found)


@change_unchecked
async def pause_plan(act: Act, proposal: ProposalCase, until: date) -> None:
    """The lender lets nothing fall due until after the day `until`; what is to come moves by as many days.

    It is granted anew, so the policy in force says how long it may be. Raises PauseOutOfRange before SomebodyWasFirst.
    """
    latest = act.today + timedelta(days=(await act.policy()).pause_days)
    if not act.today < until <= latest:
        raise PauseOutOfRange("until", most=latest, given=until)
    await act.check_version(proposal.case)
    row = await own_row(proposal)
    row.paused_until = until
    note = await act.keep_note(proposal.person_id, proposal.case.id)
    facts = {"from": act.today.isoformat(), "until": until.isoformat(), "within": True, "note": note}
    await make_move(act.log, row, proposal.case, (Party.LENDER, Move.PAUSE), act.actor, facts)
    await keep_pause(act.log, row, proposal.case.id, until)


async def _supersede(log: Journal, proposal: ProposalCase, actor: Actor) -> None:
    """What was waived under the plan before stays waived: a new agreement is no break."""
    line = await tables.ProposalLineRow.get_or_none(live_loan=proposal.case.id).prefetch_related("proposal")
    if line is not None:
        facts = {"by": proposal.ref, "agreement": proposal.agreement}
        await make_move(log, line.proposal, proposal.case, (Party.CORE, Move.SUPERSEDE), actor, facts)
        await _resume_after(log, proposal.case.id, line.proposal, proposal.on_the_table.plan.as_of)


async def _tell_rows(log: Journal, row: tables.ProposalRow, plan: LivePlan, found: PlanProgress) -> None:
    recorded = await known_facts("installment_outcome", plan.proposal.case)
    for each in found.rows:
        for outcome in _happened(each):
            if (row.ref, row.version, each.row.no, outcome) not in recorded:
                await keep_outcome(row, each.row.no, outcome)
                facts, what = _row_facts(plan, found, each, outcome), f"plan.installment_{outcome}"
                await log.tell(plan.proposal.case, NewEvent(what, _PLAN_CLOCK, facts, row.ref, row.version))


def _happened(each: InstallmentProgress) -> Iterator[str]:
    if each.status in (InstallmentStatus.MISSED, InstallmentStatus.CURED):
        yield "missed"
    if each.status in (InstallmentStatus.PAID, InstallmentStatus.CURED):
        yield "paid"


def _row_facts(plan: LivePlan, found: PlanProgress, each: InstallmentProgress, outcome: str) -> dict[str, object]:
    currency = plan.plan.currency
    facts: dict[str, object] = {
        "no": each.row.no,
        "due_on": each.due_on.isoformat(),
        "currency": currency,
        "amount": format_amount(each.row.total, currency),
        "received": format_amount(found.received, currency),
        "remaining": format_amount(found.left, currency),
    }
    if outcome == "missed":
        cure_by = each.due_on + timedelta(days=plan.cure_terms.cure_days)
        return {**facts, "left": format_amount(each.left, currency), "cure_by": cure_by.isoformat()}
    settled = each.settled_on.isoformat() if each.settled_on else None
    return {**facts, "settled_on": settled, "vested": money_of(plan.vested(found.kept), currency)}


async def _resume(log: Journal, row: tables.ProposalRow, case: Case, found: PlanProgress) -> None:
    """A pause is over by its date, or because all is paid."""
    over = row.paused_until is None or row.paused_until < log.moment.today
    if row.state != State.PAUSED or not (over or found.status is PlanStatus.COMPLETED):
        return
    on, row.paused_until = min(row.paused_until or log.moment.today, log.moment.today), None
    await make_move(log, row, case, (Party.CLOCK, Move.RESUME), _PLAN_CLOCK, {"on": on.isoformat()})
    await end_pause(row, on)


async def _move(log: Journal, row: tables.ProposalRow, plan: LivePlan, found: PlanProgress) -> None:
    case, state, before = plan.proposal.case, State(row.state), row.cure_by
    row.cure_by = found.cure_by
    match (state, found.status):
        case (State.ACTIVE, PlanStatus.STRAINED):
            facts = {"cure_by": found.cure_by.isoformat() if found.cure_by else None}
            await make_move(log, row, case, (Party.CLOCK, Move.STRAIN), _PLAN_CLOCK, facts)
        case (State.STRAINED, PlanStatus.KEPT):
            await make_move(log, row, case, (Party.CLOCK, Move.CURE), _PLAN_CLOCK, {})
        case (State.ACTIVE | State.STRAINED, PlanStatus.BROKEN):
            await _break(log, row, plan, found)
        case (State.ACTIVE | State.STRAINED, PlanStatus.COMPLETED):
            await _complete(log, row, plan, found)
        case _ if found.cure_by != before:
            await row.save()


async def _break(log: Journal, row: tables.ProposalRow, plan: LivePlan, found: PlanProgress) -> None:
    """The kept share of what was waived stays; the rest counts as never waived, and penalty may grow again."""
    case, currency = plan.proposal.case, plan.plan.currency
    ended_on = found.ended_on or log.moment.today
    final = plan.vested(found.kept)
    back = plan.plan.waived - final
    if back.total:
        await _waiver(log, case.id, str(plan.proposal.agreement), ended_on, back, granted=False)
    await _resume_after(log, case.id, row, ended_on)
    (now,) = await cases_by_id([case.id])
    balance = position(now.loan, log.moment.today).overdue
    facts = {
        "broken_on": ended_on.isoformat(),
        "kept": found.kept,
        "currency": currency,
        "vested": money_of(final, currency),
        "claw_back": money_of(back, currency),
        "balance": money_of(balance, currency),
    }
    await make_move(log, row, case, (Party.CLOCK, Move.BREAK), _PLAN_CLOCK, facts)


async def _complete(log: Journal, row: tables.ProposalRow, plan: LivePlan, found: PlanProgress) -> None:
    ended_on = found.ended_on or log.moment.today
    await _resume_after(log, plan.proposal.case.id, row, ended_on)
    currency = plan.plan.currency
    facts = {
        "completed_on": ended_on.isoformat(),
        "currency": currency,
        "received": format_amount(found.received, currency),
        "waived": money_of(plan.plan.waived, currency),
    }
    await make_move(log, row, plan.proposal.case, (Party.CLOCK, Move.COMPLETE), _PLAN_CLOCK, facts)


async def _resume_after(log: Journal, loan_id: int, row: tables.ProposalRow, on: date) -> None:
    agreed = await tables.AgreementRow.filter(proposal_id=row.id).order_by("-version").first()
    if agreed is not None:
        await resume_accrual(log, loan_id, agreed.ref, on)


async def _waiver(log: Journal, loan_id: int, ref: str, on: date, amounts: Amounts, *, granted: bool) -> None:
    minor: dict[str, Any] = {f"{component}_minor": amounts.of(component) for component in COMPONENTS}
    await tables.WaiverRow.create(ref=ref, loan_id=loan_id, on=on, granted=granted, recorded_at=log.moment.at, **minor)
