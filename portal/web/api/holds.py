"""The lender's own system says that collection on a loan is paused, or goes on again and why."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.holds import HoldHasEnded, answer_for_hold
from portal.intake.shape import Shape
from portal.reads.cases import cases_by_id
from portal.reads.complaints import loan_of_hold
from portal.web.api.booking import CORE
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import api_acting, api_answer, lender_of_key, read_shape, to_json


class HoldAnswer(Shape):
    """`reason`, a code, goes with `ended` and says why collection goes on."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"outcome": {"const": "acknowledged"}, "reason": {"maxLength": 0}}},
                {"properties": {"outcome": {"const": "ended"}, "reason": {"minLength": 1}}, "required": ["reason"]},
            ]
        },
    )

    outcome: Literal["acknowledged", "ended"]
    reason: Annotated[str, Field(max_length=40, pattern=r"^[0-9A-Za-z._-]*$")] = ""


async def answer_hold(request: Request) -> Response:
    """Said again it changes nothing; one that has ended stays so, and cannot be acknowledged."""
    data = await read_shape(request, HoldAnswer)
    if (data.outcome == "ended") != bool(data.reason):
        raise ProblemDetails(422, "fields", "ended goes with reason (a code), acknowledged with nothing else.")
    ref = request.path_params["ref"]
    (case,) = await cases_by_id([await loan_of_hold(ref, lender_of_key(request).id)])
    try:
        await answer_for_hold(api_acting(request, CORE), case, ref, data.reason)
    except HoldHasEnded as refusal:
        facts = {"hold": ref, "loan_no": case.loan.loan_no, "state": "ended"}
        raise ProblemDetails(409, "conflict", str(refusal), facts=facts) from refusal
    return api_answer(to_json({"hold": ref, "loan_no": case.loan.loan_no, "outcome": data.outcome}))
