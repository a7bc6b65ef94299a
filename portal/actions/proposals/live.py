"""A plan lives: what the ledger says has become of it is told, each payment's outcome once; nothing is decided here."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial

from tortoise.expressions import Q

from portal.actions.act import Act, change_of_lender, change_unchecked
from portal.actions.attempts import Attempt, at_once
from portal.actions.holds import ask_hold
from portal.actions.journal import Journal
from portal.actions.proposals.moves import look_at, make_move, own_row, to_look_at
from portal.actions.proposals.outcomes import end_pause, keep_booking, keep_outcome, keep_pause
from portal.actions.proposals.posted import refused_facts
from portal.actions.proposals.vary import join_plan
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.pause import BY_CONTRACT, Pause, PausedDates, PauseScope
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.ledger.books_facts import allocation_facts, counted_facts
from portal.domain.ledger.pause_told import dates_of_pause
from portal.domain.ledger.pausing import paused_dates
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.progress import InstallmentProgress, InstallmentStatus, PlanProgress
from portal.domain.money import format_amount
from portal.domain.restructuring.bounds import check_pause
from portal.domain.restructuring.negotiation import FOLLOWED, LIVE, Move, Party, State, plan_moves
from portal.domain.restructuring.offer_refusals import NothingToPause, PausedAlready
from portal.domain.restructuring.plan_codec import money_of, pause_facts
from portal.reads.cases import LenderFacts
from portal.reads.facts import known_facts
from portal.reads.plans import NOT_TOLD, followed_proposals, has_turned_over
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.tables import models as tables

_PLAN_CLOCK = Actor("clock", "plan")
_ENDED = FOLLOWED - LIVE
_MOVES_MONEY = (Move.BREAK, Move.REINSTATE, Move.REOPEN, Move.COMPLETE)


async def begin_plan(log: Journal, row: tables.ProposalRow, proposal: ProposalCase, core_id: str, actor: Actor) -> None:
    """The lender's books have it, and an earlier plan gives way; what is counted by it was so since it was signed.

    To what is within an earlier plan that one does not give way.
    """
    if proposal.on_the_table.offer.within:
        await join_plan(log, row, proposal, core_id, actor)
        return
    case, plan, kind = proposal.case, proposal.on_the_table.plan, proposal.on_the_table.offer.kind
    await _supersede(log, proposal, actor)
    facts, row.decide_by = {"agreement": proposal.agreement, "core_id": core_id}, None
    await make_move(log, row, case, (Party.CORE, Move.BOOK), actor, facts)
    await keep_booking(log, proposal.agreement, core_id=core_id)
    if kind is OfferKind.PAUSE:
        row.paused_until = plan.last_due_on
        pause = Pause(plan.as_of, plan.last_due_on, proposal.on_the_table.offer.pause or BY_CONTRACT)
        told = pause_facts(pause, plan.paused or PausedDates(), plan.currency)
        await make_move(log, row, case, (Party.CORE, Move.PAUSE), actor, {**told, "within": False})


async def refuse_booking(
    log: Journal, row: tables.ProposalRow, proposal: ProposalCase, who: tuple[Party, Actor], reason: str
) -> None:
    """Not booked, or not in time: a person looks at it again, and a plan that it was to vary is as it was."""
    today, (party, actor) = log.moment.today, who
    row.decide_by = proposal.policy.decide_by(today)
    facts = {"reason": reason, **refused_facts(proposal.case, proposal.agreement, today)}
    await make_move(log, row, proposal.case, (party, Move.REFUSE_BOOKING), actor, facts)
    await keep_booking(log, proposal.agreement, reason=reason)
    await advance_varied(log, proposal)


async def advance_plans(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """Every plan of a lender once a business day, a transaction each, and those that ended where new facts came.

    Answers how many were looked at.
    """
    running = Q(to_look_at(moment), state__in=[each.value for each in LIVE])
    ended = Q(looked_on__isnull=True, state__in=[each.value for each in _ENDED])
    rows = tables.ProposalRow.filter(running | ended, lender_id=lender.id)
    refs = [str(ref) for ref in await rows.order_by("id").values_list("ref", flat=True)]
    return sum([await attempt(f"plan {ref}", partial(_follow, moment, lender, ref)) for ref in refs])


async def advance_varied(log: Journal, proposal: ProposalCase) -> None:
    """The plan that a pause within it was signed for, or not booked for: it holds from a day that is past by then."""
    if proposal.on_the_table.offer.within:
        await advance_plans_of(log, [proposal.case.id])


async def advance_plans_of(log: Journal, loan_ids: Sequence[int]) -> None:
    """The plans of loans that something was just received for, inside that action."""
    for ref in await followed_proposals(loan_ids):
        await advance_plan(log, ref)


@change_of_lender
async def _follow(log: Journal, lender: LenderFacts, ref: str) -> int:
    await advance_plan(log, ref)
    await look_at(log, ref)
    return 1


async def tell_turned_over(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """The operator says that what the ledger now has of a lender's plans is told; answers of how many."""
    rows = tables.ProposalRow.filter(NOT_TOLD, lender_id=lender.id, state__in=[each.value for each in FOLLOWED])
    refs = [str(ref) for ref in await rows.order_by("id").values_list("ref", flat=True)]
    return sum([await attempt(f"plan {ref}", partial(_tell_turned_over, moment, lender, ref)) for ref in refs])


@change_of_lender
async def _tell_turned_over(log: Journal, lender: LenderFacts, ref: str) -> int:
    await tables.ProposalRow.filter(ref=ref).update(turned_over=False)
    return await advance_plan(log, ref)


async def advance_plan(log: Journal, ref: str) -> int:
    """Tells what has come of each payment and where the plan is by now; answers how many moves there were.

    Said again it changes nothing. Nothing is told of a plan that turned over with an upgrade, until its operator tells
    it.
    """
    await log.flush()
    proposal = await desk_proposal(ref, log.lender.id)
    row = await tables.ProposalRow.filter(id=proposal.id).select_for_update().get()
    now = position(proposal.case.loan, log.moment.today)
    found = now.progress_of(ref)
    if State(row.state) not in FOLLOWED or found is None:
        return 0
    if row.turned_over is None:
        row.turned_over = has_turned_over(proposal, row.looked_on or log.moment.today)
    moves: tuple[Move, ...] = ()
    if not row.turned_over:
        await _tell_rows(log, row, proposal, found, now)
        moves = plan_moves(State(row.state), found)
        for move in moves:
            await _tell_move(log, row, proposal, (move, found), now)
        row.cure_by = found.cure_by
    await row.save()
    return len(moves)


@change_unchecked
async def pause_plan(act: Act, proposal: ProposalCase, until: date) -> None:
    """The lender lets nothing fall due until after the day `until`; what is to come moves by whole periods.

    It is granted anew, so the policy in force says how long it may be and what it holds. Raises PauseOutOfRange before
    SomebodyWasFirst.
    """
    policy, case = await act.policy(), proposal.case
    check_pause("until", act.today, until, policy.pause_days)
    now = position(case.loan, act.today)
    found = now.progress_of(proposal.ref)
    last = proposal.paused_until if proposal.state is State.PAUSED else found.paused_until if found else None
    if last is not None:
        raise PausedAlready("until", until=last, next=last + timedelta(days=1))
    await act.check_version(case)
    if policy.pause_terms.scope is PauseScope.OVERDUE and not now.overdue.total:
        raise NothingToPause("until")
    row = await own_row(proposal)
    row.paused_until = until
    note, pause = await act.keep_note(proposal.person_id, case.id), Pause(act.today, until, policy.pause_terms)
    dates = paused_dates(now.book, pause)
    facts = {**pause_facts(pause, dates, case.loan.currency), "within": True, "note": note}
    await make_move(act.log, row, case, (Party.LENDER, Move.PAUSE), act.actor, facts)
    await keep_pause(act.log, row, case.id, pause)


async def _supersede(log: Journal, proposal: ProposalCase, actor: Actor) -> None:
    """What was final of a waiver under the plan before stays so: a new agreement is no break."""
    line = await tables.ProposalLineRow.get_or_none(live_loan=proposal.case.id).prefetch_related("proposal")
    if line is not None:
        facts = {"by": proposal.ref, "agreement": proposal.agreement}
        await make_move(log, line.proposal, proposal.case, (Party.CORE, Move.SUPERSEDE), actor, facts)


async def _tell_rows(
    log: Journal, row: tables.ProposalRow, proposal: ProposalCase, found: PlanProgress, now: Position
) -> None:
    recorded = await known_facts("installment_outcome", proposal.case)
    for each in found.rows:
        for outcome in _happened(each):
            if (row.ref, row.version, each.no, outcome) not in recorded:
                await keep_outcome(row, each.no, outcome)
                facts, what = _row_facts(found, each, outcome, now), f"plan.installment_{outcome}"
                await log.tell(proposal.case, NewEvent(what, _PLAN_CLOCK, facts, row.ref, row.version))


def _happened(each: InstallmentProgress) -> Iterator[str]:
    if each.status in (InstallmentStatus.MISSED, InstallmentStatus.CURED):
        yield "missed"
    if each.status in (InstallmentStatus.PAID, InstallmentStatus.CURED):
        yield "paid"


def _row_facts(found: PlanProgress, each: InstallmentProgress, outcome: str, now: Position) -> dict[str, object]:
    currency = found.plan.currency
    facts: dict[str, object] = {
        "no": each.no,
        "due": each.key,
        "due_on": each.due_on.isoformat(),
        "currency": currency,
        "amount": format_amount(each.asked, currency),
        "received": format_amount(found.received, currency),
        "remaining": format_amount(found.left, currency),
    }
    if outcome == "missed":
        cure_by = each.cure_by or each.due_on + timedelta(days=found.agreement.cure_terms.cure_days)
        return {**facts, "left": format_amount(each.left, currency), "cure_by": cure_by.isoformat()}
    settled = each.settled_on.isoformat() if each.settled_on else None
    paid_by = [{"payment": name, "amount": format_amount(minor, currency)} for name, minor in now.paid_on(each.key)]
    return {**facts, "settled_on": settled, "vested": money_of(found.vested, currency), "paid_by": paid_by}


async def _tell_move(
    log: Journal, row: tables.ProposalRow, proposal: ProposalCase, what: tuple[Move, PlanProgress], now: Position
) -> None:
    move, found = what
    facts = _move_facts(move, found, now)
    if move in _MOVES_MONEY:
        facts |= {**allocation_facts(now), **counted_facts(now, found.agreement.ref)}
    if move is Move.RESUME:
        on, row.paused_until = min(row.paused_until or log.moment.today, log.moment.today), None
        facts = {"on": on.isoformat(), **_pause_over(found, now)}
        await end_pause(row, on)
    await make_move(log, row, proposal.case, (Party.CLOCK, move), _PLAN_CLOCK, facts)
    if move in (Move.REINSTATE, Move.REOPEN):
        await ask_hold(log, proposal.case, "proposal", row.ref, _PLAN_CLOCK)


def _pause_over(found: PlanProgress, now: Position) -> dict[str, object]:
    """What the last pause of it made of the dates, as the ledger has it now, and what is overdue."""
    pause = max(found.agreement.all_pauses, key=lambda each: each.start, default=None)
    if pause is None or pause.terms is None:
        return {}
    told = pause_facts(pause, dates_of_pause(now.loan, found.agreement, pause), now.currency)
    return {**told, "balance": money_of(now.overdue, now.currency)}


def _move_facts(move: Move, found: PlanProgress, now: Position) -> dict[str, object]:
    """What goes with each move: the dates of a catch-up, what came back with a break, what was final at the end."""
    currency, ended_on = found.plan.currency, found.ended_on.isoformat() if found.ended_on else None
    last = {
        name: day.isoformat() if day else None
        for name, day in (("cure_by", found.cure_by), ("breaks_on", found.breaks_on))
    }
    match move:
        case Move.STRAIN:
            return {**last}
        case Move.REINSTATE | Move.REOPEN:
            balance = money_of(now.overdue, currency)
            return {**last, "currency": currency, "remaining": format_amount(found.left, currency), "balance": balance}
        case Move.BREAK:
            return {
                "broken_on": ended_on,
                "kept": found.kept,
                "currency": currency,
                "vested": money_of(found.vested, currency),
                "claw_back": money_of(found.plan.waived - found.vested, currency),
                "balance": money_of(now.overdue, currency),
            }
        case Move.END:
            closing, received = now.loan.closing, format_amount(found.received, currency)
            reason = closing.reason if closing else None
            return {"ended_on": ended_on, "reason": reason, "currency": currency, "received": received}
        case Move.COMPLETE:
            received, waived = format_amount(found.received, currency), money_of(found.plan.waived, currency)
            return {"completed_on": ended_on, "currency": currency, "received": received, "waived": waived}
        case _:
            return {}
