"""The lender's core says whether it booked an agreement: only then does a plan run."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import book
from portal.domain.event import Actor
from portal.domain.restructuring.negotiation import MoveNotPossible
from portal.intake.shape import Shape
from portal.reads.facts import known_facts
from portal.reads.proposals import proposal_of_agreement
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import api_acting, api_answer, lender_of_key, read_shape, to_json

CORE = Actor("lender", "core")


def _either(outcome: str, needed: str, absent: str) -> dict[str, Any]:
    kept = {"outcome": {"const": outcome}, needed: {"minLength": 1}, absent: {"maxLength": 0}}
    return {"properties": kept, "required": [needed]}


class Booking(Shape):
    """`core_id` is what the lender's system calls the plan; `reason` says why it could not book it."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [_either("booked", "core_id", "reason"), _either("refused", "reason", "core_id")]}
    )

    outcome: Literal["booked", "refused"]
    core_id: Annotated[str, Field(max_length=100, pattern=r"^[0-9A-Za-z._:/-]*$")] = ""
    reason: Annotated[str, Field(max_length=100, pattern=r"^[0-9A-Za-z._ -]*$")] = ""


async def booking(request: Request) -> Response:
    """Saying the same again gets the same answer, for ever; saying something else than was said is a conflict."""
    data = await read_shape(request, Booking)
    if (data.outcome == "booked") != bool(data.core_id) or (data.outcome == "refused") != bool(data.reason):
        raise ProblemDetails(
            422, "fields", "booked goes with core_id, refused with reason (a code), and with nothing else."
        )
    ref = request.path_params["ref"]
    proposal = await proposal_of_agreement(ref, lender_of_key(request).id)
    try:
        state = await book(api_acting(request, CORE), proposal, data.core_id, data.reason, ref)
    except MoveNotPossible as refusal:
        raise await _answered_otherwise(request, ref) from refusal
    return api_answer(to_json({"agreement": ref, "proposal": proposal.ref, "state": state}))


async def _answered_otherwise(request: Request, ref: str) -> ProblemDetails:
    """With the state as it is, and the answer that stands."""
    proposal = await proposal_of_agreement(ref, lender_of_key(request).id)
    state = proposal.state.value
    said = (await known_facts("booking", proposal.case)).get((ref,))
    if said is None:
        detail = f"This agreement cannot be booked or refused: its proposal is {state}."
        return ProblemDetails(409, "conflict", detail, facts={"state": state, "outcome": None})
    named = f"as {said['core_id']}" if said["core_id"] else f"for {said['reason']}"
    detail = f"This agreement was {said['outcome']} before, {named}; its proposal is {state}."
    answer = {name: said[name] or None for name in ("outcome", "core_id", "reason")}
    return ProblemDetails(409, "conflict", detail, facts={"state": state, **answer})
