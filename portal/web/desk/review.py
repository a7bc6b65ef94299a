"""A proposal beside the contract and the numbers, and the lender's answers to it."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.act import Acting
from portal.actions.assignments import NoSuchColleague, assign
from portal.actions.proposals import (
    ReasonForSecond,
    answer_with_second,
    ask_borrower,
    book,
    decline,
    pause_plan,
    step,
)
from portal.domain.ledger.position import Position
from portal.domain.ledger.reconciliation import reconcile
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.best_acceptable import nearest_yes, promise_mark
from portal.domain.restructuring.comparison import contract_alone
from portal.domain.restructuring.negotiation import (
    STATES_TO_ANSWER,
    Move,
    MoveNotPossible,
    NeedsSecond,
    Party,
    SomebodyWasFirst,
    State,
    moves,
)
from portal.domain.restructuring.offer_refusals import PauseOutOfRange
from portal.domain.restructuring.plan_codec import plan_fingerprint
from portal.domain.restructuring.quote import Quote
from portal.domain.restructuring.reasons import DECLINE_REASONS, OTHER_REASON, READY_QUESTIONS
from portal.reads.decisions import decided_by, takes_two
from portal.reads.desk import masked_name, names_in
from portal.reads.judged import broken_rules, rules_mark
from portal.reads.last_moves import NearestYes, nearest_yes_of
from portal.reads.policy import policy
from portal.reads.proposals import HistoryEntry, OfferMade, ProposalCase, history, sent_together
from portal.reads.staff_notes import staff_notes
from portal.web import guard
from portal.web.changing import FormPage
from portal.web.desk.assignment import assignment_values
from portal.web.desk.income import income_shown
from portal.web.desk.listing import from_its_top, opened_from
from portal.web.desk.onward import SECOND, done_values, following, go_on
from portal.web.desk.own import lenders_proposal, moment_at, position_now
from portal.web.desk.terms import terms_drawn, terms_made
from portal.web.desk.track_record import record_shown
from portal.web.desk.waivers import PendingWaiver, answer_pending, pending_waiver
from portal.web.explained import of_proposal, progress_values
from portal.web.forms import Form, StalePage
from portal.web.render import page


class PromisedOtherwise(StalePage):
    """Sending the nearest yes, or declining, binds the lender to it, so it may only be the one that was shown."""

    says = N_(
        "What would be accepted at once has changed since this page was opened, so nothing was sent. Here is what it "
        "is now."
    )


async def _values(request: Request, proposal: ProposalCase, form: Form) -> Mapping[str, Any]:
    now, table, vault = position_now(request, proposal), proposal.on_the_table, request.app.state.vault
    told = await history(proposal.ref, vault)
    books = await run_in_threadpool(reconcile, now)
    listed, terms = opened_from(request, form), terms_made(proposal, table, now)
    return {
        "proposal": proposal,
        "others": await sent_together(proposal),
        "now": now,
        "terms": terms,
        "income": await income_shown(request, proposal, terms),
        "name": await masked_name(proposal.case.id, vault),
        "alone": contract_alone(now.without_plan),
        "books": books,
        "reasons": DECLINE_REASONS,
        "questions": READY_QUESTIONS,
        "history": told,
        "promised_then": _promised_then(proposal, told),
        "names": await names_in(told, proposal.case.lender.id),
        "staff_notes": await staff_notes(proposal.case.id, vault),
        **await _answers(request, proposal, now),
        **progress_values(proposal, now),
        "record": await record_shown(request, proposal, now),
        **await done_values(request),
        "listed": listed,
        "in_list": from_its_top(listed),
        "following": await following(request, proposal, form),
        **await assignment_values(request, proposal),
        "tried": request.path_params.get("move", ""),
        "expected_version": proposal.case.seq,
        "pause_terms": (await policy(proposal.case.lender.id, now.currency)).pause_terms,
    }


_REVIEW = FormPage("desk/proposal", lenders_proposal, _values)

review_page = _REVIEW.get


async def review_why(request: Request) -> Response:
    """How each figure and each date of the plans on the table came about."""
    proposal = await lenders_proposal(request)
    now = position_now(request, proposal)
    found = await of_proposal(proposal, now)
    pending = await pending_waiver(request, proposal, now)
    nearest = await _nearest(proposal, now) if Move.DECLINE in _possible(proposal.state, pending) else None
    terms = {prefix: terms_made(proposal, made, now) for prefix, made in found["tables"].items()}
    found |= {"nearest": nearest, "nearest_terms": terms_drawn(nearest) if nearest else None, "terms": terms}
    income = await income_shown(request, proposal, terms[""])
    return page(request, "desk/plan_why", pending=pending, income=income, **found)


@_REVIEW.post(MoveNotPossible, at={ReasonForSecond: "why"})
async def answer_proposal(request: Request, proposal: ProposalCase, form: Form) -> Response:
    """Accept, decline, take up, ask or book."""
    move = guard.wanted(request)
    reason = form.choice("reason", tuple(DECLINE_REASONS)) if move is Move.DECLINE else ""
    question = ready_question(form) if move is Move.ASK else ""
    note = form.text("note", required=(move is Move.ASK and not question) or reason == OTHER_REASON)
    agreed = proposal.state is State.AGREED
    core_id = form.text("core_id", most=100, required=move is Move.BOOK and agreed)
    form.check()
    acting = guard.acting(request, proposal.case.lender.timezone, form.token(), note)
    if agreed and move in (Move.BOOK, Move.REFUSE_BOOKING):
        await book(acting, proposal, core_id if move is Move.BOOK else "", "desk")
    elif move is Move.DECLINE:
        await decline(acting, proposal, reason, nearest=await _promised(request, proposal, form))
    elif move is Move.ACCEPT:
        return await _accept(request, proposal, form, acting)
    elif move is Move.ASK:
        await ask_borrower(acting, proposal, question)
    elif move is Move.TAKE_UP:
        await step(acting, proposal, Party.LENDER, move)
    else:
        raise MoveNotPossible(state=proposal.state.value, move=move.value)
    return await go_on(request, proposal, form, move.value)


def ready_question(form: Form) -> str:
    """The code of one that is ready, empty where it is written anew."""
    return form.choice("question", ("", *READY_QUESTIONS))


async def _accept(request: Request, proposal: ProposalCase, form: Form, acting: Acting) -> Response:
    """At once what is inside the policy; what is beyond it is asked about once, with what it goes beyond.

    Raises SomebodyWasFirst.
    """
    beyond = rules_mark(await broken_rules(proposal, position_now(request, proposal)))
    if proposal.state in STATES_TO_ANSWER and form.raw("beyond") != beyond:
        if acting.token.expected_version != proposal.case.seq:
            raise SomebodyWasFirst("expected_version")
        return await _REVIEW.show(request, proposal, form, asks=True)
    sent = await answer_with_second(acting, proposal, None, form.text("why"))
    return await go_on(request, proposal, form, Move.ACCEPT.value if sent else SECOND)


@_REVIEW.post(MoveNotPossible, at={ReasonForSecond: "why"})
async def send_nearest(request: Request, proposal: ProposalCase, form: Form) -> Response:
    """The nearest yes as it was shown, sent as the lender's own plan."""
    note, why = form.text("note"), form.text("why")
    form.check()
    nearest = await _promised(request, proposal, form)
    if nearest is None:
        raise MoveNotPossible(state=proposal.state.value, move=Move.COUNTER.value)
    acting = guard.acting(request, proposal.case.lender.timezone, form.token(), note)
    sent = await answer_with_second(acting, proposal, nearest, why)
    return await go_on(request, proposal, form, Move.COUNTER.value if sent else SECOND)


@_REVIEW.post(Refusal)
async def second(request: Request, proposal: ProposalCase, form: Form) -> Response:
    """A waiver that waits is approved as it was shown, not approved, or taken back."""
    await answer_pending(request, proposal, form)
    return await go_on(request, proposal, form, request.path_params["answer"])


@_REVIEW.post(NoSuchColleague)
async def assign_proposal(request: Request, proposal: ProposalCase, form: Form) -> Response:
    """To oneself, to a colleague, or to nobody; the loan's own history is told nothing of it."""
    staff = guard.current_staff(request)
    await assign(moment_at(request, proposal), staff, [proposal.ref], form.raw("assignee"))
    return await go_on(request, proposal, form, "assign")


@_REVIEW.post(MoveNotPossible, at={PauseOutOfRange: "until"})
async def pause(request: Request, proposal: ProposalCase, form: Form) -> Response:
    """Nothing of a plan that runs falls due until after a day."""
    until = form.date("until", example=moment_at(request, proposal).today, required=True)
    note = form.text("note")
    form.check()
    assert until is not None
    await pause_plan(guard.acting(request, proposal.case.lender.timezone, form.token(), note), proposal, until)
    return await go_on(request, proposal, form, Move.PAUSE.value)


async def _promised(request: Request, proposal: ProposalCase, form: Form) -> Quote | None:
    """The nearest yes, as it stood on the page. Raises PromisedOtherwise."""
    nearest = await _nearest(proposal, position_now(request, proposal))
    if form.raw("nearest") != promise_mark(nearest):
        raise PromisedOtherwise("nearest")
    return nearest


def _promised_then(proposal: ProposalCase, told: Iterable[HistoryEntry]) -> NearestYes | None:
    """What declining it has promised."""
    last = next((each for each in reversed([*told]) if each.type == "proposal.declined"), None)
    return nearest_yes_of(last.data, proposal.case.loan.currency) if last else None


async def _nearest(proposal: ProposalCase, now: Position) -> Quote | None:
    """Drawing up one plan after another may take a second, so others are served meanwhile."""
    return await run_in_threadpool(nearest_yes, now, proposal.on_the_table.offer, proposal.policy)


async def _answers(request: Request, proposal: ProposalCase, now: Position) -> dict[str, Any]:
    """What the one who looks may do now, and what each of it would bring."""
    pending, staff = await pending_waiver(request, proposal, now), guard.current_staff(request).ref
    possible, table = _possible(proposal.state, pending), proposal.on_the_table
    nearest = await _nearest(proposal, now) if Move.DECLINE in possible else None
    broken = await broken_rules(proposal, now)
    other = nearest if nearest and broken and _fingerprint(nearest) != _fingerprint(table) else None

    async def takes(waived: int, move: Move) -> NeedsSecond | None:
        return await takes_two(proposal.case, proposal.id, waived, staff, now.as_of) if move in possible else None

    return {
        "moves": possible,
        "pending": pending,
        "pending_terms": terms_drawn(pending.quote) if pending and pending.quote else None,
        "second": await takes(table.plan.waived.total, Move.ACCEPT),
        "nearest": nearest,
        "nearest_terms": terms_drawn(other) if other and Move.COUNTER in possible else None,
        "nearest_second": await takes(other.plan.waived.total, Move.COUNTER) if other else None,
        "promised": promise_mark(nearest),
        "may_book": proposal.state is State.AGREED and staff != await decided_by(proposal.id),
        "broken": broken,
        "beyond_mark": rules_mark(broken),
        "asks": False,
    }


def _fingerprint(shown: Quote | OfferMade) -> str:
    return plan_fingerprint([(shown.offer, shown.plan)])


def _possible(state: State, pending: PendingWaiver | None) -> tuple[str, ...]:
    """What the lender may do now, and what taking it up would allow, since deciding takes it up.

    While a waiver waits, what would only propose it again is not offered.
    """
    now = moves(state, Party.LENDER)
    after = moves(State.UNDER_REVIEW, Party.LENDER) if state is State.SUBMITTED else ()
    held_back = (Move.ACCEPT, Move.COUNTER) if pending else ()
    return tuple(move.value for move in (*now, *after) if move not in held_back)
