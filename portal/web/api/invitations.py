"""Links for a lender's own app or gateway to send, each with a neutral text in both languages."""

from typing import Annotated

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from portal.intake.shape import Phone, Shape
from portal.jobs.invitations import MOST_AT_ONCE
from portal.web.api.handed_in import asked_for
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import read_shape, to_json


class Invited(Shape):
    loan_no: Annotated[str, Field(min_length=1, max_length=100)]
    phone: Phone = ""


class Wanted(Shape):
    """Either the loans, or all that are overdue and whose borrower has neither come in nor an open link."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"loans": {"minItems": 1}, "overdue": {"const": False}}, "required": ["loans"]},
                {"properties": {"loans": {"maxItems": 0}, "overdue": {"const": True}}, "required": ["overdue"]},
            ]
        },
    )

    loans: list[Invited] = Field(default=[], max_length=MOST_AT_ONCE)
    overdue: bool = False


async def post_invitations(request: Request) -> Response:
    """A job: the worker walks the ledgers and makes the links. They are secrets, and its answer is kept sealed.

    A phone other than the one on record changes it; its link goes there and stands in no answer.
    """
    wanted = await read_shape(request, Wanted)
    if wanted.overdue == bool(wanted.loans):
        raise ProblemDetails(422, "fields", "Either loans or overdue: true is needed, and not both.")
    loans = to_json([each.model_dump() for each in wanted.loans]).encode()
    return await asked_for(request, "invitations", {"overdue": wanted.overdue}, loans)
