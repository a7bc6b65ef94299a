"""The lender's core says whether it booked an agreement: only then does a plan run."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.act import Acting, Author, FormToken
from portal.actions.proposals import book
from portal.domain.event import Actor
from portal.intake.shape import Shape
from portal.reads.proposals import proposal_of_agreement
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import api_answer, api_time, lender_of_key, read_shape, to_json

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
    """Saying the same again changes nothing; saying the opposite of what was said is a conflict."""
    data = await read_shape(request, Booking)
    if (data.outcome == "booked") != bool(data.core_id) or (data.outcome == "refused") != bool(data.reason):
        raise ProblemDetails(
            422, "fields", "booked goes with core_id, refused with reason (a code), and with nothing else."
        )
    proposal = await proposal_of_agreement(request.path_params["ref"], lender_of_key(request).id)
    author = Author(CORE, request.app.state.vault)
    acting = Acting(author, FormToken(proposal.case.seq), api_time(request))
    state = await book(acting, proposal, data.core_id, data.reason)
    return api_answer(to_json({"agreement": request.path_params["ref"], "proposal": proposal.ref, "state": state}))
