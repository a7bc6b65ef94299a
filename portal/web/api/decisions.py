"""A lender's system says what one of the staff decided on a proposal: no proposal is declined by a machine alone.

`decided_by` names a person, whose role and limits hold as at the desk, and it is the desk's own acts that are called.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.act import Acting
from portal.actions.approvals import AlreadyProposed
from portal.actions.proposals import answer_with_second, ask_borrower, decline, step
from portal.actions.proposals.moves import nearest_facts
from portal.domain.contract.agreement import OfferKind
from portal.domain.ledger.position import Position, position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.best_acceptable import promise_mark
from portal.domain.restructuring.negotiation import (
    STATES_TO_ANSWER,
    Move,
    MoveNotPossible,
    Party,
    SomebodyWasFirst,
    State,
)
from portal.domain.restructuring.never_worse import better_at_once
from portal.domain.restructuring.offer_refusals import WorseThanPolicy
from portal.domain.restructuring.quote import Quote
from portal.domain.restructuring.quote_facts import break_facts
from portal.domain.restructuring.reasons import DECLINE_REASONS, OTHER_REASON, READY_QUESTIONS
from portal.intake.offers import OfferShape, offer_of
from portal.intake.shape import Shape
from portal.reads.judged import broken_rules, drawn_over, quote_for_case
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.proposals import nearest_of
from portal.web.api.requests import (
    DecidedBy,
    acting_for_staff,
    api_answer,
    api_time,
    lender_of_key,
    misfits,
    read_shape,
    to_json,
)
from portal.web.forms import MOST_NOTE

_LED_TO = {
    "accept": State.ACCEPTED,
    "decline": State.DECLINED,
    "counter": State.COUNTERED,
    "ask": State.INFO_REQUESTED,
    "review": State.UNDER_REVIEW,
}
_GOES_WITH = {
    "accept": {"beyond", "note", "why"},
    "decline": {"reason", "nearest", "note"},
    "counter": {"offer", "nearest", "note", "why"},
    "ask": {"question", "note"},
    "review": {"note"},
}
_ALWAYS = {"decision", "expected_version", "decided_by", "lang"}
_Note = Annotated[str, Field(max_length=MOST_NOTE)]


class Decision(Shape):
    """`review` takes it up, `ask` puts a question to the borrower. `nearest` is what the proposal tells: declining
    promises it, and a counter that names it sends it. `beyond` are the rules that an accepted plan goes beyond.
    """

    decision: Literal["accept", "decline", "counter", "ask", "review"]
    expected_version: Annotated[int, Field(ge=0, lt=2**63)]
    decided_by: DecidedBy
    reason: Literal[("", *DECLINE_REASONS)] = ""  # type: ignore[valid-type]
    nearest: Annotated[str, Field(max_length=200)] = ""
    beyond: list[str] = Field(default=[], max_length=40)
    offer: OfferShape | None = None
    question: Literal[("", *READY_QUESTIONS)] = ""  # type: ignore[valid-type]
    note: Annotated[_Note, Field(description="for the borrower")] = ""
    why: Annotated[_Note, Field(description="for the colleague, where it takes two")] = ""
    lang: Literal["zh-CN", "en"] = "zh-CN"


async def post_decision(request: Request) -> Response:
    """What it led to; with an Idempotency-Key the same again is answered so for as long as answers are kept."""
    data = await read_shape(request, Decision)
    _check_fields(data)
    lender = lender_of_key(request)
    proposal = await desk_proposal(request.path_params["ref"], lender.id)
    acting = await acting_for_staff(request, data.decided_by, data.note, data.expected_version, data.lang)
    now = position(proposal.case.loan, api_time(request).today)
    try:
        sent = await _decide(acting, proposal, now, data)
    except (SomebodyWasFirst, MoveNotPossible, AlreadyProposed) as refusal:
        raise await _as_it_is(proposal, str(refusal)) from refusal
    state = _LED_TO[data.decision] if sent else State.UNDER_REVIEW
    facts = {"proposal": proposal.ref, "decision": data.decision, "state": state.value, "waits_for_second": not sent}
    return api_answer(to_json(facts))


def _check_fields(data: Decision) -> None:
    """Raises ProblemDetails: what is needed is there, and nothing that would be passed over."""
    allowed, found = _ALWAYS | _GOES_WITH[data.decision], []
    for name in sorted(data.model_fields_set - allowed):
        found.append((name, f"It does not go with {data.decision}; what does: {', '.join(sorted(allowed))}."))
    if data.decision == "decline":
        found += [(name, "Declining needs it.") for name in ("reason", "nearest") if not getattr(data, name)]
    if data.reason == OTHER_REASON and not data.note.strip():
        found.append(("note", f"The reason {OTHER_REASON} needs words for the borrower."))
    if data.decision == "counter" and (data.offer is None) == (not data.nearest):
        found.append(("offer", "A counter has an offer, or sends the nearest, and not both."))
    if data.decision == "ask" and not (data.question or data.note.strip()):
        found.append(("note", "A question is needed: question, note or both."))
    misfits(*found)


async def _decide(acting: Acting, proposal: ProposalCase, now: Position, data: Decision) -> bool:
    """Whether it went out: what takes two waits for a second person, at the desk."""
    match data.decision:
        case "decline":
            await decline(acting, proposal, data.reason, nearest=await _promised(proposal, now, data.nearest))
        case "ask":
            await ask_borrower(acting, proposal, data.question)
        case "review":
            await step(acting, proposal, Party.LENDER, Move.TAKE_UP)
        case "accept":
            await _check_beyond(acting, proposal, now, data.beyond)
            return await answer_with_second(acting, proposal, None, data.why)
        case _:
            return await _counter(acting, proposal, now, data)
    return True


async def _counter(acting: Acting, proposal: ProposalCase, now: Position, data: Decision) -> bool:
    if data.offer is None:
        quote = await _promised(proposal, now, data.nearest)
        if quote is None:
            raise MoveNotPossible(state=proposal.state.value, move=Move.COUNTER.value)
    else:
        quote = await run_in_threadpool(_drawn, proposal, now, data.offer)
    try:
        return await answer_with_second(acting, proposal, quote, data.why)
    except WorseThanPolicy as refusal:
        better = await run_in_threadpool(better_at_once, quote)
        facts = {"better": better and nearest_facts(better)}
        said = "The published policy takes a plan at once that is better for the borrower, so this one cannot be sent."
        raise ProblemDetails(422, "refused", said, [{"field": "offer", "problem": said}], facts=facts) from refusal


def _drawn(proposal: ProposalCase, now: Position, asked: OfferShape) -> Quote:
    """As the desk draws it. Raises ProblemDetails at the term that cannot be."""
    case, over = proposal.case, drawn_over(now, asked.kind)
    try:
        offer = offer_of(asked, over, proposal.policy)
        if offer.kind is OfferKind.PLAN and case.plan:
            offer = replace(offer, kind=OfferKind.VARIATION)
        return quote_for_case(case, offer, proposal.policy, over)
    except Refusal as refusal:
        field = f"offer.{(refusal.field or 'kind').replace('waiver_', 'waiver.')}"
        raise ProblemDetails(422, "refused", str(refusal), [{"field": field, "problem": str(refusal)}]) from refusal


async def _check_beyond(acting: Acting, proposal: ProposalCase, now: Position, said: list[str]) -> None:
    """What goes beyond the policy is accepted by whoever says which rules. Raises ProblemDetails, SomebodyWasFirst."""
    if proposal.state not in STATES_TO_ANSWER:
        return
    broken = await broken_rules(proposal, now)
    if sorted({each.rule for each in broken}) == sorted(set(said)):
        return
    if acting.token.expected_version != proposal.case.seq:
        raise SomebodyWasFirst("expected_version")
    detail = "The plan goes beyond other rules of the policy than beyond names; breaks has them as they are now."
    raise await _as_it_is(proposal, detail, breaks=[break_facts(each) for each in broken])


async def _promised(proposal: ProposalCase, now: Position, said: str) -> Quote | None:
    """The nearest yes, if it is what was said. Raises ProblemDetails with the one that it is now."""
    nearest = await run_in_threadpool(nearest_of, proposal, now)
    if proposal.state in STATES_TO_ANSWER and said != promise_mark(nearest):
        detail = "What the policy would take at once is not what nearest names; here is what it is now."
        facts = {"nearest": promise_mark(nearest), "nearest_yes": nearest and nearest_facts(nearest)}
        raise await _as_it_is(proposal, detail, **facts)
    return nearest


async def _as_it_is(proposal: ProposalCase, detail: str, **more: Any) -> ProblemDetails:
    """A conflict, with the proposal as it stands."""
    now = await desk_proposal(proposal.ref, proposal.case.lender.id)
    facts: Mapping[str, Any] = {
        "state": now.state.value,
        "version": now.version,
        "expected_version": now.case.seq,
        **more,
    }
    return ProblemDetails(409, "conflict", detail, facts=facts)
