"""What borrowers say is wrong, as a lender's system reads and answers it; a person of the lender's decides."""

from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.complaints import decide_complaint, extend_complaint, write_to_complaint
from portal.domain.conduct.complaints import ComplaintCause, NoMoreTime, NotOpen, Outcome
from portal.domain.restructuring.negotiation import SomebodyWasFirst
from portal.domain.restructuring.reasons import REJECT_REASONS
from portal.intake.shape import Shape
from portal.reads.complaints import ComplaintCase, ComplaintSummary, ThreadEntry, desk_complaint_case, thread
from portal.reads.listed import ListedComplaint, list_complaints
from portal.web.api.lists import list_answer, list_asked, time_text
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import (
    DecidedBy,
    acting_for_staff,
    api_answer,
    choice_parameter,
    lender_of_key,
    misfits,
    note_text_read,
    read_shape,
    to_json,
)
from portal.web.borrower.complaints import MOST_WORDS

COMPLAINT_STATES = ("open", "decided", "withdrawn")


class ComplaintAnswer(Shape):
    """`decide` says how it ends, `extend` takes more time, `write` is one more text in the thread.

    A `reason` goes with the outcome rejected alone.
    """

    answer: Literal["decide", "extend", "write"]
    decided_by: DecidedBy
    text: Annotated[str, Field(min_length=1, max_length=MOST_WORDS, description="for the borrower")]
    outcome: Literal[("", *(each.value for each in Outcome))] = ""  # type: ignore[valid-type]
    reason: Literal[("", *REJECT_REASONS)] = ""  # type: ignore[valid-type]
    cause: Literal[("", *(each.value for each in ComplaintCause))] = ""  # type: ignore[valid-type]
    expected_version: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    lang: Literal["zh-CN", "en"] = "zh-CN"


async def get_complaints(request: Request) -> Response:
    found = await list_complaints(list_asked(request), choice_parameter(request, "state", COMPLAINT_STATES))
    return list_answer("complaints", found, _head)


async def get_complaint(request: Request) -> Response:
    """With all that was written in it: that this was read is written down, as at the desk."""
    complaint = await desk_complaint_case(request.path_params["ref"], lender_of_key(request).id)
    texts = await thread(complaint.id, request.app.state.vault)
    if texts:
        note_text_read(request, complaint.case.ref)
    row = complaint.row
    facts = {
        **_head(row),
        "cause": row.cause or None,
        "reason": complaint.reason or None,
        "opened_on": complaint.opened_on.isoformat(),
        "expected_version": complaint.case.seq,
        "thread": [_text(each) for each in texts],
    }
    return api_answer(to_json(facts))


async def post_complaint_answer(request: Request) -> Response:
    """An answer, an end or more time; what it led to."""
    data = await read_shape(request, ComplaintAnswer)
    _check_answer(data)
    complaint = await desk_complaint_case(request.path_params["ref"], lender_of_key(request).id)
    acting = await acting_for_staff(request, data.decided_by, data.text, data.expected_version, data.lang)
    try:
        if data.answer == "decide":
            outcome, cause = Outcome(data.outcome), ComplaintCause(data.cause)
            await decide_complaint(acting, complaint, outcome, data.reason, cause)
        elif data.answer == "extend":
            await extend_complaint(acting, complaint)
        else:
            await write_to_complaint(acting, complaint)
    except (NotOpen, NoMoreTime, SomebodyWasFirst) as refusal:
        raise await _complaint_as_it_is(complaint, str(refusal)) from refusal
    now = await desk_complaint_case(complaint.ref, complaint.case.lender.id)
    return api_answer(to_json(_head(now.row)))


def _check_answer(data: ComplaintAnswer) -> None:
    """Raises ProblemDetails."""
    found = []
    for name in ("outcome", "cause", "reason"):
        if data.answer != "decide" and getattr(data, name):
            found.append((name, "It goes with decide alone."))
    if data.answer == "decide":
        found += [(name, "A decision needs it.") for name in ("outcome", "cause") if not getattr(data, name)]
        if (data.outcome == Outcome.REJECTED) != bool(data.reason):
            found.append(("reason", f"It goes with {Outcome.REJECTED.value}, which needs it."))
    if not data.text.strip():
        found.append(("text", "The borrower needs words."))
    misfits(*found)


async def _complaint_as_it_is(complaint: ComplaintCase, detail: str) -> ProblemDetails:
    now = await desk_complaint_case(complaint.ref, complaint.case.lender.id)
    facts = {
        "state": now.row.state,
        "outcome": now.row.outcome or None,
        "answer_by": now.row.answer_by.isoformat(),
        "expected_version": now.case.seq,
    }
    return ProblemDetails(409, "conflict", detail, facts=facts)


def _head(row: ListedComplaint | ComplaintSummary) -> dict[str, Any]:
    return {
        "problem": row.ref,
        "loan_no": row.loan_no,
        "kind": row.kind.value,
        "component": row.component or None,
        "state": row.state,
        "outcome": row.outcome or None,
        "answer_by": row.answer_by.isoformat(),
        "extensions": row.extensions,
        "opened_at": time_text(row.opened_at),
        "decided_at": time_text(row.decided_at),
    }


def _text(entry: ThreadEntry) -> dict[str, Any]:
    """Null once it was erased."""
    return {"ref": entry.ref, "author": entry.author, "at": time_text(entry.at), "text": entry.text or None}
