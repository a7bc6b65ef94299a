"""Links for a lender's own app or gateway to send, each with a neutral text in both languages."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from portal.intake.shape import Phone, Shape
from portal.jobs.invitations import MOST_AT_ONCE
from portal.reads.to_invite import products_of
from portal.web.api.handed_in import asked_for
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import lender_of_key, read_shape, to_json


class Invited(Shape):
    loan_no: Annotated[str, Field(min_length=1, max_length=100)]
    phone: Phone = ""


class Wanted(Shape):
    """Either the loans, or all that are overdue and whose borrower is to be told, or a part of these."""

    loans: list[Invited] = Field(default=[], max_length=MOST_AT_ONCE)
    overdue: bool = False
    product: Annotated[str, Field(max_length=200)] = ""
    days_late: Annotated[int, Field(ge=1, le=9999)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] | None = None

    @property
    def part(self) -> dict[str, object]:
        """What makes a part of all that are overdue."""
        return {"product": self.product or None, "days_late": self.days_late, "limit": self.limit}


async def post_invitations(request: Request) -> Response:
    """A job: the worker walks the ledgers and makes the links. They are secrets, and its answer is kept sealed.

    A phone other than the one on record changes it; its link goes there and stands in no answer.
    """
    wanted = await read_shape(request, Wanted)
    if wanted.overdue == bool(wanted.loans):
        raise ProblemDetails(422, "fields", "Either loans or overdue: true is needed, and not both.")
    await _check_part(request, wanted)
    loans = to_json([each.model_dump() for each in wanted.loans]).encode()
    named = {name: value for name, value in wanted.part.items() if value}
    return await asked_for(request, "invitations", {"overdue": wanted.overdue, **named}, loans)


async def _check_part(request: Request, wanted: Wanted) -> None:
    """Raises ProblemDetails for a part of loans that are named, and for a product that no loan is of."""
    named = [name for name, value in wanted.part.items() if value]
    if named and not wanted.overdue:
        errors = [{"field": name, "problem": "It goes with overdue: true."} for name in named]
        raise ProblemDetails(422, "fields", "A part of all goes with overdue: true.", errors)
    known = await products_of(lender_of_key(request).id) if wanted.product else ()
    if wanted.product and wanted.product not in known:
        problem = f"No loan is of this product; there are: {', '.join(known) or 'none'}."
        raise ProblemDetails(422, "fields", problem, [{"field": "product", "problem": problem}])
