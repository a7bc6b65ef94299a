"""The lender's own system says that collection on a loan is paused, or goes on again and why."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.holds import HoldHasEnded, answer_for_hold
from portal.intake.shape import Shape
from portal.reads.cases import cases_by_id
from portal.reads.complaints import loan_of_hold
from portal.reads.listed import ListedHold, lenders_hold, list_holds
from portal.web.api.booking import CORE
from portal.web.api.lists import day_text, list_answer, list_asked, time_text
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import api_acting, api_answer, flag, lender_of_key, read_shape, to_json


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


async def get_holds(request: Request) -> Response:
    asked = list_asked(request)
    found = await list_holds(asked, open_only=flag(request, "open"), loan_no=request.query_params.get("loan_no", ""))
    return list_answer("holds", found, _hold_facts)


async def one_hold(request: Request) -> Response:
    """One address: it is read, or answered."""
    return await (answer_hold if request.method == "POST" else get_hold)(request)


async def get_hold(request: Request) -> Response:
    return api_answer(to_json(_hold_facts(await lenders_hold(request.path_params["ref"], lender_of_key(request).id))))


def _hold_facts(row: ListedHold) -> dict[str, Any]:
    """`state` is the first of ended, acknowledged and requested that it is."""
    state = "ended" if row.ended_at else "acknowledged" if row.acknowledged_at else "requested"
    return {
        "hold": row.ref,
        "loan_no": row.loan_no,
        "state": state,
        "reason": row.reason,
        "about": row.about or None,
        "requested_at": time_text(row.requested_at),
        "acknowledged_at": time_text(row.acknowledged_at),
        "until": day_text(row.until),
        "ended_at": time_text(row.ended_at),
    }
